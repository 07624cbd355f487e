//! Draw from a density whose gradient is known, by the no-U-turn sampler: reference posteriors.

use std::collections::HashMap;
use std::convert::Infallible;

use nuts_rs::rand;
use nuts_rs::{Chain, CpuLogpFunc, CpuMath, CpuMathError, DiagNutsSettings, HasDims, LogpError, Settings};
use tallsbi::model::stream;

/// A log-density, up to a constant, with its gradient.
pub trait LogDensity {
    /// Its number of dimensions.
    fn dim(&self) -> usize;
    /// The log-density at `position: [dim]`; writes its gradient.
    fn value_and_gradient(&self, position: &[f64], gradient: &mut [f64]) -> f64;
}

/// What a run is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NutsOptions {
    /// Independent chains.
    pub chains: u64,
    /// Draws of each chain that adapt the step and the metric and are thrown away.
    pub warm_up: u64,
    /// Draws of each chain that are kept.
    pub draws: usize,
    /// Seed. Chain c takes its randomness from stream c of it.
    pub seed: u64,
}

/// The draws of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct NutsDraws {
    /// Of each chain, in order: `[chains][draws][dim]`.
    pub chains: Vec<Vec<Box<[f64]>>>,
    /// Kept draws whose trajectory diverged.
    pub divergences: usize,
}

impl NutsDraws {
    /// The largest potential scale reduction over all components, each chain split in two (arXiv:1903.08008, equation 4, without ranks).
    /// Near 1 where chains agree.
    pub fn largest_rhat(&self) -> f64 {
        let halves: Vec<&[Box<[f64]>]> =
            self.chains.iter().flat_map(|chain| chain.chunks(chain.len() / 2).take(2)).collect();
        let dim = halves.first().and_then(|half| half.first()).map_or(0, |draw| draw.len());
        (0..dim).map(|k| rhat(&halves, k)).fold(1.0, f64::max)
    }
}

fn rhat(halves: &[&[Box<[f64]>]], k: usize) -> f64 {
    let moments = |half: &&[Box<[f64]>]| {
        let n = half.len() as f64;
        let mean = half.iter().map(|draw| draw[k]).sum::<f64>() / n;
        (mean, half.iter().map(|draw| (draw[k] - mean).powi(2)).sum::<f64>() / (n - 1.0))
    };
    let moments: Vec<(f64, f64)> = halves.iter().map(moments).collect();
    let (chains, n) = (moments.len() as f64, halves[0].len() as f64);
    let grand = moments.iter().map(|(mean, _)| mean).sum::<f64>() / chains;
    let between = moments.iter().map(|(mean, _)| (mean - grand).powi(2)).sum::<f64>() / (chains - 1.0);
    let within = moments.iter().map(|(_, variance)| variance).sum::<f64>() / chains;
    ((n - 1.0) / n + between / within).sqrt()
}

/// Runs the no-U-turn sampler of `nuts-rs` with its defaults, every chain from `start`.
///
/// # Errors
/// The settings are refused, or the density is not finite at the start.
pub fn nuts<T: LogDensity + Sync>(
    target: &T,
    start: &[f64],
    options: &NutsOptions,
) -> Result<NutsDraws, Box<dyn std::error::Error>> {
    let settings = DiagNutsSettings { num_tune: options.warm_up, seed: options.seed, ..DiagNutsSettings::default() };
    let mut out = NutsDraws { chains: Vec::new(), divergences: 0 };
    for chain in 0..options.chains {
        let mut rng = stream(options.seed, "nuts", chain);
        let mut sampler = settings.new_chain(chain, CpuMath::new(Adapter(target)), &mut rng)?;
        sampler.set_position(start)?;
        let mut draws = Vec::with_capacity(options.draws);
        for index in 0..options.warm_up as usize + options.draws {
            let (draw, progress) = sampler.draw()?;
            if index >= options.warm_up as usize {
                out.divergences += usize::from(progress.diverging);
                draws.push(draw);
            }
        }
        out.chains.push(draws);
    }
    Ok(out)
}

struct Adapter<'a, T>(&'a T);

impl<T: LogDensity> HasDims for Adapter<'_, T> {
    fn dim_sizes(&self) -> HashMap<String, u64> {
        HashMap::from([("unconstrained_parameter".to_owned(), self.0.dim() as u64)])
    }
}

/// No evaluation fails: what is not finite is a divergence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoError(Infallible);

impl LogpError for NoError {
    fn is_recoverable(&self) -> bool {
        false
    }
}

impl<T: LogDensity> CpuLogpFunc for Adapter<'_, T> {
    type LogpError = NoError;
    type FlowParameters = ();
    type ExpandedVector = Vec<f64>;

    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn logp(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, NoError> {
        Ok(self.0.value_and_gradient(position, gradient))
    }

    fn expand_vector<R: rand::Rng + ?Sized>(&mut self, _: &mut R, position: &[f64]) -> Result<Vec<f64>, CpuMathError> {
        Ok(position.to_vec())
    }
}
