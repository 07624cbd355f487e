//! Hold simulations in network coordinates, and the buffers of a batch of them.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::{TrainError, TrainOptions};
use crate::{dataset::FEATURES, model::Stream, net::Inputs};

/// Simulations in network coordinates: latent θ and standardised observations.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingSet {
    /// Parameter dimension M.
    pub parameters: usize,
    /// Observation dimension D.
    pub observation: usize,
    /// Observations of each simulation (n_max).
    pub slots: usize,
    /// Latent coordinates: `[rows × M]`.
    pub theta: Vec<f32>,
    /// Standardised observations, z-scores, normal scores, then scored differences: `[rows × n_max × 3 D]`.
    pub x: Vec<f32>,
    /// Complete-data scores ([`CompleteData`](super::CompleteData)), latent coordinates: `[rows × M]`, not a number in a component of which they
    /// are not known, or empty.
    pub scores: Vec<f32>,
}

impl TrainingSet {
    /// Number of simulations.
    pub fn rows(&self) -> usize {
        self.theta.len() / self.parameters.max(1)
    }

    /// Features of the observations of one simulation.
    pub(super) fn stride(&self) -> usize {
        self.slots * FEATURES * self.observation
    }

    /// Whether there are observations for all parameters.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let (rows, found) = (self.rows(), self.x.len());
        let expected = rows * self.stride();
        if found != expected {
            return Err(TrainError::Features { rows, found, expected });
        }
        match self.scores.len() {
            found if found != 0 && found != self.theta.len() => {
                Err(TrainError::Scores { rows, found, expected: self.theta.len() })
            }
            _ => Ok(()),
        }
    }
}

/// One batch, ready for a network. Buffers are reused.
#[derive(Debug, Default)]
pub struct Batch {
    /// What a row brings of θ_t and its level: `[rows × 3 M]`; empty for a head.
    pub features: Vec<f32>,
    /// Standardised observations, z-scores, normal scores, then scored differences: `[rows × n_max × 3 D]`.
    pub observations: Vec<f32>,
    /// Set size of each row; 0 is the null context.
    pub sizes: Vec<u32>,
    /// Diffusion time of each row.
    pub times: Vec<f32>,
    /// What the outputs are compared with: `[rows × M]`.
    pub targets: Vec<f32>,
    /// The matrix between output and target: `[rows × M × M]`.
    pub maps: Vec<f32>,
}

impl Batch {
    /// Empties the batch and chooses observations: all of a row's, or a random first part of a set, or none.
    pub(crate) fn choose_observations(
        &mut self,
        set: &TrainingSet,
        rows: &[u32],
        options: &TrainOptions,
        rng: &mut Stream,
    ) {
        let stride = set.stride();
        for buffer in [&mut self.features, &mut self.observations, &mut self.times, &mut self.targets, &mut self.maps] {
            buffer.clear();
        }
        self.sizes.clear();
        for &row in rows {
            let row = row as usize;
            let null = options.null_share > 0.0 && rng.random::<f64>() < options.null_share;
            let size = if set.slots > 1 { rng.random_range(1..=set.slots as u32) } else { 1 };
            self.sizes.push(if null { 0 } else { size });
            let from = self.observations.len();
            self.observations.extend_from_slice(&set.x[row * stride..(row + 1) * stride]);
            if options.observation_noise > 0.0 {
                for x in &mut self.observations[from..] {
                    let noise: f32 = StandardNormal.sample(rng);
                    *x += options.observation_noise as f32 * noise;
                }
            }
        }
    }

    /// The batch as a network sees it.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs { theta: &self.features, observations: &self.observations, sizes: &self.sizes, times: &self.times }
    }
}
