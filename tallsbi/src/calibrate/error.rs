//! Name what can go wrong when a posterior is calibrated.

use crate::{dataset::DataError, diagnose::MetricError};

/// Why one data set gave no draws or no densities, in the words of whatever failed. Anything that can be displayed
/// converts by [`DrawError::new`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawError {
    reason: String,
}

impl DrawError {
    /// A failure in its own words.
    pub fn new(reason: impl std::fmt::Display) -> Self {
        Self { reason: reason.to_string() }
    }
}

impl std::fmt::Display for DrawError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for DrawError {}

/// What can go wrong when a posterior is calibrated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// Zero of something was asked for.
    #[error("{what} must be at least 1")]
    Zero {
        /// What was zero.
        what: &'static str,
    },
    /// More data sets failed than allowed.
    #[error(
        "{failed} of {total} data sets gave no ranks, more than the allowed share of {share}; the first reason: {reason}. \
         Mend the cause, or allow more with `max_failures`"
    )]
    TooManyFailures {
        /// How many failed.
        failed: usize,
        /// How many were tried.
        total: usize,
        /// The share allowed.
        share: f64,
        /// Why the first failed.
        reason: String,
    },
    /// The posterior gave another number of densities than it was asked for.
    #[error("{found} log-densities for {expected} parameters: give one for each")]
    DensityCount {
        /// Densities given.
        found: usize,
        /// Parameters given.
        expected: usize,
    },
    /// A log-density is NaN, or infinite at the true parameters.
    #[error("the log-density of data set {set} is {value}: check the posterior there")]
    Density {
        /// The data set, from 0.
        set: usize,
        /// The value.
        value: f64,
    },
    /// Another number of observations than the study's data sets had.
    #[error("{found} observations where the study had {expected}: run a study with as many")]
    SetSize {
        /// Observations given.
        found: usize,
        /// Observations of each data set.
        expected: usize,
    },
    /// A density or a classifier could not be evaluated.
    #[error("data set {set}: {error}")]
    Set {
        /// The data set, from 0.
        set: usize,
        /// What failed.
        error: DrawError,
    },
    /// The ranks or samples cannot be tested.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// Simulations or observations cannot be standardised.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}
