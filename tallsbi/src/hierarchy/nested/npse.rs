//! Build the posterior of a hierarchy of three levels: simulate single groups, train a network for each level.

use std::marker::PhantomData;

use super::{InnerLevels, Joint, NestedHierarchy, NestedPosterior, OuterLevels};
use crate::{
    dataset::FailurePolicy,
    hierarchy::{
        HierarchicalNpse, LocalLevel,
        settings::{Settings, settings_methods},
        simulations::check_priors,
    },
    net::ScoreNetwork,
    posterior::Result,
    train::TrainOptions,
};

/// The networks of all levels, by type.
type Networks<NG, NL, NI> = PhantomData<fn() -> (NG, NL, NI)>;

/// Neural posterior score estimation of a hierarchy `H` of three levels: a builder that ends in [`train`](Self::train).
///
/// `NG`, `NL` and `NI` are the networks of the global level, of groups and of inner groups. `N` is the largest number of
/// observations of an inner group; the other dimensions follow: ML = M + L, W = N D + 1 + G (an inner group as one observation, and what
/// is observed of its group, G components), E = W + M and F = D + ML (with the ancestors as covariates).
#[derive(Clone, Debug)]
pub struct NestedNpse<
    H,
    NG,
    NL,
    NI,
    const M: usize,
    const L: usize,
    const K: usize,
    const D: usize,
    const N: usize,
    const ML: usize,
    const W: usize,
    const E: usize,
    const F: usize,
> {
    model: H,
    simulations: usize,
    settings: Settings,
    networks: Networks<NG, NL, NI>,
}

impl<
    H,
    NG,
    NL,
    NI,
    const M: usize,
    const L: usize,
    const K: usize,
    const D: usize,
    const N: usize,
    const ML: usize,
    const W: usize,
    const E: usize,
    const F: usize,
> NestedNpse<H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    /// Starts with the defaults: 10,000 simulated groups, seed 0.
    pub fn new(model: H) -> Self {
        Self { model, simulations: 10_000, settings: Settings::default(), networks: PhantomData }
    }

    /// Number of single groups to simulate for the outer two levels, and of single inner groups for the innermost, each
    /// under ancestors of its own.
    #[must_use]
    pub fn simulations(mut self, n: usize) -> Self {
        self.simulations = n;
        self
    }

    settings_methods!();

    /// Other networks with the right static shapes, for the global level, groups and inner groups.
    pub fn networks<NG2: ScoreNetwork<M, W>, NL2: ScoreNetwork<L, E>, NI2: ScoreNetwork<K, F>>(
        self,
    ) -> NestedNpse<H, NG2, NL2, NI2, M, L, K, D, N, ML, W, E, F> {
        let Self { model, simulations, settings, networks: PhantomData } = self;
        NestedNpse { model, simulations, settings, networks: PhantomData }
    }

    /// Simulates single groups and trains a network for each level on them.
    ///
    /// # Errors
    /// A prior is invalid; too many simulations fail; training cannot start or its loss is not finite.
    pub fn train(self) -> Result<NestedPosterior<H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>> {
        const { assert!(NI::N_MAX == N, "the innermost network sees the largest inner group: its N_MAX is N") };
        check_priors::<H::Global, H::Local, _, M, L>(|global, _| Ok(global.clone()))?;
        check_priors::<Joint<H::Global, H::Local, M, L>, H::Inner, _, ML, K>(|both, _| Ok(both.clone()))?;
        let Self { model, simulations, settings, networks: PhantomData } = self;
        let inner_model = InnerLevels(model.clone());
        let outer = HierarchicalNpse::<OuterLevels<H, K, D, N>, NG, NL, M, L, W, E>::new(OuterLevels(model));
        let outer = outer.simulations(simulations).with_settings(settings.clone()).train()?;
        let groups = settings.simulate::<InnerLevels<H, M, L>, ML, K, D>(&inner_model, simulations, N)?;
        let level = LocalLevel::<_, ML, D>::new(inner_model);
        let inner = settings.train(level, groups.local_level::<InnerLevels<H, M, L>, F>()?)?;
        Ok(NestedPosterior { outer, inner })
    }
}
