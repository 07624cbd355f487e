mod marks {
    #[allow(unused_imports, clippy::wildcard_imports)]
    use super::*;
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Country {
        pub(super) mean: f64,
        pub(super) spread: f64,
    }
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct Class {
        pub(super) mood: f64,
    }
    #[derive(::core::clone::Clone)]
    #[derive(::core::fmt::Debug)]
    pub(super) struct School {
        pub(super) level: f64,
    }
    /// share of the variance between schools
    pub(super) fn share(country: &Country) -> f64 {
        country.spread
    }
    /// distance from the school [points]
    pub(super) fn off(class: &Class, school: &School) -> f32 {
        (class.mood - school.level) as f32
    }
    pub(super) fn mark(class: &Class, pupil: &Pupil, rng: &mut impl Rng) -> [f64; 2] {
        run(class, pupil, rng)
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Dimension for Country {
        const DIM: ::tallsbi::__private::usize = 2;
    }
    #[automatically_derived]
    impl ::tallsbi::__private::Parameters<2> for Country {
        fn labels() -> [::tallsbi::__private::Label; 2] {
            [
                ::tallsbi::__private::Label::scalar("mean", "", ""),
                ::tallsbi::__private::Label::scalar("spread", "", ""),
            ]
        }
        fn to_array(&self) -> [::tallsbi::__private::f64; 2] {
            [self.mean, self.spread]
        }
        fn from_array(values: [::tallsbi::__private::f64; 2]) -> Self {
            Self {
                mean: values[0],
                spread: values[1],
            }
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
    impl ::tallsbi::__private::DeclaredPrior<2> for Country {
        fn declare<__W: ::tallsbi::__private::PriorWalk>(
            walk: &mut __W,
        ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
            walk.scalar(::tallsbi::__private::family::Normal::new(0.0, 5.0))?;
            walk.scalar(::tallsbi::__private::family::HalfNormal::new(1.0))?;
            ::tallsbi::__private::Result::Ok(())
        }
    }
    const _: () = match ::tallsbi::__private::family::Normal::new(0.0, 5.0) {
        ::tallsbi::__private::Result::Ok(_) => {}
        ::tallsbi::__private::Result::Err(error) => {
            ::tallsbi::__private::core::panic!("{}", error.message)
        }
    };
    const _: () = match ::tallsbi::__private::family::HalfNormal::new(1.0) {
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
                ::tallsbi::__private::family::Normal::new(
                    ancestor_country.mean,
                    ancestor_country.spread,
                ),
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
                outer: ancestor_country,
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
                ::tallsbi::__private::family::Normal::new(
                    ancestor_school.level,
                    ancestor_country.spread,
                ),
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
            6
                * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Pupil as ::tallsbi::__private::Dimension>::DIM) + 1
        },
        4,
    >;
    /// The network of the local level of [`Marks`].
    #[allow(dead_code)]
    pub(super) type MarksLocalNetwork = ::tallsbi::net::SetMlp<
        { <School as ::tallsbi::__private::Dimension>::DIM },
        {
            6
                * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Pupil as ::tallsbi::__private::Dimension>::DIM) + 1
                + <Country as ::tallsbi::__private::Dimension>::DIM
        },
        4,
    >;
    /// The network of the innermost level of [`Marks`].
    #[allow(dead_code)]
    pub(super) type MarksInnerNetwork = ::tallsbi::net::SetMlp<
        { <Class as ::tallsbi::__private::Dimension>::DIM },
        {
            <<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Pupil as ::tallsbi::__private::Dimension>::DIM
                + <Country as ::tallsbi::__private::Dimension>::DIM
                + <School as ::tallsbi::__private::Dimension>::DIM
        },
        6,
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
            <<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Pupil as ::tallsbi::__private::Dimension>::DIM
        },
        6,
        {
            <Country as ::tallsbi::__private::Dimension>::DIM
                + <School as ::tallsbi::__private::Dimension>::DIM
        },
        {
            6
                * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Pupil as ::tallsbi::__private::Dimension>::DIM) + 1
        },
        {
            6
                * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Pupil as ::tallsbi::__private::Dimension>::DIM) + 1
                + <Country as ::tallsbi::__private::Dimension>::DIM
        },
        {
            <<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Pupil as ::tallsbi::__private::Dimension>::DIM
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
                <<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Pupil as ::tallsbi::__private::Dimension>::DIM
            },
            6,
            {
                <Country as ::tallsbi::__private::Dimension>::DIM
                    + <School as ::tallsbi::__private::Dimension>::DIM
            },
            {
                6
                    * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Pupil as ::tallsbi::__private::Dimension>::DIM) + 1
            },
            {
                6
                    * (<<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Pupil as ::tallsbi::__private::Dimension>::DIM) + 1
                    + <Country as ::tallsbi::__private::Dimension>::DIM
            },
            {
                <<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                    + <Pupil as ::tallsbi::__private::Dimension>::DIM
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
                    <<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                        + <Pupil as ::tallsbi::__private::Dimension>::DIM
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
            <<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
                + <Pupil as ::tallsbi::__private::Dimension>::DIM
        },
    > for Marks {
        type Global = Country;
        type Local = School;
        type Inner = Class;
        type Whole = ();
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
            ::tallsbi::__private::Result::Ok(())
        }
        type Observation = ::tallsbi::__private::Observed<
            <[f64; 2] as ::tallsbi::__private::Outcome>::Observation,
            Pupil,
            {
                <<[f64; 2] as ::tallsbi::__private::Outcome>::Observation as ::tallsbi::__private::Dimension>::DIM
            },
            { <Pupil as ::tallsbi::__private::Dimension>::DIM },
        >;
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
            let design = ::tallsbi::__private::draw_design::<Pupil, _>(rng);
            ::tallsbi::__private::observed(mark(inner, &design, rng), design)
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
                            ::tallsbi::hierarchy::GraphField {
                                label: ::tallsbi::__private::Label::scalar(
                                    "spread",
                                    "",
                                    "",
                                ),
                                prior: ::tallsbi::__private::string("HalfNormal(1.0)"),
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
                                    "Normal(country.mean, country.spread)",
                                ),
                                depends_on: ::tallsbi::__private::strings(
                                    &["country.mean", "country.spread"],
                                ),
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
                                    "Normal(school.level, country.spread)",
                                ),
                                depends_on: ::tallsbi::__private::strings(
                                    &["school.level", "country.spread"],
                                ),
                            },
                        ]),
                    },
                ]),
                designs: ::tallsbi::__private::list([]),
                derived: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphDerived {
                        label: ::tallsbi::__private::Label::scalar(
                            "share",
                            "share of the variance between schools",
                            "",
                        ),
                        level: 0,
                        depends_on: ::tallsbi::__private::strings(&["Country"]),
                    },
                    ::tallsbi::hierarchy::GraphDerived {
                        label: ::tallsbi::__private::Label::scalar(
                            "off",
                            "distance from the school",
                            "points",
                        ),
                        level: 2,
                        depends_on: ::tallsbi::__private::strings(&["Class", "School"]),
                    },
                ]),
                observations: ::tallsbi::__private::list([
                    ::tallsbi::hierarchy::GraphObservation {
                        name: ::tallsbi::__private::string("mark"),
                        plate: ::tallsbi::__private::string("schools / classes"),
                        n_max: 6,
                        outcome: ::tallsbi::__private::string("[f64; 2]"),
                        depends_on: ::tallsbi::__private::strings(&["Class", "Pupil"]),
                    },
                ]),
            }
        }
        fn derived_global() -> ::tallsbi::hierarchy::GlobalQuantities<Self::Global> {
            ::tallsbi::__private::list([
                ::tallsbi::hierarchy::Quantity {
                    label: ::tallsbi::__private::Label::scalar(
                        "share",
                        "share of the variance between schools",
                        "",
                    ),
                    value: |global| share(global),
                },
            ])
        }
        fn derived_inner() -> ::tallsbi::hierarchy::InnerQuantities<
            Self::Global,
            Self::Local,
            Self::Inner,
        > {
            ::tallsbi::__private::list([
                ::tallsbi::hierarchy::Quantity {
                    label: ::tallsbi::__private::Label::scalar(
                        "off",
                        "distance from the school",
                        "points",
                    ),
                    value: |_, local, inner| ::tallsbi::__private::widen(
                        off(inner, local),
                    ),
                },
            ])
        }
    }
}
#[allow(unused_imports)]
use marks::{
    Marks, MarksPosterior, MarksGlobalNetwork, MarksLocalNetwork, MarksInnerNetwork,
};
