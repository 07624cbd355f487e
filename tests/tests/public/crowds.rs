//! Infer many groups: by mini-batches of them, and with a measure of when the network's error shows.

use tallsbi::compose::{ComposeError, Damped, Damping, Estimate, Gauss, MiniBatch};
use tallsbi::hierarchy::{GroupStudyOptions, HierarchicalPosterior};
use tallsbi::model::stream;
use tallsbi::net::{ScoreNetwork, Separable, SetMlp};
use tallsbi::posterior::Error;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

/// Everything is normal: mean ~ N(0, 2²), level ~ N(mean, 1), x ~ N(level, 1).
#[simulator]
mod members {
    #[global]
    struct Population {
        #[prior(Normal(0.0, 2.0))]
        mean: f64,
    }

    #[local(plate = members)]
    struct Member {
        #[prior(Normal(population.mean, 1.0))]
        level: f64,
    }

    #[observe(plate = members, n_max = 2)]
    fn measure(member: &Member, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [member.level + z]
    }
}

type Trained<N> = HierarchicalPosterior<Members, N, SetMlp<1, 2, 2, 32, 1, 16>, 1, 1, 1, 2>;
type Perceptron = SetMlp<1, 1, 2, 32, 2, 16>;

fn train<N: ScoreNetwork<1, 1>>(simulations: usize, epochs: usize) -> Trained<N> {
    let mut options = TrainOptions::default();
    options.epochs = epochs;
    train_with(simulations, options)
}

fn train_with<N: ScoreNetwork<1, 1>>(simulations: usize, options: TrainOptions) -> Trained<N> {
    let builder = Members::npse().networks().head_options(TrainOptions::head(), 32).train_options(options);
    builder.simulations(simulations).seed(1).quiet().train().expect("training")
}

fn groups(n: usize) -> Vec<Vec<[f64; 1]>> {
    let mut rng = stream(3, "groups", n as u64);
    let mut group = || {
        let z: f64 = StandardNormal.sample(&mut rng);
        let member = members::Member { level: 0.7 + z };
        (0..rng.random_range(1..=2)).map(|_| members::measure(&member, &mut rng)).collect()
    };
    (0..n).map(|_| group()).collect()
}

fn mean(rows: &[[f64; 1]]) -> f64 {
    rows.iter().map(|row| row[0]).sum::<f64>() / rows.len() as f64
}

/// Mini-batches of a tenth of 200 groups, over several seeds, scatter around the draws given all of them. Control variates scatter less
/// than plain mini-batches; as many groups as there are is all of them, to the last bit; a permutation of the groups changes nothing. Both
/// kinds of network.
#[test]
fn mini_batches_scatter_around_all_groups() {
    fn check<N: ScoreNetwork<1, 1>>() {
        let posterior = train::<N>(2_000, 15);
        let mut groups = groups(200);
        let draw = |groups: &[Vec<[f64; 1]>], size: usize, estimate: Estimate, seed: u64| {
            let composer = MiniBatch { estimate, seed, ..MiniBatch::new(Gauss::default(), size) };
            let sampling = posterior.observe(groups).expect("groups").compose(composer).sampler(Plan::dpm(20));
            sampling.quiet().sample(100).expect("draws").global().rows().to_vec()
        };
        let all = posterior.observe(&groups).expect("groups").compose(Gauss::default()).sampler(Plan::dpm(20));
        let all = all.quiet().sample(100).expect("draws").global().rows().to_vec();
        let scatter = |estimate| -> f64 {
            let off = |seed| (mean(&draw(&groups, 20, estimate, seed)) - mean(&all)).powi(2);
            ((0..8).map(off).sum::<f64>() / 8.0).sqrt()
        };
        let (plain, controlled) = (scatter(Estimate::Plain), scatter(Estimate::Baseline));
        eprintln!("off by {plain:.4} (plain), {controlled:.4} (control variates)");
        assert!(controlled > 0.0 && controlled < 0.5 * plain, "{plain} {controlled}");
        assert_eq!(draw(&groups, 200, Estimate::Plain, 0), all);
        let before = draw(&groups, 20, Estimate::Baseline, 0);
        assert_ne!(before, draw(&groups, 20, Estimate::Baseline, 1));
        groups.reverse();
        assert_eq!(before, draw(&groups, 20, Estimate::Baseline, 0));
    }
    check::<Perceptron>();
    check::<Separable<1, 1, 2, 16, 32, 2>>();
}

/// More than 200 groups are evaluated by mini-batches of 200 unless it is said otherwise, but for a network that sums first.
#[test]
fn many_groups_take_turns_by_default() {
    let posterior = train::<Perceptron>(300, 3);
    let observe = |groups: &[Vec<[f64; 1]>]| posterior.observe(groups).expect("groups");
    let by_default = |groups: &[_]| observe(groups).sample(20).expect("draws").global().rows().to_vec();
    let all = |groups: &[_]| observe(groups).compose(Gauss::default());
    let (few, many) = (groups(200), groups(220));
    assert_eq!(by_default(&few), all(&few).sample(20).expect("draws").global().rows());
    assert_eq!(by_default(&many), all(&many).minibatch(200).sample(20).expect("draws").global().rows());
    assert_ne!(by_default(&many), all(&many).sample(20).expect("draws").global().rows());

    let posterior = train::<Separable<1, 1, 2, 16, 32, 2>>(300, 3);
    let observe = || posterior.observe(&many).expect("groups");
    let all = observe().compose(Gauss::default()).sample(20).expect("draws");
    assert_eq!(observe().sample(20).expect("draws").global().rows(), all.global().rows());
}

/// The builder's shorthands are the composers, draws do not depend on the number of threads, and wrong settings are typed errors.
#[test]
fn shorthands_threads_and_errors() {
    let posterior = train::<Perceptron>(300, 3);
    let groups = groups(60);
    let sampling =
        || posterior.observe(&groups).expect("groups").compose(Gauss::default()).sampler(Plan::dpm(10)).quiet();
    let damping = Damping::Increments { middle: 0.5 };
    let short = || sampling().minibatch(7).damping(damping).sample(150).expect("draws").global().rows().to_vec();
    let composer = Damped::new(MiniBatch::new(Gauss::default(), 7), damping);
    let long = posterior.observe(&groups).expect("groups").compose(composer).sampler(Plan::dpm(10)).quiet();
    assert_eq!(short(), long.sample(150).expect("draws").global().rows());
    let with = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(short);
    assert_eq!(with(1), with(3));

    match sampling().minibatch(0).sample(5) {
        Err(Error::Compose(ComposeError::EmptyBatch)) => {}
        other => panic!("{:?}", other.map(|_| ())),
    }
    let wrong = Damping::Score { data: 0.0, noise: 1.0 };
    let error = sampling().damping(wrong).sample(5).expect_err("a factor of zero").to_string();
    assert_eq!(error, "`data` of the damping is 0; it must be above 0 and at most 1");
}

/// A network trained in a second, on noise alone, is calibrated for two groups and not for 1,000, where its error counts √500 times as much: the
/// study of growth says so. A control that it is the number of groups and not the network: the row of two groups passes.
#[test]
fn growth_of_the_error_is_said() {
    let mut noise_alone = TrainOptions::default();
    (noise_alone.epochs, noise_alone.complete_data) = (6, false);
    let posterior = train_with::<Perceptron>(600, noise_alone);
    let options = GroupStudyOptions { sets: 60, draws: 49, seed: 1, ..GroupStudyOptions::default() };
    let growth =
        posterior.error_growth(&Gauss::default(), &Plan::dpm(15), &[1_000, 2], 0.01, &options).expect("studies");
    eprintln!("{growth}");
    assert_eq!(growth.rows.iter().map(|row| row.n_observations).collect::<Vec<_>>(), [2, 1_000]);
    assert_eq!(growth.trustworthy_up_to(), Some(2));
    assert!(growth.rows[1].bias.abs().max(growth.rows[1].spread.ln().abs()) > 0.3, "{growth}");
    assert!(growth.to_string().contains("fails"));
    let none = posterior.error_growth(&Gauss::default(), &Plan::dpm(5), &[], 0.01, &options).expect_err("none");
    assert_eq!(none.to_string(), "the number of numbers of groups must be at least 1");
}
