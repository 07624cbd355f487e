/// Ten counts of an epidemic.
fn sir(theta: &Epidemic, rng: &mut impl Rng) -> [f32; 10] {
    [0.0; 10]
}
/// The simulator that `#[simulator]` made of `sir`.
///
/// Ten counts of an epidemic.
#[derive(
    ::tallsbi::__private::core::clone::Clone,
    ::tallsbi::__private::core::marker::Copy,
    ::tallsbi::__private::core::fmt::Debug,
    ::tallsbi::__private::core::default::Default
)]
#[allow(dead_code)]
struct Sir;
/// The network of [`Sir`].
#[allow(dead_code)]
type SirNetwork = ::tallsbi::net::SetMlp<
    { <Epidemic as ::tallsbi::__private::Dimension>::DIM },
    {
        <<[f32; 10] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
    },
    3,
>;
/// The trained posterior of [`Sir`].
#[allow(dead_code)]
type SirPosterior = ::tallsbi::posterior::Posterior<
    Sir,
    SirNetwork,
    { <Epidemic as ::tallsbi::__private::Dimension>::DIM },
    {
        <<[f32; 10] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
    },
>;
#[automatically_derived]
#[allow(dead_code)]
impl Sir {
    /// Starts neural posterior score estimation of [`Sir`]: `Sir::npse().train()`.
    #[must_use = "nothing is simulated or trained before `.train()`"]
    fn npse() -> ::tallsbi::posterior::Npse<
        Sir,
        SirNetwork,
        { <Epidemic as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f32; 10] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
    > {
        ::tallsbi::posterior::Npse::new(Sir)
    }
    /// Loads a posterior of [`Sir`] that was saved.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else than a posterior of this model.
    fn load(
        path: impl ::tallsbi::__private::core::convert::AsRef<::tallsbi::__private::Path>,
    ) -> ::tallsbi::Result<SirPosterior> {
        SirPosterior::load(Sir, path)
    }
}
#[automatically_derived]
impl ::tallsbi::__private::Simulator<
    { <Epidemic as ::tallsbi::__private::Dimension>::DIM },
    {
        <<[f32; 10] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
    },
> for Sir {
    type Parameters = Epidemic;
    type Prior = ::tallsbi::__private::Declared<Epidemic>;
    fn prior(&self) -> Self::Prior {
        ::tallsbi::__private::Declared::new()
    }
    type Observation = <[f32; 10] as ::tallsbi::__private::Outcome>::Observation;
    fn simulate(
        &self,
        theta: &Self::Parameters,
        rng: &mut ::tallsbi::__private::Stream,
    ) -> ::tallsbi::__private::Result<
        Self::Observation,
        ::tallsbi::__private::SimulationError,
    > {
        ::tallsbi::__private::Outcome::into_result(sir(theta, rng))
    }
}
