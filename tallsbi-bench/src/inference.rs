//! Train and load the posterior of a task, whatever its types: the only file that names all of them.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use tallsbi::dataset::{FailurePolicy, Simulations};
use tallsbi::model::Simulator;
use tallsbi::net::{EngineJacobians, Precision, ScoreNetwork, Separable, SetMlp};
use tallsbi::posterior::{DrawsReport, FileError, Npse, Posterior};
use tallsbi::prior::LatentPrior;
use tallsbi::report::CsvError;
use tallsbi::train::TrainingReport;

use crate::choice::{ComposerChoice, NetworkChoice, SamplerChoice};
use crate::page::PageRequest;
use crate::tasks::Task;
use crate::tasks::bernoulli_glm::{BernoulliGlm, BernoulliGlmNetwork};
use crate::tasks::bernoulli_glm_raw::{BernoulliGlmRaw, BernoulliGlmRawNetwork};
use crate::tasks::gaussian_linear::{GaussianLinear, GaussianLinearNetwork};
use crate::tasks::gaussian_linear_single::{GaussianLinearSingle, GaussianLinearSingleNetwork};
use crate::tasks::gaussian_linear_uniform::{GaussianLinearUniform, GaussianLinearUniformNetwork};
use crate::tasks::gaussian_mixture::{GaussianMixture, GaussianMixtureNetwork};
use crate::tasks::gaussian_mixture_single::{GaussianMixtureSingle, GaussianMixtureSingleNetwork};
use crate::tasks::gaussian_mixture_uniform::{GaussianMixtureUniform, GaussianMixtureUniformNetwork};
use crate::tasks::jansen_rit_3::{JansenRit3, JansenRit3Network};
use crate::tasks::jansen_rit_4::{JansenRit4, JansenRit4Network};
use crate::tasks::lotka_volterra::{LotkaVolterra, LotkaVolterraNetwork};
use crate::tasks::sir::{Sir, SirNetwork};
use crate::tasks::slcp::{Slcp, SlcpNetwork};
use crate::tasks::slcp_distractors::{SlcpDistractors, SlcpDistractorsNetwork};
use crate::tasks::toy_gaussian::{ToyGaussian, ToyGaussianNetwork};
use crate::tasks::toy_mixture::{ToyMixture, ToyMixtureNetwork};
use crate::tasks::two_moons::{TwoMoons, TwoMoonsNetwork};
use crate::typed::{Typed, WithLearnedPrior};

/// How a posterior is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Training {
    /// Simulations of the data set.
    pub simulations: usize,
    /// Seed of the simulations and of the training.
    pub seed: u64,
    /// Whether the diffused prior's score is learned along.
    pub learned_prior: bool,
    /// Folds over which the head is cross-fitted; 1: none.
    pub folds: usize,
    /// Most epochs, where not the default.
    pub epochs: Option<usize>,
    /// No progress bars.
    pub quiet: bool,
}

/// How a posterior is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// What composes the scores.
    pub composer: ComposerChoice,
    /// What integrates from noise to the posterior.
    pub sampler: SamplerChoice,
    /// How precisely the network is evaluated, where not the default.
    pub precision: Option<Precision>,
    /// How many draws.
    pub draws: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// No progress bars.
    pub quiet: bool,
}

/// Draws with what was noticed while drawing.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// The finite draws, natural units: `[draws × M]`.
    pub values: Vec<f64>,
    /// The summary table.
    pub summary: String,
    /// What happened while drawing.
    pub report: DrawsReport,
}

/// What can go wrong with a posterior.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// tallsbi says so.
    #[error("{0}")]
    Library(Box<dyn std::error::Error + Send + Sync>),
    /// F-NPSE as published was asked of a posterior with a learned prior.
    #[error(
        "the composer `factorized` needs the score of the undiffused prior, and this posterior's prior was learned: use `factorized-diffused`, or train without --learned-prior"
    )]
    NoPriorScore,
    /// Sets or a learned prior for a task that has neither.
    #[error(
        "the task `{task}` has its own network, for single observations, and its own prior only: leave out --n-max, --separable and \
         --learned-prior"
    )]
    PlainOnly {
        /// The task.
        task: Task,
    },
    /// A file holds a posterior of something else.
    #[error("{path} is not a posterior of {expected} ({reason})")]
    NotThisModel {
        /// The file.
        path: String,
        /// The task, or "any benchmark task".
        expected: String,
        /// What differs.
        reason: String,
    },
    /// What was found cannot be said.
    #[error("the output cannot be written: {0}")]
    Output(std::io::Error),
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

    /// How training went.
    fn training(&self) -> &TrainingReport;

    /// Observations from a CSV file with a header, a row each, natural units: rows of D components.
    ///
    /// # Errors
    /// As [`read_csv`](tallsbi::report::read_csv).
    fn read_observations(&self, path: &Path) -> Result<Vec<Vec<f64>>, CsvError>;

    /// Draws from the posterior given `observations` (rows of D components, natural units).
    ///
    /// # Errors
    /// A row of another length; whatever observing, composing and sampling say.
    fn sample(&self, observations: &[Vec<f64>], sampling: &Sampling) -> Result<Sampled, InferenceError>;

    /// Writes a page about the posterior given `observations` (none: about its training and calibration), and tables of what
    /// is found to `out`.
    ///
    /// # Errors
    /// A row of another length; whatever sampling, calibrating and writing say.
    fn report(
        &self,
        observations: &[Vec<f64>],
        request: &PageRequest,
        out: &mut dyn Write,
    ) -> Result<(), InferenceError>;

    /// Writes the posterior to a file.
    ///
    /// # Errors
    /// The file cannot be written.
    fn save(&self, path: &Path) -> Result<(), InferenceError>;
}

/// Calls a function with the types of a task and a network: `$any` where the task has networks for sets and can learn its
/// prior's score, `$plain` where it has neither. Each costs the compiler seconds, so that only the tasks of the paper's
/// tables have them.
macro_rules! with_types {
    ($task:expr, $network:expr, $any:ident / $plain:ident $arguments:tt) => {
        match ($task, $network) {
            (Task::GaussianLinear, NetworkChoice::Single) => with_types!(@ GaussianLinear, GaussianLinearNetwork, 10, 10, $any $arguments),
            (Task::GaussianLinear, NetworkChoice::SetsOfThree) => with_types!(@ GaussianLinear, SetMlp<10, 10, 3>, 10, 10, $any $arguments),
            (Task::GaussianLinear, NetworkChoice::Separable) => with_types!(@ GaussianLinear, Separable<10, 10>, 10, 10, $any $arguments),
            (Task::Slcp, NetworkChoice::Single) => with_types!(@ Slcp, SlcpNetwork, 5, 8, $any $arguments),
            (Task::Slcp, NetworkChoice::SetsOfThree) => with_types!(@ Slcp, SetMlp<5, 8, 3>, 5, 8, $any $arguments),
            (Task::Slcp, NetworkChoice::Separable) => with_types!(@ Slcp, Separable<5, 8>, 5, 8, $any $arguments),
            (Task::Sir, NetworkChoice::Single) => with_types!(@ Sir, SirNetwork, 2, 10, $any $arguments),
            (Task::Sir, NetworkChoice::SetsOfThree) => with_types!(@ Sir, SetMlp<2, 10, 3>, 2, 10, $any $arguments),
            (Task::Sir, NetworkChoice::Separable) => with_types!(@ Sir, Separable<2, 10>, 2, 10, $any $arguments),
            (Task::LotkaVolterra, NetworkChoice::Single) => with_types!(@ LotkaVolterra, LotkaVolterraNetwork, 4, 20, $any $arguments),
            (Task::LotkaVolterra, NetworkChoice::SetsOfThree) => with_types!(@ LotkaVolterra, SetMlp<4, 20, 3>, 4, 20, $any $arguments),
            (Task::LotkaVolterra, NetworkChoice::Separable) => with_types!(@ LotkaVolterra, Separable<4, 20>, 4, 20, $any $arguments),
            (Task::GaussianMixture, _) => with_types!(@ GaussianMixture, GaussianMixtureNetwork, 10, 10, $plain $arguments),
            (Task::GaussianMixtureUniform, _) => with_types!(@ GaussianMixtureUniform, GaussianMixtureUniformNetwork, 10, 10, $plain $arguments),
            (Task::BernoulliGlm, _) => with_types!(@ BernoulliGlm, BernoulliGlmNetwork, 10, 10, $plain $arguments),
            (Task::BernoulliGlmRaw, _) => with_types!(@ BernoulliGlmRaw, BernoulliGlmRawNetwork, 10, 100, $plain $arguments),
            (Task::TwoMoons, _) => with_types!(@ TwoMoons, TwoMoonsNetwork, 2, 2, $plain $arguments),
            (Task::GaussianLinearSingle, _) => with_types!(@ GaussianLinearSingle, GaussianLinearSingleNetwork, 10, 10, $plain $arguments),
            (Task::GaussianLinearUniform, _) => with_types!(@ GaussianLinearUniform, GaussianLinearUniformNetwork, 10, 10, $plain $arguments),
            (Task::GaussianMixtureSingle, _) => with_types!(@ GaussianMixtureSingle, GaussianMixtureSingleNetwork, 2, 2, $plain $arguments),
            (Task::SlcpDistractors, _) => with_types!(@ SlcpDistractors, SlcpDistractorsNetwork, 5, 100, $plain $arguments),
            (Task::JansenRit3, _) => with_types!(@ JansenRit3, JansenRit3Network, 3, 33, $plain $arguments),
            (Task::ToyGaussian, _) => with_types!(@ ToyGaussian, ToyGaussianNetwork, 10, 10, $plain $arguments),
            (Task::ToyMixture, _) => with_types!(@ ToyMixture, ToyMixtureNetwork, 10, 10, $plain $arguments),
            (Task::JansenRit4, _) => with_types!(@ JansenRit4, JansenRit4Network, 4, 33, $plain $arguments),
        }
    };
    (@ $simulator:ident, $type:ty, $m:literal, $d:literal, $function:ident ($($argument:expr),*)) => {
        $function::<$simulator, $type, $m, $d>($simulator, $($argument),*)
    };
}

/// Whether a task has networks for sets of observations and can learn its prior's score.
fn has_everything(task: Task) -> bool {
    matches!(task, Task::GaussianLinear | Task::Slcp | Task::Sir | Task::LotkaVolterra)
}

/// Simulates and trains.
///
/// # Errors
/// `PlainOnly`; whatever simulating and training say.
pub fn train(task: Task, network: NetworkChoice, training: &Training) -> Result<Box<dyn Model>, InferenceError> {
    if !has_everything(task) && (network != NetworkChoice::Single || training.learned_prior) {
        return Err(InferenceError::PlainOnly { task });
    }
    with_types!(task, network, train_any / train_plain(training))
}

/// Simulates what [`train`] with the same seed would train single observations on, and writes it to a file: tensors `theta` and `x`.
/// Returns how many simulations failed.
///
/// # Errors
/// The simulator fails too often; the file cannot be written.
pub fn simulate(task: Task, simulations: usize, seed: u64, path: &Path) -> Result<usize, InferenceError> {
    with_types!(task, NetworkChoice::Single, simulate_to / simulate_to(simulations, seed, path))
}

#[allow(clippy::needless_pass_by_value)] // reason: the table of types hands every function its simulator
fn simulate_to<S, N, const M: usize, const D: usize>(
    simulator: S,
    n: usize,
    seed: u64,
    path: &Path,
) -> Result<usize, InferenceError>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
{
    let go_on = |_| ControlFlow::Continue(());
    let simulated = Simulations::<M, D>::simulate(&simulator, n, N::N_MAX, seed, FailurePolicy::default(), &go_on)
        .and_then(|simulations| simulations.save::<S::Parameters, S::Observation>(path).map(|()| simulations))
        .map_err(tallsbi::posterior::Error::from)?;
    Ok(simulated.dropped())
}

/// Loads a posterior of `task`, or of whichever task it is.
///
/// # Errors
/// The file cannot be read, or is not a posterior of the task.
pub fn load(path: &Path, task: Option<Task>) -> Result<(Task, Box<dyn Model>), InferenceError> {
    let mut reason = String::new();
    for candidate in Task::ALL.into_iter().filter(|candidate| task.is_none_or(|task| task == *candidate)) {
        for network in NetworkChoice::ALL {
            for learned_prior in [false, true] {
                if !has_everything(candidate) && (network != NetworkChoice::Single || learned_prior) {
                    continue;
                }
                match with_types!(candidate, network, load_any / load_plain(path, learned_prior)) {
                    Ok(model) => return Ok((candidate, model)),
                    // Another declaration: the file may be right for the next one.
                    Err(tallsbi::posterior::Error::File(error @ FileError::Mismatch { .. })) => {
                        // What differs from the first form of a task is the most telling.
                        if network == NetworkChoice::Single && !learned_prior {
                            reason = error.to_string();
                        }
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    let expected = task.map_or_else(|| "any benchmark task".to_owned(), |task| format!("the task `{task}`"));
    Err(InferenceError::NotThisModel { path: path.display().to_string(), expected, reason })
}

impl From<tallsbi::posterior::Error> for InferenceError {
    fn from(error: tallsbi::posterior::Error) -> Self {
        Self::Library(Box::new(error))
    }
}

/// What `train` asks for, but for what the prior's score comes from.
fn npse<S, N, const M: usize, const D: usize>(simulator: S, training: &Training) -> Npse<S, N, M, D>
where
    S: Simulator<M, D, Prior: LatentPrior<M>>,
    N: ScoreNetwork<M, D>,
{
    let npse = Npse::<S, N, M, D>::new(simulator)
        .simulations(training.simulations)
        .seed(training.seed)
        .cross_fit(training.folds);
    let npse = if training.quiet { npse.quiet() } else { npse };
    match training.epochs {
        Some(epochs) => npse.epochs(epochs),
        None => npse,
    }
}

fn train_plain<S, N, const M: usize, const D: usize>(
    simulator: S,
    training: &Training,
) -> Result<Box<dyn Model>, InferenceError>
where
    S: Simulator<M, D, Prior: LatentPrior<M>> + 'static,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
{
    Ok(Box::new(Typed(npse::<S, N, M, D>(simulator, training).train()?)))
}

fn train_any<S, N, const M: usize, const D: usize>(
    simulator: S,
    training: &Training,
) -> Result<Box<dyn Model>, InferenceError>
where
    S: Simulator<M, D, Prior: LatentPrior<M>> + 'static,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
{
    if training.learned_prior {
        return Ok(Box::new(Typed(npse::<S, N, M, D>(simulator, training).learned_prior().train()?)));
    }
    train_plain::<S, N, M, D>(simulator, training)
}

/// The posterior, if its prior was not learned.
fn load_plain<S, N, const M: usize, const D: usize>(
    simulator: S,
    path: &Path,
    _learned_prior: bool,
) -> Result<Box<dyn Model>, tallsbi::posterior::Error>
where
    S: Simulator<M, D, Prior: LatentPrior<M>> + 'static,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
{
    Ok(Box::new(Typed(Posterior::<S, N, M, D>::load(simulator, path)?)))
}

/// The posterior, if `learned_prior` says rightly whether its prior was learned.
fn load_any<S, N, const M: usize, const D: usize>(
    simulator: S,
    path: &Path,
    learned_prior: bool,
) -> Result<Box<dyn Model>, tallsbi::posterior::Error>
where
    S: Simulator<M, D, Prior: LatentPrior<M>> + 'static,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
{
    if learned_prior {
        return Ok(Box::new(Typed(Posterior::<S, N, M, D, WithLearnedPrior<M>>::load(simulator, path)?)));
    }
    load_plain::<S, N, M, D>(simulator, path, false)
}
