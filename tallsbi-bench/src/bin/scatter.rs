//! Measure composers where factors are not Gaussian: groups whose mean and scatter are unknown, with exact scores and with networks.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use std::time::Instant;

use tallsbi::compose::oracle::ScatterOracle;
use tallsbi::compose::{
    ComposeError, Composed, Composer, Composition, CompositionReport, DiffusedPrior, LocalJacobians, LocalScores,
    Pilot, StandardNormal, Weights,
};
use tallsbi::diffusion::{Level, Schedule};
use tallsbi::hierarchy::HierarchicalPosterior;
use tallsbi::model::stream;
use tallsbi::nalgebra::SMatrix;
use tallsbi::net::{ScoreNetwork, SetMlp};
use tallsbi::posterior::NetworkScores;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal as Normal};
use tallsbi::sample::{DriveOptions, LangevinCorrector, SamplingPlan, drive};
use tallsbi::train::TrainOptions;
use tallsbi_bench::score::mean_and_sd;

const MEAN_SCALE: f64 = 0.5;
const LOG_SCATTER: (f64, f64) = (-1.2, 0.6);
const WITHIN: f64 = 0.24;
const DRAWS: usize = 500;

/// mean ~ N(0, 0.5²), ln scatter ~ N(−1.2, 0.6²), level ~ N(mean, scatter²), x ~ N(level, 0.24²).
#[simulator]
mod members {
    #[global]
    struct Population {
        #[prior(Normal(0.0, MEAN_SCALE))]
        mean: f64,
        #[prior(LogNormal(LOG_SCATTER.0, LOG_SCATTER.1))]
        scatter: f64,
    }

    #[local(plate = members)]
    struct Member {
        #[prior(Normal(population.mean, population.scatter))]
        level: f64,
    }

    #[observe(plate = members, n_max = 4)]
    fn measure(member: &Member, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = Normal.sample(rng);
        [member.level + WITHIN * z]
    }
}

/// One data set.
type Groups = Vec<Vec<[f64; 1]>>;
/// A network trained on single groups.
type Trained<N> = HierarchicalPosterior<Members, N, SetMlp<1, 3, 4, 64, 2, 32>, 2, 1, 1, 3>;
/// Its network of the global level.
type Perceptron = SetMlp<2, 1, 4, 64, 3, 32>;

/// Groups of 1 to 4 measurements, in the order in which a posterior holds them, and the true latent parameters.
fn groups(n: usize, set: u64) -> ([f64; 2], Groups) {
    let mut rng = stream(7, "truth", n as u64 * 1_000 + set);
    let normal = |rng: &mut Stream| -> f64 { Normal.sample(rng) };
    let z = [normal(&mut rng), normal(&mut rng)];
    let (mean, scatter) = (MEAN_SCALE * z[0], (LOG_SCATTER.0 + LOG_SCATTER.1 * z[1]).exp());
    let mut group = || {
        let member = members::Member { level: mean + scatter * normal(&mut rng) };
        let mut xs: Vec<[f64; 1]> = (0..rng.random_range(1..=4)).map(|_| members::measure(&member, &mut rng)).collect();
        xs.sort_by(|a, b| a[0].total_cmp(&b[0]));
        xs
    };
    let mut groups: Groups = (0..n).map(|_| group()).collect();
    groups.sort_by(|a, b| a.partial_cmp(b).expect("finite"));
    (z, groups)
}

/// The exact scores of every group.
fn oracle(groups: &Groups) -> ScatterOracle {
    let group = |xs: &Vec<[f64; 1]>| {
        let n = xs.len() as f64;
        (xs.iter().map(|x| x[0]).sum::<f64>() / n, WITHIN * WITHIN / n)
    };
    ScatterOracle::new(MEAN_SCALE, LOG_SCATTER, groups.iter().map(group).collect())
}

/// How draws differ from the exact posterior, for both parameters.
#[derive(Default)]
struct Errors {
    means: Vec<[f64; 2]>,
    spreads: Vec<[f64; 2]>,
    far: f64,
    lost: usize,
    seconds: f64,
}

impl Errors {
    fn add(&mut self, draws: &[[f64; 2]], exact: &[(f64, f64); 2]) {
        let (mut means, mut spreads) = ([0.0; 2], [0.0; 2]);
        for k in 0..2 {
            let (mean, sd) = mean_and_sd(&draws.iter().map(|draw| draw[k]).collect::<Vec<_>>());
            (means[k], spreads[k]) = ((mean - exact[k].0) / exact[k].1, sd / exact[k].1);
        }
        let far = |draw: &&[f64; 2]| (0..2).any(|k| (draw[k] - exact[k].0).abs() > 6.0 * exact[k].1);
        self.far += draws.iter().filter(far).count() as f64 / draws.len() as f64;
        self.means.push(means);
        self.spreads.push(spreads);
    }

    fn print(&self, name: &str) {
        let n = self.means.len() as f64;
        let rms = |k: usize| (self.means.iter().map(|mean| mean[k] * mean[k]).sum::<f64>() / n).sqrt();
        let median = |k: usize| {
            let mut spreads: Vec<f64> = self.spreads.iter().map(|spread| spread[k]).collect();
            spreads.sort_by(f64::total_cmp);
            spreads.get(spreads.len() / 2).copied().unwrap_or(f64::NAN)
        };
        println!(
            "| {name} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} % | {} | {:.2} |",
            rms(0),
            median(0),
            rms(1),
            median(1),
            100.0 * self.far / n,
            self.lost,
            self.seconds / n,
        );
    }
}

fn heading(what: &str) {
    println!("\n{what}");
    println!("| | mean off by [sd] | sd | log scatter off by | sd | draws > 6 sd | sets lost | seconds |");
    println!("|---|---|---|---|---|---|---|---|");
}

/// Exact scores cost draws × groups integrals at every step.
fn exact_draws(n: usize) -> usize {
    if n < 50 { DRAWS } else { 100 }
}

/// With exact scores of every group, so that what is off is the composer's own.
fn exact<C, A>(name: &str, n: usize, sets: u64, composer: &C, plan: &A)
where
    C: Composer<2, StandardNormal, ScatterOracle>,
    A: SamplingPlan<2>,
{
    let mut errors = Errors::default();
    for set in 0..sets {
        let oracle = oracle(&groups(n, set).1);
        let tall = oracle.tall();
        let start = Instant::now();
        let composition = composer.prepare(&StandardNormal, &oracle).expect("prepared");
        let score = Composed { composition: &composition, prior: &StandardNormal, local: &oracle };
        let levels = plan.levels(&Schedule::default(), Some(tall[0].1.min(tall[1].1))).expect("a grid");
        let options = DriveOptions { draws: exact_draws(n), seed: set, ..DriveOptions::default() };
        match drive(&score, &plan.sampler(n), &levels, &options) {
            Ok(driven) if driven.non_finite.is_empty() => errors.add(&driven.draws, &tall),
            _ => errors.lost += 1,
        }
        errors.seconds += start.elapsed().as_secs_f64();
    }
    errors.print(name);
}

/// A composer that takes a part of what it composes from exact scores.
#[derive(Clone, Debug)]
struct Exactly<C> {
    composer: C,
    part: Part,
    oracle: ScatterOracle,
}

/// What is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Scores,
    Jacobians,
}

struct ExactlyComposition<C> {
    inner: C,
    part: Part,
    oracle: ScatterOracle,
}

/// Increments of a network and of an oracle.
struct Mixed<'a, L> {
    network: &'a L,
    oracle: &'a ScatterOracle,
    part: Part,
}

impl<L: LocalScores<2>> LocalScores<2> for Mixed<'_, L> {
    type Workspace = (L::Workspace, Vec<[f64; 2]>, Vec<[f64; 2]>, Vec<SMatrix<f64, 2, 2>>);

    fn n_factors(&self) -> usize {
        self.network.n_factors()
    }

    fn increments_into(
        &self,
        at: &Level,
        theta: &[[f64; 2]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; 2]],
    ) -> Result<(), ComposeError> {
        match self.part {
            Part::Scores => self.oracle.increments_into(at, theta, &mut workspace.1, out),
            Part::Jacobians => self.network.increments_into(at, theta, &mut workspace.0, out),
        }
    }

    fn weighted_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, 2>,
        theta: &[[f64; 2]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; 2]],
    ) -> Result<(), ComposeError> {
        match self.part {
            Part::Scores => self.oracle.weighted_sum_into(at, weights, theta, &mut workspace.1, out),
            Part::Jacobians => self.network.weighted_sum_into(at, weights, theta, &mut workspace.0, out),
        }
    }
}

impl<L: LocalJacobians<2>> LocalJacobians<2> for Mixed<'_, L> {
    fn increments_and_jacobians_into(
        &self,
        at: &Level,
        theta: &[[f64; 2]],
        (network, exact, scores, slopes): &mut Self::Workspace,
        out: &mut [[f64; 2]],
        jacobians: &mut [SMatrix<f64, 2, 2>],
    ) -> Result<(), ComposeError> {
        scores.resize(out.len(), [0.0; 2]);
        slopes.resize(out.len(), SMatrix::zeros());
        self.oracle.increments_and_jacobians_into(at, theta, exact, scores, slopes)?;
        self.network.increments_and_jacobians_into(at, theta, network, out, jacobians)?;
        match self.part {
            Part::Scores => out.copy_from_slice(scores),
            Part::Jacobians => jacobians.copy_from_slice(slopes),
        }
        Ok(())
    }
}

impl<P, L, C, X> Composer<2, P, L> for Exactly<C>
where
    P: DiffusedPrior<2>,
    L: LocalJacobians<2>,
    C: for<'a> Composer<2, P, Mixed<'a, L>, Composition = X>,
    X: for<'a> Composition<2, P, Mixed<'a, L>>,
{
    type Composition = ExactlyComposition<X>;

    fn prepare(&self, prior: &P, pilot: &dyn Pilot<2>) -> Result<Self::Composition, ComposeError> {
        let inner = self.composer.prepare(prior, pilot)?;
        Ok(ExactlyComposition { inner, part: self.part, oracle: self.oracle.clone() })
    }
}

impl<P, L, X> Composition<2, P, L> for ExactlyComposition<X>
where
    P: DiffusedPrior<2>,
    L: LocalJacobians<2>,
    X: for<'a> Composition<2, P, Mixed<'a, L>>,
{
    type Workspace = ();

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; 2]],
        prior: &P,
        local: &L,
        (): &mut (),
        out: &mut [[f64; 2]],
    ) -> Result<(), ComposeError> {
        let mixed = Mixed { network: local, oracle: &self.oracle, part: self.part };
        self.inner.score_into(at, theta, prior, &mixed, &mut Default::default(), out)
    }

    fn report(&self) -> CompositionReport {
        CompositionReport::default()
    }
}

/// With a trained network.
fn trained<N, C>(name: &str, n: usize, sets: u64, posterior: &Trained<N>, composer: impl Fn(ScatterOracle) -> C)
where
    N: ScoreNetwork<2, 1>,
    C: for<'x> Composer<2, StandardNormal, NetworkScores<'x, N::Engine, StandardNormal, 2>> + Clone,
{
    let mut errors = Errors::default();
    for set in 0..sets {
        let groups = groups(n, set).1;
        let oracle = oracle(&groups);
        let start = Instant::now();
        let sampling = posterior.observe(&groups).expect("groups").compose(composer(oracle.clone())).seed(set).quiet();
        match sampling.sample(DRAWS) {
            Ok(draws) => {
                let latent = |row: &[f64; 2]| [row[0] / MEAN_SCALE, (row[1].ln() - LOG_SCATTER.0) / LOG_SCATTER.1];
                let rows: Vec<[f64; 2]> = draws.global().rows().iter().map(latent).collect();
                errors.add(&rows, &oracle.tall());
            }
            Err(_) => errors.lost += 1,
        }
        errors.seconds += start.elapsed().as_secs_f64();
    }
    errors.print(name);
}

fn with_exact_scores(n: usize, sets: u64) {
    heading(&format!("{n} groups, exact scores of every group, {sets} data sets"));
    let plan = Plan::dpm(60);
    exact("GAUSS", n, sets, &Gauss::default(), &plan);
    exact("JAC", n, sets, &Jac::default(), &plan);
    for rounds in [2, 3, 4] {
        exact(&format!("focused, rounds: {rounds}"), n, sets, &Focused { rounds, ..Focused::default() }, &plan);
    }
    if n < 50 {
        let corrector = LangevinCorrector { steps: 5, snr: 0.3 };
        exact("GAUSS, corrected where σ ≤ 0.3", n, sets, &Gauss::default(), &Plan::dpm_corrected(60, corrector, 0.3));
        exact("JAC, corrected where σ ≤ 0.3", n, sets, &Jac::default(), &Plan::dpm_corrected(60, corrector, 0.3));
    }
}

fn with_a_network(n: usize, sets: u64, posterior: &Trained<Perceptron>) {
    heading(&format!("{n} groups, a network, {sets} data sets"));
    trained("GAUSS", n, sets, posterior, |_| Gauss::default());
    trained("JAC", n, sets, posterior, |_| Jac::default());
    trained("focused", n, sets, posterior, |_| Focused::default());
    for part in [Part::Scores, Part::Jacobians] {
        let exactly = |oracle| Exactly { composer: Jac::default(), part, oracle };
        trained(&format!("JAC, exact {part:?}"), n, sets, posterior, exactly);
        let exactly = |oracle| Exactly { composer: Focused::default(), part, oracle };
        trained(&format!("focused, exact {part:?}"), n, sets, posterior, exactly);
    }
}

fn main() -> tallsbi::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let part = arguments.next().unwrap_or_default();
    let sizes: Vec<usize> = arguments.filter_map(|size| size.parse().ok()).collect();
    let sizes = |default: &[usize]| if sizes.is_empty() { default.to_vec() } else { sizes.clone() };
    let sets = |n: usize| match n {
        0..50 => 20,
        50..200 => 6,
        _ => 2,
    };
    if part.is_empty() || part == "exact" {
        for n in sizes(&[3, 12, 100, 1_000]) {
            with_exact_scores(n, sets(n));
        }
    }
    if part.is_empty() || part == "network" {
        let mut head = TrainOptions::head();
        head.epochs = 40;
        let builder = Members::npse().networks::<Perceptron, _>().head_options(head, 64);
        let posterior: Trained<Perceptron> = builder.simulations(30_000).epochs(30).seed(1).quiet().train()?;
        println!("\ntrained in {:.0} s", posterior.global_level().training().seconds);
        for n in sizes(&[12, 100]) {
            with_a_network(n, sets(n), &posterior);
        }
    }
    Ok(())
}
