//! Measure tall sampling: time, network rows and memory for numbers of observations and draws.

use std::time::Instant;

use serde::Serialize;
use tallsbi::compose::Gauss;
use tallsbi::model::stream;
use tallsbi::net::{Precision, ScoreNetwork, Separable};
use tallsbi::posterior::Posterior;
use tallsbi::prelude::*;
use tallsbi::train::{HEAD_WIDTH, TrainOptions};

use super::{Sampled, SpeedError, peak_mib, reset_peak};
use crate::choice::SamplerChoice;
use crate::tasks::slcp::{Shape, Slcp};

type Trained<N> = Posterior<Slcp, N, 5, 8>;

/// One sampling run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Observations.
    pub n_obs: usize,
    /// Draws.
    pub draws: usize,
    /// The sampler.
    pub sampler: SamplerChoice,
    /// Its steps.
    pub steps: usize,
    /// How precisely the network is evaluated.
    pub precision: Precision,
    /// Draws and steps of a covariance pre-pass, where there is one.
    pub pilot: Option<(usize, usize)>,
}

/// One point of time against size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scaling {
    /// The network.
    pub network: &'static str,
    /// Observations.
    pub n_obs: usize,
    /// Draws.
    pub draws: usize,
    /// Seconds.
    pub seconds: f64,
}

impl Work {
    fn new(n_obs: usize, draws: usize, sampler: SamplerChoice, precision: Option<Precision>) -> Self {
        let precision = precision.unwrap_or_else(|| Precision::for_factors(n_obs));
        Self { n_obs, draws, sampler, steps: sampler.steps(), precision, pilot: None }
    }

    /// Rows that the network evaluates. One observation needs no pre-pass.
    pub fn rows(&self) -> f64 {
        let pilot = self.pilot.filter(|_| self.n_obs > 1).map_or(0, |(draws, steps)| draws * steps);
        self.n_obs as f64 * (self.draws * self.steps + pilot) as f64
    }
}

/// A posterior to sample; what it has learned does not matter here.
pub(super) fn posterior<N: ScoreNetwork<5, 8>>(quick: bool) -> Result<Trained<N>, SpeedError> {
    let mut options = TrainOptions::default();
    options.epochs = if quick { 1 } else { 2 };
    let npse = Slcp::npse().network::<N>().simulations(if quick { 300 } else { 1_000 }).seed(1).quiet();
    Ok(npse.head_options(options.clone(), HEAD_WIDTH).train_options(options).train()?)
}

fn observations(n: usize) -> Vec<Exchangeable<[f32; 2], 4>> {
    let theta = Shape { theta: [0.7, -0.4, 1.1, -0.9, 0.3] };
    (0..).filter_map(|i| Slcp.simulate(&theta, &mut stream(2, "speed", i)).ok()).take(n).collect()
}

fn run<N: ScoreNetwork<5, 8>>(posterior: &Trained<N>, work: &Work) -> Result<Sampled, SpeedError> {
    let x = observations(work.n_obs);
    let gauss = work.pilot.map_or_else(Gauss::default, |(draws, steps)| Gauss::pilot(draws, steps));
    let counted = reset_peak();
    let start = Instant::now();
    let draws = posterior
        .observe(&x)?
        .compose(gauss)
        .sampler(work.sampler)
        .precision(work.precision)
        .seed(1)
        .quiet()
        .sample(work.draws)?;
    let seconds = start.elapsed().as_secs_f64();
    std::hint::black_box(&draws);
    Ok(Sampled {
        n_obs: work.n_obs,
        draws: work.draws,
        sampler: work.sampler.to_string(),
        precision: work.precision.to_string(),
        pilot: work.pilot.map_or_else(|| "–".to_owned(), |(draws, steps)| format!("{draws}×{steps}")),
        seconds,
        network: "mlp".to_owned(),
        rows_per_second: Some(work.rows() / seconds),
        share_of_peak: None,
        peak_mib: peak_mib().filter(|_| counted),
    })
}

/// 1,000 draws with the default sampler.
pub(super) fn default_sampler<N: ScoreNetwork<5, 8>>(
    posterior: &Trained<N>,
    precision: Option<Precision>,
    quick: bool,
) -> Result<Vec<Sampled>, SpeedError> {
    let (sizes, draws): (&[usize], usize) = if quick { (&[1, 8], 20) } else { (&[1, 8, 30, 100, 1000], 1_000) };
    let sampler = if quick { SamplerChoice::Tall(4) } else { SamplerChoice::default() };
    let work = |n: &usize| Work::new(*n, draws, sampler, precision);
    sizes.iter().map(|n| run(posterior, &work(n))).collect()
}

/// 1,000 draws with the default sampler and a separable network.
pub(super) fn separable(precision: Option<Precision>, quick: bool) -> Result<Vec<Sampled>, SpeedError> {
    let mut runs = default_sampler(&posterior::<Separable<5, 8>>(quick)?, precision, quick)?;
    for run in &mut runs {
        "separable".clone_into(&mut run.network);
        // Its rows are n + draws a step: not to be compared with the others'.
        run.rows_per_second = None;
    }
    Ok(runs)
}

/// The published sampler at n = 30, with a covariance pre-pass of draws.
pub(super) fn ddim<N: ScoreNetwork<5, 8>>(
    posterior: &Trained<N>,
    precision: Option<Precision>,
    quick: bool,
) -> Result<Sampled, SpeedError> {
    let (n, draws, steps) = if quick { (3, 20, 10) } else { (30, 1_000, 1_000) };
    let pilot = Some(if quick { (20, 2) } else { (1_000, 30) });
    run(posterior, &Work { pilot, ..Work::new(n, draws, SamplerChoice::Ddim(steps), precision) })
}

/// Memory does not depend on the number of steps, so two are enough to see it.
pub(super) fn large<N: ScoreNetwork<5, 8>>(
    posterior: &Trained<N>,
    precision: Option<Precision>,
    quick: bool,
) -> Result<Sampled, SpeedError> {
    let n = if quick { 50 } else { 10_000 };
    run(posterior, &Work::new(n, n, SamplerChoice::Dpm(2), precision))
}

/// Time against n and against draws, the other at 300, in few steps.
pub(super) fn scaling<N: ScoreNetwork<5, 8>>(
    network: &'static str,
    posterior: &Trained<N>,
    precision: Option<Precision>,
    quick: bool,
) -> Result<Vec<Scaling>, SpeedError> {
    let (sizes, fixed): (&[usize], usize) =
        if quick { (&[10, 20], 10) } else { (&[30, 100, 300, 1_000, 3_000, 10_000], 300) };
    let sampler = SamplerChoice::Dpm(if quick { 2 } else { 10 });
    let mut points = Vec::new();
    let pairs = sizes.iter().map(|n| (*n, fixed)).chain(sizes.iter().map(|draws| (fixed, *draws)));
    for (n_obs, draws) in pairs {
        let seconds = run(posterior, &Work::new(n_obs, draws, sampler, precision))?.seconds;
        points.push(Scaling { network, n_obs, draws, seconds });
    }
    Ok(points)
}
