//! Build the posterior of a hierarchical model: simulate single groups, train a network for each level.

use std::{marker::PhantomData, ops::ControlFlow};

use super::{GlobalLevel, GroupSimulations, HierarchicalPosterior, Hierarchy, LocalLevel, simulations::check_priors};
use crate::{
    dataset::{DataError, FailurePolicy},
    net::ScoreNetwork,
    posterior::{Npse, Progress, Result},
    train::TrainOptions,
};

/// Where groups come from.
#[derive(Clone, Debug)]
enum Source<const M: usize, const L: usize, const D: usize> {
    Simulate(usize),
    Given(GroupSimulations<M, L, D>),
}

/// Neural posterior score estimation of a hierarchical model `H`: a builder that ends in [`train`](Self::train).
///
/// `NG` is the network of the global level (M parameters, observations of D components), `NL` that of the local level
/// (L parameters, observations of E = D + M components: the global parameters are covariates).
#[derive(Clone, Debug)]
pub struct HierarchicalNpse<H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize> {
    model: H,
    source: Source<M, L, D>,
    seed: u64,
    failures: FailurePolicy,
    options: TrainOptions,
    head_options: TrainOptions,
    head_width: usize,
    quiet: bool,
    networks: PhantomData<fn() -> (NG, NL)>,
}

impl<H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize> HierarchicalNpse<H, NG, NL, M, L, D, E>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    /// Starts with the defaults: 10,000 simulated groups, seed 0.
    pub fn new(model: H) -> Self {
        Self {
            model,
            source: Source::Simulate(10_000),
            seed: 0,
            failures: FailurePolicy::default(),
            options: TrainOptions::default(),
            head_options: TrainOptions::head(),
            head_width: 256,
            quiet: false,
            networks: PhantomData,
        }
    }

    /// Number of single groups to simulate, each under global parameters of its own.
    #[must_use]
    pub fn simulations(mut self, n: usize) -> Self {
        self.source = Source::Simulate(n);
        self
    }

    /// Trains on groups that were simulated before.
    #[must_use]
    pub fn from_simulations(mut self, simulations: GroupSimulations<M, L, D>) -> Self {
        self.source = Source::Given(simulations);
        self
    }

    /// Seed of simulation and training (default 0).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What to do about groups whose simulation fails (default: drop and count up to 10 %).
    #[must_use]
    pub fn failures(mut self, policy: FailurePolicy) -> Self {
        self.failures = policy;
        self
    }

    /// How the score networks of both levels are trained.
    #[must_use]
    pub fn train_options(mut self, options: TrainOptions) -> Self {
        self.options = options;
        self
    }

    /// How the Gaussian heads of both levels are trained, and the width of their hidden layers.
    #[must_use]
    pub fn head_options(mut self, options: TrainOptions, width: usize) -> Self {
        self.head_options = options;
        self.head_width = width;
        self
    }

    /// Most epochs of the score networks.
    #[must_use]
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.options.epochs = epochs;
        self
    }

    /// Draws no progress bars.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Other networks with the right static shapes, for the global and the local level.
    pub fn networks<NG2: ScoreNetwork<M, D>, NL2: ScoreNetwork<L, E>>(
        self,
    ) -> HierarchicalNpse<H, NG2, NL2, M, L, D, E> {
        HierarchicalNpse {
            model: self.model,
            source: self.source,
            seed: self.seed,
            failures: self.failures,
            options: self.options,
            head_options: self.head_options,
            head_width: self.head_width,
            quiet: self.quiet,
            networks: PhantomData,
        }
    }

    /// Simulates single groups (unless they were given) and trains a network for each level on them.
    ///
    /// # Errors
    /// A prior is invalid; too many simulations fail; training cannot start or its loss is not finite.
    pub fn train(self) -> Result<HierarchicalPosterior<H, NG, NL, M, L, D, E>> {
        const { assert!(NG::N_MAX == NL::N_MAX, "the networks of both levels see groups of the same size") };
        check_priors::<H::Global, H::Local, M, L>()?;
        let simulations = match self.source {
            Source::Given(simulations) => simulations,
            Source::Simulate(n) => {
                let progress = Progress::new("simulating", n, self.quiet);
                let report = |done| {
                    progress.set(done);
                    ControlFlow::Continue(())
                };
                GroupSimulations::simulate(&self.model, n, NG::N_MAX, self.seed, self.failures, &report)?
            }
        };
        if simulations.slots() != NG::N_MAX {
            return Err(DataError::SetSize { row: 0, found: simulations.slots(), expected: NG::N_MAX }.into());
        }
        let global = Npse::<_, NG, M, D>::new(GlobalLevel::new(self.model.clone()))
            .from_simulations(simulations.global_level())
            .seed(self.seed)
            .train_options(self.options.clone())
            .head_options(self.head_options.clone(), self.head_width);
        let local = Npse::<_, NL, L, E>::new(LocalLevel::<H, M, D>::new(self.model))
            .from_simulations(simulations.local_level::<H, E>()?)
            .seed(self.seed)
            .train_options(self.options)
            .head_options(self.head_options, self.head_width);
        let (global, local) = if self.quiet { (global.quiet(), local.quiet()) } else { (global, local) };
        Ok(HierarchicalPosterior { global: global.train()?, local: local.train()? })
    }
}
