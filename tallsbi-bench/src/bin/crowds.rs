//! Measure what mini-batches of groups and damping do to the posterior of an exactly solvable hierarchy of 100 and 1,000 groups.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::compose::oracle::{Gaussian, GaussianOracle};
use tallsbi::compose::{
    Composed, Composer, Damped, Damping, Estimate, FactorizedDiffused, Gauss, LocalScores, MiniBatch, StandardNormal,
};
use tallsbi::diffusion::Schedule;
use tallsbi::hierarchy::{GroupStudyOptions, HierarchicalPosterior};
use tallsbi::model::stream;
use tallsbi::nalgebra::{SMatrix, SVector};
use tallsbi::net::{ScoreNetwork, Separable, SetMlp};
use tallsbi::posterior::NetworkScores;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal as Normal};
use tallsbi::sample::{DriveOptions, SamplingPlan, drive};
use tallsbi::train::TrainOptions;
use tallsbi_bench::score::mean_and_sd;

const PRIOR: f64 = 2.0;
const BETWEEN: f64 = 1.0;
const WITHIN: f64 = 1.5;
const DRAWS: usize = 500;
/// Data sets of every number of groups.
const SETS: u64 = 20;

/// mean ~ N(0, 2²), level ~ N(mean, 1), x ~ N(level, 1.5²), as in `examples/09_normal_hierarchy.rs`.
#[simulator]
mod members {
    #[global]
    struct Population {
        #[prior(Normal(0.0, PRIOR))]
        mean: f64,
    }

    #[local(plate = members)]
    struct Member {
        #[prior(Normal(population.mean, BETWEEN))]
        level: f64,
    }

    #[observe(plate = members, n_max = 3)]
    fn measure(member: &Member, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = Normal.sample(rng);
        [member.level + WITHIN * z]
    }
}

/// A network trained on single groups.
type Trained<N> = HierarchicalPosterior<Members, N, SetMlp<1, 2, 3, 64, 2, 32>, 1, 1, 1, 2>;
/// Its network of the global level.
type Perceptron = SetMlp<1, 1, 3, 64, 2, 32>;
/// A separable network of the global level.
type Sums = Separable<1, 1, 3, 32, 128>;
/// One data set.
type Groups = Vec<Vec<[f64; 1]>>;

fn groups(n: usize, set: u64) -> Groups {
    let mut rng = stream(7, "truth", n as u64 * SETS + set);
    let normal = |rng: &mut Stream| -> f64 { Normal.sample(rng) };
    let mean = PRIOR * normal(&mut rng);
    let mut group = || {
        let member = members::Member { level: mean + BETWEEN * normal(&mut rng) };
        (0..rng.random_range(1..=3)).map(|_| members::measure(&member, &mut rng)).collect()
    };
    (0..n).map(|_| group()).collect()
}

/// The exact scores of every group, in units of the prior.
fn oracle(groups: &Groups) -> GaussianOracle<1> {
    let observation = |group: &Vec<[f64; 1]>| {
        let n = group.len() as f64;
        let information = PRIOR * PRIOR / (BETWEEN * BETWEEN + WITHIN * WITHIN / n);
        let average = group.iter().map(|x| x[0]).sum::<f64>() / n;
        (SMatrix::from_element(information), SVector::from([information * average / PRIOR]))
    };
    let prior = Gaussian::new([0.0], SMatrix::identity()).expect("N(0, 1)");
    GaussianOracle::new(prior, &groups.iter().map(observation).collect::<Vec<_>>()).expect("definite")
}

/// How far draws are off: root mean square of the means' errors, posterior standard deviations; mean spread; sets without draws.
#[derive(Default)]
struct Errors {
    means: Vec<f64>,
    spreads: Vec<f64>,
    lost: usize,
}

impl Errors {
    /// Compares draws in units of the prior with the exact posterior.
    fn add(&mut self, draws: &[[f64; 1]], oracle: &GaussianOracle<1>) {
        let (mean, spread) = mean_and_sd(draws.as_flattened());
        let sd = oracle.tall().covariance()[0].sqrt();
        self.means.push((mean - oracle.tall().mean()[0]) / sd);
        self.spreads.push(spread / sd);
    }

    fn print(&self, name: &str) {
        let n = self.means.len() as f64;
        let mean = (self.means.iter().map(|mean| mean * mean).sum::<f64>() / n).sqrt();
        let spread = self.spreads.iter().sum::<f64>() / n;
        println!("| {name} | {mean:.2} | {spread:.2} | {} |", self.lost);
    }
}

/// With exact scores of every group, so that what is off is the method's own.
fn exact<C, A>(name: &str, n: usize, composer: &C, plan: &A)
where
    C: Composer<1, StandardNormal, GaussianOracle<1>>,
    A: SamplingPlan<1>,
{
    let mut errors = Errors::default();
    for set in 0..SETS {
        let oracle = oracle(&groups(n, set));
        let composition = composer.prepare(&StandardNormal, &oracle).expect("prepared");
        let score = Composed { composition: &composition, prior: &StandardNormal, local: &oracle };
        let narrowest = Some(oracle.tall().covariance()[0].sqrt());
        let levels = plan.levels(&Schedule::default(), narrowest).expect("a grid");
        let options = DriveOptions { draws: DRAWS, seed: set, block: DRAWS, ..DriveOptions::default() };
        match drive(&score, &plan.sampler(oracle.n_factors()), &levels, &options) {
            Ok(driven) if driven.non_finite.is_empty() => errors.add(&driven.draws, &oracle),
            _ => errors.lost += 1,
        }
    }
    errors.print(name);
}

/// With a trained network, and the full composition beside the mini-batches.
fn trained<N, C>(name: &str, n: usize, posterior: &Trained<N>, composer: &C)
where
    N: ScoreNetwork<1, 1>,
    C: for<'x> Composer<1, StandardNormal, NetworkScores<'x, N::Engine, StandardNormal, 1>> + Clone,
{
    let mut errors = Errors::default();
    let start = std::time::Instant::now();
    for set in 0..5 {
        let groups = groups(n, set);
        let sampling = posterior.observe(&groups).expect("groups").compose(composer.clone()).seed(set).quiet();
        match sampling.sample(DRAWS) {
            Ok(draws) => {
                let rows: Vec<[f64; 1]> = draws.global().rows().iter().map(|row| [row[0] / PRIOR]).collect();
                errors.add(&rows, &oracle(&groups));
            }
            Err(_) => errors.lost += 1,
        }
    }
    errors.print(&format!("{name} ({:.1} s)", start.elapsed().as_secs_f64() / 5.0));
}

fn with_exact_scores(n: usize) {
    println!("\n{n} groups, exact scores of every group: mean off by [sd], spread, sets lost of {SETS}");
    let (dpm, tenth) = (Plan::dpm(60), n / 10);
    let plain = |size| MiniBatch { estimate: Estimate::Plain, ..MiniBatch::new(Gauss::default(), size) };
    let added = MiniBatch { estimate: Estimate::Plain, ..MiniBatch::new(FactorizedDiffused, tenth) };
    let increments = |middle| Damping::Increments { middle };
    let score = |data| Damping::Score { data, noise: 1.0 };
    exact("GAUSS, all groups", n, &Gauss::default(), &dpm);
    exact("GAUSS, mini-batches of a tenth", n, &plain(tenth), &dpm);
    exact("GAUSS, mini-batches of 10", n, &plain(10), &dpm);
    exact("added scores, all groups", n, &FactorizedDiffused, &dpm);
    exact("added scores, mini-batches of a tenth", n, &added, &dpm);
    for middle in [0.1, 0.01, 1e-5] {
        let damped = Damped::new(added, increments(middle));
        exact(&format!("added scores, a tenth, increments damped, d(½) = {middle}"), n, &damped, &dpm);
        exact("the same, 400 DDIM steps", n, &damped, &Plan::ddim(400));
        exact("the same, 400 levels of Langevin", n, &damped, &Plan::langevin(400));
    }
    for data in [0.1, 0.01] {
        let damped = Damped::new(added, score(data));
        exact(&format!("added scores, a tenth, score damped, d(0) = {data}"), n, &damped, &dpm);
        exact("the same, 400 levels of Langevin", n, &damped, &Plan::langevin(400));
    }
    exact("GAUSS, increments damped, d(½) = 0.1", n, &Damped::new(Gauss::default(), increments(0.1)), &dpm);
    exact("GAUSS, score damped, d(0) = 0.1", n, &Damped::new(Gauss::default(), score(0.1)), &dpm);
}

fn with_a_network(n: usize, posterior: &Trained<Perceptron>) {
    println!("\n{n} groups, a network trained on 10,000 groups: mean off by [sd], spread, sets lost of 5");
    let plain = |size| MiniBatch { estimate: Estimate::Plain, ..MiniBatch::new(Gauss::default(), size) };
    trained("GAUSS, all groups", n, posterior, &Gauss::default());
    for size in [n / 10, 10] {
        trained(&format!("GAUSS, mini-batches of {size}"), n, posterior, &plain(size));
        trained("the same, with control variates", n, posterior, &MiniBatch::new(Gauss::default(), size));
    }
    let added = MiniBatch { estimate: Estimate::Plain, ..MiniBatch::new(FactorizedDiffused, n / 10) };
    let damped = Damped::new(added, Damping::Increments { middle: 0.01 });
    trained("added scores, a tenth, increments damped, d(½) = 0.01", n, posterior, &damped);
}

fn main() -> tallsbi::Result<()> {
    let part = std::env::args().nth(1).unwrap_or_default();
    if part.is_empty() || part == "exact" {
        for n in [100, 1_000] {
            with_exact_scores(n);
        }
    }
    if part.is_empty() || part == "network" {
        let builder = Members::npse().networks::<Perceptron, _>().head_options(TrainOptions::head(), 64);
        let posterior: Trained<Perceptron> = builder.simulations(10_000).epochs(60).seed(1).quiet().train()?;
        for n in [100, 1_000] {
            with_a_network(n, &posterior);
        }
    }
    if part.is_empty() || part == "study" {
        let mut head = TrainOptions::head();
        head.epochs = 30;
        let builder = Members::npse().networks::<Sums, _>().head_options(head, 64);
        let posterior: Trained<Sums> = builder.simulations(100_000).epochs(20).seed(1).quiet().train()?;
        let seconds = posterior.global_level().training().seconds;
        println!("\nseparable network trained on 100,000 groups in {seconds:.0} s: calibration of both levels");
        let options = GroupStudyOptions { sets: 200, ..GroupStudyOptions::default() };
        let growth = posterior.error_growth(&Gauss::default(), &Plan::dpm(60), &[10, 100, 1_000], 0.05, &options)?;
        for row in &growth.rows {
            row.table.iter().for_each(|table| println!("{table}\n"));
        }
        println!("{growth}");
    }
    Ok(())
}
