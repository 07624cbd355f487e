fn blood_level(theta: &Patient, dose: &Dose, rng: &mut impl Rng) -> Option<Recording> {
    run(theta, dose, rng)
}
/// The simulator that `#[simulator]` made of `blood_level`.
///
#[derive(
    ::tallsbi::__private::core::clone::Clone,
    ::tallsbi::__private::core::marker::Copy,
    ::tallsbi::__private::core::fmt::Debug,
    ::tallsbi::__private::core::default::Default
)]
#[allow(dead_code)]
struct BloodLevel;
/// The network of [`BloodLevel`].
#[allow(dead_code)]
type BloodLevelNetwork = ::tallsbi::net::Summarised<
    ::tallsbi::net::Conv1d<
        <Option<Recording> as ::tallsbi::__private::Outcome>::Observation,
        64,
        { ::tallsbi::net::SUMMARIES },
    >,
    ::tallsbi::net::SetMlp<
        { <Patient as ::tallsbi::__private::Dimension>::DIM },
        {
            ::tallsbi::net::summarised::<
                ::tallsbi::net::Conv1d<
                    <Option<Recording> as ::tallsbi::__private::Outcome>::Observation,
                    64,
                    { ::tallsbi::net::SUMMARIES },
                >,
            >(
                <<Option<
                    Recording,
                > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Dose as ::tallsbi::__private::Dimension>::DIM,
            )
        },
        3,
    >,
>;
/// The trained posterior of [`BloodLevel`].
#[allow(dead_code)]
type BloodLevelPosterior = ::tallsbi::posterior::Posterior<
    BloodLevel,
    BloodLevelNetwork,
    { <Patient as ::tallsbi::__private::Dimension>::DIM },
    {
        <<Option<
            Recording,
        > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
            + <Dose as ::tallsbi::__private::Dimension>::DIM
    },
>;
#[automatically_derived]
#[allow(dead_code)]
impl BloodLevel {
    /// Starts neural posterior score estimation of [`BloodLevel`]: `BloodLevel::npse().train()`.
    #[must_use = "nothing is simulated or trained before `.train()`"]
    fn npse() -> ::tallsbi::posterior::Npse<
        BloodLevel,
        BloodLevelNetwork,
        { <Patient as ::tallsbi::__private::Dimension>::DIM },
        {
            <<Option<
                Recording,
            > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Dose as ::tallsbi::__private::Dimension>::DIM
        },
    > {
        ::tallsbi::posterior::Npse::new(BloodLevel)
    }
    /// Loads a posterior of [`BloodLevel`] that was saved.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else than a posterior of this model.
    fn load(
        path: impl ::tallsbi::__private::core::convert::AsRef<::tallsbi::__private::Path>,
    ) -> ::tallsbi::Result<BloodLevelPosterior> {
        BloodLevelPosterior::load(BloodLevel, path)
    }
}
const _: () = {
    ::tallsbi::__private::core::assert!(
        ! < < Option < Recording > as ::tallsbi::__private::Outcome > ::Observation as
        ::tallsbi::__private::Sequence > ::CHANNELS.is_empty(),
        "`#[summary]` summarises a series, and this observation has none: give it an array of steps, or remove `#[summary]`"
    );
    ::tallsbi::__private::core::assert!(
        ::tallsbi::__private::have_one_length(< < Option < Recording > as
        ::tallsbi::__private::Outcome > ::Observation as ::tallsbi::__private::Sequence >
        ::CHANNELS),
        "`#[summary]` reads all arrays of an observation as channels of one series: give them one length"
    );
};
#[automatically_derived]
impl ::tallsbi::__private::Simulator<
    { <Patient as ::tallsbi::__private::Dimension>::DIM },
    {
        <<Option<
            Recording,
        > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
            + <Dose as ::tallsbi::__private::Dimension>::DIM
    },
> for BloodLevel {
    type Parameters = Patient;
    type Prior = ::tallsbi::__private::Declared<Patient>;
    fn prior(&self) -> Self::Prior {
        ::tallsbi::__private::Declared::new()
    }
    type Observation = ::tallsbi::__private::Observed<
        <Option<Recording> as ::tallsbi::__private::Outcome>::Observation,
        Dose,
        {
            <<Option<
                Recording,
            > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
        { <Dose as ::tallsbi::__private::Dimension>::DIM },
    >;
    fn simulate(
        &self,
        theta: &Self::Parameters,
        rng: &mut ::tallsbi::__private::Stream,
    ) -> ::tallsbi::__private::Result<
        Self::Observation,
        ::tallsbi::__private::SimulationError,
    > {
        let design = ::tallsbi::__private::draw_design::<Dose, _>(rng);
        ::tallsbi::__private::observed(blood_level(theta, &design, rng), design)
    }
}
const _: () = ::tallsbi::__private::core::assert!(
    < < Option < Recording > as ::tallsbi::__private::Outcome > ::Observation as
    ::tallsbi::__private::Dimension > ::DIM > 0,
    "an observation needs at least one component"
);
