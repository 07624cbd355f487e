mod marks {
    #[allow(unused_imports, clippy::wildcard_imports)]
    use super::*;
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Country {
        pub(super) mean: f64,
    }
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct School {
        pub(super) level: f64,
    }
    pub(super) fn mark(school: &School, rng: &mut impl Rng) -> [f64; 2] {
        run(school, rng)
    }
    pub(super) fn size(
        school: &School,
        year: &Year,
        rng: &mut impl Rng,
    ) -> Option<Size> {
        run(school, year, rng)
    }
    pub(super) fn visit(
        country: &Country,
        school: &School,
        rng: &mut impl Rng,
    ) -> [f32; 1] {
        run(country, school, rng)
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Country {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for Country {
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
    impl ::tallsbi::__private::Dimension for School {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for School {
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
    impl ::tallsbi::__private::DeclaredPrior<1> for Country {
        fn declare<__W: ::tallsbi::__private::PriorWalk>(
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(::tallsbi::__private::family::Normal::new(0.0, 5.0))?;
            ::tallsbi::__private::Result::Ok(())
        }
    }
    #[automatically_derived]
    impl ::tallsbi::__private::ClosedFormDiffusion for Country {}
    const _: () = match ::tallsbi::__private::family::Normal::new(0.0, 5.0) {
        ::tallsbi::__private::Result::Ok(_) => {}
        ::tallsbi::__private::Result::Err(error) => {
            ::tallsbi::__private::core::panic!("{}", error.message)
        }
    };
    #[automatically_derived]
    impl ::tallsbi::__private::ConditionalPrior<Country, 1> for School {
        fn declare_given<__W: ::tallsbi::__private::PriorWalk>(
            ancestor_country: &Country,
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(
                ::tallsbi::__private::family::Normal::new(ancestor_country.mean, 1.0),
            )?;
            ::tallsbi::__private::Result::Ok(())
        }
    }
    /// The hierarchical model that `#[simulator]` made of `marks`.
    ///
    #[derive(
        ::tallsbi::__private::core::clone::Clone,
        ::tallsbi::__private::core::marker::Copy,
        ::tallsbi::__private::core::fmt::Debug,
        ::tallsbi::__private::core::default::Default
    )]
    #[allow(dead_code)]
    pub(super) struct Marks;
    /// The network of the global level of [`Marks`].
    #[allow(dead_code)]
    pub(super) type MarksGlobalNetwork = ::tallsbi::net::Mlp<
        { <Country as ::tallsbi::__private::Dimension>::DIM },
        {
            3
                * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
                + 1
                    * (<<Option<
                        Size,
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                + 2
                    * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
        },
    >;
    /// The network of the local level of [`Marks`].
    #[allow(dead_code)]
    pub(super) type MarksLocalNetwork = ::tallsbi::net::Mlp<
        { <School as ::tallsbi::__private::Dimension>::DIM },
        {
            3
                * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
                + 1
                    * (<<Option<
                        Size,
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                + 2
                    * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1 + <Country as ::tallsbi::__private::Dimension>::DIM
        },
    >;
    /// The trained posterior of [`Marks`].
    #[allow(dead_code)]
    pub(super) type MarksPosterior = ::tallsbi::hierarchy::HierarchicalPosterior<
        Marks,
        MarksGlobalNetwork,
        MarksLocalNetwork,
        { <Country as ::tallsbi::__private::Dimension>::DIM },
        { <School as ::tallsbi::__private::Dimension>::DIM },
        {
            3
                * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
                + 1
                    * (<<Option<
                        Size,
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                + 2
                    * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
        },
        {
            3
                * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
                + 1
                    * (<<Option<
                        Size,
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                + 2
                    * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1 + <Country as ::tallsbi::__private::Dimension>::DIM
        },
    >;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Marks {
        /// Starts neural posterior score estimation of [`Marks`]: `Marks::npse().train()`.
        #[must_use = "nothing is simulated or trained before `.train()`"]
        pub(super) fn npse() -> ::tallsbi::hierarchy::HierarchicalNpse<
            Marks,
            MarksGlobalNetwork,
            MarksLocalNetwork,
            { <Country as ::tallsbi::__private::Dimension>::DIM },
            { <School as ::tallsbi::__private::Dimension>::DIM },
            {
                3
                    * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                    + 1
                    + 1
                        * (<<Option<
                            Size,
                        > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                            + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                    + 2
                        * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                    + 1
            },
            {
                3
                    * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                    + 1
                    + 1
                        * (<<Option<
                            Size,
                        > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                            + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                    + 2
                        * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                    + 1 + <Country as ::tallsbi::__private::Dimension>::DIM
            },
        > {
            ::tallsbi::hierarchy::HierarchicalNpse::new(Marks)
        }
        /// Loads a posterior of [`Marks`] that was saved.
        ///
        /// # Errors
        /// The file cannot be read, or holds something else than a posterior of this model.
        pub(super) fn load(
            path: impl ::tallsbi::__private::core::convert::AsRef<
                ::tallsbi::__private::Path,
            >,
        ) -> ::tallsbi::Result<MarksPosterior> {
            MarksPosterior::load(Marks, path)
        }
        /// Describes the model: its levels, their priors, what is observed, and who depends on whom.
        pub(super) fn describe() -> ::tallsbi::hierarchy::Graph {
            ::tallsbi::hierarchy::Hierarchy::<
                { <Country as ::tallsbi::__private::Dimension>::DIM },
                { <School as ::tallsbi::__private::Dimension>::DIM },
                {
                    3
                        * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                        + 1
                        + 1
                            * (<<Option<
                                Size,
                            > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                                + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                        + 2
                            * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                        + 1
                },
            >::graph(&Marks)
        }
    }
    #[automatically_derived]
    impl ::tallsbi::hierarchy::Hierarchy<
        { <Country as ::tallsbi::__private::Dimension>::DIM },
        { <School as ::tallsbi::__private::Dimension>::DIM },
        {
            3
                * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
                + 1
                    * (<<Option<
                        Size,
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                + 2
                    * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
        },
    > for Marks {
        type Global = Country;
        type Local = School;
        type Design = ();
        type Observation = ::tallsbi::__private::Kinds<
            ::tallsbi::__private::GroupData<
                <[f64; 2] as ::tallsbi::__private::Outcome>::Observation,
                {
                    <<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                },
                3,
            >,
            ::tallsbi::__private::Kinds<
                ::tallsbi::__private::GroupData<
                    ::tallsbi::__private::Observed<
                        <Option<Size> as ::tallsbi::__private::Outcome>::Observation,
                        Year,
                        {
                            <<Option<
                                Size,
                            > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        },
                        { <Year as ::tallsbi::__private::Dimension>::DIM },
                    >,
                    {
                        <<Option<
                            Size,
                        > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                            + <Year as ::tallsbi::__private::Dimension>::DIM
                    },
                    1,
                >,
                ::tallsbi::__private::GroupData<
                    <[f32; 1] as ::tallsbi::__private::Outcome>::Observation,
                    {
                        <<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    },
                    2,
                >,
                {
                    1
                        * (<<Option<
                            Size,
                        > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                            + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                },
                {
                    2
                        * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                        + 1
                },
            >,
            {
                3
                    * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                    + 1
            },
            {
                1
                    * (<<Option<
                        Size,
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Year as ::tallsbi::__private::Dimension>::DIM) + 1
                    + 2
                        * (<<[f32; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                    + 1
            },
        >;
        #[allow(unused_variables, unused_braces)]
        fn simulate(
            &self,
            global: &Country,
            local: &School,
            rng: &mut ::tallsbi::__private::Stream,
        ) -> ::tallsbi::__private::Result<
            Self::Observation,
            ::tallsbi::__private::SimulationError,
        > {
            let [size0, size1, size2] = ::tallsbi::__private::kind_sizes([3, 1, 2], rng);
            ::tallsbi::__private::Result::Ok(::tallsbi::__private::Kinds {
                first: ::tallsbi::__private::simulate_kind(
                    size0,
                    rng,
                    |rng| {
                        ::tallsbi::__private::Outcome::into_result(mark(local, rng))
                    },
                )?,
                rest: ::tallsbi::__private::Kinds {
                    first: ::tallsbi::__private::simulate_kind(
                        size1,
                        rng,
                        |rng| {
                            let design = ::tallsbi::__private::draw_design::<
                                Year,
                                _,
                            >(rng);
                            ::tallsbi::__private::observed(
                                size(local, &design, rng),
                                design,
                            )
                        },
                    )?,
                    rest: ::tallsbi::__private::simulate_kind(
                        size2,
                        rng,
                        |rng| {
                            ::tallsbi::__private::Outcome::into_result(
                                visit(global, local, rng),
                            )
                        },
                    )?,
                },
            })
        }
        fn graph(&self) -> ::tallsbi::hierarchy::Graph {
            ::tallsbi::hierarchy::Graph {
                name: ::tallsbi::__private::string("Marks"),
                levels: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphLevel {
                        name: ::tallsbi::__private::string("Country"),
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
                        name: ::tallsbi::__private::string("School"),
                        plate: ::tallsbi::__private::core::option::Option::Some(
                            ::tallsbi::__private::string("schools"),
                        ),
                        n_max: ::tallsbi::__private::core::option::Option::None,
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar("level", "", ""),
                                prior: ::tallsbi::__private::string(
                                    "Normal(country.mean, 1.0)",
                                ),
                                depends_on: ::tallsbi::__private::strings(&["country.mean"]),
                            },
                        ]),
                    },
                ]),
                designs: ::tallsbi::__private::list([]),
                derived: ::tallsbi::__private::list([]),
                observations: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("mark"),
                        plate: ::tallsbi::__private::string("schools"),
                        n_max: 3,
                        outcome: ::tallsbi::__private::string("[f64; 2]"),
                        depends_on: ::tallsbi::__private::strings(&["School"]),
                    },
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("size"),
                        plate: ::tallsbi::__private::string("schools"),
                        n_max: 1,
                        outcome: ::tallsbi::__private::string("Option<Size>"),
                        depends_on: ::tallsbi::__private::strings(&["School", "Year"]),
                    },
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("visit"),
                        plate: ::tallsbi::__private::string("schools"),
                        n_max: 2,
                        outcome: ::tallsbi::__private::string("[f32; 1]"),
                        depends_on: ::tallsbi::__private::strings(&["Country", "School"]),
                    },
                ]),
            }
        }
    }
}
#[allow(unused_imports)]
use marks::{Marks, MarksPosterior, MarksGlobalNetwork, MarksLocalNetwork};
