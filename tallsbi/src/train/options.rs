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
    /// Two trainings from the same initial weights, of a fifth of the epochs and of all of them, each along half a cosine; the
    /// better on the simulations held out is kept. What overfits needs the short one, what does not the long one, which
    /// stops half way where it has gained nothing by then. A report counts the epochs of both through.
    CosineTwice,
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
    /// Between `max` and `min`, at the quantile u^`tilt` of the log signal-to-noise ratio counted from its largest: uniform
    /// with a tilt of 1, so that every scale of a posterior is seen as often; more often at little noise with a larger one.
    /// Where there is little noise, targets are new noise in every epoch. Where there is much, they are the simulated
    /// parameters themselves, which a network learns by heart when it sees them often.
    LogSnr {
        /// Smallest time.
        min: f64,
        /// Largest time.
        max: f64,
        /// Preference for little noise; 1: none.
        tilt: f64,
    },
}

impl Times {
    /// The time at quantile `u` in [0, 1).
    pub fn draw(&self, schedule: &Schedule, u: f64) -> f64 {
        self.on(schedule)(u)
    }

    /// The time at a quantile, for many of them.
    pub(crate) fn on(self, schedule: &Schedule) -> impl Fn(f64) -> f64 {
        let (min, max) = self.range();
        let [high, low] = [min, max].map(|t| schedule.level(t).half_log_snr());
        move |u| match self {
            Self::Uniform { min } => min + (1.0 - min) * u,
            Self::LogSnr { tilt, .. } => schedule.time_at(high + (low - high) * u.powf(tilt)).clamp(min, max),
        }
    }

    pub(crate) fn range(&self) -> (f64, f64) {
        match *self {
            Self::Uniform { min } => (min, 1.0),
            Self::LogSnr { min, max, .. } => (min, max),
        }
    }
}

/// However many simulations there are, they are passed this often.
const LEAST_EPOCHS: usize = 60;

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainOptions {
    /// Most epochs (passes over the training simulations); fewer are planned where [`enough_steps`](Self::enough_steps) says so.
    pub epochs: usize,
    /// Steps of the optimiser that are enough: many simulations get fewer epochs, though at least 60. Longer training learns
    /// parameters by heart where there is much noise, and thirty such scores add up (`docs/benchmarks.md`).
    pub enough_steps: Option<usize>,
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
    /// Whether score networks learn from complete-data scores where simulations have them, as those of groups do
    /// ([`CompleteData`](super::CompleteData)).
    #[serde(default = "always")]
    pub complete_data: bool,
}

/// What options that were written before they could say so did not have.
fn always() -> bool {
    true
}

/// Units of a hidden layer of the Gaussian head, unless it is said otherwise.
pub const HEAD_WIDTH: usize = 256;

impl TrainOptions {
    /// The defaults of the Gaussian head.
    pub fn head() -> Self {
        Self { enough_steps: None, patience: 15, rate: 3e-3, ..Self::default() }
    }

    /// Plans this many epochs, whatever number of steps that is.
    pub(crate) fn fix_epochs(&mut self, epochs: usize) {
        (self.epochs, self.enough_steps) = (epochs, None);
    }

    /// The epochs that training on this many simulations, those held out included, is planned for.
    pub fn planned_epochs(&self, simulations: usize) -> usize {
        let batches = simulations.saturating_sub(self.held_out(simulations)) / self.batch.max(1);
        let enough = self.enough_steps.map_or(usize::MAX, |steps| steps.div_ceil(batches.max(1)));
        self.epochs.min(enough.max(LEAST_EPOCHS))
    }

    /// The epochs of a training on this many simulations that never stops early, short and long training together.
    pub(crate) fn most_epochs(&self, simulations: usize) -> usize {
        self.falls(self.planned_epochs(simulations)).iter().sum()
    }

    /// The epochs of every fall of the learning rate.
    pub(crate) fn falls(&self, epochs: usize) -> Vec<usize> {
        match self.learning_rate {
            LearningRate::CosineTwice if epochs > 1 => vec![(epochs / 5).max(1), epochs],
            _ => vec![epochs],
        }
    }

    /// How many of this many simulations are held out for validation.
    pub(crate) fn held_out(&self, simulations: usize) -> usize {
        ((simulations as f64 * self.validation).round() as usize).max(1)
    }
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            epochs: 150,
            enough_steps: Some(8_000),
            batch: 256,
            rate: 1e-3,
            learning_rate: LearningRate::Cosine,
            warm_up: 100,
            optimiser: Optimiser::AdamW { decay: 0.01 },
            gradient_norm: 5.0,
            ema: 0.999,
            validation: 0.1,
            patience: 30,
            times: Times::LogSnr { min: 5e-4, max: 0.6, tilt: 1.0 },
            observation_noise: 0.0,
            null_share: 0.0,
            complete_data: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LearningRate, Times, TrainOptions};
    use crate::diffusion::Schedule;

    #[test]
    fn tilted_times_prefer_little_noise() {
        let schedule = Schedule::default();
        let tilted = |tilt| Times::LogSnr { min: 5e-4, max: 0.6, tilt };
        let snr = |t| schedule.level(t).half_log_snr();
        for u in [0.0, 0.25, 0.81, 0.999_999] {
            // The quantile √q of the tilted times is the quantile q of those that are not.
            let (a, b) = (tilted(1.0).draw(&schedule, u), tilted(2.0).draw(&schedule, u.sqrt()));
            assert!((snr(a) - snr(b)).abs() < 1e-9, "{a} {b}");
        }
        assert!(tilted(2.0).draw(&schedule, 0.5) < tilted(1.0).draw(&schedule, 0.5));
    }

    #[test]
    fn a_rate_that_falls_twice_falls_early_and_late() {
        let head = TrainOptions { learning_rate: LearningRate::CosineTwice, ..TrainOptions::head() };
        assert_eq!(head.falls(150), [30, 150]);
        assert_eq!(head.most_epochs(1_000), 180);
        assert_eq!(head.falls(3), [1, 3]);
        assert_eq!(head.falls(1), [1]);
        assert_eq!(TrainOptions::default().falls(150), [150]);
    }

    #[test]
    fn many_simulations_are_passed_less_often() {
        let options = TrainOptions::default();
        // 10,000: 35 batches of 256 in nine tenths of them, 8,000 steps are 229 epochs; 20,000: 70 batches, 115; 30,000: 105, 77.
        let planned = [1_000, 10_000, 20_000, 30_000, 1_000_000].map(|n| options.planned_epochs(n));
        assert_eq!(planned, [150, 150, 115, 77, 60]);
        assert_eq!(TrainOptions { epochs: 20, ..options.clone() }.planned_epochs(1_000_000), 20);
        assert_eq!(TrainOptions { enough_steps: None, ..options }.planned_epochs(1_000_000), 150);
    }
}
