//! Infer groups that are observed in two kinds, some of them in one only, where the posterior is known.
//!
//! mean ~ N(0, PRIOR²), level_j ~ N(mean, BETWEEN²); marks x ~ N(level_j, MARKS²), up to three; visits y ~ N(−level_j, VISITS²), up
//! to two, whose standard deviation is known from the visit.

use tallsbi::compose::Gauss;
use tallsbi::dataset::DataError;
use tallsbi::hierarchy::{GroupStudyOptions, HierarchicalPosterior};
use tallsbi::model::stream;
use tallsbi::net::Mlp;
use tallsbi::posterior::Error;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

const PRIOR: f64 = 2.0;
const BETWEEN: f64 = 1.0;
const MARKS: f64 = 1.5;

#[simulator]
mod schools {
    #[global]
    struct Country {
        #[prior(Normal(0.0, PRIOR))]
        mean: f64,
    }

    #[local(plate = schools)]
    struct School {
        #[prior(Normal(country.mean, BETWEEN))]
        level: f64,
    }

    #[observe(plate = schools, n_max = 3)]
    fn mark(school: &School, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [school.level + MARKS * z]
    }

    #[observe(plate = schools, n_max = 2)]
    fn visit(school: &School, visit: &Visit, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [-school.level + visit.sd * z]
    }
}

#[derive(Design, Clone, Copy, Debug)]
struct Visit {
    #[design(Uniform(0.5, 2.0))]
    sd: f64,
}

// 3·1 + 1 components of marks, 2·(1 + 1) + 1 of visits.
type Small = HierarchicalPosterior<Schools, Mlp<1, 9, 64, 2, 32>, Mlp<1, 10, 64, 2, 32>, 1, 1, 9, 10>;
type School = (Vec<[f64; 1]>, Vec<([f64; 1], Visit)>);

fn train(seed: u64, simulations: usize, epochs: usize) -> Small {
    let npse = Schools::npse().networks().simulations(simulations).seed(seed);
    npse.head_options(TrainOptions::head(), 64).epochs(epochs).quiet().train().expect("training")
}

/// Mean and precision of what a school says of its level, where visits are that with `sign`.
fn of_school((marks, visits): &School, sign: f64) -> (f64, f64) {
    let marks = marks.iter().map(|x| (x[0], MARKS.powi(-2)));
    let visits = visits.iter().map(|(y, visit)| (sign * y[0], visit.sd.powi(-2)));
    let (shift, precision) = marks.chain(visits).fold((0.0, 1e-12), |(s, p), (x, w)| (s + x * w, p + w));
    (shift / precision, precision)
}

/// Mean and standard deviation of the posterior of the country's mean.
fn exact_global(schools: &[School], sign: f64) -> (f64, f64) {
    let (mut shift, mut precision) = (0.0, PRIOR.powi(-2));
    for school in schools {
        let (mean, p) = of_school(school, sign);
        let p = 1.0 / (BETWEEN * BETWEEN + 1.0 / p);
        shift += mean * p;
        precision += p;
    }
    (shift / precision, precision.sqrt().recip())
}

/// Of a school's level, given a normal distribution of the country's mean.
fn exact_local(school: &School, (mean, sd): (f64, f64), sign: f64) -> (f64, f64) {
    let (data, p) = of_school(school, sign);
    let own = 1.0 / (BETWEEN.powi(-2) + p);
    let share = own / (BETWEEN * BETWEEN);
    (share * mean + (1.0 - share) * data, (own + (share * sd).powi(2)).sqrt())
}

fn simulate(n: usize, seed: u64) -> Vec<School> {
    let mut rng = stream(seed, "truth", n as u64);
    let mut normal = |mean: f64, sd: f64| -> f64 { mean + sd * rng.sample::<f64, _>(StandardNormal) };
    let mean = normal(0.0, PRIOR);
    (0..n)
        .map(|j| {
            let level = normal(mean, BETWEEN);
            // All sizes of either kind, also none of one.
            let (marks, visits) = ((j + seed as usize) % 4, (j + seed as usize / 4 + 1) % 3);
            let visits = if marks == 0 { visits.max(1) } else { visits };
            let sds = [0.6, 1.7].map(|sd| Visit { sd });
            let visit = |k: usize, normal: &mut dyn FnMut(f64, f64) -> f64| ([normal(-level, sds[k].sd)], sds[k]);
            let marks = (0..marks).map(|_| [normal(level, MARKS)]).collect();
            (marks, (0..visits).map(|k| visit(k, &mut normal)).collect())
        })
        .collect()
}

fn moments(rows: &[[f64; 1]]) -> (f64, f64) {
    let n = rows.len() as f64;
    let mean = rows.iter().map(|row| row[0]).sum::<f64>() / n;
    (mean, (rows.iter().map(|row| (row[0] - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

fn root_mean_square(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
}

/// Both levels against the exact posterior; a mean of 400 draws scatters by 1/20 of a standard deviation, the rest is the error of
/// networks trained in seconds, √J as much for J schools. Negative control: visits read as
/// marks, with the wrong sign.
#[test]
fn both_kinds_count() {
    let posterior = train(1, 40_000, 60);
    for (n, sets) in [(1, 24), (8, 10)] {
        let [mut global, mut local, mut control] = [(); 3].map(|()| Vec::new());
        let mut spreads = Vec::new();
        for set in 0..sets {
            let schools = simulate(n, set);
            let draws = posterior.observe(&schools).expect("schools").compose(Gauss::default()).sampler(Plan::dpm(30));
            let draws = draws.local_sampler(Plan::dpm(30)).seed(set).quiet().sample(400).expect("draws");
            let (own, exact) = (moments(draws.global().rows()), exact_global(&schools, -1.0));
            global.push((own.0 - exact.0) / exact.1);
            spreads.push((own.1 / exact.1).ln());
            let school = draws.local(n - 1).expect("draws");
            let of_school = moments(school.rows());
            let exact = exact_local(&schools[n - 1], own, -1.0);
            local.push((of_school.0 - exact.0) / exact.1);
            spreads.push((of_school.1 / exact.1).ln());
            let wrong = exact_local(&schools[n - 1], own, 1.0);
            control.push((of_school.0 - wrong.0) / wrong.1);
        }
        let [global, local, control] = [global, local, control].map(|values| root_mean_square(&values));
        let (allowed, spread) = (0.05 + 0.2 * (n as f64).sqrt(), spreads.iter().sum::<f64>() / spreads.len() as f64);
        eprintln!(
            "J = {n}: off by {global:.3} and {local:.3} sd, ln spread {spread:+.3}, visits taken for marks {control:.2}"
        );
        assert!(global < allowed && local < 0.25 && spread.abs() < 0.15, "J = {n}: {global} {local} {spread}");
        assert!(control > 0.6, "J = {n}: {control}");
    }
}

#[test]
fn both_levels_are_calibrated() {
    let posterior = train(5, 10_000, 60);
    let options = GroupStudyOptions { groups: 8, sets: 80, draws: 49, seed: 2, ..GroupStudyOptions::default() };
    let table = posterior.study(&Gauss::default(), &Plan::dpm(20), &options).expect("ranks").table();
    eprintln!("{table}");
    assert!(table.p_value() > 1e-3, "{table}");
    let wrong = posterior.study(&FactorizedDiffused, &Plan::dpm(20), &options).expect("ranks").table();
    assert!(wrong.rows[0].test.p_value() < 1e-3, "{wrong}");
}

#[test]
fn groups_are_checked_and_kinds_are_sets() {
    let posterior = train(4, 200, 1);
    let visit = |y: f64| ([y], Visit { sd: 1.0 });
    let school: School = (vec![[0.5], [1.5]], vec![visit(0.1), visit(0.2)]);
    let turned: School = (vec![[1.5], [0.5]], vec![visit(0.2), visit(0.1)]);
    let rows = |school: School| {
        let draws = posterior.observe(&[school]).expect("a school").sample(10).expect("draws");
        (draws.global().rows().to_vec(), draws.local(0).expect("draws").rows().to_vec())
    };
    assert_eq!(rows(school.clone()), rows(turned));
    let error = |school: School| match posterior.observe(&[school]) {
        Err(Error::Data(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(error((vec![[0.0]; 4], Vec::new())), DataError::GroupTooLarge { group: 0, found: 4, n_max: 3 });
    assert_eq!(error((Vec::new(), vec![visit(0.0); 3])), DataError::GroupTooLarge { group: 0, found: 3, n_max: 2 });
    assert_eq!(error((Vec::new(), Vec::new())), DataError::EmptyGroup { group: 0 });
    let nan = error((vec![[f64::NAN]], Vec::new())).to_string();
    assert!(nan.contains("group 0, observation 0: `x[0] of member 0` = NaN"), "{nan}");

    let text = Schools::describe().to_string();
    for line in [
        "\n    mark -> [f64; 1]: observed at most 3 times in each of schools\n",
        "\n    visit -> [f64; 1]: observed at most 2 times",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    let svg = Schools::describe().to_svg();
    assert!(svg.contains(">[f64; 1], at most 2<") && svg.contains(">Visit<"), "{svg}");
}

/// Pupils of classes of schools, with three kinds of observation in a class.
#[simulator]
mod pupils {
    #[global]
    struct Country {
        #[prior(Normal(0.0, PRIOR))]
        mean: f64,
    }

    #[local(plate = schools)]
    struct School {
        #[prior(Normal(country.mean, 1.0))]
        level: f64,
    }

    #[local(plate = schools / classes, n_max = 2)]
    struct Class {
        #[prior(Normal(school.level, 1.0))]
        mood: f64,
    }

    #[observe(plate = schools / classes, n_max = 3)]
    fn mark(class: &Class, rng: &mut impl Rng) -> [f32; 1] {
        [class.mood as f32 + rng.random::<f32>()]
    }

    #[observe(plate = schools / classes)]
    fn size(class: &Class, rng: &mut impl Rng) -> [f32; 2] {
        [class.mood as f32 - rng.random::<f32>(), rng.random()]
    }

    #[observe(plate = schools / classes)]
    fn visit(school: &School, class: &Class, rng: &mut impl Rng) -> [f32; 1] {
        [(school.level + class.mood) as f32 + rng.random::<f32>()]
    }
}

type Pupil = (Vec<[f32; 1]>, Vec<[f32; 2]>, Vec<[f32; 1]>);

/// Three kinds in three levels: a class without one of them is drawn like any other.
#[test]
fn three_levels_take_kinds_too() {
    let posterior = Pupils::npse().simulations(200).epochs(1).seed(1).quiet().train().expect("training");
    let whole: Pupil = (vec![[0.1], [0.4]], vec![[1.0, 0.5]], vec![[0.3]]);
    let part: Pupil = (Vec::new(), Vec::new(), vec![[0.3]]);
    let draws =
        posterior.observe(&[vec![whole, part.clone()], vec![part]]).expect("schools").sample(10).expect("draws");
    let school = draws.group(0).expect("a school");
    assert_eq!((draws.len(), school.inner(1).expect("a class").len()), (10, 10));
    assert_eq!((draws.global().report().n_observations, school.local().report().n_observations), (6, 5));
    assert_ne!(school.inner(0).expect("a class").rows(), school.inner(1).expect("a class").rows());
    let nothing: Pupil = (Vec::new(), Vec::new(), Vec::new());
    let error = posterior.observe(&[[nothing]]).expect_err("a class without observations").to_string();
    assert_eq!(error, "group 0, inner group 0 is empty: give it at least one observation, or leave it out");
}

/// A simulated school has other numbers of marks and visits than the one that was observed, so that nothing is compared.
#[test]
fn groups_of_several_kinds_are_not_replicated() {
    let posterior = train(2, 300, 2);
    let schools: [School; 1] = [(vec![[0.5]], vec![])];
    let draws = posterior.observe(&schools).expect("a school").sample(20).expect("draws");
    let check = draws.check_group(0, &tallsbi::calibrate::PredictiveStatistics::default(), 1);
    assert!(matches!(check, Err(Error::Data(DataError::HoldsSets))), "{check:?}");
}
