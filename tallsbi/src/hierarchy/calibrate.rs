//! Check both levels on simulated populations: ranks of the true values among the draws (simulation-based calibration).

use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::{
    HierarchicalPosterior, Hierarchy,
    levels::{draw_above, draw_global, draw_local, standard_normal},
};
use crate::{
    calibrate::{CalibrationError, CalibrationTable, Failure, StudyFailures, TableRow, rank_of},
    compose::{Composer, StandardNormal},
    diagnose::Ranks,
    model::{Label, Parameters, SimulationError, Stream, stream},
    net::ScoreNetwork,
    posterior::{Error, NetworkScores, Result},
    sample::SamplingPlan,
};

/// What a study of simulated populations is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupStudyOptions {
    /// Groups in each population (default 10).
    pub groups: usize,
    /// Observations of every group of a model of two levels, at most n_max; `None` (the default): 1 to n_max, all sizes equally likely.
    pub observations: Option<usize>,
    /// Populations (default 200).
    pub sets: usize,
    /// Joint draws for each (default 99, which makes 100 possible ranks).
    pub draws: usize,
    /// Seed. Population i takes its randomness from stream i of it.
    pub seed: u64,
    /// Largest share of populations that may fail (default 0.1). Failures are left out and counted.
    pub max_failures: f64,
}

impl Default for GroupStudyOptions {
    fn default() -> Self {
        Self { groups: 10, observations: None, sets: 200, draws: 99, seed: 0, max_failures: 0.1 }
    }
}

/// Ranks of true parameters among their draws, over simulated populations. Where the posterior is right they are uniform.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupStudy {
    options: GroupStudyOptions,
    /// Outermost level first.
    levels: Vec<Vec<Ranks>>,
    failures: StudyFailures,
}

impl GroupStudy {
    /// Ranks of the global parameters.
    pub fn global(&self) -> &[Ranks] {
        self.level(0)
    }

    /// Ranks of the local parameters of one group of each population.
    pub fn local(&self) -> &[Ranks] {
        self.level(1)
    }

    /// Ranks of the parameters of one inner group of each population; empty where the model has two levels.
    pub fn inner(&self) -> &[Ranks] {
        self.level(2)
    }

    /// What was asked for.
    pub fn options(&self) -> &GroupStudyOptions {
        &self.options
    }

    /// Ranks of all levels, outermost first.
    pub(super) fn levels(&self) -> &[Vec<Ranks>] {
        &self.levels
    }

    fn level(&self, level: usize) -> &[Ranks] {
        self.levels.get(level).map_or(&[], Vec::as_slice)
    }

    /// Populations that gave no ranks.
    pub fn failures(&self) -> &StudyFailures {
        &self.failures
    }

    /// Tests every parameter of all levels; n counts groups.
    pub fn table(&self) -> CalibrationTable {
        let row = |ranks: &Ranks| TableRow { name: ranks.label().name.clone(), test: ranks.uniformity() };
        CalibrationTable {
            n_observations: self.options.groups,
            n_sets: self.options.sets - self.failures.total(),
            n_draws: self.options.draws,
            failed: self.failures.total(),
            rows: self.levels.iter().flatten().map(row).collect(),
        }
    }
}

/// The ranks of one population: of the global parameters, then of one group's, outermost level first.
pub(super) type SetRanks = Vec<u32>;

/// Ranks the true parameters of many simulated populations; `levels` names those of every level.
pub(super) fn study_populations(
    levels: &[Vec<Label>],
    options: &GroupStudyOptions,
    one: impl Fn(u64) -> std::result::Result<SetRanks, Failure> + Send + Sync,
) -> Result<GroupStudy> {
    for (count, what) in [
        (options.groups, "the number of groups in a population"),
        (options.sets, "the number of populations"),
        (options.draws, "the number of draws for a population"),
        (options.observations.unwrap_or(1), "the number of observations of a group"),
    ] {
        if count == 0 {
            return Err(CalibrationError::Zero { what }.into());
        }
    }
    let outcomes: Vec<_> = (0..options.sets as u64).into_par_iter().map(one).collect();
    let (sets, failures) = StudyFailures::part::<SetRanks>(outcomes, options.max_failures)?;
    let mut columns = 0..;
    let levels = levels.iter().map(|labels| {
        let ranks = labels.iter().zip(&mut columns).map(|(label, k)| {
            Ranks::new(label.clone(), sets.iter().map(|ranks| ranks[k]).collect(), options.draws as u32)
        });
        ranks.collect::<std::result::Result<Vec<_>, _>>().map_err(CalibrationError::from)
    });
    let levels = levels.collect::<std::result::Result<_, _>>()?;
    Ok(GroupStudy { options: *options, levels, failures })
}

/// The ranks of the true parameters of one level among its draws, every one of which must be finite.
pub(super) fn ranks_among<const K: usize>(
    truth: &[f64; K],
    rows: &[[f64; K]],
    asked: usize,
    rng: &mut Stream,
) -> std::result::Result<SetRanks, Failure> {
    if rows.len() < asked {
        return Err(Failure::NonFinite(format!("{} of {asked} draws are finite", rows.len())));
    }
    let rank = |(k, &truth): (usize, &f64)| rank_of(truth, &rows.iter().map(|row| row[k]).collect::<Vec<_>>(), rng);
    Ok(truth.iter().enumerate().map(rank).collect())
}

/// True parameters of a population and of its first group, and the observations of all groups.
type Population<O, const M: usize, const L: usize> = ([f64; M], [f64; L], Vec<Vec<O>>);

impl<H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize>
    HierarchicalPosterior<H, NG, NL, M, L, D, E>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    /// Simulates populations, draws from the joint posterior of each with this composer and plan, and ranks the true
    /// global parameters, and the true parameters of one group, among the draws.
    ///
    /// # Errors
    /// [`CalibrationError::Zero`]; [`CalibrationError::TooManyFailures`].
    pub fn study<C, A>(&self, composer: &C, plan: &A, options: &GroupStudyOptions) -> Result<GroupStudy>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>> + Clone,
        A: SamplingPlan<M> + Clone + Sync,
    {
        let levels = [H::Global::labels().to_vec(), H::Local::labels().to_vec()];
        study_populations(&levels, options, |index| self.one_population(composer, plan, options, index))
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
        let (global, local, groups) =
            self.population(options, &mut rng).map_err(|error| Failure::Simulation(error.to_string()))?;
        let sampling_failed = |error: Error| Failure::Sampling(error.to_string());
        let sampling = self.observe(&groups).map_err(sampling_failed)?.compose(composer.clone());
        let sampling = sampling.sampler(plan.clone()).seed(rng.next_u64()).quiet();
        let draws = sampling.sample(options.draws).map_err(sampling_failed)?;
        let of_group = draws.local(0).map_err(sampling_failed)?;
        let mut ranks = ranks_among(&global, draws.global().rows(), options.draws, &mut rng)?;
        ranks.extend(ranks_among(&local, of_group.rows(), options.draws, &mut rng)?);
        Ok(ranks)
    }

    /// A simulated population.
    fn population(
        &self,
        options: &GroupStudyOptions,
        rng: &mut Stream,
    ) -> std::result::Result<Population<H::Observation, M, L>, SimulationError> {
        let global = draw_global::<H::Global, M>(&standard_normal(rng))?;
        let mut first = None;
        let simulated = (0..options.groups).map(|_| {
            let above = draw_above::<H, M, L, D>(&global, rng)?;
            let local = draw_local::<H::Local, _, L>(&above, &standard_normal(rng))?;
            first.get_or_insert_with(|| local.to_array());
            let size = options.observations.unwrap_or_else(|| rng.random_range(1..=NG::N_MAX));
            self.model().simulate_group(&above, &local, size, rng)
        });
        let simulated = simulated.collect::<std::result::Result<Vec<Vec<_>>, SimulationError>>()?;
        let first = first.ok_or_else(|| SimulationError::new("there is no group"))?;
        Ok((global.to_array(), first, simulated))
    }
}
