//! Name what can go wrong in an experiment of the paper.

use tallsbi::diagnose::MetricError;
use tallsbi::sample::SampleError;

use super::{CellsError, EXPERIMENTS};
use crate::inference::InferenceError;
use crate::reference::ReferenceError;
use crate::score::ScoreError;
use crate::suggest::{did_you_mean, list};

/// What can go wrong in an experiment of the paper.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// No experiment of this name.
    #[error("the experiment `{name}` is not built{}; there are {}", did_you_mean(*suggestion), list(EXPERIMENTS.map(|experiment| experiment.name)))]
    Unknown {
        /// The name given.
        name: String,
        /// The one that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// The experiment compares with reference posteriors.
    #[error("this experiment needs reference posteriors: add `--reference <folder>`")]
    NeedsReference,
    /// Cells cannot be kept.
    #[error(transparent)]
    Cells(#[from] CellsError),
    /// A posterior cannot be trained, loaded or sampled.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// A reference posterior cannot be used.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Draws cannot be scored.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// Draws cannot be measured.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A simulation failed.
    #[error(transparent)]
    Simulation(#[from] tallsbi::model::SimulationError),
    /// Exact scores cannot be sampled.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A picture cannot be drawn or written.
    #[error(transparent)]
    Plot(#[from] tallsbi::report::PlotError),
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}
