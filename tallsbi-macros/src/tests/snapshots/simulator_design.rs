#[cfg(feature = "doses")]
pub(crate) fn blood_level(
    theta: &Patient,
    dose: &Dose,
    rng: &mut impl Rng,
) -> Result<Level, Failure> {
    run(theta, dose, rng)
}
#[cfg(feature = "doses")]
/// The simulator that `#[simulator]` made of `blood_level`.
///
#[derive(
    renamed::__private::core::clone::Clone,
    renamed::__private::core::marker::Copy,
    renamed::__private::core::fmt::Debug,
    renamed::__private::core::default::Default
)]
#[allow(dead_code)]
pub(crate) struct Level2;
#[cfg(feature = "doses")]
/// The network of [`Level2`].
#[allow(dead_code)]
pub(crate) type Level2Network = my::Network<3>;
#[cfg(feature = "doses")]
/// The trained posterior of [`Level2`].
#[allow(dead_code)]
pub(crate) type Level2Posterior = renamed::posterior::Posterior<
    Level2,
    Level2Network,
    { <Patient as renamed::__private::Dimension>::DIM },
    {
        <<Result<
            Level,
            Failure,
        > as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
            + <Dose as renamed::__private::Dimension>::DIM
    },
>;
#[cfg(feature = "doses")]
#[automatically_derived]
#[allow(dead_code)]
impl Level2 {
    /// Starts neural posterior score estimation of [`Level2`]: `Level2::npse().train()`.
    #[must_use = "nothing is simulated or trained before `.train()`"]
    pub(crate) fn npse() -> renamed::posterior::Npse<
        Level2,
        Level2Network,
        { <Patient as renamed::__private::Dimension>::DIM },
        {
            <<Result<
                Level,
                Failure,
            > as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
                + <Dose as renamed::__private::Dimension>::DIM
        },
    > {
        renamed::posterior::Npse::new(Level2)
    }
    /// Loads a posterior of [`Level2`] that was saved.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else than a posterior of this model.
    pub(crate) fn load(
        path: impl renamed::__private::core::convert::AsRef<renamed::__private::Path>,
    ) -> renamed::Result<Level2Posterior> {
        Level2Posterior::load(Level2, path)
    }
}
#[cfg(feature = "doses")]
#[automatically_derived]
impl renamed::__private::Simulator<
    { <Patient as renamed::__private::Dimension>::DIM },
    {
        <<Result<
            Level,
            Failure,
        > as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
            + <Dose as renamed::__private::Dimension>::DIM
    },
> for Level2 {
    type Parameters = Patient;
    type Prior = renamed::__private::Declared<Patient>;
    fn prior(&self) -> Self::Prior {
        renamed::__private::Declared::new()
    }
    type Observation = renamed::__private::Observed<
        <Result<Level, Failure> as renamed::__private::Outcome>::Observation,
        Dose,
        {
            <<Result<
                Level,
                Failure,
            > as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
        },
        { <Dose as renamed::__private::Dimension>::DIM },
    >;
    fn simulate(
        &self,
        theta: &Self::Parameters,
        rng: &mut renamed::__private::Stream,
    ) -> renamed::__private::Result<
        Self::Observation,
        renamed::__private::SimulationError,
    > {
        let design = renamed::__private::draw_design::<Dose, _>(rng);
        renamed::__private::observed(blood_level(theta, &design, rng), design)
    }
}
#[cfg(feature = "doses")]
const _: () = renamed::__private::core::assert!(
    < < Result < Level, Failure > as renamed::__private::Outcome > ::Observation as
    renamed::__private::Dimension > ::DIM > 0,
    "an observation needs at least one component"
);
