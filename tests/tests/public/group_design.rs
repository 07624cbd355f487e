//! Infer a regression on what is known of groups, whose posterior is known at both levels; and write the model by hand.
//!
//! (at_mean, slope) ~ N(0, I), level_j ~ N(at_mean + slope · age_j, BETWEEN²), x_ji ~ N(level_j, WITHIN²), with known ages.

use tallsbi::calibrate::PredictiveStatistics;
use tallsbi::dataset::FailurePolicy;
use tallsbi::hierarchy::{GroupSimulations, GroupStudyOptions, HierarchicalPosterior};
use tallsbi::net::SetMlp;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

const BETWEEN: f64 = 0.7;
const WITHIN: f64 = 0.8;
const N_MAX: usize = 3;

/// One measurement.
fn measured(level: f64, rng: &mut impl Rng) -> [f64; 1] {
    let z: f64 = StandardNormal.sample(rng);
    [level + WITHIN * z]
}

/// Patients of known age.
#[simulator]
pub(crate) mod growth {
    #[global]
    struct Population {
        /// level at the average age [mV]
        #[prior(Normal(0.0, 1.0))]
        at_mean: f64,
        /// change with age [mV]
        #[prior(Normal(0.0, 1.0))]
        slope: f64,
    }

    #[design(plate = patients)]
    struct Background {
        /// age, standardised
        #[design(Normal(0.0, 1.0))]
        age: f64,
    }

    #[local(plate = patients)]
    struct Patient {
        /// level of this patient [mV]
        #[prior(Normal(population.at_mean + population.slope * background.age, BETWEEN))]
        level: f64,
    }

    #[observe(plate = patients, n_max = 3)]
    fn measure(patient: &Patient, rng: &mut impl Rng) -> [f64; 1] {
        measured(patient.level, rng)
    }
}

/// The same by hand, with the parameters and the design of the declaration.
mod by_hand {
    use tallsbi::hierarchy::{Graph, GroupDesign, Hierarchy, InGroup};
    use tallsbi::model::{Dimension, Label, Observed, Parameters, SimulationError, Stream};
    use tallsbi::prior::{ConditionalPrior, Declared, LatentPrior, Normal, PriorError, PriorWalk};
    use tallsbi::rand_distr::{Distribution, StandardNormal};

    use super::growth::Population;

    #[derive(Clone)]
    pub(crate) struct Background(super::Background);
    #[derive(Clone)]
    pub(crate) struct Patient(f64);
    #[derive(Clone)]
    pub(crate) struct Growth;

    impl Dimension for Patient {
        const DIM: usize = 1;
    }
    impl Parameters<1> for Patient {
        fn labels() -> [Label; 1] {
            [Label::scalar("level", "level of this patient", "mV")]
        }
        fn to_array(&self) -> [f64; 1] {
            [self.0]
        }
        fn from_array([level]: [f64; 1]) -> Self {
            Self(level)
        }
    }
    impl GroupDesign<Population, Observed<[f64; 1], super::Background, 1, 1>> for Background {
        type Above = InGroup<Population, Background>;
        fn draw(rng: &mut Stream) -> Result<Self, SimulationError> {
            let age = Declared::<super::Background>::new().from_latent(&[StandardNormal.sample(rng)]);
            age.map(|[age]| Self(super::Background { age })).map_err(|error| SimulationError::new(error.to_string()))
        }
        fn of(x: &Observed<[f64; 1], super::Background, 1, 1>) -> Self {
            Self(x.design.clone())
        }
        fn agrees(&self, other: &Self) -> bool {
            self.0.age == other.0.age
        }
        fn above(global: &Population, design: &Self) -> Self::Above {
            InGroup { global: global.clone(), design: design.clone() }
        }
    }
    impl ConditionalPrior<InGroup<Population, Background>, 1> for Patient {
        fn declare_given<W: PriorWalk>(
            InGroup { global, design }: &InGroup<Population, Background>,
            walk: &mut W,
        ) -> Result<(), PriorError> {
            walk.scalar(Normal::new(global.at_mean + global.slope * design.0.age, super::BETWEEN))?;
            Ok(())
        }
    }
    impl Hierarchy<2, 1, 2> for Growth {
        type Global = Population;
        type Design = Background;
        type Local = Patient;
        type Observation = Observed<[f64; 1], super::Background, 1, 1>;
        fn simulate(
            &self,
            above: &InGroup<Population, Background>,
            patient: &Patient,
            rng: &mut Stream,
        ) -> Result<Self::Observation, SimulationError> {
            Ok(Observed { x: super::measured(patient.0, rng), design: above.design.0.clone() })
        }
        fn observed_directly() -> Option<&'static [&'static str]> {
            Some(&[])
        }
        fn graph(&self) -> Graph {
            super::Growth::describe()
        }
    }
}

use growth::{Background, Patient, Population};

type Group = (Background, Vec<[f64; 1]>);
type Global = SetMlp<2, 2, N_MAX, 64, 2, 32>;
type Local = SetMlp<1, 4, N_MAX, 64, 2, 32>;
type Trained = HierarchicalPosterior<Growth, Global, Local, 2, 1, 2, 4>;

fn train() -> Trained {
    let npse = Growth::npse().networks::<Global, Local>().simulations(20_000).seed(3).epochs(60);
    npse.head_options(TrainOptions::head(), 64).quiet().train().expect("training")
}

/// Mean and covariance of (at_mean, slope) given all groups.
fn exact(groups: &[Group]) -> ([f64; 2], [[f64; 2]; 2]) {
    let (mut precision, mut shift) = ([[1.0, 0.0], [0.0, 1.0]], [0.0; 2]);
    for (background, x) in groups {
        let n = x.len() as f64;
        let weight = 1.0 / (BETWEEN * BETWEEN + WITHIN * WITHIN / n);
        let row = [1.0, background.age];
        for i in 0..2 {
            for k in 0..2 {
                precision[i][k] += weight * row[i] * row[k];
            }
            shift[i] += weight * row[i] * average(x);
        }
    }
    let [[a, b], [_, d]] = precision;
    let determinant = a * d - b * b;
    let covariance = [[d / determinant, -b / determinant], [-b / determinant, a / determinant]];
    (covariance.map(|row| row[0] * shift[0] + row[1] * shift[1]), covariance)
}

fn average(x: &[[f64; 1]]) -> f64 {
    x.iter().map(|x| x[0]).sum::<f64>() / x.len() as f64
}

fn moments(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt())
}

fn groups(n: usize, seed: u64) -> Vec<Group> {
    let mut rng = tallsbi::model::stream(seed, "truth", 0);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    (0..n)
        .map(|j| {
            let background = Background { age: normal() };
            let patient = Patient { level: 0.4 - 0.9 * background.age + BETWEEN * normal() };
            let x = (0..=(j % N_MAX)).map(|_| [patient.level + WITHIN * normal()]).collect();
            (background, x)
        })
        .collect()
}

/// The population, a patient among it, and a new one against closed forms, for ages as they are; an age that is not the group's must show.
#[test]
fn groups_are_regressed_on_what_is_known_of_them() {
    let posterior = train();
    let data = groups(20, 1);
    let draws = posterior.observe(&data).expect("groups").compose(Gauss::default()).seed(2).quiet();
    let draws = draws.sample(2_000).expect("draws");
    let (mean, covariance) = exact(&data);
    for k in 0..2 {
        let (found, sd) = moments(draws.global().rows().iter().map(|row| row[k]));
        let expected = covariance[k][k].sqrt();
        // 4 standard errors of a mean of 2,000 draws are .09; the rest is the network's.
        assert!((found - mean[k]).abs() < 0.3 * expected, "{k}: {found} {} ± {expected}", mean[k]);
        assert!((sd / expected).ln().abs() < 0.2, "{k}: {sd} {expected}");
    }
    // Negative control: without the ages the slope is another.
    let blind: Vec<Group> = data.iter().map(|(_, x)| (Background { age: 0.3 }, x.clone())).collect();
    assert!((exact(&blind).0[1] - mean[1]).abs() > 3.0 * covariance[1][1].sqrt());

    // A patient: a mean of what the population says at this age, and of the patient's own data.
    let (background, x) = &data[4];
    let (of_prior, of_data) = (BETWEEN.powi(-2), x.len() as f64 * WITHIN.powi(-2));
    let share = of_prior / (of_prior + of_data);
    let row = [1.0, background.age];
    let at_age = row[0] * mean[0] + row[1] * mean[1];
    let of_age = |covariance: [[f64; 2]; 2]| {
        (0..2).flat_map(|i| (0..2).map(move |k| row[i] * row[k] * covariance[i][k])).sum::<f64>()
    };
    let expected = share * at_age + (1.0 - share) * average(x);
    let spread = (1.0 / (of_prior + of_data) + share * share * of_age(covariance)).sqrt();
    let (found, sd) = moments(draws.local(4).expect("a patient").rows().iter().map(|row| row[0]));
    assert!((found - expected).abs() < 0.25 * spread, "{found} {expected} ± {spread}");
    assert!((sd / spread).ln().abs() < 0.2, "{sd} {spread}");

    // New patients of two ages.
    for age in [-1.5, 2.0] {
        let new = draws.new_group_with(&Background { age }).expect("a new patient");
        let (found, sd) = moments(new.rows().iter().map(|row| row[0]));
        let variance = covariance[0][0] + 2.0 * age * covariance[0][1] + age * age * covariance[1][1];
        let spread = (variance + BETWEEN * BETWEEN).sqrt();
        assert!((found - mean[0] - age * mean[1]).abs() < 0.25 * spread, "{age}: {found}");
        assert!((sd / spread).ln().abs() < 0.15, "{age}: {sd} {spread}");
    }

    // What a group predicts keeps what is known of it: a level far from that of its age is found, one that fits is not.
    let statistics = PredictiveStatistics::only().and("mean", |x: &[[f64; 2]]| x.iter().map(|x| x[0]).sum());
    let p = |level: f64| {
        let group = (Background { age: 2.0 }, vec![[level], [level]]);
        draws.check_new_group(&group, &statistics, 1).expect("a check").rows[0].p_value()
    };
    assert!(p(mean[0] + 2.0 * mean[1]) > 0.2 && p(mean[0] - 2.0 * mean[1]) < 0.05);

    let options = GroupStudyOptions { groups: 10, sets: 100, ..GroupStudyOptions::default() };
    let study = posterior.study(&Gauss::default(), &TallPlan::default(), &options).expect("a study");
    assert!(study.table().p_value() > 0.001, "{}", study.table());
}

/// In training each simulated group has one age, and what it says of the population is known in closed form; by hand, too.
#[test]
fn a_group_is_simulated_with_one_design() {
    let go_on = |_| std::ops::ControlFlow::Continue(());
    let simulations =
        GroupSimulations::simulate(&Growth, 200, N_MAX, 5, FailurePolicy::default(), &go_on).expect("groups");
    assert_eq!(simulations.scored(), [true, true]);
    let by_hand = GroupSimulations::simulate(&by_hand::Growth, 200, N_MAX, 5, FailurePolicy::default(), &go_on);
    assert_eq!(simulations, by_hand.expect("groups"));
    let ages: Vec<f64> = simulations.x().chunks_exact(N_MAX).map(|x| x[0][1]).collect();
    assert!(simulations.x().chunks_exact(N_MAX).zip(&ages).all(|(x, age)| x.iter().all(|x| x[1] == *age)));
    let (mean, sd) = moments(ages.iter().copied());
    assert!(mean.abs() < 0.35 && (sd - 1.0).abs() < 0.25, "{mean} {sd}");
    let residual = simulations.global().iter().zip(simulations.local()).zip(&ages);
    let (mean, sd) = moments(residual.map(|((phi, level), age)| level[0] - phi[0] - phi[1] * age));
    assert!(mean.abs() < 0.25 && (sd / BETWEEN).ln().abs() < 0.25, "{mean} {sd}");
}

/// One group has one age. Negative control: the same age twice is one.
#[test]
fn a_group_has_one_design() {
    let npse = Growth::npse().networks::<Global, Local>().simulations(200).epochs(1);
    let posterior = npse.head_options(TrainOptions::head(), 64).quiet().train().expect("training");
    let complete = posterior.global_level().training().complete.clone();
    assert_eq!(complete, Some(vec!["at_mean".to_owned(), "slope".to_owned()]));
    assert_eq!(posterior.local_level().training().complete, None);
    let told = |age: f64| ([0.3], Background { age });
    assert!(posterior.observe(&[vec![told(0.5), told(0.5)]]).is_ok());
    let two = posterior.observe(&[vec![told(0.5)], vec![told(0.5), told(0.6)]]).expect_err("two ages").to_string();
    assert!(two.starts_with("different things are said to be known of group 1"), "{two}");
}

/// The same names, units and families, but another regression.
mod turned {
    use tallsbi::prelude::*;

    use super::{BETWEEN, measured};

    #[simulator]
    pub(crate) mod growth {
        #[global]
        struct Population {
            /// level at the average age [mV]
            #[prior(Normal(0.0, 1.0))]
            at_mean: f64,
            /// change with age [mV]
            #[prior(Normal(0.0, 1.0))]
            slope: f64,
        }

        #[design(plate = patients)]
        struct Background {
            /// age, standardised
            #[design(Normal(0.0, 1.0))]
            age: f64,
        }

        #[local(plate = patients)]
        struct Patient {
            /// level of this patient [mV]
            #[prior(Normal(population.at_mean - population.slope * background.age, BETWEEN))]
            level: f64,
        }

        #[observe(plate = patients, n_max = 3)]
        fn measure(patient: &Patient, rng: &mut impl Rng) -> [f64; 1] {
            measured(patient.level, rng)
        }
    }
}

#[test]
fn a_file_is_of_one_regression() {
    let npse = Growth::npse().networks::<Global, Local>().simulations(200).epochs(1);
    let posterior = npse.head_options(TrainOptions::head(), 64).quiet().train().expect("training");
    let path = std::env::temp_dir().join(format!("tallsbi-regression-{}.tallsbi", std::process::id()));
    posterior.save(&path).expect("a file");
    let same = Trained::load(Growth, &path);
    let other = HierarchicalPosterior::<turned::Growth, Global, Local, 2, 1, 2, 4>::load(turned::Growth, &path);
    std::fs::remove_file(&path).expect("the file");
    assert!(same.is_ok());
    let other = other.expect_err("another regression").to_string();
    assert!(other.contains("prior") && other.contains("- population.slope * background.age"), "{other}");
}

#[test]
fn the_declaration_says_what_is_known() {
    let text = Growth::describe().to_string();
    for line in [
        "\n  Patient: for each of patients\n    Background.age: known, in training from Normal(0.0, 1.0)   # age, standardised\n",
        "\n            depends on population.at_mean, population.slope, background.age\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    assert!(Growth::describe().to_svg().contains(">age<"));
    assert_eq!(Population { at_mean: 1.0, slope: 2.0 }.slope, 2.0);
}
