#[cfg(feature = "schools")]
pub(crate) mod eight_schools {
    use super::*;
    #[derive(Clone, Debug)]
    pub(super) struct Population {
        pub(super) mu: f64,
    }
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(crate) struct School {
        pub(crate) theta: [f64; N],
    }
    pub(crate) fn estimate(school: &School, rng: &mut impl Rng) -> [f64; N] {
        school.theta
    }
    #[automatically_derived]
    impl renamed::__private::Dimension for Population {
        const DIM: renamed::__private::usize = 1;
    }
    #[automatically_derived]
    impl renamed::__private::Parameters<1> for Population {
        fn labels() -> [renamed::__private::Label; 1] {
            [renamed::__private::Label::scalar("mu", "", "")]
        }
        fn to_array(&self) -> [renamed::__private::f64; 1] {
            [self.mu]
        }
        fn from_array(values: [renamed::__private::f64; 1]) -> Self {
            Self { mu: values[0] }
        }
    }
    #[automatically_derived]
    impl renamed::__private::Dimension for School {
        const DIM: renamed::__private::usize = (N);
    }
    const _: () = renamed::__private::core::assert!(
        (N) > 0, "the array `theta` needs at least one component"
    );
    #[automatically_derived]
    impl renamed::__private::Parameters<{ (N) }> for School {
        fn labels() -> [renamed::__private::Label; (N)] {
            renamed::__private::join(
                &[&renamed::__private::components::<{ N }>("theta", "", "")],
            )
        }
        fn to_array(&self) -> [renamed::__private::f64; (N)] {
            renamed::__private::join(&[&self.theta])
        }
        fn from_array(values: [renamed::__private::f64; (N)]) -> Self {
            Self {
                theta: renamed::__private::part(&values, 0),
            }
        }
    }
    #[automatically_derived]
    impl renamed::__private::DeclaredPrior<1> for Population {
        fn declare<__W: renamed::__private::PriorWalk>(
            walk: &mut __W,
        ) -> renamed::__private::Result<(), renamed::__private::PriorError> {
            walk.scalar(renamed::__private::family::Normal::new(0.0, 5.0))?;
            renamed::__private::Result::Ok(())
        }
    }
    #[automatically_derived]
    impl renamed::__private::ClosedFormDiffusion for Population {}
    const _: () = match renamed::__private::family::Normal::new(0.0, 5.0) {
        renamed::__private::Result::Ok(_) => {}
        renamed::__private::Result::Err(error) => {
            renamed::__private::core::panic!("{}", error.message)
        }
    };
    #[automatically_derived]
    impl renamed::__private::ConditionalPrior<Population, { (N) }> for School {
        fn declare_given<__W: renamed::__private::PriorWalk>(
            ancestor_population: &Population,
            walk: &mut __W,
        ) -> renamed::__private::Result<(), renamed::__private::PriorError> {
            walk.array::<
                    _,
                    { N },
                >(
                renamed::__private::family::Normal::new(ancestor_population.mu, SPREAD),
            )?;
            renamed::__private::Result::Ok(())
        }
    }
    /// The hierarchical model that `#[simulator]` made of `eight_schools`.
    ///
    #[derive(
        renamed::__private::core::clone::Clone,
        renamed::__private::core::marker::Copy,
        renamed::__private::core::fmt::Debug,
        renamed::__private::core::default::Default
    )]
    #[allow(dead_code)]
    pub(crate) struct Schools;
    /// The network of the global level of [`Schools`].
    #[allow(dead_code)]
    pub(crate) type SchoolsGlobalNetwork = renamed::net::Mlp<
        { <Population as renamed::__private::Dimension>::DIM },
        {
            <<[f64; N] as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
        },
    >;
    /// The network of the local level of [`Schools`].
    #[allow(dead_code)]
    pub(crate) type SchoolsLocalNetwork = renamed::net::Mlp<
        { <School as renamed::__private::Dimension>::DIM },
        {
            <<[f64; N] as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
                + <Population as renamed::__private::Dimension>::DIM
        },
    >;
    /// The trained posterior of [`Schools`].
    #[allow(dead_code)]
    pub(crate) type SchoolsPosterior = renamed::hierarchy::HierarchicalPosterior<
        Schools,
        SchoolsGlobalNetwork,
        SchoolsLocalNetwork,
        { <Population as renamed::__private::Dimension>::DIM },
        { <School as renamed::__private::Dimension>::DIM },
        {
            <<[f64; N] as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
        },
        {
            <<[f64; N] as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
                + <Population as renamed::__private::Dimension>::DIM
        },
    >;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Schools {
        /// Starts neural posterior score estimation of [`Schools`]: `Schools::npse().train()`.
        #[must_use = "nothing is simulated or trained before `.train()`"]
        pub(crate) fn npse() -> renamed::hierarchy::HierarchicalNpse<
            Schools,
            SchoolsGlobalNetwork,
            SchoolsLocalNetwork,
            { <Population as renamed::__private::Dimension>::DIM },
            { <School as renamed::__private::Dimension>::DIM },
            {
                <<[f64; N] as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
            },
            {
                <<[f64; N] as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
                    + <Population as renamed::__private::Dimension>::DIM
            },
        > {
            renamed::hierarchy::HierarchicalNpse::new(Schools)
        }
        /// Loads a posterior of [`Schools`] that was saved.
        ///
        /// # Errors
        /// The file cannot be read, or holds something else than a posterior of this model.
        pub(crate) fn load(
            path: impl renamed::__private::core::convert::AsRef<renamed::__private::Path>,
        ) -> renamed::Result<SchoolsPosterior> {
            SchoolsPosterior::load(Schools, path)
        }
        /// Describes the model: its levels, their priors, what is observed, and who depends on whom.
        pub(crate) fn describe() -> renamed::hierarchy::Graph {
            renamed::hierarchy::Hierarchy::<
                { <Population as renamed::__private::Dimension>::DIM },
                { <School as renamed::__private::Dimension>::DIM },
                {
                    <<[f64; N] as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
                },
            >::graph(&Schools)
        }
    }
    #[automatically_derived]
    impl renamed::hierarchy::Hierarchy<
        { <Population as renamed::__private::Dimension>::DIM },
        { <School as renamed::__private::Dimension>::DIM },
        {
            <<[f64; N] as renamed::__private::Outcome>::Observation as renamed::__private::Dimension>::DIM
        },
    > for Schools {
        type Global = Population;
        type Local = School;
        type Design = ();
        type Observation = <[f64; N] as renamed::__private::Outcome>::Observation;
        #[allow(unused_variables, unused_braces)]
        fn simulate(
            &self,
            global: &Population,
            local: &School,
            rng: &mut renamed::__private::Stream,
        ) -> renamed::__private::Result<
            Self::Observation,
            renamed::__private::SimulationError,
        > {
            renamed::__private::Outcome::into_result(estimate(local, rng))
        }
        fn observed_directly() -> renamed::__private::core::option::Option<
            &'static [&'static str],
        > {
            renamed::__private::core::option::Option::Some(&[])
        }
        fn graph(&self) -> renamed::hierarchy::Graph {
            renamed::hierarchy::Graph {
                name: renamed::__private::string("Schools"),
                levels: renamed::__private::list([
                    renamed::hierarchy::GraphLevel {
                        name: renamed::__private::string("Population"),
                        plate: renamed::__private::core::option::Option::None,
                        n_max: renamed::__private::core::option::Option::None,
                        fields: renamed::__private::list([
                            renamed::hierarchy::GraphField {
                                label: renamed::__private::Label::scalar("mu", "", ""),
                                prior: renamed::__private::string("Normal(0.0, 5.0)"),
                                depends_on: renamed::__private::strings(&[]),
                            },
                        ]),
                    },
                    renamed::hierarchy::GraphLevel {
                        name: renamed::__private::string("School"),
                        plate: renamed::__private::core::option::Option::Some(
                            renamed::__private::string("schools"),
                        ),
                        n_max: renamed::__private::core::option::Option::None,
                        fields: renamed::__private::list([
                            renamed::hierarchy::GraphField {
                                label: renamed::__private::Label::scalar("theta", "", ""),
                                prior: renamed::__private::string(
                                    "Normal(population.mu, SPREAD)",
                                ),
                                depends_on: renamed::__private::strings(&["population.mu"]),
                            },
                        ]),
                    },
                ]),
                designs: renamed::__private::list([]),
                derived: renamed::__private::list([]),
                observations: renamed::__private::list([
                    renamed::hierarchy::GraphObservation {
                        name: renamed::__private::string("estimate"),
                        plate: renamed::__private::string("schools"),
                        n_max: 1,
                        outcome: renamed::__private::string("[f64; N]"),
                        depends_on: renamed::__private::strings(&["School"]),
                    },
                ]),
            }
        }
    }
}
#[cfg(feature = "schools")]
#[allow(unused_imports)]
pub(crate) use eight_schools::{
    Schools, SchoolsPosterior, SchoolsGlobalNetwork, SchoolsLocalNetwork,
};
