//! The same seed gives the same bits: simulations, training, weights, draws; whatever the threads, the order of the
//! observations, or a file in between.

use tallsbi::compose::{Factorized, Gauss, Jac};
use tallsbi::dataset::{FailurePolicy, Simulations};
use tallsbi::net::{Mlp, ScoreEngine, ScoreNetwork, SetMlp};
use tallsbi::posterior::Posterior;
use tallsbi::prelude::*;
use tallsbi::sample::Plan;
use tallsbi::train::{Epoch, TrainOptions};

#[derive(Parameters, Clone, Debug)]
struct Wave {
    #[prior(Normal(0, 1))]
    phase: f64,
    #[prior(LogNormal(0, 0.5))]
    amplitude: f64,
}

/// Fails now and then, so that dropped simulations are part of what must not depend on threads.
#[simulator(network = Mlp<2, 2, 24>)]
fn wave_model(theta: &Wave, rng: &mut impl Rng) -> Option<[f64; 2]> {
    let noise: [f64; 2] = [rng.random(), rng.random()];
    (noise[0] > 0.02).then(|| [theta.amplitude * theta.phase.sin() + noise[0], theta.amplitude + noise[1]])
}

#[simulator(tall(n_max = 3), network = SetMlp<2, 2, 3, 24, 2, 12>)]
fn wave_sets(theta: &Wave, rng: &mut impl Rng) -> Option<[f64; 2]> {
    wave_model(theta, rng)
}

/// Everything that a run computes, as bits.
#[derive(Debug, PartialEq)]
struct Run {
    epochs: Vec<[u64; 2]>,
    dropped: usize,
    weights: Vec<u32>,
    draws: Vec<Vec<[u64; 2]>>,
}

fn bits(rows: &[[f64; 2]]) -> Vec<[u64; 2]> {
    rows.iter().map(|row| row.map(f64::to_bits)).collect()
}

/// Ten observations: not a multiple of n_max = 3.
fn observed() -> Vec<[f64; 2]> {
    (0..10).map(|j| [0.1 * f64::from(j) - 0.3, 1.0 + 0.05 * f64::from(j * j % 7)]).collect()
}

fn options() -> TrainOptions {
    let mut options = TrainOptions::default();
    options.epochs = 4;
    options
}

/// Draws by every composer and by samplers with and without noise.
fn draw<S, N>(posterior: &Posterior<S, N, 2, 2>, x: &[[f64; 2]], seed: u64) -> Vec<Vec<[u64; 2]>>
where
    S: Simulator<2, 2, Observation = [f64; 2], Prior = tallsbi::prior::Declared<Wave>, Parameters = Wave>,
    N: ScoreNetwork<2, 2, Engine = tallsbi::net::FusedEngine>,
{
    let bind = || posterior.observe(x).expect("finite observations");
    let gauss = Gauss::pilot(100, 8);
    [
        bind().compose(gauss).sampler(Plan::dpm(8)).seed(seed).quiet().sample(300),
        bind().compose(Jac::default()).sampler(Plan::ddim(12)).seed(seed).quiet().sample(60),
        bind().compose(Factorized).sampler(Plan::langevin(8)).seed(seed).quiet().sample(60),
    ]
    .map(|draws| bits(draws.expect("draws").rows()))
    .to_vec()
}

macro_rules! train {
    ($model:ident, $seed:expr) => {
        $model::npse()
            .simulations(400)
            .seed($seed)
            .train_options(options())
            .head_options(options(), 24)
            .quiet()
            .train()
            .expect("training")
    };
}

macro_rules! run {
    ($model:ident, $seed:expr, $draw_seed:expr) => {{
        let posterior = train!($model, $seed);
        let report = posterior.training();
        Run {
            epochs: report
                .epochs
                .iter()
                .map(|Epoch { training, validation }| [training.to_bits(), validation.to_bits()])
                .collect(),
            dropped: report.dropped,
            weights: posterior.engine().weights().iter().map(|weight| weight.to_bits()).collect(),
            draws: draw(&posterior, &observed(), $draw_seed),
        }
    }};
}

fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(work)
}

#[test]
fn simulations_do_not_depend_on_threads() {
    let simulate = |threads: usize, seed: u64| {
        in_pool(threads, || {
            let go_on = |_: usize| std::ops::ControlFlow::Continue(());
            Simulations::<2, 2>::simulate(&WaveModel, 1_000, 2, seed, FailurePolicy::default(), &go_on)
                .expect("few failures")
        })
    };
    let one = simulate(1, 5);
    assert!(one.dropped() > 0, "failures are part of the test");
    for threads in [2, 4] {
        let other = simulate(threads, 5);
        assert_eq!((bits(one.theta()), bits(one.x())), (bits(other.theta()), bits(other.x())), "{threads} threads");
        assert_eq!(one.dropped(), other.dropped());
    }
    assert_ne!(bits(one.theta()), bits(simulate(1, 6).theta()));
}

#[test]
fn runs_do_not_depend_on_threads() {
    let one = in_pool(1, || run!(WaveModel, 3, 9));
    for threads in [2, 4] {
        assert_eq!(one, in_pool(threads, || run!(WaveModel, 3, 9)), "{threads} threads");
    }
    let other = run!(WaveModel, 4, 9);
    assert_ne!(one.weights, other.weights, "another seed of training");
    let sets = in_pool(1, || run!(WaveSets, 3, 9));
    for threads in [2, 4] {
        assert_eq!(sets, in_pool(threads, || run!(WaveSets, 3, 9)), "sets, {threads} threads");
    }
}

#[test]
fn order_and_files_do_not_matter_and_seeds_do() {
    fn check<S, N>(
        posterior: &Posterior<S, N, 2, 2>,
        load: impl Fn(&std::path::Path) -> Posterior<S, N, 2, 2>,
        name: &str,
    ) where
        S: Simulator<2, 2, Observation = [f64; 2], Prior = tallsbi::prior::Declared<Wave>, Parameters = Wave>,
        N: ScoreNetwork<2, 2, Engine = tallsbi::net::FusedEngine>,
    {
        let x = observed();
        let draws = draw(posterior, &x, 9);
        let mut permuted = x.clone();
        permuted.reverse();
        permuted.swap(2, 7);
        assert_eq!(draws, draw(posterior, &permuted, 9), "{name}: a permutation");
        for (a, b) in draws.iter().zip(draw(posterior, &x, 10)) {
            assert_ne!(*a, b, "{name}: another seed");
        }
        for (a, b) in draws.iter().zip(draw(posterior, &x[1..], 9)) {
            assert_ne!(*a, b, "{name}: other observations");
        }
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("determinism_{name}.tallsbi"));
        posterior.save(&path).expect("saved");
        let loaded = load(&path);
        assert_eq!(draws, draw(&loaded, &x, 9), "{name}: a file in between");
        assert_eq!(posterior.training(), loaded.training(), "{name}");
        let again = path.with_extension("again");
        loaded.save(&again).expect("saved");
        let read = |path| std::fs::read(path).expect("a file");
        assert!(read(&path) == read(&again), "{name}: a saved file is not the file it was loaded from");
    }
    check(&train!(WaveModel, 3), |path| WaveModel::load(path).expect("loaded"), "single");
    check(&train!(WaveSets, 3), |path| WaveSets::load(path).expect("loaded"), "sets");
}
