//! Hold a trained posterior: observe, compose, sample, save, load.

mod coordinates;
mod density;
mod drawing;
mod draws;
mod error;
mod factor;
mod file;
mod handle;
mod learned;
mod local;
mod mode;
mod npse;
mod observations;
mod pilot;
mod progress;
mod report;
mod rows;
mod strays;
#[cfg(test)]
mod tests;

pub use coordinates::{Coordinates, Learned, Paper, PriorGaussian, SamplerOnlyPrior, Standardised, TrainedNetwork};
pub(crate) use drawing::{DrawRequest, draw};
pub use draws::{Derived, Draws, DrawsReport};
pub use error::{Error, FileError, Result};
pub(crate) use file::{FORMAT, PosteriorFile, write};
pub use handle::Posterior;
pub use learned::LearnedPrior;
pub use local::{NetworkScores, NetworkWorkspace};
pub use mode::PosteriorMode;
pub use npse::Npse;
pub use observations::{Observations, Sampling};
pub use pilot::NetworkPilot;
pub(crate) use progress::Progress;
pub(crate) use report::{PRIOR_DRAWS, short_type_name};
pub(crate) use rows::RowOptions;
pub use rows::{RowScores, RowWorkspace};
