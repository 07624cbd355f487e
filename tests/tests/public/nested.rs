//! Infer three levels whose posterior is known at all of them: pupils in classes in schools.
//!
//! mean ~ N(0, COUNTRY²), school_j ~ N(mean, SCHOOLS²), class_jk ~ N(school_j, CLASSES²), x_jki ~ N(class_jk, PUPILS²).

use tallsbi::compose::{Damped, Damping, Gauss, MiniBatch};
use tallsbi::dataset::DataError;
use tallsbi::diagnose::Ranks;
use tallsbi::hierarchy::{GroupStudyOptions, NestedPosterior};
use tallsbi::model::{Label, stream};
use tallsbi::net::SetMlp;
use tallsbi::posterior::Error;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

pub(crate) const COUNTRY: f64 = 2.0;
pub(crate) const SCHOOLS: f64 = 1.0;
pub(crate) const CLASSES: f64 = 0.8;
pub(crate) const PUPILS: f64 = 1.2;

/// Marks of pupils.
#[simulator]
pub(crate) mod marks {
    #[global]
    struct Country {
        /// mean of all schools [points]
        #[prior(Normal(0.0, COUNTRY))]
        mean: f64,
    }

    #[local(plate = schools)]
    struct School {
        /// mean of this school [points]
        #[prior(Normal(country.mean, SCHOOLS))]
        level: f64,
    }

    #[local(plate = schools / classes, n_max = 4)]
    struct Class {
        /// mean of this class [points]
        #[prior(Normal(school.level, CLASSES))]
        mood: f64,
    }

    #[observe(plate = schools / classes, n_max = 3)]
    fn mark(class: &Class, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [class.mood + PUPILS * z]
    }
}

type Global = SetMlp<1, 4, 4, 64, 2, 32>;
type Local = SetMlp<1, 5, 4, 64, 2, 32>;
type Inner = SetMlp<1, 3, 3, 64, 2, 32>;
pub(crate) type Small = NestedPosterior<Marks, Global, Local, Inner, 1, 1, 1, 1, 3, 2, 4, 5, 3>;
pub(crate) type Class = Vec<[f64; 1]>;
pub(crate) type School = Vec<Class>;

pub(crate) fn train(seed: u64, simulations: usize, epochs: usize) -> Small {
    let npse = Marks::npse().networks().simulations(simulations).seed(seed);
    npse.head_options(TrainOptions::head(), 64).epochs(epochs).quiet().train().expect("training")
}

/// A normal distribution, by mean and variance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Normal {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

impl Normal {
    /// What observations of variance `variance` say besides.
    pub(crate) fn given(self, observed: &[Normal]) -> Self {
        let precision = 1.0 / self.variance + observed.iter().map(|x| 1.0 / x.variance).sum::<f64>();
        let shift = self.mean / self.variance + observed.iter().map(|x| x.mean / x.variance).sum::<f64>();
        Self { mean: shift / precision, variance: 1.0 / precision }
    }
    /// What is observed is the mean of observations alone, if nothing else is known.
    pub(crate) fn of(observed: &[Normal]) -> Self {
        Self { mean: 0.0, variance: f64::INFINITY }.given(observed)
    }
    pub(crate) fn wider(self, sd: f64) -> Self {
        Self { variance: self.variance + sd * sd, ..self }
    }
    /// A level whose mean is distributed as `above` with spread `sd` between groups, and of which `data` is seen.
    pub(crate) fn below(above: Self, sd: f64, data: Self) -> Self {
        let own = Self { mean: 0.0, variance: sd * sd }.given(&[Self { mean: 0.0, ..data }]).variance;
        let share = own / (sd * sd);
        Self { mean: share * above.mean + (1.0 - share) * data.mean, variance: own + share * share * above.variance }
    }
}

pub(crate) fn of_class(class: &Class) -> Normal {
    Normal {
        mean: class.iter().map(|x| x[0]).sum::<f64>() / class.len() as f64,
        variance: PUPILS * PUPILS / class.len() as f64,
    }
}

/// What a school says of its level.
pub(crate) fn of_school(school: &School) -> Normal {
    Normal::of(&school.iter().map(|class| of_class(class).wider(CLASSES)).collect::<Vec<_>>())
}

fn exact_global(schools: &[School]) -> Normal {
    let data: Vec<Normal> = schools.iter().map(|school| of_school(school).wider(SCHOOLS)).collect();
    Normal { mean: 0.0, variance: COUNTRY * COUNTRY }.given(&data)
}

pub(crate) fn simulate(n: usize, seed: u64) -> (Vec<School>, [f64; 3]) {
    let mut rng = stream(seed, "truth", n as u64);
    let mut z = || -> f64 { StandardNormal.sample(&mut rng) };
    let (mean, mut truth) = (COUNTRY * z(), None);
    let mut sizes = stream(seed, "sizes", n as u64);
    let schools = (0..n).map(|_| {
        let level = mean + SCHOOLS * z();
        let classes = (0..sizes.random_range(1..=4)).map(|_| {
            let mood = level + CLASSES * z();
            truth.get_or_insert([mean, level, mood]);
            (0..sizes.random_range(1..=3)).map(|_| [mood + PUPILS * z()]).collect()
        });
        classes.collect()
    });
    let schools = schools.collect();
    (schools, truth.expect("a class"))
}

/// (mean − exact mean)/exact sd and ln(sd/exact sd) of draws.
pub(crate) fn compare(draws: &[[f64; 1]], exact: Normal) -> (f64, f64) {
    let own = moments(draws);
    ((own.mean - exact.mean) / exact.variance.sqrt(), 0.5 * (own.variance / exact.variance).ln())
}

pub(crate) fn moments(draws: &[[f64; 1]]) -> Normal {
    let n = draws.len() as f64;
    let mean = draws.iter().map(|draw| draw[0]).sum::<f64>() / n;
    Normal { mean, variance: draws.iter().map(|draw| (draw[0] - mean).powi(2)).sum::<f64>() / (n - 1.0) }
}

pub(crate) fn root_mean_square(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
}

/// All levels against the exact posteriors, each lower level given the draws above it as they are. A mean of 400 draws scatters
/// by 1/20 of a standard deviation; the rest is what networks trained in seconds are off by: 0.15 for one factor, and √J as
/// much for J schools. Negative controls: other data, and data that are believed to say five times as much.
#[test]
fn all_levels_are_near_the_exact_posterior() {
    const DRAWS: usize = 400;
    let posterior = train(1, 6_000, 60);
    for (n, sets) in [(1, 30), (8, 10), (40, 4)] {
        let [mut global, mut local, mut inner] = [(); 3].map(|()| (Vec::new(), Vec::new(), Vec::new()));
        for set in 0..sets {
            let (schools, _) = simulate(n, set);
            let sampling = posterior.observe(&schools).expect("schools").compose(Gauss::default());
            let sampling = sampling.sampler(Plan::dpm(30)).local_sampler(Plan::dpm(30));
            let draws = sampling.seed(set).quiet().sample(DRAWS).expect("draws");
            let school = draws.group(n - 1).expect("the last school");
            let classes = &schools[n - 1];
            let class = school.inner(classes.len() - 1).expect("its last class");
            let (data, last) = (of_school(classes), of_class(&classes[classes.len() - 1]));
            // Given the school's level, its other classes say nothing of this one.
            let above = [moments(draws.global().rows()), moments(school.local().rows())];
            let exact = [
                exact_global(&schools),
                Normal::below(above[0], SCHOOLS, data),
                Normal::below(above[1], CLASSES, last),
            ];
            let wrong = [
                exact_global(&simulate(n, set + 100).0),
                Normal::below(above[0], SCHOOLS, Normal { mean: data.mean, variance: 0.2 * data.variance }),
                Normal::below(above[1], CLASSES, Normal { mean: last.mean, variance: 0.2 * last.variance }),
            ];
            let rows = [draws.global().rows(), school.local().rows(), class.rows()];
            for ((level, rows), (exact, wrong)) in
                [&mut global, &mut local, &mut inner].into_iter().zip(rows).zip(exact.into_iter().zip(wrong))
            {
                assert_eq!(rows.len(), DRAWS);
                let (mean, spread) = compare(rows, exact);
                level.0.push(mean);
                level.1.push(spread);
                let (mean, spread) = compare(rows, wrong);
                level.2.push(mean.abs().max(spread.abs()));
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
            assert!(control > 1.5 * allowed, "J = {n}, {name}: {control}");
        }
    }
}

/// Ranks of the true parameters among joint draws of simulated populations are uniform at every level. Negative controls:
/// scores that are simply added up are caught at the global level; draws of the class beside it, and of the school beside it,
/// are caught at theirs.
#[test]
fn all_levels_are_calibrated() {
    let posterior = train(5, 6_000, 60);
    let options = GroupStudyOptions { groups: 8, sets: 80, draws: 49, seed: 2, ..GroupStudyOptions::default() };
    let study = posterior.study(&Gauss::default(), &Plan::dpm(20), &options).expect("ranks");
    let table = study.table();
    eprintln!("{table}");
    assert_eq!(table.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["mean", "level", "mood"]);
    assert_eq!((study.failures().total(), study.inner()[0].values().len()), (0, 80));
    assert!(table.p_value() > 1e-3, "{table}");

    let wrong = posterior.study(&FactorizedDiffused, &Plan::dpm(20), &options).expect("ranks").table();
    eprintln!("{wrong}");
    assert!(wrong.rows[0].test.p_value() < 1e-3, "{wrong}");

    let (mut schools_of_others, mut classes_of_others) = (Vec::new(), Vec::new());
    for set in 0..80 {
        // Two schools; the first with its first class twice removed from the second's.
        let (schools, [_, level, mood]) = simulate(2, 500 + set);
        let draws = posterior.observe(&schools).expect("schools").compose(Gauss::default()).sampler(Plan::dpm(20));
        let draws = draws.local_sampler(Plan::dpm(20)).seed(set).quiet().sample(49).expect("draws");
        let other = draws.group(1).expect("the other school");
        let rank = |truth: f64, rows: &[[f64; 1]]| rows.iter().filter(|row| row[0] < truth).count() as u32;
        schools_of_others.push(rank(level, other.local().rows()));
        classes_of_others.push(rank(mood, other.inner(0).expect("a class").rows()));
    }
    for ranks in [schools_of_others, classes_of_others] {
        let p = Ranks::new(Label::scalar("other", "", ""), ranks, 49).expect("ranks").uniformity().p_value();
        assert!(p < 1e-3, "{p}");
    }
}

/// The study of growth is one study for each number of schools, of all three levels; mini-batches and damping are the composers that they name.
#[test]
fn growth_and_shorthands() {
    let posterior = train(5, 600, 10);
    let options = GroupStudyOptions { sets: 30, draws: 49, seed: 3, ..GroupStudyOptions::default() };
    let (composer, plan) = (Gauss::default(), Plan::dpm(10));
    let growth = posterior.error_growth(&composer, &plan, &[6, 2], 0.05, &options).expect("studies");
    assert_eq!(growth.rows.iter().map(|row| row.n_observations).collect::<Vec<_>>(), [2, 6]);
    for row in &growth.rows {
        let table = row.table.as_ref().expect("a study");
        assert_eq!((table.n_observations, table.rows.len()), (row.n_observations, 3));
    }
    // Negative control: added scores of 40 schools are refused, and growth says so.
    let wrong = posterior.error_growth(&FactorizedDiffused, &plan, &[1, 40], 0.05, &options).expect("studies");
    assert_eq!(wrong.trustworthy_up_to(), Some(1), "{wrong}");

    let (schools, _) = simulate(9, 3);
    let sampling = || posterior.observe(&schools).expect("schools").compose(composer).sampler(plan.clone()).quiet();
    let damping = Damping::Increments { middle: 0.5 };
    let short = sampling().minibatch(4).damping(damping).sample(30).expect("draws").global().rows().to_vec();
    let long = Damped::new(MiniBatch::new(composer, 4), damping);
    let long = posterior.observe(&schools).expect("schools").compose(long).sampler(plan.clone()).quiet();
    assert_eq!(short, long.sample(30).expect("draws").global().rows());
    assert_ne!(short, sampling().sample(30).expect("draws").global().rows());
}

/// A permutation of schools, classes or pupils changes no global draw; a class's draws are given its school's, and those the
/// population's; what is asked for twice is the same.
#[test]
fn draws_are_reproducible_and_belong_to_their_ancestors() {
    let posterior = train(2, 300, 3);
    let (schools, _) = simulate(4, 7);
    let draw = |schools: &[School], seed: u64| {
        let sampling = posterior.observe(schools).expect("schools").compose(Gauss::default());
        sampling.sampler(Plan::dpm(10)).seed(seed).quiet().sample(40).expect("draws")
    };
    let draws = draw(&schools, 4);
    let mut turned: Vec<School> = schools.iter().rev().cloned().collect();
    for school in &mut turned {
        school.reverse();
        for class in school.iter_mut() {
            class.reverse();
        }
    }
    let of_turned = draw(&turned, 4);
    assert_eq!(draws.global().rows(), of_turned.global().rows());
    assert_ne!(draws.global().rows(), draw(&schools, 5).global().rows());

    let school = draws.group(1).expect("a school");
    assert_eq!(school.local().rows(), draws.local(1).expect("draws").rows());
    assert_eq!(school.n_inner_groups(), schools[1].len());
    let class = school.inner(0).expect("a class");
    assert_eq!(class.rows(), draws.group(1).expect("a school").inner(0).expect("a class").rows());
    assert_ne!(class.rows(), draw(&schools, 5).group(1).expect("a school").inner(0).expect("a class").rows());
    let joint = school.joint(0).expect("draws");
    let alone = draws.global().iter().zip(school.local().iter()).zip(class.iter());
    for ((country, school, class), ((of_country, of_school), of_class)) in joint.iter().zip(alone) {
        assert_eq!((country.mean, school.level, class.mood), (of_country.mean, of_school.level, of_class.mood));
    }
    // Pupils are counted: of all schools, of this one, of this class.
    let pupils = |schools: &[School]| schools.iter().flatten().map(Vec::len).sum::<usize>();
    assert_eq!(draws.global().report().n_observations, pupils(&schools));
    assert_eq!(school.local().report().n_observations, pupils(&schools[1..2]));
    assert_eq!(class.report().n_observations, schools[1][0].len());
    // A new class of this school: N(0, CLASSES²) around the school's draws, 40 of them.
    let new = school.new_inner().expect("draws");
    let off: Vec<f64> = new.rows().iter().zip(school.local().rows()).map(|(new, level)| new[0] - level[0]).collect();
    assert!((root_mean_square(&off) / CLASSES - 1.0).abs() < 4.0 / 80.0_f64.sqrt(), "{off:?}");
    // Equal classes are drawn independently of each other.
    let twice = [vec![schools[0][0].clone(), schools[0][0].clone()]];
    let draws = draw(&twice, 4);
    let school = draws.group(0).expect("a school");
    assert_ne!(school.inner(0).expect("a class").rows(), school.inner(1).expect("a class").rows());
    assert!(school.inner(0).expect("a class").summary().to_string().contains("mood"));
}

#[test]
fn a_saved_posterior_gives_the_same_draws() {
    let posterior = train(3, 300, 3);
    let path = std::env::temp_dir().join(format!("tallsbi-nested-{}.tallsbi", std::process::id()));
    posterior.save(&path).expect("a file");
    let loaded = Small::load(Marks, &path).expect("the same model");
    let (schools, _) = simulate(3, 1);
    let rows = |posterior: &Small| {
        let draws = posterior.observe(&schools).expect("schools").sample(20).expect("draws");
        let school = draws.group(2).expect("a school");
        (
            draws.global().rows().to_vec(),
            school.local().rows().to_vec(),
            school.inner(0).expect("draws").rows().to_vec(),
        )
    };
    assert_eq!(rows(&posterior), rows(&loaded));
    let other = Marks::load(&path).expect_err("the default networks are wider").to_string();
    assert!(other.contains("network"), "{other}");
    std::fs::remove_file(&path).expect("the file");
}

#[test]
fn bad_groups_are_refused() {
    let posterior = train(4, 100, 1);
    let error = |schools: &[School]| match posterior.observe(schools) {
        Err(Error::Data(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{schools:?} was accepted"),
    };
    let good: School = vec![vec![[0.5]], vec![[0.1], [0.2]]];
    assert_eq!(error(&[]), DataError::NoGroups);
    assert_eq!(error(&[good.clone(), Vec::new()]), DataError::EmptyGroup { group: 1 });
    assert_eq!(error(&[vec![vec![[0.0]]; 5]]), DataError::TooManyInnerGroups { group: 0, found: 5, n_max: 4 });
    let empty = error(&[good.clone(), vec![vec![[0.0]], Vec::new()]]).to_string();
    assert_eq!(empty, "group 1, inner group 1 is empty: give it at least one observation, or leave it out");
    let large = error(&[vec![vec![[0.0]; 4]]]).to_string();
    assert!(large.starts_with("group 0, inner group 0 has 4 observations"), "{large}");
    let nan = error(&[good.clone(), vec![vec![[0.0], [f64::NAN]]]]).to_string();
    assert!(nan.contains("group 1, inner group 0, observation 1: `x[0]` = NaN"), "{nan}");
    let draws = posterior.observe(&[good]).expect("a school").sample(5).expect("draws");
    let missing = draws.group(1).expect_err("there is one school").to_string();
    assert_eq!(missing, "there is no group 1: 1 were observed, counted from 0");
    let missing = draws.group(0).expect("a school").inner(2).expect_err("there are two classes").to_string();
    assert_eq!(missing, "group 0, there is no inner group 2: 2 were observed, counted from 0");
}

#[test]
fn the_description_says_who_depends_on_whom() {
    let text = Marks::describe().to_string();
    for line in [
        "Country: global\n",
        "\n  School: for each of schools\n",
        "\n    Class: for each of schools / classes, 1 to 4 in each\n",
        "\n      mood ~ Normal(school.level, CLASSES)   # mean of this class [points]\n",
        "\n             depends on school.level\n",
        "\n      mark -> [f64; 1]: observed 1 to 3 times in each of schools / classes\n        depends on Class\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn the_report_has_all_three_levels() {
    let posterior = train(4, 2_200, 3);
    let schools: Vec<School> =
        vec![vec![vec![[0.3], [1.9]], vec![[2.2], [0.9], [1.4]]], vec![vec![[-0.6]]], vec![vec![[0.1]]; 4]];
    let sampling = posterior.observe(&schools).expect("schools").compose(Gauss::default());
    let draws = sampling.sampler(Plan::dpm(12)).seed(2).quiet().sample(120).expect("draws");
    let options = GroupStudyOptions { groups: 3, sets: 20, draws: 9, seed: 1, ..GroupStudyOptions::default() };
    let study = posterior.study(&Gauss::default(), &Plan::dpm(8), &options).expect("a study");
    let report = posterior.report("schools.html").draws(draws.outer());
    let page = report.groups(draws.outer(), &["A", "B", "C"]).expect("the schools are drawn").study(&study).to_html();
    for words in [
        "<title>Posterior of Marks</title>",
        "Class: for each of schools / classes, 1 to 4 in each",
        "The network of Country",
        "The network of School",
        "The network of Class",
        "School: 3 groups",
        "Prior of every parameter of Class",
        "Class: mood</th>",
        "Class: ranks of true values",
    ] {
        assert!(page.contains(words), "{words}");
    }
    // The graph, three curves of losses, the pair plot, a forest and a shrinkage plot, two of each of three parameters' ranks.
    assert_eq!(page.matches("<svg xmlns").count(), 1 + 3 + 1 + 2 + 6);
    assert!(!page.contains("NaN") && !page.contains("A picture is missing"));
}
