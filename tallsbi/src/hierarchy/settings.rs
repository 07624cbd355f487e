//! Hold how the levels of a hierarchy are trained: the settings that builders of two and of three levels share.

use std::ops::ControlFlow;

use super::{GroupSimulations, Hierarchy};
use crate::{
    dataset::{FailurePolicy, Simulations},
    model::Simulator,
    net::ScoreNetwork,
    posterior::{Npse, Posterior, Progress, Result},
    prior::LatentPrior,
    train::{HEAD_WIDTH, TrainOptions},
};

/// How every level is simulated and trained.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) seed: u64,
    pub(super) failures: FailurePolicy,
    pub(super) options: TrainOptions,
    pub(super) head_options: TrainOptions,
    pub(super) head_width: usize,
    pub(super) quiet: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            failures: FailurePolicy::default(),
            options: TrainOptions::default(),
            head_options: TrainOptions::head(),
            head_width: HEAD_WIDTH,
            quiet: false,
        }
    }
}

impl Settings {
    /// Simulates `n` single groups of `slots` observations.
    pub(super) fn simulate<H: Hierarchy<M, L, D>, const M: usize, const L: usize, const D: usize>(
        &self,
        model: &H,
        n: usize,
        slots: usize,
    ) -> Result<GroupSimulations<M, L, D>> {
        let progress = Progress::new("simulating", n, self.quiet);
        let report = |done| {
            progress.set(done);
            ControlFlow::Continue(())
        };
        Ok(GroupSimulations::simulate(model, n, slots, self.seed, self.failures, &report)?)
    }

    /// Trains the network of one level, seen as a tall model.
    pub(super) fn train<S: Simulator<P, Q>, N: ScoreNetwork<P, Q>, const P: usize, const Q: usize>(
        &self,
        level: S,
        simulations: Simulations<P, Q>,
    ) -> Result<Posterior<S, N, P, Q>>
    where
        S::Prior: LatentPrior<P>,
    {
        let npse = Npse::<_, N, P, Q>::new(level)
            .from_simulations(simulations)
            .seed(self.seed)
            .train_options(self.options.clone())
            .head_options(self.head_options.clone(), self.head_width);
        if self.quiet { npse.quiet().train() } else { npse.train() }
    }
}

/// The methods of a builder that has `settings: Settings`.
macro_rules! settings_methods {
    () => {
        /// Seed of simulation and training (default 0).
        #[must_use]
        pub fn seed(mut self, seed: u64) -> Self {
            self.settings.seed = seed;
            self
        }

        /// What to do about groups whose simulation fails (default: drop and count up to 10 %).
        #[must_use]
        pub fn failures(mut self, policy: FailurePolicy) -> Self {
            self.settings.failures = policy;
            self
        }

        /// How the score networks of all levels are trained.
        #[must_use]
        pub fn train_options(mut self, options: TrainOptions) -> Self {
            self.settings.options = options;
            self
        }

        /// How the Gaussian heads of all levels are trained, and the width of their hidden layers.
        #[must_use]
        pub fn head_options(mut self, options: TrainOptions, width: usize) -> Self {
            self.settings.head_options = options;
            self.settings.head_width = width;
            self
        }

        /// Most epochs of the score networks.
        #[must_use]
        pub fn epochs(mut self, epochs: usize) -> Self {
            self.settings.options.fix_epochs(epochs);
            self
        }

        /// Draws no progress bars.
        #[must_use]
        pub fn quiet(mut self) -> Self {
            self.settings.quiet = true;
            self
        }
    };
}
pub(super) use settings_methods;
