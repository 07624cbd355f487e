mod growth {
    #[allow(unused_imports, clippy::wildcard_imports)]
    use super::*;
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Population {
        pub(super) slope: f64,
    }
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Background {
        /// age [years]
        pub(super) age: f64,
    }
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Patient {
        pub(super) level: f64,
    }
    pub(super) fn measure(
        patient: &Patient,
        background: &Background,
        rng: &mut impl Rng,
    ) -> [f64; 1] {
        [patient.level + background.age]
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Population {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for Population {
        fn labels() -> [::tallsbi::__private::Label; 1] {
            [::tallsbi::__private::Label::scalar("slope", "", "")]
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 1] {
            [self.slope]
        }
        fn from_array(values: [::tallsbi::__private::f64; 1]) -> Self {
            Self { slope: values[0] }
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Patient {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for Patient {
        fn labels() -> [::tallsbi::__private::Label; 1] {
            [::tallsbi::__private::Label::scalar("level", "", "")]
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 1] {
            [self.level]
        }
        fn from_array(values: [::tallsbi::__private::f64; 1]) -> Self {
            Self { level: values[0] }
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::DeclaredPrior<1> for Population {
        fn declare<__W: ::tallsbi::__private::PriorWalk>(
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(::tallsbi::__private::family::Normal::new(0.0, 1.0))?;
            ::tallsbi::__private::Result::Ok(())
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::ClosedFormDiffusion for Population {}
    const _: () = match ::tallsbi::__private::family::Normal::new(0.0, 1.0) {
        ::tallsbi::__private::Result::Ok(_) => {}
        ::tallsbi::__private::Result::Err(error) => {
            ::tallsbi::__private::core::panic!("{}", error.message)
        }
    };
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Background {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for Background {
        fn labels() -> [::tallsbi::__private::Label; 1] {
            [::tallsbi::__private::Label::scalar("age", "age", "years")]
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 1] {
            [self.age]
        }
        fn from_array(values: [::tallsbi::__private::f64; 1]) -> Self {
            Self { age: values[0] }
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::DeclaredPrior<1> for Background {
        fn declare<__W: ::tallsbi::__private::PriorWalk>(
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(::tallsbi::__private::family::Uniform::new(20.0, 80.0))?;
            ::tallsbi::__private::Result::Ok(())
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::ClosedFormDiffusion for Background {}
    const _: () = match ::tallsbi::__private::family::Uniform::new(20.0, 80.0) {
        ::tallsbi::__private::Result::Ok(_) => {}
        ::tallsbi::__private::Result::Err(error) => {
            ::tallsbi::__private::core::panic!("{}", error.message)
        }
    };
    #[automatically_derived]
    impl ::tallsbi::__private::Design<1> for Background {
        fn labels() -> [::tallsbi::__private::Label; 1] {
            <Self as ::tallsbi::__private::Parameters<1>>::labels()
        }
        fn transforms() -> [::tallsbi::__private::Transform; 1] {
            [::tallsbi::__private::Transform::Identity]
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 1] {
            <Self as ::tallsbi::__private::Parameters<1>>::to_array(self)
        }
        fn from_array(values: [::tallsbi::__private::f64; 1]) -> Self {
            <Self as ::tallsbi::__private::Parameters<1>>::from_array(values)
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::ConditionalPrior<
        ::tallsbi::hierarchy::InGroup<Population, Background>,
        1,
    > for Patient {
        fn declare_given<__W: ::tallsbi::__private::PriorWalk>(
            ::tallsbi::hierarchy::InGroup {
                global: ancestor_population,
                design: ancestor_background,
            }: &::tallsbi::hierarchy::InGroup<Population, Background>,
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(
                ::tallsbi::__private::family::Normal::new(
                    ancestor_population.slope * ancestor_background.age,
                    1.0,
                ),
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
    pub(super) type GrowthGlobalNetwork = ::tallsbi::net::SetMlp<
        { <Population as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Background as ::tallsbi::__private::Dimension>::DIM
        },
        3,
    >;
    /// The network of the local level of [`Growth`].
    #[allow(dead_code)]
    pub(super) type GrowthLocalNetwork = ::tallsbi::net::SetMlp<
        { <Patient as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Background as ::tallsbi::__private::Dimension>::DIM
                + <Population as ::tallsbi::__private::Dimension>::DIM
        },
        3,
    >;
    /// The trained posterior of [`Growth`].
    #[allow(dead_code)]
    pub(super) type GrowthPosterior = ::tallsbi::hierarchy::HierarchicalPosterior<
        Growth,
        GrowthGlobalNetwork,
        GrowthLocalNetwork,
        { <Population as ::tallsbi::__private::Dimension>::DIM },
        { <Patient as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Background as ::tallsbi::__private::Dimension>::DIM
        },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Background as ::tallsbi::__private::Dimension>::DIM
                + <Population as ::tallsbi::__private::Dimension>::DIM
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
            { <Population as ::tallsbi::__private::Dimension>::DIM },
            { <Patient as ::tallsbi::__private::Dimension>::DIM },
            {
                <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Background as ::tallsbi::__private::Dimension>::DIM
            },
            {
                <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Background as ::tallsbi::__private::Dimension>::DIM
                    + <Population as ::tallsbi::__private::Dimension>::DIM
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
                { <Population as ::tallsbi::__private::Dimension>::DIM },
                { <Patient as ::tallsbi::__private::Dimension>::DIM },
                {
                    <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Background as ::tallsbi::__private::Dimension>::DIM
                },
            >::graph(&Growth)
        }
    }
    #[automatically_derived]
    impl ::tallsbi::hierarchy::GroupDesign<
        Population,
        ::tallsbi::__private::Observed<
            <[f64; 1] as ::tallsbi::__private::Outcome>::Observation,
            Background,
            {
                <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
            },
            { <Background as ::tallsbi::__private::Dimension>::DIM },
        >,
    > for Background {
        type Above = ::tallsbi::hierarchy::InGroup<Population, Background>;
        fn draw(
            rng: &mut ::tallsbi::__private::Stream,
        ) -> ::tallsbi::__private::Result<Self, ::tallsbi::__private::SimulationError> {
            ::tallsbi::__private::draw_group_design(rng)
        }
        fn of(
            x: &::tallsbi::__private::Observed<
                <[f64; 1] as ::tallsbi::__private::Outcome>::Observation,
                Background,
                {
                    <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                },
                { <Background as ::tallsbi::__private::Dimension>::DIM },
            >,
        ) -> Self {
            ::tallsbi::__private::core::clone::Clone::clone(&x.design)
        }
        fn agrees(&self, other: &Self) -> bool {
            ::tallsbi::__private::Design::to_array(self)
                == ::tallsbi::__private::Design::to_array(other)
        }
        fn above(global: &Population, design: &Self) -> Self::Above {
            ::tallsbi::hierarchy::InGroup {
                global: ::tallsbi::__private::core::clone::Clone::clone(global),
                design: ::tallsbi::__private::core::clone::Clone::clone(design),
            }
        }
    }
    #[automatically_derived]
    impl ::tallsbi::hierarchy::Hierarchy<
        { <Population as ::tallsbi::__private::Dimension>::DIM },
        { <Patient as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Background as ::tallsbi::__private::Dimension>::DIM
        },
    > for Growth {
        type Global = Population;
        type Local = Patient;
        type Design = Background;
        type Observation = ::tallsbi::__private::Observed<
            <[f64; 1] as ::tallsbi::__private::Outcome>::Observation,
            Background,
            {
                <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
            },
            { <Background as ::tallsbi::__private::Dimension>::DIM },
        >;
        #[allow(unused_variables, unused_braces)]
        fn simulate(
            &self,
            global: &::tallsbi::hierarchy::InGroup<Population, Background>,
            local: &Patient,
            rng: &mut ::tallsbi::__private::Stream,
        ) -> ::tallsbi::__private::Result<
            Self::Observation,
            ::tallsbi::__private::SimulationError,
        > {
            let ::tallsbi::hierarchy::InGroup { global: global, design: group } = global;
            ::tallsbi::__private::in_group(
                {
                    ::tallsbi::__private::Outcome::into_result(
                        measure(local, group, rng),
                    )
                },
                group,
            )
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
                        name: ::tallsbi::__private::string("Population"),
                        plate: ::tallsbi::__private::core::option::Option::None,
                        n_max: ::tallsbi::__private::core::option::Option::None,
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar("slope", "", ""),
                                prior: ::tallsbi::__private::string("Normal(0, 1)"),
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
                                label: ::tallsbi::__private::Label::scalar("level", "", ""),
                                prior: ::tallsbi::__private::string(
                                    "Normal(population.slope * background.age, 1)",
                                ),
                                depends_on: ::tallsbi::__private::strings(
                                    &["population.slope", "background.age"],
                                ),
                            },
                        ]),
                    },
                ]),
                designs: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphDesign {
                        name: ::tallsbi::__private::string("Background"),
                        plate: ::tallsbi::__private::string("patients"),
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar(
                                    "age",
                                    "age",
                                    "years",
                                ),
                                prior: ::tallsbi::__private::string("Uniform(20, 80)"),
                                depends_on: ::tallsbi::__private::strings(&[]),
                            },
                        ]),
                    },
                ]),
                derived: ::tallsbi::__private::list([]),
                observations: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("measure"),
                        plate: ::tallsbi::__private::string("patients"),
                        n_max: 3,
                        outcome: ::tallsbi::__private::string("[f64; 1]"),
                        depends_on: ::tallsbi::__private::strings(
                            &["Patient", "Background"],
                        ),
                    },
                ]),
            }
        }
    }
}
#[allow(unused_imports)]
use growth::{Growth, GrowthPosterior, GrowthGlobalNetwork, GrowthLocalNetwork};
