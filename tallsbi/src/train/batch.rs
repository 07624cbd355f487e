//! Hold simulations in network coordinates and turn rows of them into noised batches.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::{LossWeight, TrainOptions};
use crate::{
    diffusion::{Parameterisation, Schedule},
    model::Stream,
    net::Inputs,
};

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
    /// Standardised observations: `[rows × n_max × D]`.
    pub x: Vec<f32>,
}

impl TrainingSet {
    /// Number of simulations.
    pub fn rows(&self) -> usize {
        self.theta.len() / self.parameters.max(1)
    }
}

/// One noised batch, ready for a network. Buffers are reused.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) theta: Vec<f32>,
    pub(crate) observations: Vec<f32>,
    pub(crate) sizes: Vec<u32>,
    pub(crate) times: Vec<f32>,
    pub(crate) targets: Vec<f32>,
    pub(crate) weights: Vec<f32>,
}

/// What a batch is made with.
#[derive(Clone, Copy)]
pub(crate) struct Noising<'a> {
    pub(crate) schedule: Schedule,
    pub(crate) parameterisation: Parameterisation,
    pub(crate) options: &'a TrainOptions,
}

impl Batch {
    /// Noises the simulations named by `rows`. Times are stratified: row i of n draws u from [i/n, (i+1)/n).
    pub(crate) fn fill(&mut self, set: &TrainingSet, rows: &[u32], noising: &Noising<'_>, rng: &mut Stream) {
        let (m, stride) = (set.parameters, set.slots * set.observation);
        let options = noising.options;
        self.theta.clear();
        self.observations.clear();
        self.sizes.clear();
        self.times.clear();
        self.targets.clear();
        self.weights.clear();
        let offset: f64 = rng.random();
        for (i, &row) in rows.iter().enumerate() {
            let row = row as usize;
            let u = (offset + i as f64 / rows.len() as f64).fract();
            let t = options.times.min + (1.0 - options.times.min) * u.powf(options.times.power);
            let at = noising.schedule.level(t);
            self.times.push(t as f32);
            self.weights.push(match options.weight {
                LossWeight::Noise => noising.parameterisation.noise_weight(&at) as f32,
                LossWeight::Output => 1.0,
            });
            for &theta_0 in &set.theta[row * m..(row + 1) * m] {
                let theta_0 = f64::from(theta_0);
                let noise: f64 = StandardNormal.sample(rng);
                self.theta.push(noising.parameterisation.network_theta(at.mean() * theta_0 + at.sigma * noise));
                self.targets.push(noising.parameterisation.target(&at, theta_0, noise) as f32);
            }
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

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs { theta: &self.theta, observations: &self.observations, sizes: &self.sizes, times: &self.times }
    }
}
