mod growth {
    #[allow(unused_imports, clippy::wildcard_imports)]
    use super::*;
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Species {
        pub(super) mean: f64,
    }
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Plant {
        pub(super) rate: f64,
    }
    pub(super) fn heights(plant: &Plant, rng: &mut impl Rng) -> [f32; 30] {
        run(plant, rng)
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Species {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for Species {
        fn labels() -> [::tallsbi::__private::Label; 1] {
            [::tallsbi::__private::Label::scalar("mean", "", "")]
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 1] {
            [self.mean]
        }
        fn from_array(values: [::tallsbi::__private::f64; 1]) -> Self {
            Self { mean: values[0] }
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Plant {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for Plant {
        fn labels() -> [::tallsbi::__private::Label; 1] {
            [::tallsbi::__private::Label::scalar("rate", "", "")]
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 1] {
            [self.rate]
        }
        fn from_array(values: [::tallsbi::__private::f64; 1]) -> Self {
            Self { rate: values[0] }
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::DeclaredPrior<1> for Species {
        fn declare<__W: ::tallsbi::__private::PriorWalk>(
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(::tallsbi::__private::family::Normal::new(0.0, 5.0))?;
            ::tallsbi::__private::Result::Ok(())
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::ClosedFormDiffusion for Species {}
    const _: () = match ::tallsbi::__private::family::Normal::new(0.0, 5.0) {
        ::tallsbi::__private::Result::Ok(_) => {}
        ::tallsbi::__private::Result::Err(error) => {
            ::tallsbi::__private::core::panic!("{}", error.message)
        }
    };
    #[automatically_derived]
    impl ::tallsbi::__private::ConditionalPrior<Species, 1> for Plant {
        fn declare_given<__W: ::tallsbi::__private::PriorWalk>(
            ancestor_species: &Species,
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(
                ::tallsbi::__private::family::Normal::new(ancestor_species.mean, 1.0),
            )?;
            ::tallsbi::__private::Result::Ok(())
        }
    }
    /// The hierarchical model that `#[simulator]` made of `growth`.
    ///
    #[derive(
        ::tallsbi::__private::core::clone::Clone,
        ::tallsbi::__private::core::marker::Copy,
        ::tallsbi::__private::core::fmt::Debug,
        ::tallsbi::__private::core::default::Default
    )]
    #[allow(dead_code)]
    pub(super) struct Growth;
    /// The network of the global level of [`Growth`].
    #[allow(dead_code)]
    pub(super) type GrowthGlobalNetwork = ::tallsbi::net::Summarised<
        ::tallsbi::net::Gru<<[f32; 30] as ::tallsbi::__private::Outcome>::Observation>,
        ::tallsbi::net::SetMlp<
            { <Species as ::tallsbi::__private::Dimension>::DIM },
            {
                ::tallsbi::net::summarised::<
                    ::tallsbi::net::Gru<
                        <[f32; 30] as ::tallsbi::__private::Outcome>::Observation,
                    >,
                >(
                    <<[f32; 30] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM,
                )
            },
            2,
        >,
    >;
    /// The network of the local level of [`Growth`].
    #[allow(dead_code)]
    pub(super) type GrowthLocalNetwork = ::tallsbi::net::Summarised<
        ::tallsbi::net::Gru<<[f32; 30] as ::tallsbi::__private::Outcome>::Observation>,
        ::tallsbi::net::SetMlp<
            { <Plant as ::tallsbi::__private::Dimension>::DIM },
            {
                ::tallsbi::net::summarised::<
                    ::tallsbi::net::Gru<
                        <[f32; 30] as ::tallsbi::__private::Outcome>::Observation,
                    >,
                >(
                    <<[f32; 30] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Species as ::tallsbi::__private::Dimension>::DIM,
                )
            },
            2,
        >,
    >;
    /// The trained posterior of [`Growth`].
    #[allow(dead_code)]
    pub(super) type GrowthPosterior = ::tallsbi::hierarchy::HierarchicalPosterior<
        Growth,
        GrowthGlobalNetwork,
        GrowthLocalNetwork,
        { <Species as ::tallsbi::__private::Dimension>::DIM },
        { <Plant as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f32; 30] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
        {
            <<[f32; 30] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Species as ::tallsbi::__private::Dimension>::DIM
        },
    >;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Growth {
        /// Starts neural posterior score estimation of [`Growth`]: `Growth::npse().train()`.
        #[must_use = "nothing is simulated or trained before `.train()`"]
        pub(super) fn npse() -> ::tallsbi::hierarchy::HierarchicalNpse<
            Growth,
            GrowthGlobalNetwork,
            GrowthLocalNetwork,
            { <Species as ::tallsbi::__private::Dimension>::DIM },
            { <Plant as ::tallsbi::__private::Dimension>::DIM },
            {
                <<[f32; 30] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
            },
            {
                <<[f32; 30] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Species as ::tallsbi::__private::Dimension>::DIM
            },
        > {
            ::tallsbi::hierarchy::HierarchicalNpse::new(Growth)
        }
        /// Loads a posterior of [`Growth`] that was saved.
        ///
        /// # Errors
        /// The file cannot be read, or holds something else than a posterior of this model.
        pub(super) fn load(
            path: impl ::tallsbi::__private::core::convert::AsRef<
                ::tallsbi::__private::Path,
            >,
        ) -> ::tallsbi::Result<GrowthPosterior> {
            GrowthPosterior::load(Growth, path)
        }
        /// Describes the model: its levels, their priors, what is observed, and who depends on whom.
        pub(super) fn describe() -> ::tallsbi::hierarchy::Graph {
            ::tallsbi::hierarchy::Hierarchy::<
                { <Species as ::tallsbi::__private::Dimension>::DIM },
                { <Plant as ::tallsbi::__private::Dimension>::DIM },
                {
                    <<[f32; 30] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                },
            >::graph(&Growth)
        }
    }
    const _: () = {
        ::tallsbi::__private::core::assert!(
            ! < < [f32; 30] as ::tallsbi::__private::Outcome > ::Observation as
            ::tallsbi::__private::Sequence > ::CHANNELS.is_empty(),
            "`#[summary]` summarises a series, and this observation has none: give it an array of steps, or remove `#[summary]`"
        );
        ::tallsbi::__private::core::assert!(
            ::tallsbi::__private::have_one_length(< < [f32; 30] as
            ::tallsbi::__private::Outcome > ::Observation as
            ::tallsbi::__private::Sequence > ::CHANNELS),
            "`#[summary]` reads all arrays of an observation as channels of one series: give them one length"
        );
    };
    #[automatically_derived]
    impl ::tallsbi::hierarchy::Hierarchy<
        { <Species as ::tallsbi::__private::Dimension>::DIM },
        { <Plant as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f32; 30] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
    > for Growth {
        type Global = Species;
        type Local = Plant;
        type Design = ();
        type Observation = <[f32; 30] as ::tallsbi::__private::Outcome>::Observation;
        #[allow(unused_variables, unused_braces)]
        fn simulate(
            &self,
            global: &Species,
            local: &Plant,
            rng: &mut ::tallsbi::__private::Stream,
        ) -> ::tallsbi::__private::Result<
            Self::Observation,
            ::tallsbi::__private::SimulationError,
        > {
            ::tallsbi::__private::Outcome::into_result(heights(local, rng))
        }
        fn observed_directly() -> ::tallsbi::__private::core::option::Option<
            &'static [&'static str],
        > {
            ::tallsbi::__private::core::option::Option::Some(&[])
        }
        fn graph(&self) -> ::tallsbi::hierarchy::Graph {
            ::tallsbi::hierarchy::Graph {
                name: ::tallsbi::__private::string("Growth"),
                levels: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphLevel {
                        name: ::tallsbi::__private::string("Species"),
                        plate: ::tallsbi::__private::core::option::Option::None,
                        n_max: ::tallsbi::__private::core::option::Option::None,
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar("mean", "", ""),
                                prior: ::tallsbi::__private::string("Normal(0.0, 5.0)"),
                                depends_on: ::tallsbi::__private::strings(&[]),
                            },
                        ]),
                    },
                    ::tallsbi::hierarchy::GraphLevel {
                        name: ::tallsbi::__private::string("Plant"),
                        plate: ::tallsbi::__private::core::option::Option::Some(
                            ::tallsbi::__private::string("plants"),
                        ),
                        n_max: ::tallsbi::__private::core::option::Option::None,
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar("rate", "", ""),
                                prior: ::tallsbi::__private::string(
                                    "Normal(species.mean, 1.0)",
                                ),
                                depends_on: ::tallsbi::__private::strings(&["species.mean"]),
                            },
                        ]),
                    },
                ]),
                designs: ::tallsbi::__private::list([]),
                derived: ::tallsbi::__private::list([]),
                observations: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("heights"),
                        plate: ::tallsbi::__private::string("plants"),
                        n_max: 2,
                        outcome: ::tallsbi::__private::string("[f32; 30]"),
                        depends_on: ::tallsbi::__private::strings(&["Plant"]),
                    },
                ]),
            }
        }
    }
}
#[allow(unused_imports)]
use growth::{Growth, GrowthPosterior, GrowthGlobalNetwork, GrowthLocalNetwork};
