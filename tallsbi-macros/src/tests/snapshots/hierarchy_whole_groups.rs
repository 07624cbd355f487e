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
    pub(super) fn inspection(
        school: &School,
        visit: &Visit,
        rng: &mut impl Rng,
    ) -> Option<[f64; 2]> {
        run(school, visit, rng)
    }
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Class {
        pub(super) mood: f64,
    }
    pub(super) fn mark(class: &Class, rng: &mut impl Rng) -> [f64; 1] {
        run(class, rng)
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
    impl ::tallsbi::__private::Dimension for Class {
        const DIM: ::tallsbi::__private::usize = 1;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<1> for Class {
        fn labels() -> [::tallsbi::__private::Label; 1] {
            [::tallsbi::__private::Label::scalar("mood", "", "")]
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 1] {
            [self.mood]
        }
        fn from_array(values: [::tallsbi::__private::f64; 1]) -> Self {
            Self { mood: values[0] }
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
    #[automatically_derived]
    impl ::tallsbi::__private::ConditionalPrior<
        ::tallsbi::hierarchy::Joint<
            Country,
            School,
            { <Country as ::tallsbi::__private::Dimension>::DIM },
            { <School as ::tallsbi::__private::Dimension>::DIM },
        >,
        1,
    > for Class {
        fn declare_given<__W: ::tallsbi::__private::PriorWalk>(
            ::tallsbi::hierarchy::Joint {
                outer: _,
                inner: ancestor_school,
            }: &::tallsbi::hierarchy::Joint<
                Country,
                School,
                { <Country as ::tallsbi::__private::Dimension>::DIM },
                { <School as ::tallsbi::__private::Dimension>::DIM },
            >,
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(
                ::tallsbi::__private::family::Normal::new(ancestor_school.level, 1.0),
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
    pub(super) type MarksGlobalNetwork = ::tallsbi::net::SetMlp<
        { <Country as ::tallsbi::__private::Dimension>::DIM },
        {
            3
                * (<<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
                + 2
                    * (<<Option<
                        [f64; 2],
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Visit as ::tallsbi::__private::Dimension>::DIM) + 1
        },
        4,
    >;
    /// The network of the local level of [`Marks`].
    #[allow(dead_code)]
    pub(super) type MarksLocalNetwork = ::tallsbi::net::SetMlp<
        { <School as ::tallsbi::__private::Dimension>::DIM },
        {
            3
                * (<<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
                + 2
                    * (<<Option<
                        [f64; 2],
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Visit as ::tallsbi::__private::Dimension>::DIM) + 1
                + <Country as ::tallsbi::__private::Dimension>::DIM
        },
        4,
    >;
    /// The network of the innermost level of [`Marks`].
    #[allow(dead_code)]
    pub(super) type MarksInnerNetwork = ::tallsbi::net::SetMlp<
        { <Class as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Country as ::tallsbi::__private::Dimension>::DIM
                + <School as ::tallsbi::__private::Dimension>::DIM
        },
        3,
    >;
    /// The trained posterior of [`Marks`].
    #[allow(dead_code)]
    pub(super) type MarksPosterior = ::tallsbi::hierarchy::NestedPosterior<
        Marks,
        MarksGlobalNetwork,
        MarksLocalNetwork,
        MarksInnerNetwork,
        { <Country as ::tallsbi::__private::Dimension>::DIM },
        { <School as ::tallsbi::__private::Dimension>::DIM },
        { <Class as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
        3,
        {
            <Country as ::tallsbi::__private::Dimension>::DIM
                + <School as ::tallsbi::__private::Dimension>::DIM
        },
        {
            3
                * (<<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
                + 2
                    * (<<Option<
                        [f64; 2],
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Visit as ::tallsbi::__private::Dimension>::DIM) + 1
        },
        {
            3
                * (<<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                + 1
                + 2
                    * (<<Option<
                        [f64; 2],
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Visit as ::tallsbi::__private::Dimension>::DIM) + 1
                + <Country as ::tallsbi::__private::Dimension>::DIM
        },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Country as ::tallsbi::__private::Dimension>::DIM
                + <School as ::tallsbi::__private::Dimension>::DIM
        },
    >;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Marks {
        /// Starts neural posterior score estimation of [`Marks`]: `Marks::npse().train()`.
        #[must_use = "nothing is simulated or trained before `.train()`"]
        pub(super) fn npse() -> ::tallsbi::hierarchy::NestedNpse<
            Marks,
            MarksGlobalNetwork,
            MarksLocalNetwork,
            MarksInnerNetwork,
            { <Country as ::tallsbi::__private::Dimension>::DIM },
            { <School as ::tallsbi::__private::Dimension>::DIM },
            { <Class as ::tallsbi::__private::Dimension>::DIM },
            {
                <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
            },
            3,
            {
                <Country as ::tallsbi::__private::Dimension>::DIM
                    + <School as ::tallsbi::__private::Dimension>::DIM
            },
            {
                3
                    * (<<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                    + 1
                    + 2
                        * (<<Option<
                            [f64; 2],
                        > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                            + <Visit as ::tallsbi::__private::Dimension>::DIM) + 1
            },
            {
                3
                    * (<<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM)
                    + 1
                    + 2
                        * (<<Option<
                            [f64; 2],
                        > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                            + <Visit as ::tallsbi::__private::Dimension>::DIM) + 1
                    + <Country as ::tallsbi::__private::Dimension>::DIM
            },
            {
                <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Country as ::tallsbi::__private::Dimension>::DIM
                    + <School as ::tallsbi::__private::Dimension>::DIM
            },
        > {
            ::tallsbi::hierarchy::NestedNpse::new(Marks)
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
            ::tallsbi::hierarchy::NestedHierarchy::<
                { <Country as ::tallsbi::__private::Dimension>::DIM },
                { <School as ::tallsbi::__private::Dimension>::DIM },
                { <Class as ::tallsbi::__private::Dimension>::DIM },
                {
                    <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                },
            >::graph(&Marks)
        }
    }
    #[automatically_derived]
    impl ::tallsbi::hierarchy::NestedHierarchy<
        { <Country as ::tallsbi::__private::Dimension>::DIM },
        { <School as ::tallsbi::__private::Dimension>::DIM },
        { <Class as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 1] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
        },
    > for Marks {
        type Global = Country;
        type Local = School;
        type Inner = Class;
        type Whole = ::tallsbi::__private::GroupData<
            ::tallsbi::__private::Observed<
                <Option<[f64; 2]> as ::tallsbi::__private::Outcome>::Observation,
                Visit,
                {
                    <<Option<
                        [f64; 2],
                    > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                },
                { <Visit as ::tallsbi::__private::Dimension>::DIM },
            >,
            {
                <<Option<
                    [f64; 2],
                > as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Visit as ::tallsbi::__private::Dimension>::DIM
            },
            2,
        >;
        #[allow(unused_variables, unused_braces)]
        fn simulate_whole(
            &self,
            global: &Self::Global,
            local: &Self::Local,
            rng: &mut ::tallsbi::__private::Stream,
        ) -> ::tallsbi::__private::Result<
            Self::Whole,
            ::tallsbi::__private::SimulationError,
        > {
            ::tallsbi::__private::simulate_whole(
                rng,
                |rng| {
                    let design = ::tallsbi::__private::draw_design::<Visit, _>(rng);
                    ::tallsbi::__private::observed(
                        inspection(local, &design, rng),
                        design,
                    )
                },
            )
        }
        type Observation = <[f64; 1] as ::tallsbi::__private::Outcome>::Observation;
        #[allow(unused_variables, unused_braces)]
        fn simulate(
            &self,
            global: &Country,
            local: &School,
            inner: &Class,
            rng: &mut ::tallsbi::__private::Stream,
        ) -> ::tallsbi::__private::Result<
            Self::Observation,
            ::tallsbi::__private::SimulationError,
        > {
            ::tallsbi::__private::Outcome::into_result(mark(inner, rng))
        }
        fn observed_directly() -> ::tallsbi::__private::core::option::Option<
            &'static [&'static str],
        > {
            ::tallsbi::__private::core::option::Option::Some(&[])
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
                    ::tallsbi::hierarchy::GraphLevel {
                        name: ::tallsbi::__private::string("Class"),
                        plate: ::tallsbi::__private::core::option::Option::Some(
                            ::tallsbi::__private::string("schools / classes"),
                        ),
                        n_max: ::tallsbi::__private::core::option::Option::Some(4),
                        fields: ::tallsbi::__private::list([
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar("mood", "", ""),
                                prior: ::tallsbi::__private::string(
                                    "Normal(school.level, 1.0)",
                                ),
                                depends_on: ::tallsbi::__private::strings(&["school.level"]),
                            },
                        ]),
                    },
                ]),
                designs: ::tallsbi::__private::list([]),
                derived: ::tallsbi::__private::list([]),
                observations: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("inspection"),
                        plate: ::tallsbi::__private::string("schools"),
                        n_max: 2,
                        outcome: ::tallsbi::__private::string("Option<[f64; 2]>"),
                        depends_on: ::tallsbi::__private::strings(&["School", "Visit"]),
                    },
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("mark"),
                        plate: ::tallsbi::__private::string("schools / classes"),
                        n_max: 3,
                        outcome: ::tallsbi::__private::string("[f64; 1]"),
                        depends_on: ::tallsbi::__private::strings(&["Class"]),
                    },
                ]),
            }
        }
    }
}
#[allow(unused_imports)]
use marks::{
    Marks, MarksPosterior, MarksGlobalNetwork, MarksLocalNetwork, MarksInnerNetwork,
};
