/// Drug levels of patients.
mod pharmacokinetics {
    #[allow(unused_imports, clippy::wildcard_imports)]
    use super::*;
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Population {
        /// mean log clearance [log l/h]
        pub(super) mean_log_cl: f64,
        pub(super) sd_log_cl: f64,
    }
    #[derive(Clone, PartialEq)]
    #[derive(::core::fmt::Debug)]
    pub struct Patient {
        /// log clearance [log l/h]
        pub(super) log_cl: f64,
        pub volume: [f64; 2],
    }
    pub(super) fn concentration(
        patient: &Patient,
        population: &Population,
        dose: &Dose,
        rng: &mut impl Rng,
    ) -> Option<[f32; 12]> {
        run(population, patient, dose, rng)
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Population {
        const DIM: ::tallsbi::__private::usize = 2;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<2> for Population {
        fn labels() -> [::tallsbi::__private::Label; 2] {
            [
                ::tallsbi::__private::Label::scalar(
                    "mean_log_cl",
                    "mean log clearance",
                    "log l/h",
                ),
                ::tallsbi::__private::Label::scalar("sd_log_cl", "", ""),
            ]
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 2] {
            [self.mean_log_cl, self.sd_log_cl]
        }
        fn from_array(values: [::tallsbi::__private::f64; 2]) -> Self {
            Self {
                mean_log_cl: values[0],
                sd_log_cl: values[1],
            }
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Patient {
        const DIM: ::tallsbi::__private::usize = 3;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<3> for Patient {
        fn labels() -> [::tallsbi::__private::Label; 3] {
            ::tallsbi::__private::join(
                &[
                    &[
                        ::tallsbi::__private::Label::scalar(
                            "log_cl",
                            "log clearance",
                            "log l/h",
                        ),
                    ],
                    &::tallsbi::__private::components::<2>("volume", "", ""),
                ],
            )
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 3] {
            ::tallsbi::__private::join(&[&[self.log_cl], &self.volume])
        }
        fn from_array(values: [::tallsbi::__private::f64; 3]) -> Self {
            Self {
                log_cl: values[0],
                volume: ::tallsbi::__private::part(&values, 1),
            }
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::DeclaredPrior<2> for Population {
        fn declare<__W: ::tallsbi::__private::PriorWalk>(
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(::tallsbi::__private::family::Normal::new(1.0, 0.5))?;
            walk.scalar(::tallsbi::__private::family::HalfNormal::new(0.5))?;
            ::tallsbi::__private::Result::Ok(())
        }
    }
    const _: () = match ::tallsbi::__private::family::Normal::new(1.0, 0.5) {
        ::tallsbi::__private::Result::Ok(_) => {}
        ::tallsbi::__private::Result::Err(error) => {
            ::tallsbi::__private::core::panic!("{}", error.message)
        }
    };
    const _: () = match ::tallsbi::__private::family::HalfNormal::new(0.5) {
        ::tallsbi::__private::Result::Ok(_) => {}
        ::tallsbi::__private::Result::Err(error) => {
            ::tallsbi::__private::core::panic!("{}", error.message)
        }
    };
    #[automatically_derived]
    impl ::tallsbi::__private::ConditionalPrior<Population, 3> for Patient {
        fn declare_given<__W: ::tallsbi::__private::PriorWalk>(
            ancestor_population: &Population,
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            let field0_log_cl = walk
                .scalar(
                    ::tallsbi::__private::family::Normal::new(
                        ancestor_population.mean_log_cl,
                        ancestor_population.sd_log_cl,
                    ),
                )?;
            walk.array::<
                    _,
                    2,
                >(
                ::tallsbi::__private::family::LogNormal::new(
                    -field0_log_cl + f64::max(ancestor_population.mean_log_cl, 0.0),
                    1.0,
                ),
            )?;
            ::tallsbi::__private::Result::Ok(())
        }
    }
    /// The hierarchical model that `#[simulator]` made of `pharmacokinetics`.
    ///
    /// Drug levels of patients.
    #[derive(
        ::tallsbi::__private::core::clone::Clone,
        ::tallsbi::__private::core::marker::Copy,
        ::tallsbi::__private::core::fmt::Debug,
        ::tallsbi::__private::core::default::Default
    )]
    #[allow(dead_code)]
    pub(super) struct Pharmacokinetics;
    /// The network of the global level of [`Pharmacokinetics`].
    #[allow(dead_code)]
    pub(super) type PharmacokineticsGlobalNetwork = ::tallsbi::net::SetMlp<
        { <Population as ::tallsbi::__private::Dimension>::DIM },
        {
            <<Option<
                [f32; 12],
            > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Dose as ::tallsbi::__private::Dimension>::DIM
        },
        4,
    >;
    /// The network of the local level of [`Pharmacokinetics`].
    #[allow(dead_code)]
    pub(super) type PharmacokineticsLocalNetwork = ::tallsbi::net::SetMlp<
        { <Patient as ::tallsbi::__private::Dimension>::DIM },
        {
            <<Option<
                [f32; 12],
            > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Dose as ::tallsbi::__private::Dimension>::DIM
                + <Population as ::tallsbi::__private::Dimension>::DIM
        },
        4,
    >;
    /// The trained posterior of [`Pharmacokinetics`].
    #[allow(dead_code)]
    pub(super) type PharmacokineticsPosterior = ::tallsbi::hierarchy::HierarchicalPosterior<
        Pharmacokinetics,
        PharmacokineticsGlobalNetwork,
        PharmacokineticsLocalNetwork,
        { <Population as ::tallsbi::__private::Dimension>::DIM },
        { <Patient as ::tallsbi::__private::Dimension>::DIM },
        {
            <<Option<
                [f32; 12],
            > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Dose as ::tallsbi::__private::Dimension>::DIM
        },
        {
            <<Option<
                [f32; 12],
            > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Dose as ::tallsbi::__private::Dimension>::DIM
                + <Population as ::tallsbi::__private::Dimension>::DIM
        },
    >;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Pharmacokinetics {
        /// Starts neural posterior score estimation of [`Pharmacokinetics`]: `Pharmacokinetics::npse().train()`.
        #[must_use = "nothing is simulated or trained before `.train()`"]
        pub(super) fn npse() -> ::tallsbi::hierarchy::HierarchicalNpse<
            Pharmacokinetics,
            PharmacokineticsGlobalNetwork,
            PharmacokineticsLocalNetwork,
            { <Population as ::tallsbi::__private::Dimension>::DIM },
            { <Patient as ::tallsbi::__private::Dimension>::DIM },
            {
                <<Option<
                    [f32; 12],
                > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Dose as ::tallsbi::__private::Dimension>::DIM
            },
            {
                <<Option<
                    [f32; 12],
                > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Dose as ::tallsbi::__private::Dimension>::DIM
                    + <Population as ::tallsbi::__private::Dimension>::DIM
            },
        > {
            ::tallsbi::hierarchy::HierarchicalNpse::new(Pharmacokinetics)
        }
        /// Loads a posterior of [`Pharmacokinetics`] that was saved.
        ///
        /// # Errors
        /// The file cannot be read, or holds something else than a posterior of this model.
        pub(super) fn load(
            path: impl ::tallsbi::__private::core::convert::AsRef<
                ::tallsbi::__private::Path,
            >,
        ) -> ::tallsbi::Result<PharmacokineticsPosterior> {
            PharmacokineticsPosterior::load(Pharmacokinetics, path)
        }
        /// Describes the model: its levels, their priors, what is observed, and who depends on whom.
        pub(super) fn describe() -> ::tallsbi::hierarchy::Graph {
            ::tallsbi::hierarchy::Hierarchy::<
                { <Population as ::tallsbi::__private::Dimension>::DIM },
                { <Patient as ::tallsbi::__private::Dimension>::DIM },
                {
                    <<Option<
                        [f32; 12],
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Dose as ::tallsbi::__private::Dimension>::DIM
                },
            >::graph(&Pharmacokinetics)
        }
    }
    #[automatically_derived]
    impl ::tallsbi::hierarchy::Hierarchy<
        { <Population as ::tallsbi::__private::Dimension>::DIM },
        { <Patient as ::tallsbi::__private::Dimension>::DIM },
        {
            <<Option<
                [f32; 12],
            > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Dose as ::tallsbi::__private::Dimension>::DIM
        },
    > for Pharmacokinetics {
        type Global = Population;
        type Local = Patient;
        type Design = ();
        type Observation = ::tallsbi::__private::Observed<
            <Option<[f32; 12]> as ::tallsbi::__private::Outcome>::Observation,
            Dose,
            {
                <<Option<
                    [f32; 12],
                > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
            },
            { <Dose as ::tallsbi::__private::Dimension>::DIM },
        >;
        #[allow(unused_variables, unused_braces)]
        fn simulate(
            &self,
            global: &Population,
            local: &Patient,
            rng: &mut ::tallsbi::__private::Stream,
        ) -> ::tallsbi::__private::Result<
            Self::Observation,
            ::tallsbi::__private::SimulationError,
        > {
            let design = ::tallsbi::__private::draw_design::<Dose, _>(rng);
            ::tallsbi::__private::observed(
                concentration(local, global, &design, rng),
                design,
            )
        }
        fn graph(&self) -> ::tallsbi::hierarchy::Graph {
            ::tallsbi::hierarchy::Graph {
                name: ::tallsbi::__private::string("Pharmacokinetics"),
                levels: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphLevel {
                        name: ::tallsbi::__private::string("Population"),
                        plate: ::tallsbi::__private::core::option::Option::None,
                        n_max: ::tallsbi::__private::core::option::Option::None,
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar(
                                    "mean_log_cl",
                                    "mean log clearance",
                                    "log l/h",
                                ),
                                prior: ::tallsbi::__private::string("Normal(1.0, 0.5)"),
                                depends_on: ::tallsbi::__private::strings(&[]),
                            },
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar(
                                    "sd_log_cl",
                                    "",
                                    "",
                                ),
                                prior: ::tallsbi::__private::string("HalfNormal(0.5)"),
                                depends_on: ::tallsbi::__private::strings(&[]),
                            },
                        ]),
                    },
                    ::tallsbi::hierarchy::GraphLevel {
                        name: ::tallsbi::__private::string("Patient"),
                        plate: ::tallsbi::__private::core::option::Option::Some(
                            ::tallsbi::__private::string("patients"),
                        ),
                        n_max: ::tallsbi::__private::core::option::Option::None,
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar(
                                    "log_cl",
                                    "log clearance",
                                    "log l/h",
                                ),
                                prior: ::tallsbi::__private::string(
                                    "Normal(population.mean_log_cl, population.sd_log_cl)",
                                ),
                                depends_on: ::tallsbi::__private::strings(
                                    &["population.mean_log_cl", "population.sd_log_cl"],
                                ),
                            },
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar(
                                    "volume",
                                    "",
                                    "",
                                ),
                                prior: ::tallsbi::__private::string(
                                    "LogNormal(-log_cl + f64::max(population.mean_log_cl, 0.0), 1)",
                                ),
                                depends_on: ::tallsbi::__private::strings(
                                    &["population.mean_log_cl", "log_cl"],
                                ),
                            },
                        ]),
                    },
                ]),
                designs: ::tallsbi::__private::list([]),
                derived: ::tallsbi::__private::list([]),
                observations: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("concentration"),
                        plate: ::tallsbi::__private::string("patients"),
                        n_max: 4,
                        outcome: ::tallsbi::__private::string("Option<[f32; 12]>"),
                        depends_on: ::tallsbi::__private::strings(
                            &["Patient", "Population", "Dose"],
                        ),
                    },
                ]),
            }
        }
    }
}
#[allow(unused_imports)]
use pharmacokinetics::{
    Pharmacokinetics, PharmacokineticsPosterior, PharmacokineticsGlobalNetwork,
    PharmacokineticsLocalNetwork,
};
