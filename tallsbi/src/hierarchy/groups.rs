//! Bind groups to a hierarchical posterior, choose how to compose and to sample, draw.

use super::{GlobalLevel, HierarchicalDraws, HierarchicalPosterior, Hierarchy};
use crate::{
    compose::{Composer, Damped, Damping, Gauss, MiniBatch, StandardNormal},
    model::{IntoObservation, Observed},
    net::ScoreNetwork,
    posterior::{NetworkScores, Observations, PriorGaussian, Result, Sampling},
    sample::{DpmSolver, Plan, SamplingPlan, TallPlan},
};

/// One of so many groups is evaluated at a step by default.
const SHARE: usize = 10;
/// However few there are, so many are.
const FEWEST: usize = 200;

/// A group of observations that a posterior of observations `O` accepts: `Vec`, array or slice of them, or such a group after what is known of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group of observations of this model",
    label = "not a group of `{O}`",
    note = "give a slice of groups, each a `Vec`, an array or a slice of observations: `[vec![x11, x12], vec![x21]]`; with a design, pairs `(observation, design)`; with several kinds of observation, a tuple with a `Vec` for each; where something is known of a group, `(design, group)`"
)]
pub trait Group<O> {
    /// The observations.
    fn observations(&self) -> Vec<O>;
}

impl<O, T: IntoObservation<O>> Group<O> for Vec<T> {
    fn observations(&self) -> Vec<O> {
        self.iter().map(|x| x.clone().into_observation()).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<O, T: IntoObservation<O>, const N: usize> Group<O> for [T; N] {
    fn observations(&self) -> Vec<O> {
        self.iter().map(|x| x.clone().into_observation()).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<O, T: IntoObservation<O>> Group<O> for &[T] {
    fn observations(&self) -> Vec<O> {
        self.iter().map(|x| x.clone().into_observation()).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<X, Z: Clone, G: Group<X>, const DX: usize, const DZ: usize> Group<Observed<X, Z, DX, DZ>> for (Z, G) {
    fn observations(&self) -> Vec<Observed<X, Z, DX, DZ>> {
        let (design, group) = self;
        group.observations().into_iter().map(|x| Observed { x, design: design.clone() }).collect()
    }
}

/// Groups bound to a hierarchical posterior: compose them.
#[derive(Clone, Debug)]
pub struct Groups<
    'a,
    H,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
    const M: usize,
    const L: usize,
    const D: usize,
    const E: usize,
> {
    pub(super) posterior: &'a HierarchicalPosterior<H, NG, NL, M, L, D, E>,
    pub(super) bound: Observations<'a, GlobalLevel<H, L>, NG, M, D, PriorGaussian>,
    /// The groups in the user's order, natural units.
    pub(super) sets: Vec<Vec<[f64; D]>>,
}

impl<'a, H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize> Groups<'a, H, NG, NL, M, L, D, E>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    /// Number of groups.
    pub fn n_groups(&self) -> usize {
        self.sets.len()
    }

    /// Number of observations in all groups.
    pub fn n_observations(&self) -> usize {
        self.bound.n_observations()
    }

    /// Chooses how the scores of single groups become the global score of all.
    pub fn compose<C>(self, composer: C) -> GroupSampling<'a, H, NG, NL, M, L, D, E, C, TallPlan>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>>,
    {
        GroupSampling {
            posterior: self.posterior,
            sampling: self.bound.compose(composer),
            sets: self.sets,
            local_plan: Plan::dpm(60),
            seed: 0,
        }
    }

    /// Draws with the defaults: GAUSS and [`TallPlan`], seed 0. Of more than 200 groups a tenth, but at least 200, is evaluated at every step
    /// ([`MiniBatch`]), unless the network is separable; `compose(Gauss::default())` evaluates all of them.
    ///
    /// # Errors
    /// As [`GroupSampling::sample`].
    pub fn sample(self, draws: usize) -> Result<HierarchicalDraws<'a, H, NG, NL, M, L, D, E>> {
        let composer = self.default_composer();
        self.compose(composer).sample(draws)
    }

    /// What [`sample`](Self::sample) composes with.
    pub(super) fn default_composer(&self) -> MiniBatch<Gauss> {
        let groups = self.n_groups();
        let some = if self.posterior.global.gains_from_batches() { (groups / SHARE).max(FEWEST) } else { groups };
        MiniBatch::new(Gauss::default(), some)
    }
}

/// Groups with a composer and a sampling plan: draw.
#[derive(Clone, Debug)]
pub struct GroupSampling<
    'a,
    H,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
    const M: usize,
    const L: usize,
    const D: usize,
    const E: usize,
    C,
    A,
> {
    posterior: &'a HierarchicalPosterior<H, NG, NL, M, L, D, E>,
    sampling: Sampling<'a, GlobalLevel<H, L>, NG, M, D, PriorGaussian, C, A>,
    sets: Vec<Vec<[f64; D]>>,
    local_plan: Plan<DpmSolver>,
    seed: u64,
}

impl<'a, H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize, C, A>
    GroupSampling<'a, H, NG, NL, M, L, D, E, C, A>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    /// Chooses the sampler of the global level with its grid (default: [`TallPlan`]).
    pub fn sampler<B: SamplingPlan<M>>(self, plan: B) -> GroupSampling<'a, H, NG, NL, M, L, D, E, C, B> {
        let Self { posterior, sampling, sets, local_plan, seed } = self;
        GroupSampling { posterior, sampling: sampling.sampler(plan), sets, local_plan, seed }
    }

    /// Evaluates `size` groups at every step and estimates the sum over all of them: for thousands of groups and a network that is
    /// not separable. See [`MiniBatch`].
    pub fn minibatch(self, size: usize) -> GroupSampling<'a, H, NG, NL, M, L, D, E, MiniBatch<C>, A> {
        self.map_composer(|composer| MiniBatch::new(composer, size))
    }

    /// Damps the composed score along the diffusion. See [`Damped`].
    pub fn damping(self, damping: Damping) -> GroupSampling<'a, H, NG, NL, M, L, D, E, Damped<C>, A> {
        self.map_composer(|composer| Damped::new(composer, damping))
    }

    fn map_composer<B>(self, change: impl FnOnce(C) -> B) -> GroupSampling<'a, H, NG, NL, M, L, D, E, B, A> {
        let Self { posterior, sampling, sets, local_plan, seed } = self;
        GroupSampling { posterior, sampling: sampling.map_composer(change), sets, local_plan, seed }
    }

    /// Chooses the grid of the local level, where nothing is composed (default: `Plan::dpm(60)`).
    #[must_use]
    pub fn local_sampler(mut self, plan: Plan<DpmSolver>) -> Self {
        self.local_plan = plan;
        self
    }

    /// Seed of the draws (default 0). The same seed gives the same draws whatever the number of threads.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self.sampling = self.sampling.seed(seed);
        self
    }

    /// Draws no progress bar.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.sampling = self.sampling.quiet();
        self
    }

    /// Draws the global parameters given all groups. Local parameters are drawn from these draws when they are asked for,
    /// one group at a time ([`HierarchicalDraws::local`]), so that memory does not grow with draws × groups.
    ///
    /// # Errors
    /// The composition cannot be prepared, the network fails, or every draw is non-finite.
    pub fn sample(self, draws: usize) -> Result<HierarchicalDraws<'a, H, NG, NL, M, L, D, E>>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>>,
        A: SamplingPlan<M>,
    {
        let global = self.sampling.sample(draws)?;
        HierarchicalDraws::new(self.posterior, self.sets, global, self.local_plan, self.seed)
    }
}
