//! Bind groups of groups to a posterior of three levels, choose how to compose and to sample, draw.

use super::{GroupData, NestedDraws, NestedHierarchy, NestedPosterior, OuterLevels};
use crate::{
    compose::{Composer, Damped, Damping, MiniBatch, StandardNormal},
    hierarchy::{Group, GroupSampling, Groups},
    model::{IntoObservation, Observation},
    net::ScoreNetwork,
    posterior::{NetworkScores, Result},
    sample::{DpmSolver, Plan, SamplingPlan, TallPlan},
};

/// A group of groups that a posterior of observations `O` accepts: `Vec`, array or slice of groups; where `Z` is observed of the whole group, a
/// `Vec` of that before it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group of groups of this model",
    label = "not a group of groups of `{O}`",
    note = "this model has three levels: give a slice of groups, each of groups of observations, `[vec![vec![x111, x112], vec![x121]]]`; where something is observed of whole groups, `(vec![of_the_group], vec![vec![x111, x112], vec![x121]])` for each"
)]
pub trait GroupOfGroups<O, Z = ()> {
    /// One inner group.
    type Inner: Group<O>;
    /// The inner groups.
    fn groups(&self) -> &[Self::Inner];
    /// What was observed of the whole group.
    fn whole(&self) -> Z;
}

#[diagnostic::do_not_recommend]
impl<O, S, X, G, const D: usize, const N: usize> GroupOfGroups<O, GroupData<X, D, N>> for (Vec<S>, G)
where
    S: IntoObservation<X>,
    X: Observation<D>,
    G: GroupOfGroups<O>,
{
    type Inner = G::Inner;
    fn groups(&self) -> &[G::Inner] {
        self.1.groups()
    }
    fn whole(&self) -> GroupData<X, D, N> {
        let observed: Vec<X> = self.0.iter().map(|x| x.clone().into_observation()).collect();
        GroupData::of(&observed)
    }
}

#[diagnostic::do_not_recommend]
impl<O, G: Group<O>> GroupOfGroups<O> for Vec<G> {
    type Inner = G;
    fn groups(&self) -> &[G] {
        self
    }
    fn whole(&self) {}
}

#[diagnostic::do_not_recommend]
impl<O, G: Group<O>, const N: usize> GroupOfGroups<O> for [G; N] {
    type Inner = G;
    fn groups(&self) -> &[G] {
        self
    }
    fn whole(&self) {}
}

#[diagnostic::do_not_recommend]
impl<O, G: Group<O>> GroupOfGroups<O> for &[G] {
    type Inner = G;
    fn groups(&self) -> &[G] {
        self
    }
    fn whole(&self) {}
}

/// Groups of groups bound to a posterior of three levels: compose them.
#[derive(Clone, Debug)]
pub struct NestedGroups<
    'a,
    H,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
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
    pub(super) posterior: &'a NestedPosterior<H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>,
    pub(super) outer: Groups<'a, OuterLevels<H, K, D, N>, NG, NL, M, L, W, E>,
    /// The observations of every inner group, sorted, natural units.
    pub(super) sets: Vec<Vec<Vec<[f64; D]>>>,
}

impl<
    'a,
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
> NestedGroups<'a, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    /// Number of groups.
    pub fn n_groups(&self) -> usize {
        self.sets.len()
    }

    /// Number of inner groups in all groups.
    pub fn n_inner_groups(&self) -> usize {
        self.outer.n_observations()
    }

    /// Number of observations in all inner groups.
    pub fn n_observations(&self) -> usize {
        self.sets.iter().flatten().map(Vec::len).sum()
    }

    /// Chooses how the scores of single groups become the global score of all.
    pub fn compose<C>(self, composer: C) -> NestedSampling<'a, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F, C, TallPlan>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>>,
    {
        let Self { posterior, outer, sets } = self;
        NestedSampling { posterior, outer: outer.compose(composer), sets, inner_plan: Plan::dpm(60), seed: 0 }
    }

    /// Draws with the defaults of [`Groups::sample`].
    ///
    /// # Errors
    /// As [`NestedSampling::sample`].
    pub fn sample(self, draws: usize) -> Result<NestedDraws<'a, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>> {
        let composer = self.outer.default_composer();
        self.compose(composer).sample(draws)
    }
}

/// Groups of groups with a composer and a sampling plan: draw.
#[derive(Clone, Debug)]
pub struct NestedSampling<
    'a,
    H,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
    const M: usize,
    const L: usize,
    const K: usize,
    const D: usize,
    const N: usize,
    const ML: usize,
    const W: usize,
    const E: usize,
    const F: usize,
    C,
    A,
> {
    posterior: &'a NestedPosterior<H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>,
    outer: GroupSampling<'a, OuterLevels<H, K, D, N>, NG, NL, M, L, W, E, C, A>,
    sets: Vec<Vec<Vec<[f64; D]>>>,
    inner_plan: Plan<DpmSolver>,
    seed: u64,
}

impl<
    'a,
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
    C,
    A,
> NestedSampling<'a, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F, C, A>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    /// Chooses the sampler of the global level with its grid (default: [`TallPlan`]).
    pub fn sampler<B: SamplingPlan<M>>(
        self,
        plan: B,
    ) -> NestedSampling<'a, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F, C, B> {
        let Self { posterior, outer, sets, inner_plan, seed } = self;
        NestedSampling { posterior, outer: outer.sampler(plan), sets, inner_plan, seed }
    }

    /// Evaluates `size` groups at every step and estimates the sum over all of them: for thousands of groups and a network that is
    /// not separable. See [`MiniBatch`].
    pub fn minibatch(
        self,
        size: usize,
    ) -> NestedSampling<'a, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F, MiniBatch<C>, A> {
        let Self { posterior, outer, sets, inner_plan, seed } = self;
        NestedSampling { posterior, outer: outer.minibatch(size), sets, inner_plan, seed }
    }

    /// Damps the composed score along the diffusion. See [`Damped`].
    pub fn damping(
        self,
        damping: Damping,
    ) -> NestedSampling<'a, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F, Damped<C>, A> {
        let Self { posterior, outer, sets, inner_plan, seed } = self;
        NestedSampling { posterior, outer: outer.damping(damping), sets, inner_plan, seed }
    }

    /// Chooses the grid of both local levels, where nothing is composed (default: `Plan::dpm(60)`).
    #[must_use]
    pub fn local_sampler(mut self, plan: Plan<DpmSolver>) -> Self {
        self.outer = self.outer.local_sampler(plan.clone());
        self.inner_plan = plan;
        self
    }

    /// Seed of the draws (default 0). The same seed gives the same draws whatever the number of threads.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.outer = self.outer.seed(seed);
        self.seed = seed;
        self
    }

    /// Draws no progress bar.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.outer = self.outer.quiet();
        self
    }

    /// Draws the global parameters given all groups. Those of groups and of inner groups are drawn from these draws when
    /// they are asked for ([`NestedDraws::group`]).
    ///
    /// # Errors
    /// The composition cannot be prepared, the network fails, or every draw is non-finite.
    pub fn sample(self, draws: usize) -> Result<NestedDraws<'a, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>>,
        A: SamplingPlan<M>,
    {
        let Self { posterior, outer, sets, inner_plan, seed } = self;
        Ok(NestedDraws { posterior, outer: outer.sample(draws)?, sets, plan: inner_plan, seed })
    }
}
