//! Check that a posterior is calibrated on *sets* of n observations, from simulations alone.
//!
//! A [`Study`] simulates many data sets of n observations each, with parameters from the prior, and draws from the posterior
//! of every one. Where the posterior is right, the rank of the true value of any quantity among its draws is uniform:
//! every test here is a choice of that quantity.

mod coverage;
mod error;
mod failures;
mod growth;
mod handle;
mod local_c2st;
mod misspecification;
mod predictive;
mod study;
mod table;
#[cfg(test)]
mod tests;

pub use error::{CalibrationError, DrawError};
pub(crate) use failures::Failure;
pub use failures::StudyFailures;
pub(crate) use growth::grow;
pub use growth::{ErrorGrowth, GrowthRow, tall_error_growth};
pub use handle::TallPosterior;
pub use local_c2st::{LocalC2st, LocalC2stOptions, LocalC2stReport};
pub use misspecification::{Misspecification, MisspecificationOptions, MisspecificationReport};
pub use predictive::{Discrepancy, PredictiveCheck, PredictiveStatistics};
pub(crate) use study::rank_of;
pub use study::{SetDensity, SetPosterior, SimulatedSet, Study, StudyOptions, stretch};
pub use table::{CalibrationTable, TableRow};
