fn broken(theta: &Epidemic) -> [f32; 10] {
    [0.0; 10]
}
/// The simulator that `#[simulator]` made of `broken`.
///
#[derive(
    ::tallsbi::__private::core::clone::Clone,
    ::tallsbi::__private::core::marker::Copy,
    ::tallsbi::__private::core::fmt::Debug,
    ::tallsbi::__private::core::default::Default
)]
#[allow(dead_code)]
struct Broken;
/// The network of [`Broken`].
#[allow(dead_code)]
type BrokenNetwork = ::tallsbi::net::Mlp<
    { <Epidemic as ::tallsbi::__private::Dimension>::DIM },
    {
        <<[f32; 10] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
    },
>;
/// The trained posterior of [`Broken`].
#[allow(dead_code)]
type BrokenPosterior = ::tallsbi::posterior::Posterior<
    Broken,
    BrokenNetwork,
    { <Epidemic as ::tallsbi::__private::Dimension>::DIM },
    {
        <<[f32; 10] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
    },
>;
#[automatically_derived]
#[allow(dead_code)]
impl Broken {
    /// Starts neural posterior score estimation of [`Broken`]: `Broken::npse().train()`.
    #[must_use = "nothing is simulated or trained before `.train()`"]
    fn npse() -> ::tallsbi::posterior::Npse<
        Broken,
        BrokenNetwork,
        { <Epidemic as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f32; 10] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
    > {
        ::tallsbi::posterior::Npse::new(Broken)
    }
    /// Loads a posterior of [`Broken`] that was saved.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else than a posterior of this model.
    fn load(
        path: impl ::tallsbi::__private::core::convert::AsRef<::tallsbi::__private::Path>,
    ) -> ::tallsbi::Result<BrokenPosterior> {
        BrokenPosterior::load(Broken, path)
    }
}
#[automatically_derived]
impl ::tallsbi::__private::Simulator<
    { <Epidemic as ::tallsbi::__private::Dimension>::DIM },
    {
        <<[f32; 10] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
    },
> for Broken {
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
        ::tallsbi::__private::core::unreachable!("this simulator did not compile")
    }
}
::core::compile_error! {
    "unknown option `tal`; did you mean `tall`?"
}
::core::compile_error! {
    "a simulator draws from a generator that it is given: add the last argument `rng: &mut impl Rng`"
}
