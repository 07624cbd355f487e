//! Count what did not become part of a study, and refuse a study of which too much did not.

use super::CalibrationError;

/// Data sets that gave no ranks. Leaving them out calibrates the posterior on the others alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StudyFailures {
    /// The prior or the simulator failed.
    pub simulation: usize,
    /// The posterior could not be sampled.
    pub sampling: usize,
    /// Some draws were not finite, or were missing.
    pub non_finite: usize,
    /// Why the first of them failed; empty where none did.
    pub first_reason: String,
}

/// Why one data set gave nothing.
pub(crate) enum Failure {
    Simulation(String),
    Sampling(String),
    NonFinite(String),
}

impl StudyFailures {
    /// All of them.
    pub fn total(&self) -> usize {
        self.simulation + self.sampling + self.non_finite
    }

    /// Parts what was asked for into what came and what failed.
    ///
    /// # Errors
    /// [`CalibrationError::TooManyFailures`] where nothing came, or more than the share `allowed` failed.
    pub(crate) fn part<T>(outcomes: Vec<Result<T, Failure>>, allowed: f64) -> Result<(Vec<T>, Self), CalibrationError> {
        let total = outcomes.len();
        let mut failures = Self::default();
        let mut sets = Vec::with_capacity(total);
        for outcome in outcomes {
            let (count, reason) = match outcome {
                Ok(set) => {
                    sets.push(set);
                    continue;
                }
                Err(Failure::Simulation(reason)) => (&mut failures.simulation, reason),
                Err(Failure::Sampling(reason)) => (&mut failures.sampling, reason),
                Err(Failure::NonFinite(reason)) => (&mut failures.non_finite, reason),
            };
            *count += 1;
            if failures.first_reason.is_empty() {
                failures.first_reason = reason;
            }
        }
        let failed = failures.total();
        // A share that is not a number allows nothing.
        let few = failed as f64 <= allowed * total as f64;
        if sets.is_empty() || (failed > 0 && !few) {
            let reason = failures.first_reason;
            return Err(CalibrationError::TooManyFailures { failed, total, share: allowed, reason });
        }
        Ok((sets, failures))
    }
}
