//! Build the posterior of a hierarchical model: simulate single groups, train a network for each level.

use std::marker::PhantomData;

use super::{
    GlobalLevel, GroupDesign, GroupSimulations, HierarchicalPosterior, Hierarchy, LocalLevel,
    settings::{Settings, settings_methods},
    simulations::check_priors,
};
use crate::{
    dataset::{DataError, FailurePolicy},
    model::stream,
    net::ScoreNetwork,
    posterior::Result,
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
    settings: Settings,
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
        Self { model, source: Source::Simulate(10_000), settings: Settings::default(), networks: PhantomData }
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

    settings_methods!();

    /// All settings at once.
    pub(super) fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Other networks with the right static shapes, for the global and the local level.
    pub fn networks<NG2: ScoreNetwork<M, D>, NL2: ScoreNetwork<L, E>>(
        self,
    ) -> HierarchicalNpse<H, NG2, NL2, M, L, D, E> {
        HierarchicalNpse { model: self.model, source: self.source, settings: self.settings, networks: PhantomData }
    }

    /// Simulates single groups (unless they were given) and trains a network for each level on them.
    ///
    /// # Errors
    /// A prior is invalid; too many simulations fail; training cannot start or its loss is not finite.
    pub fn train(self) -> Result<HierarchicalPosterior<H, NG, NL, M, L, D, E>> {
        const { assert!(NG::N_MAX == NL::N_MAX, "the networks of both levels see groups of the same size") };
        check_priors::<H::Global, H::Local, _, M, L>(|global, group| {
            let design = H::Design::draw(&mut stream(0, "check", group))?;
            Ok(H::Design::above(global, &design))
        })?;
        let simulations = match self.source {
            Source::Given(simulations) => simulations,
            Source::Simulate(n) => self.settings.simulate(&self.model, n, NG::N_MAX)?,
        };
        if simulations.slots() != NG::N_MAX {
            return Err(DataError::SetSize { row: 0, found: simulations.slots(), expected: NG::N_MAX }.into());
        }
        let global = self.settings.train(GlobalLevel::new(self.model.clone()), simulations.global_level())?;
        let local = self.settings.train(LocalLevel::new(self.model), simulations.local_level::<H, E>()?)?;
        Ok(HierarchicalPosterior { global, local })
    }
}
