//! Gather everything that can go wrong between a declaration and its draws.

use crate::{
    calibrate::CalibrationError,
    compose::ComposeError,
    dataset::DataError,
    import::ImportError,
    model::SimulationError,
    net::NetworkError,
    prior::PriorError,
    report::{CsvError, ExportError, PlotError},
    sample::SampleError,
    train::TrainError,
};

/// Everything that can go wrong between a declaration and its draws. Its `Debug` is its message, so that
/// `fn main() -> tallsbi::Result<()>` ends in words.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Simulations or observations.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The prior or a value under it.
    #[error(transparent)]
    Prior(#[from] PriorError),
    /// One simulation, made by hand (`Model.simulate(..)`). Training drops and counts those that fail.
    #[error("this simulation failed: {0}")]
    Simulation(#[from] SimulationError),
    /// Training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Composition.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// Sampling.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A CSV file.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// A plot.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A file for another program.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Calibration.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
    /// Weights from elsewhere.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A saved posterior.
    #[error(transparent)]
    File(#[from] FileError),
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// The result of anything a user calls.
pub type Result<T> = std::result::Result<T, Error>;

/// What can be wrong with the file of a posterior.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file system refused.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// What the file system said.
        reason: String,
    },
    /// Not a posterior file at all, or cut off.
    #[error(
        "{path} is not a posterior file, or it is truncated ({reason}): copy it again, or save it again with `.save(..)`"
    )]
    Foreign {
        /// The file.
        path: String,
        /// What was found.
        reason: String,
    },
    /// Written by a newer version.
    #[error("{path} has format {found}; this version of tallsbi reads {supported}: update tallsbi")]
    Newer {
        /// The file.
        path: String,
        /// Format of the file.
        found: u32,
        /// The format known here.
        supported: u32,
    },
    /// Written by an earlier version, whose networks saw other features of an observation.
    #[error(
        "{path} has format {found}, of an earlier version of tallsbi; this one reads {supported}: load it with the version that wrote it, or train again"
    )]
    Older {
        /// The file.
        path: String,
        /// Format of the file.
        found: u32,
        /// The format known here.
        supported: u32,
    },
    /// A posterior of another declaration or network.
    #[error(
        "{path} holds another model, with the {what} {found} where this program has {expected}: load it with its own declaration"
    )]
    Mismatch {
        /// The file.
        path: String,
        /// What differs.
        what: &'static str,
        /// In the file.
        found: String,
        /// In this program.
        expected: String,
    },
    /// The stored tensors do not fit.
    #[error("{path}: {error}")]
    Network {
        /// The file.
        path: String,
        /// What does not fit.
        error: NetworkError,
    },
}
