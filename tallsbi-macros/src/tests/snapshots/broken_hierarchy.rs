mod broken {
    #[allow(unused_imports, clippy::wildcard_imports)]
    use super::*;
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Population {
        pub(super) mu: f64,
    }
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct School {
        pub(super) theta: f64,
    }
    pub(super) fn estimate(school: &School, rng: &mut impl Rng) -> [f64; 1] {
        [school.theta]
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Population {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for Population {
        fn labels() -> [::tallsbi::__private::Label; 1] {
            ::tallsbi::__private::core::unreachable!("this struct did not compile")
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 1] {
            ::tallsbi::__private::core::unreachable!("this struct did not compile")
        }
        fn from_array(_: [::tallsbi::__private::f64; 1]) -> Self {
            ::tallsbi::__private::core::unreachable!("this struct did not compile")
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::DeclaredPrior<1> for Population {
        fn declare<W: ::tallsbi::__private::PriorWalk>(
            _: &mut W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            ::tallsbi::__private::core::unreachable!("this struct did not compile")
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::ClosedFormDiffusion for Population {}
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for School {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for School {
        fn labels() -> [::tallsbi::__private::Label; 1] {
            ::tallsbi::__private::core::unreachable!("this struct did not compile")
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 1] {
            ::tallsbi::__private::core::unreachable!("this struct did not compile")
        }
        fn from_array(_: [::tallsbi::__private::f64; 1]) -> Self {
            ::tallsbi::__private::core::unreachable!("this struct did not compile")
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::DeclaredPrior<1> for School {
        fn declare<W: ::tallsbi::__private::PriorWalk>(
            _: &mut W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            ::tallsbi::__private::core::unreachable!("this struct did not compile")
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::ClosedFormDiffusion for School {}
    #[automatically_derived]
    impl ::tallsbi::__private::ConditionalPrior<Population, 1> for School {
        fn declare_given<W: ::tallsbi::__private::PriorWalk>(
            _: &Population,
            _: &mut W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            ::tallsbi::__private::core::unreachable!("this struct did not compile")
        }
    }
    /// The hierarchical model that `#[simulator]` made of `broken`.
    ///
    #[derive(
        ::tallsbi::__private::core::clone::Clone,
        ::tallsbi::__private::core::marker::Copy,
        ::tallsbi::__private::core::fmt::Debug,
        ::tallsbi::__private::core::default::Default
    )]
    #[allow(dead_code)]
    pub(super) struct Broken;
    /// The network of the global level of [`Broken`].
    #[allow(dead_code)]
    pub(super) type BrokenGlobalNetwork = ::tallsbi::net::Mlp<
        { <Population as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
    >;
    /// The network of the local level of [`Broken`].
    #[allow(dead_code)]
    pub(super) type BrokenLocalNetwork = ::tallsbi::net::Mlp<
        { <School as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Population as ::tallsbi::__private::Dimension>::DIM
        },
    >;
    /// The trained posterior of [`Broken`].
    #[allow(dead_code)]
    pub(super) type BrokenPosterior = ::tallsbi::hierarchy::HierarchicalPosterior<
        Broken,
        BrokenGlobalNetwork,
        BrokenLocalNetwork,
        { <Population as ::tallsbi::__private::Dimension>::DIM },
        { <School as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Population as ::tallsbi::__private::Dimension>::DIM
        },
    >;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Broken {
        /// Starts neural posterior score estimation of [`Broken`]: `Broken::npse().train()`.
        #[must_use = "nothing is simulated or trained before `.train()`"]
        pub(super) fn npse() -> ::tallsbi::hierarchy::HierarchicalNpse<
            Broken,
            BrokenGlobalNetwork,
            BrokenLocalNetwork,
            { <Population as ::tallsbi::__private::Dimension>::DIM },
            { <School as ::tallsbi::__private::Dimension>::DIM },
            {
                <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
            },
            {
                <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Population as ::tallsbi::__private::Dimension>::DIM
            },
        > {
            ::tallsbi::hierarchy::HierarchicalNpse::new(Broken)
        }
        /// Loads a posterior of [`Broken`] that was saved.
        ///
        /// # Errors
        /// The file cannot be read, or holds something else than a posterior of this model.
        pub(super) fn load(
            path: impl ::tallsbi::__private::core::convert::AsRef<
                ::tallsbi::__private::Path,
            >,
        ) -> ::tallsbi::Result<BrokenPosterior> {
            BrokenPosterior::load(Broken, path)
        }
        /// Describes the model: its levels, their priors, what is observed, and who depends on whom.
        pub(super) fn describe() -> ::tallsbi::hierarchy::Graph {
            ::tallsbi::hierarchy::Hierarchy::<
                { <Population as ::tallsbi::__private::Dimension>::DIM },
                { <School as ::tallsbi::__private::Dimension>::DIM },
                {
                    <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                },
            >::graph(&Broken)
        }
    }
    #[automatically_derived]
    impl ::tallsbi::hierarchy::Hierarchy<
        { <Population as ::tallsbi::__private::Dimension>::DIM },
        { <School as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
    > for Broken {
        type Global = Population;
        type Local = School;
        type Design = ();
        type Observation = <[f64; 1] as ::tallsbi::__private::Outcome>::Observation;
        #[allow(unused_variables, unused_braces)]
        fn simulate(
            &self,
            global: &Population,
            local: &School,
            rng: &mut ::tallsbi::__private::Stream,
        ) -> ::tallsbi::__private::Result<
            Self::Observation,
            ::tallsbi::__private::SimulationError,
        > {
            ::tallsbi::__private::core::unreachable!("this model did not compile")
        }
        fn observed_directly() -> ::tallsbi::__private::core::option::Option<
            &'static [&'static str],
        > {
            ::tallsbi::__private::core::option::Option::Some(&[])
        }
        fn graph(&self) -> ::tallsbi::hierarchy::Graph {
            ::tallsbi::hierarchy::Graph {
                name: ::tallsbi::__private::string("Broken"),
                levels: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphLevel {
                        name: ::tallsbi::__private::string("Population"),
                        plate: ::tallsbi::__private::core::option::Option::None,
                        n_max: ::tallsbi::__private::core::option::Option::None,
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar("mu", "", ""),
                                prior: ::tallsbi::__private::string("Normal(0.0, 1.0)"),
                                depends_on: ::tallsbi::__private::strings(&[]),
                            },
                        ]),
                    },
                    ::tallsbi::hierarchy::GraphLevel {
                        name: ::tallsbi::__private::string("School"),
                        plate: ::tallsbi::__private::core::option::Option::Some(
                            ::tallsbi::__private::string("schools"),
                        ),
                        n_max: ::tallsbi::__private::core::option::Option::None,
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar("theta", "", ""),
                                prior: ::tallsbi::__private::string(
                                    "Normal(population.nu, 1.0)",
                                ),
                                depends_on: ::tallsbi::__private::strings(
                                    &["population.nu"],
                                ),
                            },
                        ]),
                    },
                ]),
                designs: ::tallsbi::__private::list([]),
                derived: ::tallsbi::__private::list([]),
                observations: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("estimate"),
                        plate: ::tallsbi::__private::string("school"),
                        n_max: 1,
                        outcome: ::tallsbi::__private::string("[f64; 1]"),
                        depends_on: ::tallsbi::__private::strings(&["School"]),
                    },
                ]),
            }
        }
    }
}
#[allow(unused_imports)]
use broken::{Broken, BrokenPosterior, BrokenGlobalNetwork, BrokenLocalNetwork};
::core::compile_error! {
    "`Population` has no field `nu`; did you mean `population.mu`?"
}
::core::compile_error! {
    "there is no plate `school`; did you mean `schools`?"
}
