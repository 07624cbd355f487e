//! Infer three levels of which the outer one is observed itself: schools are inspected, and their posterior is known exactly.
//!
//! As `nested.rs`, with 0 to 2 inspections of each school: y_j ~ N(school_j, INSPECTORS²).

use tallsbi::compose::Gauss;
use tallsbi::dataset::DataError;
use tallsbi::diagnose::Ranks;
use tallsbi::hierarchy::{GroupStudyOptions, NestedPosterior};
use tallsbi::model::{Label, stream};
use tallsbi::net::SetMlp;
use tallsbi::posterior::Error;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

use crate::nested::{
    CLASSES, COUNTRY, Normal, PUPILS, SCHOOLS, compare, moments, of_class, of_school, root_mean_square,
};

const INSPECTORS: f64 = 0.4;

/// Marks of pupils, and what inspectors say of their school.
#[simulator]
mod inspected {
    #[global]
    struct Country {
        #[prior(Normal(0.0, COUNTRY))]
        mean: f64,
    }

    #[local(plate = schools)]
    struct School {
        #[prior(Normal(country.mean, SCHOOLS))]
        level: f64,
    }

    #[observe(plate = schools, n_max = 2)]
    fn inspection(school: &School, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [school.level + INSPECTORS * z]
    }

    #[local(plate = schools / classes, n_max = 3)]
    struct Class {
        #[prior(Normal(school.level, CLASSES))]
        mood: f64,
    }

    #[observe(plate = schools / classes, n_max = 2)]
    fn mark(class: &Class, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [class.mood + PUPILS * z]
    }
}

// A class is 2 marks and their number, its school 2 inspections and their number.
type Global = SetMlp<1, 6, 3, 64, 2, 32>;
type Local = SetMlp<1, 7, 3, 64, 2, 32>;
type Inner = SetMlp<1, 3, 2, 64, 2, 32>;
type Small = NestedPosterior<Inspected, Global, Local, Inner, 1, 1, 1, 1, 2, 2, 6, 7, 3>;
type School = (Vec<[f64; 1]>, Vec<Vec<[f64; 1]>>);

fn train(seed: u64, simulations: usize, epochs: usize) -> Small {
    let npse = Inspected::npse().networks().simulations(simulations).seed(seed);
    npse.head_options(TrainOptions::head(), 64).epochs(epochs).quiet().train().expect("training")
}

fn simulate(n: usize, seed: u64) -> Vec<School> {
    let mut rng = stream(seed, "truth", n as u64);
    let mut z = || -> f64 { StandardNormal.sample(&mut rng) };
    let mean = COUNTRY * z();
    let mut sizes = stream(seed, "sizes", n as u64);
    let schools = (0..n).map(|_| {
        let level = mean + SCHOOLS * z();
        let inspections = (0..sizes.random_range(0..=2)).map(|_| [level + INSPECTORS * z()]).collect();
        let classes = (0..sizes.random_range(1..=3)).map(|_| {
            let mood = level + CLASSES * z();
            (0..sizes.random_range(1..=2)).map(|_| [mood + PUPILS * z()]).collect()
        });
        (inspections, classes.collect())
    });
    schools.collect()
}

/// What a school's data say of its level.
fn of_inspected((inspections, classes): &School) -> Normal {
    let inspections = inspections.iter().map(|x| Normal { mean: x[0], variance: INSPECTORS * INSPECTORS });
    Normal::of(&[of_school(classes)].into_iter().chain(inspections).collect::<Vec<_>>())
}

fn exact_global(schools: &[School], of: impl Fn(&School) -> Normal) -> Normal {
    let data: Vec<Normal> = schools.iter().map(|school| of(school).wider(SCHOOLS)).collect();
    Normal { mean: 0.0, variance: COUNTRY * COUNTRY }.given(&data)
}

/// All levels against the exact posteriors, with the tolerances of `nested.rs`. Negative controls: the exact posteriors without inspections.
#[test]
fn inspections_are_part_of_the_posterior() {
    const DRAWS: usize = 400;
    let posterior = train(1, 8_000, 60);
    for (n, sets) in [(1, 40), (8, 10)] {
        let [mut global, mut local, mut inner] = [(); 3].map(|()| (Vec::new(), Vec::new(), Vec::new()));
        for set in 0..sets {
            let schools = simulate(n, set);
            let sampling = posterior.observe(&schools).expect("schools").compose(Gauss::default());
            let sampling = sampling.sampler(Plan::dpm(30)).local_sampler(Plan::dpm(30));
            let draws = sampling.seed(set).quiet().sample(DRAWS).expect("draws");
            let school = draws.group(n - 1).expect("the last school");
            let (inspections, classes) = &schools[n - 1];
            let class = school.inner(0).expect("its first class");
            let above = [moments(draws.global().rows()), moments(school.local().rows())];
            let level = |data| Normal::below(above[0], SCHOOLS, data);
            for (scores, (rows, exact, without)) in [&mut global, &mut local, &mut inner].into_iter().zip([
                (
                    draws.global().rows(),
                    exact_global(&schools, of_inspected),
                    exact_global(&schools, |s| of_school(&s.1)),
                ),
                (school.local().rows(), level(of_inspected(&schools[n - 1])), level(of_school(classes))),
                {
                    // Given the school's level, nothing else of the school says anything of the class.
                    let exact = Normal::below(above[1], CLASSES, of_class(&classes[0]));
                    (class.rows(), exact, Normal { mean: above[1].mean, ..exact })
                },
            ]) {
                let (mean, spread) = compare(rows, exact);
                scores.0.push(mean);
                scores.1.push(spread);
                let (mean, spread) = compare(rows, without);
                if !inspections.is_empty() {
                    scores.2.push(mean.abs().max(spread.abs()));
                }
            }
        }
        for (name, (means, spreads, control)) in [("global", global), ("local", local), ("inner", inner)] {
            let (mean, spread) = (root_mean_square(&means), spreads.iter().sum::<f64>() / spreads.len() as f64);
            let control = root_mean_square(&control);
            let allowed = 0.05 + if name == "global" { 0.15 * (n as f64).sqrt() } else { 0.15 };
            eprintln!(
                "J = {n}, {name}: mean off by {mean:.3} sd (allowed {allowed:.2}), ln spread {spread:+.3}, control {control:.2}"
            );
            assert!(mean < allowed, "J = {n}, {name}: {means:?}");
            assert!(spread.abs() < if name == "global" { 0.25 } else { 0.1 }, "J = {n}, {name}: {spreads:?}");
            if name == "local" {
                assert!(control > 2.0 * allowed, "J = {n}, {name}: {control}");
            }
        }
    }
}

/// Ranks of true parameters are uniform where schools are inspected. Negative control: inspections of another school.
#[test]
fn all_levels_are_calibrated() {
    let posterior = train(5, 8_000, 60);
    let options = GroupStudyOptions { groups: 4, sets: 80, draws: 49, seed: 2, ..GroupStudyOptions::default() };
    let study = posterior.study(&Gauss::default(), &Plan::dpm(20), &options).expect("ranks");
    let table = study.table();
    eprintln!("{table}");
    assert!(table.p_value() > 1e-3, "{table}");

    let mut rng = stream(9, "wrong", 0);
    let mut z = || -> f64 { StandardNormal.sample(&mut rng) };
    let mut ranks = Vec::new();
    for set in 0..80 {
        let level = COUNTRY.hypot(SCHOOLS) * z();
        let classes = vec![vec![[level + CLASSES * z() + PUPILS * z()]]];
        let school = (vec![[-level + INSPECTORS * z()]], classes);
        let draws = posterior.observe(&[school]).expect("a school").compose(Gauss::default()).sampler(Plan::dpm(20));
        let draws = draws.local_sampler(Plan::dpm(20)).seed(set).quiet().sample(49).expect("draws");
        let rows = draws.local(0).expect("the school").rows().to_vec();
        ranks.push(rows.iter().filter(|row| row[0] < level).count() as u32);
    }
    let p = Ranks::new(Label::scalar("wrong", "", ""), ranks, 49).expect("ranks").uniformity().p_value();
    assert!(p < 1e-3, "{p}");
}

#[test]
fn wrong_inspections_are_errors_that_say_what_is_wrong() {
    let posterior = train(2, 300, 2);
    let classes = || vec![vec![[0.5]]];
    let too_many = posterior.observe(&[(vec![], classes()), (vec![[0.1], [0.2], [0.3]], classes())]);
    assert!(matches!(too_many, Err(Error::Data(DataError::TooManyOfGroup { group: 1, found: 3, n_max: 2 }))));
    let infinite = posterior.observe(&[(vec![[f64::NAN]], classes())]).expect_err("not a number").to_string();
    assert!(infinite.contains("x[0] of member 0 of the whole group"), "{infinite}");
    let no_class = posterior.observe(&[(vec![[0.1]], Vec::<Vec<[f64; 1]>>::new())]);
    assert!(matches!(no_class, Err(Error::Data(DataError::EmptyGroup { group: 0 }))));
    let no_mark = posterior.observe(&[(vec![[0.1]], vec![vec![[0.2]], vec![]])]).expect_err("no mark").to_string();
    assert!(no_mark.contains("inner group 1"), "{no_mark}");
}

#[test]
fn inspections_are_described_and_do_not_depend_on_their_order() {
    let text = Inspected::describe().to_string();
    for line in [
        "\n    inspection -> [f64; 1]: observed at most 2 times in each of schools\n      depends on School\n    Class: ",
        "\n      mark -> [f64; 1]: observed 1 to 2 times in each of schools / classes\n        depends on Class\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    let posterior = train(3, 300, 2);
    let rows = |inspections: Vec<[f64; 1]>| {
        let schools = [(inspections, vec![vec![[0.5], [0.1]], vec![[0.3]]])];
        let draws = posterior.observe(&schools).expect("a school").sample(20).expect("draws");
        (draws.global().rows().to_vec(), draws.local(0).expect("draws").rows().to_vec())
    };
    assert_eq!(rows(vec![[0.2], [1.5]]), rows(vec![[1.5], [0.2]]));
    assert_ne!(rows(vec![[0.2], [1.5]]), rows(vec![[0.2], [1.4]]));
    // Pupils are counted, inspections are not.
    let schools = [(vec![[0.2], [1.5]], vec![vec![[0.5], [0.1]], vec![[0.3]]])];
    assert_eq!(posterior.observe(&schools).expect("a school").n_observations(), 3);

    let path = std::env::temp_dir().join(format!("tallsbi-inspected-{}.tallsbi", std::process::id()));
    posterior.save(&path).expect("a file");
    let loaded = Small::load(Inspected, &path).expect("the same model");
    std::fs::remove_file(&path).expect("the file");
    let draw = |posterior: &Small| {
        posterior.observe(&schools).expect("a school").sample(9).expect("draws").global().rows().to_vec()
    };
    assert_eq!(draw(&posterior), draw(&loaded));
}
