//! Simulate sets of observations, draw from the posterior of each, and rank true values among draws.

use std::sync::atomic::{AtomicUsize, Ordering};

use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::{CalibrationError, DrawError, Failure, StudyFailures};
use crate::{
    diagnose::Ranks,
    model::{Label, Observation, Parameters, Simulator, stream},
    prior::Prior,
    sample::Progress,
};

/// What is calibrated: anything that gives draws of M parameters (natural units) given a set of observations `O`.
///
/// Closures `Fn(&[O], usize, u64) -> Result<Vec<[f64; M]>, E>` are one; [`TallPosterior`](super::TallPosterior) makes a
/// trained posterior one.
pub trait SetPosterior<O, const M: usize>: Sync {
    /// `draws` independent draws given all `observations`. The same seed must give the same draws.
    ///
    /// # Errors
    /// This set could not be sampled. It is counted, not repaired.
    fn draw(&self, observations: &[O], draws: usize, seed: u64) -> Result<Vec<[f64; M]>, DrawError>;
}

impl<O, const M: usize, F, E> SetPosterior<O, M> for F
where
    F: Fn(&[O], usize, u64) -> Result<Vec<[f64; M]>, E> + Sync,
    E: std::fmt::Display,
{
    fn draw(&self, observations: &[O], draws: usize, seed: u64) -> Result<Vec<[f64; M]>, DrawError> {
        self(observations, draws, seed).map_err(DrawError::new)
    }
}

/// A posterior whose density is known (capability): what highest-density coverage ranks by.
pub trait SetDensity<O, const M: usize>: Sync {
    /// ln q(θ | observations) of every θ, natural units. A constant that depends on the observations alone may be missing.
    ///
    /// # Errors
    /// The density could not be evaluated.
    fn ln_density(&self, observations: &[O], theta: &[[f64; M]]) -> Result<Vec<f64>, DrawError>;
}

/// What a study is asked for.
#[derive(Clone, Copy)]
pub struct StudyOptions<'a> {
    /// Observations in each data set (default 1).
    pub observations: usize,
    /// Data sets (default 1,000).
    pub sets: usize,
    /// Posterior draws for each data set (default 99, which makes 100 possible ranks).
    pub draws: usize,
    /// Seed. Data set i takes its randomness from stream i of it, so the result does not depend on the number of threads.
    pub seed: u64,
    /// Largest share of data sets that may fail (default 0.1). Failures are left out and counted.
    pub max_failures: f64,
    /// Told after every data set how many are done, and of how many. `Break` cancels. Called from any thread.
    pub progress: Option<Progress<'a>>,
}

impl Default for StudyOptions<'_> {
    fn default() -> Self {
        Self { observations: 1, sets: 1_000, draws: 99, seed: 0, max_failures: 0.1, progress: None }
    }
}

impl std::fmt::Debug for StudyOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StudyOptions")
            .field("observations", &self.observations)
            .field("sets", &self.sets)
            .field("draws", &self.draws)
            .field("seed", &self.seed)
            .field("max_failures", &self.max_failures)
            .finish_non_exhaustive()
    }
}

/// One simulated data set with the posterior's draws, natural units.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedSet<const M: usize, const D: usize> {
    /// The true parameters, drawn from the prior.
    pub theta: [f64; M],
    /// The observations simulated from them.
    pub observations: Vec<[f64; D]>,
    /// Draws of the posterior given all of them.
    pub draws: Vec<[f64; M]>,
    /// Another draw of the prior, independent of everything else: TARP's reference point.
    pub reference: [f64; M],
    /// Which of the data sets asked for it is.
    pub index: u64,
}

/// Simulated data sets of n observations each, with draws of their posteriors.
#[derive(Clone, Debug, PartialEq)]
pub struct Study<const M: usize, const D: usize> {
    labels: [Label; M],
    n: usize,
    n_draws: usize,
    seed: u64,
    sets: Vec<SimulatedSet<M, D>>,
    failures: StudyFailures,
}

impl<const M: usize, const D: usize> Study<M, D> {
    /// Simulates data sets and draws from `posterior` given each, in parallel over data sets.
    ///
    /// # Errors
    /// [`CalibrationError::Zero`]; [`CalibrationError::TooManyFailures`]; [`CalibrationError::Cancelled`].
    pub fn run<S, Q>(simulator: &S, posterior: &Q, options: &StudyOptions<'_>) -> Result<Self, CalibrationError>
    where
        S: Simulator<M, D>,
        Q: SetPosterior<S::Observation, M> + ?Sized,
    {
        for (count, what) in [
            (options.observations, "the number of observations in a data set"),
            (options.sets, "the number of data sets"),
            (options.draws, "the number of draws for a data set"),
        ] {
            if count == 0 {
                return Err(CalibrationError::Zero { what });
            }
        }
        let done = AtomicUsize::new(0);
        let outcomes: Option<Vec<_>> = (0..options.sets as u64)
            .into_par_iter()
            .map(|index| {
                let outcome = one_set(simulator, posterior, options, index);
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                let goes_on = options.progress.is_none_or(|progress| progress(done, options.sets).is_continue());
                goes_on.then_some(outcome)
            })
            .collect();
        let outcomes = outcomes.ok_or(CalibrationError::Cancelled)?;
        let (sets, failures) = StudyFailures::part(outcomes, options.max_failures)?;
        let labels = S::Parameters::labels();
        Ok(Self { labels, n: options.observations, n_draws: options.draws, seed: options.seed, sets, failures })
    }

    /// Names and units of the parameters.
    pub fn labels(&self) -> &[Label; M] {
        &self.labels
    }

    /// Observations in each data set.
    pub fn n_observations(&self) -> usize {
        self.n
    }

    /// Posterior draws for each data set.
    pub fn n_draws(&self) -> usize {
        self.n_draws
    }

    /// The seed it was run with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The data sets that did not fail.
    pub fn sets(&self) -> &[SimulatedSet<M, D>] {
        &self.sets
    }

    /// What did not become a data set.
    pub fn failures(&self) -> &StudyFailures {
        &self.failures
    }

    /// A study of the first `sets` data sets with their first `draws` draws (as many as there are): for ranks that cost much
    /// for every draw, as those by [density](Self::density_ranks) do.
    ///
    /// # Errors
    /// [`CalibrationError::Zero`].
    pub fn first(&self, sets: usize, draws: usize) -> Result<Self, CalibrationError> {
        for (count, what) in [(sets, "the number of data sets"), (draws, "the number of draws for a data set")] {
            if count == 0 {
                return Err(CalibrationError::Zero { what });
            }
        }
        let n_draws = draws.min(self.n_draws);
        let kept = |set: &SimulatedSet<M, D>| SimulatedSet { draws: set.draws[..n_draws].to_vec(), ..set.clone() };
        let sets = self.sets.iter().take(sets).map(kept).collect();
        Ok(Self { labels: self.labels.clone(), n_draws, sets, failures: self.failures.clone(), ..*self })
    }

    /// The same data sets with the draws of each moved to `factor` times their distance from their mean: what a posterior of the
    /// wrong width would have given. A test that accepts this has no power against errors of that size.
    #[must_use]
    pub fn stretched(&self, factor: f64) -> Self {
        let mut study = self.clone();
        for set in &mut study.sets {
            stretch(&mut set.draws, factor);
        }
        study
    }

    /// Simulation-based calibration (arXiv:1804.06788, Algorithm 1): the rank of every true parameter among its draws.
    pub fn ranks(&self) -> Vec<Ranks> {
        (0..M).map(|k| self.ranks_of(self.labels[k].clone(), |theta| theta[k])).collect()
    }

    /// Ranks of a quantity of one's own: any function of the parameters, natural units.
    ///
    /// Ties (a quantity with atoms) are broken at random, so that ranks stay uniform. NaN counts as the largest value.
    pub fn ranks_of(&self, label: Label, quantity: impl Fn(&[f64; M]) -> f64 + Sync) -> Ranks {
        self.rank(label, "rank", |set| (quantity(&set.theta), set.draws.iter().map(&quantity).collect::<Vec<_>>()))
    }

    /// Ranks of the true value that `values` gives for a set, among the values of its draws.
    pub(super) fn rank(
        &self,
        label: Label,
        purpose: &str,
        values: impl Fn(&SimulatedSet<M, D>) -> (f64, Vec<f64>) + Sync,
    ) -> Ranks {
        let rank = |set: &SimulatedSet<M, D>| {
            let (truth, draws) = values(set);
            rank_of(truth, &draws, &mut stream(self.seed, purpose, set.index))
        };
        let ranks = self.sets.par_iter().map(rank).collect();
        Ranks::new(label, ranks, self.n_draws as u32)
            .unwrap_or_else(|error| unreachable!("a study has sets and draws: {error}"))
    }
}

/// Moves draws to `factor` times their distance from their mean.
pub fn stretch<const M: usize>(draws: &mut [[f64; M]], factor: f64) {
    let n = draws.len() as f64;
    let means: [f64; M] = std::array::from_fn(|k| draws.iter().map(|draw| draw[k]).sum::<f64>() / n);
    for draw in draws {
        for (value, mean) in draw.iter_mut().zip(means) {
            *value = mean + factor * (*value - mean);
        }
    }
}

/// The number of values below `truth`, ties at random.
pub(crate) fn rank_of(truth: f64, values: &[f64], rng: &mut impl Rng) -> u32 {
    let below = values.iter().filter(|value| value.total_cmp(&truth).is_lt()).count() as u32;
    let ties = values.iter().filter(|value| value.total_cmp(&truth).is_eq()).count() as u32;
    if ties == 0 { below } else { below + rng.random_range(0..=ties) }
}

fn one_set<S, Q, const M: usize, const D: usize>(
    simulator: &S,
    posterior: &Q,
    options: &StudyOptions<'_>,
    index: u64,
) -> Result<SimulatedSet<M, D>, Failure>
where
    S: Simulator<M, D>,
    Q: SetPosterior<S::Observation, M> + ?Sized,
{
    let prior = simulator.prior();
    let mut rng = stream(options.seed, "calibrate", index);
    let mut finite_draw = || {
        let theta = prior.sample(&mut rng);
        let finite = theta.iter().all(|value| value.is_finite());
        finite
            .then_some(theta)
            .ok_or_else(|| Failure::Simulation("the prior drew a value that is not finite".to_owned()))
    };
    let (theta, reference) = (finite_draw()?, finite_draw()?);
    let parameters = S::Parameters::from_array(theta);
    let observations = (0..options.observations)
        .map(|_| simulator.simulate(&parameters, &mut rng))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Failure::Simulation(error.to_string()))?;
    let rows: Vec<[f64; D]> = observations.iter().map(Observation::to_array).collect();
    if rows.iter().flatten().any(|value| !value.is_finite()) {
        return Err(Failure::Simulation("the simulator returned a value that is not finite".to_owned()));
    }
    let draws = posterior
        .draw(&observations, options.draws, rng.random())
        .map_err(|error| Failure::Sampling(error.to_string()))?;
    if draws.len() != options.draws || draws.iter().flatten().any(|value| !value.is_finite()) {
        let finite = draws.iter().filter(|draw| draw.iter().all(|value| value.is_finite())).count();
        return Err(Failure::NonFinite(format!("{finite} of {} draws are finite", options.draws)));
    }
    Ok(SimulatedSet { theta, observations: rows, draws, reference, index })
}
