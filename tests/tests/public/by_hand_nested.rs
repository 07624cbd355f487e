//! Prove that the module form generates nothing that a person could not write: three levels, declared and by hand.

use tallsbi::hierarchy::{GroupData, NestedHierarchy, NestedNpse, NestedPosterior};
use tallsbi::model::Label;
use tallsbi::net::{Mlp, SetMlp};
use tallsbi::prelude::*;

/// A mark of a pupil, or none where the pupil is absent.
fn mark(mood: [f64; 2], level: f64, hours: f32, rng: &mut impl tallsbi::rand::Rng) -> Option<[f32; 1]> {
    let noise: f64 = rng.random();
    (noise < 0.99).then(|| [(mood[0] + mood[1] * f64::from(hours) + 0.1 * level + noise) as f32])
}

/// What inspectors say of a school.
fn inspection(level: f64, rng: &mut impl tallsbi::rand::Rng) -> [f32; 2] {
    let noise: f64 = rng.random();
    [level as f32, noise as f32]
}

/// The model in the language.
mod declared {
    use tallsbi::prelude::*;

    #[derive(Design, Clone, Debug)]
    pub(crate) struct Pupil {
        #[design(Uniform(0.0, 2.0))]
        pub(crate) hours: f32,
    }

    #[simulator]
    pub(crate) mod marks {
        #[global]
        struct Country {
            /// mean of schools [points]
            #[prior(Normal(1, 2))]
            mean: f64,
            #[prior(HalfNormal(0.5))]
            spread: f64,
        }

        #[local(plate = schools)]
        struct School {
            #[prior(Normal(country.mean, 1.0 + country.spread))]
            level: f64,
        }

        #[local(plate = schools / classes, n_max = 2)]
        struct Class {
            /// mood [points]
            #[prior(Normal(school.level, country.spread + 0.1))]
            mood: [f64; 2],
        }

        /// distance of the school from the country [points]
        #[derived]
        fn off(school: &School, country: &Country) -> f64 {
            school.level - country.mean
        }

        /// difference of moods
        #[derived]
        fn gap(class: &Class) -> f64 {
            class.mood[0] - class.mood[1]
        }

        #[observe(plate = schools, n_max = 2)]
        fn inspection(school: &School, rng: &mut impl Rng) -> [f32; 2] {
            crate::by_hand_nested::inspection(school.level, rng)
        }

        #[observe(plate = schools / classes, n_max = 3)]
        fn mark(class: &Class, school: &School, pupil: &Pupil, rng: &mut impl Rng) -> Option<[f32; 1]> {
            crate::by_hand_nested::mark(class.mood, school.level, pupil.hours, rng)
        }
    }
}

/// The model by hand.
mod by_hand {
    use tallsbi::hierarchy::{
        Graph, GraphDerived, GraphField, GraphLevel, GraphObservation, GroupData, InnerQuantities, Joint,
        LocalQuantities, NestedHierarchy, Quantity,
    };
    use tallsbi::model::{Design, Dimension, Label, Observed, Outcome, Parameters, SimulationError, Stream};
    use tallsbi::prelude::RngExt as _;
    use tallsbi::prior::{ConditionalPrior, Declared, DeclaredPrior, HalfNormal, Normal, Prior, PriorError, PriorWalk};

    use super::declared::Pupil;

    macro_rules! level {
        ($name:ident, $dimension:literal, $labels:expr) => {
            #[derive(Clone, Debug)]
            pub(crate) struct $name(pub(crate) [f64; $dimension]);
            impl Dimension for $name {
                const DIM: usize = $dimension;
            }
            impl Parameters<$dimension> for $name {
                fn labels() -> [Label; $dimension] {
                    $labels
                }
                fn to_array(&self) -> [f64; $dimension] {
                    self.0
                }
                fn from_array(values: [f64; $dimension]) -> Self {
                    Self(values)
                }
            }
        };
    }
    level!(Country, 2, [Label::scalar("mean", "mean of schools", "points"), Label::scalar("spread", "", "")]);
    level!(School, 1, [Label::scalar("level", "", "")]);
    level!(Class, 2, [0, 1].map(|k| Label::component("mood", k, "mood", "points")));

    impl DeclaredPrior<2> for Country {
        fn declare<W: PriorWalk>(walk: &mut W) -> Result<(), PriorError> {
            walk.scalar(Normal::new(1.0, 2.0))?;
            walk.scalar(HalfNormal::new(0.5))?;
            Ok(())
        }
    }
    impl ConditionalPrior<Country, 1> for School {
        fn declare_given<W: PriorWalk>(Country([mean, spread]): &Country, walk: &mut W) -> Result<(), PriorError> {
            walk.scalar(Normal::new(*mean, 1.0 + spread))?;
            Ok(())
        }
    }
    impl ConditionalPrior<Joint<Country, School, 2, 1>, 2> for Class {
        fn declare_given<W: PriorWalk>(
            Joint { outer, inner }: &Joint<Country, School, 2, 1>,
            walk: &mut W,
        ) -> Result<(), PriorError> {
            walk.array::<_, 2>(Normal::new(inner.0[0], outer.0[1] + 0.1))?;
            Ok(())
        }
    }

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Marks;

    impl NestedHierarchy<2, 1, 2, 2> for Marks {
        type Global = Country;
        type Local = School;
        type Inner = Class;
        type Observation = Observed<[f32; 1], Pupil, 1, 1>;
        type Whole = GroupData<[f32; 2], 2, 2>;

        fn simulate(
            &self,
            _: &Country,
            school: &School,
            class: &Class,
            rng: &mut Stream,
        ) -> Result<Self::Observation, SimulationError> {
            let design = <Pupil as Design<1>>::from_array(Declared::<Pupil>::new().sample(rng));
            let mark = super::mark(class.0, school.0[0], design.hours, rng);
            mark.into_result().map(|x| Observed { x, design })
        }

        fn simulate_whole(
            &self,
            _: &Country,
            school: &School,
            rng: &mut Stream,
        ) -> Result<Self::Whole, SimulationError> {
            let inspections = (0..rng.random_range(0..=2)).map(|_| super::inspection(school.0[0], rng).map(f64::from));
            Ok(GroupData::new(inspections.collect()))
        }

        fn observed_directly() -> Option<&'static [&'static str]> {
            Some(&[])
        }

        fn derived_local() -> LocalQuantities<Country, School> {
            let label = Label::scalar("off", "distance of the school from the country", "points");
            vec![Quantity { label, value: |country, school| school.0[0] - country.0[0] }]
        }

        fn derived_inner() -> InnerQuantities<Country, School, Class> {
            let label = Label::scalar("gap", "difference of moods", "");
            vec![Quantity { label, value: |_, _, class| class.0[0] - class.0[1] }]
        }

        fn graph(&self) -> Graph {
            let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
            let field = |label: Label, prior: &str, depends_on: &[&str]| GraphField {
                label,
                prior: prior.to_owned(),
                depends_on: owned(depends_on),
            };
            let level = |name: &str, plate: Option<&str>, n_max: Option<usize>, fields: Vec<GraphField>| GraphLevel {
                name: name.to_owned(),
                plate: plate.map(str::to_owned),
                n_max,
                fields,
            };
            let derived = |label: Label, level: usize, depends_on: &[&str]| GraphDerived {
                label,
                level,
                depends_on: owned(depends_on),
            };
            let mean = field(Label::scalar("mean", "mean of schools", "points"), "Normal(1, 2)", &[]);
            let spread = field(Label::scalar("spread", "", ""), "HalfNormal(0.5)", &[]);
            let of_level = "Normal(country.mean, 1.0 + country.spread)";
            let of_mood = "Normal(school.level, country.spread + 0.1)";
            let of_school = field(Label::scalar("level", "", ""), of_level, &["country.mean", "country.spread"]);
            let of_class = field(Label::scalar("mood", "mood", "points"), of_mood, &["school.level", "country.spread"]);
            let off = Label::scalar("off", "distance of the school from the country", "points");
            Graph {
                name: "Marks".to_owned(),
                levels: vec![
                    level("Country", None, None, vec![mean, spread]),
                    level("School", Some("schools"), None, vec![of_school]),
                    level("Class", Some("schools / classes"), Some(2), vec![of_class]),
                ],
                designs: Vec::new(),
                derived: vec![
                    derived(off, 1, &["School", "Country"]),
                    derived(Label::scalar("gap", "difference of moods", ""), 2, &["Class"]),
                ],
                observations: vec![
                    GraphObservation {
                        name: "inspection".to_owned(),
                        plate: "schools".to_owned(),
                        n_max: 2,
                        outcome: "[f32; 2]".to_owned(),
                        depends_on: owned(&["School"]),
                    },
                    GraphObservation {
                        name: "mark".to_owned(),
                        plate: "schools / classes".to_owned(),
                        n_max: 3,
                        outcome: "Option<[f32; 1]>".to_owned(),
                        depends_on: owned(&["Class", "School", "Pupil"]),
                    },
                ],
            }
        }
    }
}

// A class: 3 pupils of 1 + 1 components and their number; its school: 2 inspections of 2 components and their number. Then the ancestors as
// covariates: 2, and 2 + 1.
type Global = SetMlp<2, 12, 2>;
type Local = SetMlp<1, 14, 2>;
type Inner = SetMlp<2, 5, 3>;
type Builder<H> = NestedNpse<H, Global, Local, Inner, 2, 1, 2, 2, 3, 3, 12, 14, 5>;
type Posterior<H> = NestedPosterior<H, Global, Local, Inner, 2, 1, 2, 2, 3, 3, 12, 14, 5>;

#[test]
fn descriptions_are_the_same() {
    assert_eq!(declared::Marks::describe(), by_hand::Marks.graph());
}

/// The aliases are the types that a person writes.
#[test]
fn handles_are_the_same() {
    let _: fn() -> Builder<declared::Marks> = declared::Marks::npse;
    let _: Option<Posterior<declared::Marks>> = None::<declared::MarksPosterior>;
    let _: Option<Global> = None::<declared::MarksGlobalNetwork>;
    let _: Option<Local> = None::<declared::MarksLocalNetwork>;
    let _: Option<Inner> = None::<declared::MarksInnerNetwork>;
}

/// Simulation, training and draws at every level: the same numbers. Another seed gives others.
#[test]
fn draws_are_the_same() {
    let macros = small(declared::Marks::npse().networks(), 3);
    let hand = small(Builder::<by_hand::Marks>::new(by_hand::Marks).networks(), 3);
    assert_eq!(macros, hand);
    assert_ne!(macros, small(declared::Marks::npse().networks(), 4));
}

type SmallBuilder<H> =
    NestedNpse<H, Mlp<2, 12, 16, 1, 8>, Mlp<1, 14, 16, 1, 8>, SetMlp<2, 5, 3, 16, 1, 8>, 2, 1, 2, 2, 3, 3, 12, 14, 5>;

/// Draws of the population, of a school and of a class, with what is derived of them.
type Drawn = (Vec<[f64; 2]>, Vec<[f64; 1]>, Vec<[f64; 2]>, Vec<(Label, Vec<f64>)>);

fn small<H>(npse: SmallBuilder<H>, seed: u64) -> Drawn
where
    H: NestedHierarchy<
            2,
            1,
            2,
            2,
            Observation = tallsbi::model::Observed<[f32; 1], declared::Pupil, 1, 1>,
            Whole = GroupData<[f32; 2], 2, 2>,
        >,
{
    let posterior = npse.simulations(200).epochs(2).seed(seed).quiet().train().expect("training");
    let pupil = |mark: f32, hours: f32| ([mark], declared::Pupil { hours });
    let schools = [
        (vec![[0.2_f32, 0.5], [0.4, 0.1]], [vec![pupil(0.3, 1.0), pupil(1.2, 0.5)]]),
        (vec![], [vec![pupil(-0.4, 1.5)]]),
    ];
    let draws = posterior.observe(&schools).expect("schools").sample(15).expect("draws");
    let school = draws.group(1).expect("a school");
    let class = school.inner(0).expect("a class");
    let derived = school.local().derived().iter().chain(class.derived());
    let derived = derived.map(|derived| (derived.label.clone(), derived.values.clone())).collect();
    (draws.global().rows().to_vec(), school.local().rows().to_vec(), class.rows().to_vec(), derived)
}
