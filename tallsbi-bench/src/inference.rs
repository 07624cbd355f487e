//! Train, load and sample the posterior of a task: the only file that names the typed posterior of tallsbi.

use std::path::Path;
use std::time::Instant;

use tallsbi::compose::{Clipped, Factorized, FactorizedDiffused, Gauss, Jac};
use tallsbi::model::{Observation, Parameters, Simulator};
use tallsbi::net::SetMlp;
use tallsbi::posterior::{Npse, Posterior};
use tallsbi::report::{CsvError, read_csv};
use tallsbi::sample::{GeffnerPlan, Plan, SamplingPlan};

use crate::choice::{ComposerChoice, NMax, SamplerChoice};
use crate::tasks::Task;
use crate::tasks::gaussian_linear::{GaussianLinear, GaussianLinearNetwork};
use crate::tasks::lotka_volterra::{LotkaVolterra, LotkaVolterraNetwork};
use crate::tasks::sir::{Sir, SirNetwork};
use crate::tasks::slcp::{Slcp, SlcpNetwork};

/// How a posterior is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Training {
    /// Simulations of the data set.
    pub simulations: usize,
    /// Seed of the simulations and of the training.
    pub seed: u64,
    /// Whether the diffused prior's score is learned along.
    pub learned_prior: bool,
}

/// How a posterior is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// What composes the scores.
    pub composer: ComposerChoice,
    /// What integrates from noise to the posterior.
    pub sampler: SamplerChoice,
    /// How many draws.
    pub draws: usize,
    /// Seed of the draws.
    pub seed: u64,
}

/// Draws with what was noticed while drawing.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// `[draws × M]`, natural units.
    pub values: Vec<f64>,
    /// The summary table.
    pub summary: String,
    /// Draws that are not finite.
    pub non_finite: usize,
    /// Directions in which a precision was raised to the prior's.
    pub floored_directions: u64,
    /// Components clipped to their box, over all steps.
    pub clipped_components: u64,
    /// Time of observing, composing and drawing.
    pub seconds: f64,
}

/// What can go wrong with a posterior.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// tallsbi says so.
    #[error("{0}")]
    Library(Box<dyn std::error::Error + Send + Sync>),
    /// A model file cannot be opened.
    #[error("{path}: {reason}")]
    NoModel {
        /// The file.
        path: String,
        /// What the operating system says.
        reason: String,
    },
    /// A file is no posterior of the expected task.
    #[error("{path} is not a posterior of {expected}: {reason}")]
    NotThisModel {
        /// The file.
        path: String,
        /// The task, or "any benchmark task".
        expected: String,
        /// What the last attempt said.
        reason: String,
    },
    /// An observation has too few or too many components.
    #[error("an observation has {found} components, and this task observes {expected}")]
    Components {
        /// Components given.
        found: usize,
        /// Components of the task.
        expected: usize,
    },
}

/// A trained posterior of a benchmark task, whatever its types.
pub trait Model {
    /// Names of the parameters in declared order.
    fn names(&self) -> Vec<String>;

    /// D, the number of components of an observation.
    fn n_components(&self) -> usize;

    /// Observations from a CSV file with a header, a row each, natural units: rows of D components.
    ///
    /// # Errors
    /// As [`read_csv`].
    fn read_observations(&self, path: &Path) -> Result<Vec<Vec<f64>>, CsvError>;

    /// Draws from the posterior given `observations` (rows of D components, natural units).
    ///
    /// # Errors
    /// A row of another length; whatever observing, composing and sampling say.
    fn sample(&self, observations: &[Vec<f64>], sampling: &Sampling) -> Result<Sampled, InferenceError>;

    /// Writes the posterior to a file.
    ///
    /// # Errors
    /// The file cannot be written.
    fn save(&self, path: &Path) -> Result<(), InferenceError>;
}

/// Calls `$function::<S, N, M, D>(simulator, ..)` with the types of a task and a set size.
macro_rules! with_types {
    ($task:expr, $n_max:expr, $function:ident $arguments:tt) => {
        match ($task, $n_max) {
            (Task::GaussianLinear, NMax::One) => with_types!(@ GaussianLinear, GaussianLinearNetwork, 10, 10, $function $arguments),
            (Task::GaussianLinear, NMax::Three) => with_types!(@ GaussianLinear, SetMlp<10, 10, 3>, 10, 10, $function $arguments),
            (Task::Slcp, NMax::One) => with_types!(@ Slcp, SlcpNetwork, 5, 8, $function $arguments),
            (Task::Slcp, NMax::Three) => with_types!(@ Slcp, SetMlp<5, 8, 3>, 5, 8, $function $arguments),
            (Task::Sir, NMax::One) => with_types!(@ Sir, SirNetwork, 2, 10, $function $arguments),
            (Task::Sir, NMax::Three) => with_types!(@ Sir, SetMlp<2, 10, 3>, 2, 10, $function $arguments),
            (Task::LotkaVolterra, NMax::One) => with_types!(@ LotkaVolterra, LotkaVolterraNetwork, 4, 20, $function $arguments),
            (Task::LotkaVolterra, NMax::Three) => with_types!(@ LotkaVolterra, SetMlp<4, 20, 3>, 4, 20, $function $arguments),
        }
    };
    (@ $simulator:ident, $network:ty, $m:literal, $d:literal, $function:ident ($($argument:expr),*)) => {
        $function::<$simulator, $network, $m, $d>($simulator, $($argument),*)
    };
}

/// Simulates and trains.
///
/// # Errors
/// Whatever simulating and training say.
pub fn train(task: Task, n_max: NMax, training: &Training) -> Result<Box<dyn Model>, InferenceError> {
    with_types!(task, n_max, train_typed(training))
}

/// Loads a posterior of `task`, or of whichever task it is.
///
/// # Errors
/// The file cannot be read, or is not a posterior of the task.
pub fn load(path: &Path, task: Option<Task>) -> Result<(Task, NMax, Box<dyn Model>), InferenceError> {
    let shown = path.display().to_string();
    if let Err(error) = std::fs::File::open(path) {
        return Err(InferenceError::NoModel { path: shown, reason: error.to_string() });
    }
    // The types are chosen by what the file holds; a file that is broken fails in the same words with every type.
    let mut reason = String::new();
    for candidate in Task::ALL.into_iter().filter(|candidate| task.is_none_or(|task| task == *candidate)) {
        for n_max in NMax::ALL {
            match with_types!(candidate, n_max, load_typed(path)) {
                Ok(model) => return Ok((candidate, n_max, model)),
                Err(error) => reason = error.to_string(),
            }
        }
    }
    let expected = task.map_or_else(|| "any benchmark task".to_owned(), |task| format!("the task `{task}`"));
    Err(InferenceError::NotThisModel { path: shown, expected, reason })
}

// ---- what follows is wired to the posterior API ----

struct Typed<S, N, const M: usize, const D: usize>(Posterior<S, N, M, D>);

fn library(error: impl std::error::Error + Send + Sync + 'static) -> InferenceError {
    InferenceError::Library(Box::new(error))
}

fn train_typed<S, N, const M: usize, const D: usize>(
    simulator: S,
    training: &Training,
) -> Result<Box<dyn Model>, InferenceError>
where
    S: Simulator<M, D> + 'static,
    N: 'static,
{
    let npse = Npse::<S, N, M, D>::new(simulator).simulations(training.simulations).seed(training.seed);
    let npse = if training.learned_prior { npse.learned_prior() } else { npse };
    Ok(Box::new(Typed(npse.train().map_err(library)?)))
}

fn load_typed<S, N, const M: usize, const D: usize>(simulator: S, path: &Path) -> Result<Box<dyn Model>, InferenceError>
where
    S: Simulator<M, D> + 'static,
    N: 'static,
{
    Ok(Box::new(Typed(Posterior::<S, N, M, D>::load(simulator, path).map_err(library)?)))
}

impl<S, N, const M: usize, const D: usize> Model for Typed<S, N, M, D>
where
    S: Simulator<M, D>,
{
    fn names(&self) -> Vec<String> {
        S::Parameters::labels().map(|label| label.name).to_vec()
    }

    fn n_components(&self) -> usize {
        D
    }

    fn read_observations(&self, path: &Path) -> Result<Vec<Vec<f64>>, CsvError> {
        let observations = read_csv::<S::Observation, D>(path)?;
        Ok(observations.iter().map(|x| x.to_array().to_vec()).collect())
    }

    fn sample(&self, observations: &[Vec<f64>], sampling: &Sampling) -> Result<Sampled, InferenceError> {
        let observations = observations
            .iter()
            .map(|row| match <[f64; D]>::try_from(row.as_slice()) {
                Ok(values) => Ok(S::Observation::from_array(values)),
                Err(_) => Err(InferenceError::Components { found: row.len(), expected: D }),
            })
            .collect::<Result<Vec<_>, _>>()?;
        match sampling.composer {
            ComposerChoice::Gauss => self.composed(&observations, Gauss::default(), sampling),
            ComposerChoice::Jac => self.composed(&observations, Jac::default(), sampling),
            ComposerChoice::JacClip => self.composed(&observations, Clipped::new(Jac::default()), sampling),
            ComposerChoice::Factorized => self.composed(&observations, Factorized, sampling),
            ComposerChoice::FactorizedDiffused => self.composed(&observations, FactorizedDiffused, sampling),
        }
    }

    fn save(&self, path: &Path) -> Result<(), InferenceError> {
        self.0.save(path).map_err(library)
    }
}

impl<S: Simulator<M, D>, N, const M: usize, const D: usize> Typed<S, N, M, D> {
    fn composed<C>(
        &self,
        observations: &[S::Observation],
        composer: C,
        sampling: &Sampling,
    ) -> Result<Sampled, InferenceError> {
        match sampling.sampler {
            SamplerChoice::Dpm(steps) => self.drawn(observations, composer, Plan::dpm(steps), sampling),
            SamplerChoice::Ddim(steps) => self.drawn(observations, composer, Plan::ddim(steps), sampling),
            SamplerChoice::Langevin(levels) => self.drawn(observations, composer, Plan::langevin(levels), sampling),
            SamplerChoice::Tamed(levels) => self.drawn(observations, composer, Plan::tamed(levels), sampling),
            SamplerChoice::Geffner(steps) => self.drawn(observations, composer, GeffnerPlan::new(steps), sampling),
        }
    }

    fn drawn<C, P: SamplingPlan<M>>(
        &self,
        observations: &[S::Observation],
        composer: C,
        plan: P,
        sampling: &Sampling,
    ) -> Result<Sampled, InferenceError> {
        let start = Instant::now();
        let observed = self.0.observe(observations).map_err(library)?;
        let planned = observed.compose(composer).sampler(plan).seed(sampling.seed);
        let draws = planned.sample(sampling.draws).map_err(library)?;
        let seconds = start.elapsed().as_secs_f64();
        let report = draws.report();
        Ok(Sampled {
            values: draws.rows().as_flattened().to_vec(),
            summary: draws.summary().to_string(),
            non_finite: report.non_finite,
            floored_directions: report.floored_directions,
            clipped_components: report.clipped_components,
            seconds,
        })
    }
}
