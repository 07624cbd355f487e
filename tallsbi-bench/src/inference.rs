//! Say how posteriors of tasks are trained, sampled and loaded, whatever their types.

use std::fmt;
use std::io::Write;
use std::path::Path;

use tallsbi::net::Precision;
use tallsbi::posterior::DrawsReport;
use tallsbi::report::CsvError;
use tallsbi::train::TrainingReport;

use crate::choice::{ComposerChoice, NetworkChoice, PredictionChoice, SamplerChoice};
use crate::local::{LocalRequest, LocalTest, Tested};
use crate::page::PageRequest;
use crate::tasks::Task;

/// How a posterior is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// What the network predicts.
    pub prediction: PredictionChoice,
    /// Weight decay per unit of learning rate, of the head and of the score network, where not the default.
    pub weight_decay: Option<f64>,
    /// Standard deviation of noise on standardised observations in training, of both too.
    pub observation_noise: f64,
    /// No progress bars.
    pub quiet: bool,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            simulations: 30_000,
            seed: 1,
            learned_prior: false,
            folds: 1,
            epochs: None,
            prediction: PredictionChoice::Gaussian,
            weight_decay: None,
            observation_noise: 0.0,
            quiet: false,
        }
    }
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

    /// Tests the posterior, composed by GAUSS, at sets of observations by classifiers (local C2ST).
    ///
    /// # Errors
    /// A row of another length; whatever simulating, sampling and the classifiers say.
    fn local_c2st(&self, tested: &[Tested], request: &LocalRequest) -> Result<Vec<LocalTest>, InferenceError>;

    /// Writes the posterior to a file.
    ///
    /// # Errors
    /// The file cannot be written.
    fn save(&self, path: &Path) -> Result<(), InferenceError>;
}

/// Trains and loads posteriors of tasks. The program `tallsbi-bench` has the one that knows the types of them all; whatever asks
/// for it here is compiled without them.
pub trait Models: fmt::Debug + Sync {
    /// Simulates and trains.
    ///
    /// # Errors
    /// `PlainOnly`; whatever simulating and training say.
    fn train(&self, task: Task, network: NetworkChoice, training: &Training) -> Result<Box<dyn Model>, InferenceError>;

    /// Simulates what [`train`](Self::train) with the same seed would train single observations on, and writes it to a file: tensors
    /// `theta` and `x`. Returns how many simulations failed.
    ///
    /// # Errors
    /// The simulator fails too often; the file cannot be written.
    fn simulate(&self, task: Task, simulations: usize, seed: u64, path: &Path) -> Result<usize, InferenceError>;

    /// Loads a posterior of `task`, or of whichever task it is.
    ///
    /// # Errors
    /// The file cannot be read, or is not a posterior of the task.
    fn load(&self, path: &Path, task: Option<Task>) -> Result<(Task, Box<dyn Model>), InferenceError>;
}

impl From<tallsbi::posterior::Error> for InferenceError {
    fn from(error: tallsbi::posterior::Error) -> Self {
        Self::Library(Box::new(error))
    }
}
