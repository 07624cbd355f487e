//! Set how a network is trained, with defaults for 1,000 to 100,000 simulations.

use serde::{Deserialize, Serialize};

use crate::diffusion::Schedule;

/// How the learning rate changes over training, after a linear warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearningRate {
    /// It stays.
    Constant,
    /// It falls to zero along half a cosine at the last epoch.
    Cosine,
}

/// The optimiser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Optimiser {
    /// Adam with β = (0.9, 0.999).
    Adam,
    /// Adam with decoupled weight decay (arXiv:1711.05101).
    AdamW {
        /// Weight decay per unit of learning rate.
        decay: f64,
    },
}

/// From what distribution training draws diffusion times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Times {
    /// Uniform between `min` and 1.
    Uniform {
        /// Smallest time.
        min: f64,
    },
    /// Uniform in the log signal-to-noise ratio between `max` and `min`: every scale of a posterior is seen as often.
    LogSnr {
        /// Smallest time.
        min: f64,
        /// Largest time.
        max: f64,
    },
}

impl Times {
    /// The time at quantile `u` in [0, 1).
    pub fn draw(&self, schedule: &Schedule, u: f64) -> f64 {
        match *self {
            Self::Uniform { min } => min + (1.0 - min) * u,
            Self::LogSnr { min, max } => {
                let (high, low) = (schedule.level(min).half_log_snr(), schedule.level(max).half_log_snr());
                schedule.time_at(high + (low - high) * u).clamp(min, max)
            }
        }
    }

    pub(crate) fn range(&self) -> (f64, f64) {
        match *self {
            Self::Uniform { min } => (min, 1.0),
            Self::LogSnr { min, max } => (min, max),
        }
    }
}

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainOptions {
    /// Most epochs (passes over the training simulations).
    pub epochs: usize,
    /// Rows of a batch.
    pub batch: usize,
    /// Largest learning rate.
    pub rate: f64,
    /// Its change over training.
    pub learning_rate: LearningRate,
    /// Steps over which it rises from zero.
    pub warm_up: usize,
    /// The optimiser.
    pub optimiser: Optimiser,
    /// Largest norm of a gradient.
    pub gradient_norm: f64,
    /// Decay per step of the averaged weights.
    pub ema: f64,
    /// Share of the simulations held out for validation.
    pub validation: f64,
    /// Epochs without a better validation loss after which training stops.
    pub patience: usize,
    /// Distribution of diffusion times.
    pub times: Times,
    /// Standard deviation of noise added to standardised observations in training (a regulariser; 0: none).
    pub observation_noise: f64,
    /// Share of rows whose observations are replaced by the learned null embedding (only with a learned prior).
    pub null_share: f64,
}

impl TrainOptions {
    /// The defaults of the Gaussian head.
    pub fn head() -> Self {
        Self { epochs: 150, patience: 15, rate: 3e-3, ..Self::default() }
    }
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            epochs: 150,
            batch: 256,
            rate: 1e-3,
            learning_rate: LearningRate::Cosine,
            warm_up: 100,
            optimiser: Optimiser::AdamW { decay: 0.01 },
            gradient_norm: 5.0,
            ema: 0.999,
            validation: 0.1,
            patience: 30,
            times: Times::LogSnr { min: 5e-4, max: 0.6 },
            observation_noise: 0.0,
            null_share: 0.0,
        }
    }
}
