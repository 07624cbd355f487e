//! Check all three levels on simulated populations: ranks of the true values among the draws.

use rand::{Rng, RngExt};

use super::{GroupOfGroups, NestedHierarchy, NestedPosterior, model::inner_group};
use crate::{
    calibrate::{ErrorGrowth, Failure},
    compose::{Composer, StandardNormal},
    hierarchy::{
        GroupStudy, GroupStudyOptions,
        calibrate::{SetRanks, ranks_among, study_populations},
        growth::grow_studies,
        levels::{draw_global, draw_local, standard_normal},
    },
    model::{IntoObservation, Parameters, SimulationError, Stream, stream},
    net::ScoreNetwork,
    posterior::{Error, NetworkScores, Result},
    sample::SamplingPlan,
};

/// A simulated population: the true global parameters, those of the first group and of its first inner group, and the
/// observations of all.
struct Population<O, Z, const M: usize, const L: usize, const K: usize> {
    global: [f64; M],
    local: [f64; L],
    inner: [f64; K],
    groups: Vec<Simulated<O, Z>>,
}

/// What was observed of a simulated group, and in its inner groups.
struct Simulated<O, Z> {
    whole: Z,
    inner: Vec<Vec<O>>,
}

impl<O: IntoObservation<O>, Z: Clone> GroupOfGroups<O, Z> for Simulated<O, Z> {
    type Inner = Vec<O>;
    fn groups(&self) -> &[Vec<O>] {
        &self.inner
    }
    fn whole(&self) -> Z {
        self.whole.clone()
    }
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
> NestedPosterior<H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    /// Simulates populations, draws from the joint posterior of each with this composer and plan, and ranks the true
    /// global parameters, the true parameters of one group and those of one of its inner groups among the draws. All
    /// numbers of inner groups and of observations are equally likely.
    ///
    /// # Errors
    /// [`CalibrationError::Zero`](crate::calibrate::CalibrationError::Zero);
    /// [`CalibrationError::TooManyFailures`](crate::calibrate::CalibrationError::TooManyFailures).
    pub fn study<C, A>(&self, composer: &C, plan: &A, options: &GroupStudyOptions) -> Result<GroupStudy>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>> + Clone,
        A: SamplingPlan<M> + Clone + Sync,
    {
        let levels = [H::Global::labels().to_vec(), H::Local::labels().to_vec(), H::Inner::labels().to_vec()];
        study_populations(&levels, options, |index| self.one_population(composer, plan, options, index))
    }

    /// Runs a [`study`](Self::study) of all three levels at each number of groups and says up to which nothing speaks against the posterior, as
    /// [`HierarchicalPosterior::error_growth`](crate::hierarchy::HierarchicalPosterior::error_growth) does for two.
    ///
    /// # Errors
    /// [`CalibrationError::Zero`](crate::calibrate::CalibrationError::Zero) for no or zero numbers of groups. Where too many
    /// populations of one size fail, its row says so.
    pub fn error_growth<C, A>(
        &self,
        composer: &C,
        plan: &A,
        groups: &[usize],
        level: f64,
        options: &GroupStudyOptions,
    ) -> Result<ErrorGrowth>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>> + Clone,
        A: SamplingPlan<M> + Clone + Sync,
    {
        grow_studies(groups, level, options, |options| self.study(composer, plan, options))
    }

    fn one_population<C, A>(
        &self,
        composer: &C,
        plan: &A,
        options: &GroupStudyOptions,
        index: u64,
    ) -> std::result::Result<SetRanks, Failure>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>> + Clone,
        A: SamplingPlan<M> + Clone + Sync,
    {
        let mut rng = stream(options.seed, "populations", index);
        let population =
            self.population(options.groups, &mut rng).map_err(|error| Failure::Simulation(error.to_string()))?;
        let failed = |error: Error| Failure::Sampling(error.to_string());
        let sampling = self.observe(&population.groups).map_err(failed)?.compose(composer.clone());
        let sampling = sampling.sampler(plan.clone()).seed(rng.next_u64()).quiet();
        let draws = sampling.sample(options.draws).map_err(failed)?;
        let group = draws.group(0).map_err(failed)?;
        let inner = group.inner(0).map_err(failed)?;
        let mut ranks = ranks_among(&population.global, draws.global().rows(), options.draws, &mut rng)?;
        ranks.extend(ranks_among(&population.local, group.local().rows(), options.draws, &mut rng)?);
        ranks.extend(ranks_among(&population.inner, inner.rows(), options.draws, &mut rng)?);
        Ok(ranks)
    }

    fn population(
        &self,
        groups: usize,
        rng: &mut Stream,
    ) -> std::result::Result<Population<H::Observation, H::Whole, M, L, K>, SimulationError> {
        let global = draw_global::<H::Global, M>(&standard_normal(rng))?;
        let mut first = None;
        let simulated = (0..groups).map(|_| {
            let local = draw_local::<H::Local, _, L>(&global, &standard_normal(rng))?;
            let whole = self.model().simulate_whole(&global, &local, rng)?;
            let inner_groups = (0..rng.random_range(1..=NG::N_MAX)).map(|_| {
                let (inner, members) = inner_group(self.model(), &global, &local, N, rng)?;
                first.get_or_insert_with(|| (local.to_array(), inner.to_array()));
                Ok(members)
            });
            Ok(Simulated { whole, inner: inner_groups.collect::<std::result::Result<_, SimulationError>>()? })
        });
        let simulated = simulated.collect::<std::result::Result<_, SimulationError>>()?;
        let (local, inner) = first.ok_or_else(|| SimulationError::new("there is no group"))?;
        Ok(Population { global: global.to_array(), local, inner, groups: simulated })
    }
}
