//! Check both levels on simulated populations: ranks of the true values among the draws (simulation-based calibration).

use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::{
    HierarchicalPosterior, Hierarchy,
    levels::{draw_global, draw_local, standard_normal},
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
    /// Groups in each population (default 10), of 1 to n_max observations each, all sizes equally likely.
    pub groups: usize,
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
        Self { groups: 10, sets: 200, draws: 99, seed: 0, max_failures: 0.1 }
    }
}

/// Ranks of true parameters among their draws, over simulated populations. Where the posterior is right they are uniform.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupStudy {
    options: GroupStudyOptions,
    global: Vec<Ranks>,
    local: Vec<Ranks>,
    failures: StudyFailures,
}

impl GroupStudy {
    /// Ranks of the global parameters.
    pub fn global(&self) -> &[Ranks] {
        &self.global
    }

    /// Ranks of the local parameters of one group of each population.
    pub fn local(&self) -> &[Ranks] {
        &self.local
    }

    /// Populations that gave no ranks.
    pub fn failures(&self) -> &StudyFailures {
        &self.failures
    }

    /// Tests every parameter of both levels; n counts groups.
    pub fn table(&self) -> CalibrationTable {
        let row = |ranks: &Ranks| TableRow { name: ranks.label().name.clone(), test: ranks.uniformity() };
        CalibrationTable {
            n_observations: self.options.groups,
            n_sets: self.options.sets - self.failures.total(),
            n_draws: self.options.draws,
            failed: self.failures.total(),
            rows: self.global.iter().chain(&self.local).map(row).collect(),
        }
    }
}

/// The ranks of one population: of the global parameters, and of its first group's.
type SetRanks<const M: usize, const L: usize> = ([u32; M], [u32; L]);

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
        for (count, what) in [
            (options.groups, "the number of groups in a population"),
            (options.sets, "the number of populations"),
            (options.draws, "the number of draws for a population"),
        ] {
            if count == 0 {
                return Err(CalibrationError::Zero { what }.into());
            }
        }
        let one = |index| self.one_population(composer, plan, options, index);
        let outcomes: Vec<_> = (0..options.sets as u64).into_par_iter().map(one).collect();
        let (sets, failures) = StudyFailures::part::<SetRanks<M, L>>(outcomes, options.max_failures)?;
        let ranks = |label: Label, values: Vec<u32>| {
            Ranks::new(label, values, options.draws as u32).map_err(CalibrationError::from)
        };
        let global = H::Global::labels().into_iter().enumerate();
        let global = global.map(|(k, label)| ranks(label, sets.iter().map(|(ranks, _)| ranks[k]).collect()));
        let global = global.collect::<std::result::Result<_, _>>()?;
        let local = H::Local::labels().into_iter().enumerate();
        let local = local.map(|(k, label)| ranks(label, sets.iter().map(|(_, ranks)| ranks[k]).collect()));
        let local = local.collect::<std::result::Result<_, _>>()?;
        Ok(GroupStudy { options: *options, global, local, failures })
    }

    fn one_population<C, A>(
        &self,
        composer: &C,
        plan: &A,
        options: &GroupStudyOptions,
        index: u64,
    ) -> std::result::Result<SetRanks<M, L>, Failure>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>> + Clone,
        A: SamplingPlan<M> + Clone + Sync,
    {
        let mut rng = stream(options.seed, "populations", index);
        let (global, local, groups) =
            self.population(options.groups, &mut rng).map_err(|error| Failure::Simulation(error.to_string()))?;
        let sampling_failed = |error: Error| Failure::Sampling(error.to_string());
        let sampling = self.observe(&groups).map_err(sampling_failed)?.compose(composer.clone());
        let sampling = sampling.sampler(plan.clone()).seed(rng.next_u64()).quiet();
        let draws = sampling.sample(options.draws).map_err(sampling_failed)?;
        let of_group = draws.local(0).map_err(sampling_failed)?;
        for finite in [draws.len(), of_group.len()] {
            if finite < options.draws {
                return Err(Failure::NonFinite(format!("{finite} of {} draws are finite", options.draws)));
            }
        }
        let mut rank = |truth: f64, values: Vec<f64>| rank_of(truth, &values, &mut rng);
        let of_global =
            std::array::from_fn(|k| rank(global[k], draws.global().rows().iter().map(|row| row[k]).collect()));
        let of_local = std::array::from_fn(|k| rank(local[k], of_group.rows().iter().map(|row| row[k]).collect()));
        Ok((of_global, of_local))
    }

    /// A simulated population.
    fn population(
        &self,
        groups: usize,
        rng: &mut Stream,
    ) -> std::result::Result<Population<H::Observation, M, L>, SimulationError> {
        let global = draw_global::<H, M, L, D>(&standard_normal(rng))?;
        let mut first = None;
        let simulated = (0..groups).map(|_| {
            let local = draw_local::<H, M, L, D>(&global, &standard_normal(rng))?;
            first.get_or_insert_with(|| local.to_array());
            (0..rng.random_range(1..=NG::N_MAX)).map(|_| self.model().simulate(&global, &local, rng)).collect()
        });
        let simulated = simulated.collect::<std::result::Result<Vec<Vec<_>>, SimulationError>>()?;
        let first = first.ok_or_else(|| SimulationError::new("there is no group"))?;
        Ok((global.to_array(), first, simulated))
    }
}
