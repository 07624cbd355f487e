//! Prove that the module form generates nothing that a person could not write: a hierarchy, declared and by hand.

use tallsbi::dataset::FailurePolicy;
use tallsbi::hierarchy::{GroupSimulations, HierarchicalNpse, HierarchicalPosterior, Hierarchy};
use tallsbi::model::{Dimension, Parameters};
use tallsbi::net::SetMlp;
use tallsbi::prior::{Given, LatentPrior};

/// One observation of a patient, or none where too much is eliminated.
fn measure(sd: f64, log_cl: f64, volume: [f64; 2], dose: f32, rng: &mut impl tallsbi::rand::Rng) -> Option<[f32; 2]> {
    use tallsbi::rand::RngExt;
    let noise: f64 = rng.random();
    (noise < 0.97).then(|| volume.map(|volume| (f64::from(dose) / volume * (-log_cl.exp()).exp() + sd * noise) as f32))
}

/// The model in the language.
mod declared {
    use tallsbi::prelude::*;

    #[derive(Design, Clone, Debug)]
    pub(crate) struct Dose {
        #[design(LogUniform(1, 10))]
        pub(crate) amount: f32,
    }

    #[simulator]
    pub(crate) mod kinetics {
        #[global]
        struct Population {
            /// mean log clearance [log l/h]
            #[prior(Normal(1, 0.5))]
            mean: f64,
            #[prior(HalfNormal(0.5))]
            sd: f64,
        }

        #[local(plate = patients)]
        struct Patient {
            /// log clearance [log l/h]
            #[prior(Normal(population.mean, population.sd))]
            log_cl: f64,
            #[prior(LogNormal(-log_cl + population.mean.max(0.0), 0.3))]
            volume: [f64; 2],
        }

        #[observe(plate = patients, n_max = 3)]
        fn level(patient: &Patient, population: &Population, dose: &Dose, rng: &mut impl Rng) -> Option<[f32; 2]> {
            crate::by_hand_hierarchy::measure(population.sd, patient.log_cl, patient.volume, dose.amount, rng)
        }
    }
}

/// The model by hand.
mod by_hand {
    use tallsbi::hierarchy::{Graph, GraphField, GraphLevel, GraphObservation, Hierarchy};
    use tallsbi::model::{Design, Dimension, Label, Observed, Outcome, Parameters, SimulationError, Stream};
    use tallsbi::prior::{
        ConditionalPrior, Declared, DeclaredPrior, HalfNormal, LogNormal, Normal, Prior, PriorError, PriorWalk,
    };

    use super::declared::Dose;

    #[derive(Clone)]
    pub(crate) struct Population {
        mean: f64,
        sd: f64,
    }
    impl Dimension for Population {
        const DIM: usize = 2;
    }
    impl Parameters<2> for Population {
        fn labels() -> [Label; 2] {
            [Label::scalar("mean", "mean log clearance", "log l/h"), Label::scalar("sd", "", "")]
        }
        fn to_array(&self) -> [f64; 2] {
            [self.mean, self.sd]
        }
        fn from_array([mean, sd]: [f64; 2]) -> Self {
            Self { mean, sd }
        }
    }
    impl DeclaredPrior<2> for Population {
        fn declare<W: PriorWalk>(walk: &mut W) -> Result<(), PriorError> {
            walk.scalar(Normal::new(1.0, 0.5))?;
            walk.scalar(HalfNormal::new(0.5))?;
            Ok(())
        }
    }

    #[derive(Clone)]
    pub(crate) struct Patient {
        log_cl: f64,
        volume: [f64; 2],
    }
    impl Dimension for Patient {
        const DIM: usize = 3;
    }
    impl Parameters<3> for Patient {
        fn labels() -> [Label; 3] {
            [
                Label::scalar("log_cl", "log clearance", "log l/h"),
                Label::component("volume", 0, "", ""),
                Label::component("volume", 1, "", ""),
            ]
        }
        fn to_array(&self) -> [f64; 3] {
            [self.log_cl, self.volume[0], self.volume[1]]
        }
        fn from_array([log_cl, a, b]: [f64; 3]) -> Self {
            Self { log_cl, volume: [a, b] }
        }
    }
    impl ConditionalPrior<Population, 3> for Patient {
        fn declare_given<W: PriorWalk>(population: &Population, walk: &mut W) -> Result<(), PriorError> {
            let log_cl = walk.scalar(Normal::new(population.mean, population.sd))?;
            walk.array::<_, 2>(LogNormal::new(-log_cl + population.mean.max(0.0), 0.3))?;
            Ok(())
        }
    }

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Kinetics;

    impl Hierarchy<2, 3, 3> for Kinetics {
        type Global = Population;
        type Design = ();
        type Local = Patient;
        type Observation = Observed<[f32; 2], Dose, 2, 1>;

        fn simulate(
            &self,
            population: &Population,
            patient: &Patient,
            rng: &mut Stream,
        ) -> Result<Self::Observation, SimulationError> {
            let design = <Dose as Design<1>>::from_array(Declared::<Dose>::new().sample(rng));
            let level = super::measure(population.sd, patient.log_cl, patient.volume, design.amount, rng);
            level.into_result().map(|x| Observed { x, design })
        }

        fn observed_directly() -> Option<&'static [&'static str]> {
            Some(&["sd"])
        }

        fn graph(&self) -> Graph {
            let field = |name: &str, description: &str, unit: &str, prior: &str, depends_on: &[&str]| GraphField {
                label: Label::scalar(name, description, unit),
                prior: prior.to_owned(),
                depends_on: depends_on.iter().map(|&name| name.to_owned()).collect(),
            };
            let population = [
                field("mean", "mean log clearance", "log l/h", "Normal(1, 0.5)", &[]),
                field("sd", "", "", "HalfNormal(0.5)", &[]),
            ];
            let mean_and_sd = "Normal(population.mean, population.sd)";
            let volume = "LogNormal(-log_cl + population.mean.max(0.0), 0.3)";
            let patient = [
                field("log_cl", "log clearance", "log l/h", mean_and_sd, &["population.mean", "population.sd"]),
                field("volume", "", "", volume, &["population.mean", "log_cl"]),
            ];
            let level = |name: &str, plate: Option<&str>, fields: [GraphField; 2]| GraphLevel {
                name: name.to_owned(),
                plate: plate.map(str::to_owned),
                n_max: None,
                fields: fields.into(),
            };
            Graph {
                name: "Kinetics".to_owned(),
                levels: vec![level("Population", None, population), level("Patient", Some("patients"), patient)],
                designs: Vec::new(),
                derived: Vec::new(),
                observations: vec![GraphObservation {
                    name: "level".to_owned(),
                    plate: "patients".to_owned(),
                    n_max: 3,
                    outcome: "Option<[f32; 2]>".to_owned(),
                    depends_on: ["Patient", "Population", "Dose"].map(str::to_owned).into(),
                }],
            }
        }
    }
}

#[test]
fn levels_are_the_same() {
    use by_hand::{Patient as Hand, Population as Above};
    use declared::kinetics::{Patient as Macro, Population as MacroAbove};
    assert_eq!(<Macro as Dimension>::DIM, <Hand as Dimension>::DIM);
    assert_eq!(<MacroAbove as Parameters<2>>::labels(), <Above as Parameters<2>>::labels());
    assert_eq!(<Macro as Parameters<3>>::labels(), <Hand as Parameters<3>>::labels());
    for index in 0..50 {
        let [a, b, c, d, e] = std::array::from_fn(|k| f64::from((index * 7 + 13 * k as u32) % 29) / 10.0 - 1.4);
        let (by_macro, by_hand) = (MacroAbove::from_array([a, b.abs() + 0.1]), Above::from_array([a, b.abs() + 0.1]));
        let z = [c, d, e];
        let from_macro = Given::<Macro, _>::new(&by_macro).from_latent(&z).expect("a valid prior");
        assert_eq!(from_macro, Given::<Hand, _>::new(&by_hand).from_latent(&z).expect("a valid prior"));
        let back = Given::<Macro, _>::new(&by_macro).to_latent(&from_macro).expect("inside the support");
        assert!(z.iter().zip(back).all(|(z, back)| (z - back).abs() < 1e-9), "{z:?} {back:?}");
        // Negative control: other ancestors, other values.
        let other = MacroAbove::from_array([a + 1.0, b.abs() + 0.1]);
        assert_ne!(from_macro, Given::<Macro, _>::new(&other).from_latent(&z).expect("a valid prior"));
    }
}

#[test]
fn simulated_groups_are_the_same() {
    let go_on = |_| std::ops::ControlFlow::Continue(());
    let policy = FailurePolicy { max_share: 0.5 };
    let by_macro = GroupSimulations::simulate(&declared::Kinetics, 300, 3, 5, policy, &go_on).expect("groups");
    let by_hand = GroupSimulations::simulate(&by_hand::Kinetics, 300, 3, 5, policy, &go_on).expect("groups");
    assert_eq!(by_macro, by_hand);
    // The measurement reads the scatter itself.
    assert_eq!(by_macro.scored(), [true, false]);
    // A group fails with each of its three observations: 1 − 0.97³ = 9 %.
    assert!((10..50).contains(&by_macro.dropped()), "{}", by_macro.dropped());
    assert_eq!(by_macro.x().len(), 3 * by_macro.rows());
}

#[test]
fn descriptions_are_the_same() {
    let text = declared::Kinetics::describe().to_string();
    assert_eq!(declared::Kinetics::describe(), by_hand::Kinetics.graph());
    for line in [
        "Kinetics\n",
        "\nPopulation: global\n",
        "\n  mean ~ Normal(1, 0.5)   # mean log clearance [log l/h]\n",
        "\n  Patient: for each of patients\n",
        "\n    log_cl ~ Normal(population.mean, population.sd)   # log clearance [log l/h]\n",
        "\n             depends on population.mean, population.sd\n",
        "\n    level -> Option<[f32; 2]>: observed 1 to 3 times in each of patients\n      depends on Patient, Population, Dose\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}

/// The aliases are the types that a person writes.
#[test]
fn handles_are_the_same() {
    type Global = SetMlp<2, 3, 3>;
    type Local = SetMlp<3, 5, 3>;
    let _: fn() -> HierarchicalNpse<declared::Kinetics, Global, Local, 2, 3, 3, 5> = declared::Kinetics::npse;
    let _: Option<HierarchicalPosterior<declared::Kinetics, Global, Local, 2, 3, 3, 5>> =
        None::<declared::KineticsPosterior>;
    let _: Option<Global> = None::<declared::KineticsGlobalNetwork>;
    let _: Option<Local> = None::<declared::KineticsLocalNetwork>;
}
