//! Name what can go wrong when scores are composed.

/// What can go wrong when scores are composed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// There is no observation to compose.
    #[error("no observations: give at least one")]
    NoObservations,
    /// A covariance estimate of a single-observation posterior is unusable.
    #[error("the covariance estimated for observation {index} is not positive definite; use more pilot draws")]
    IndefiniteCovariance {
        /// Index of the observation (or block of observations).
        index: usize,
    },
    /// A composed precision is not positive definite at this level.
    #[error("the composed precision is not positive definite at t = {t_milli}/1000")]
    IndefinitePrecision {
        /// Diffusion time in thousandths.
        t_milli: u32,
    },
    /// The network could not be evaluated.
    #[error("the score network failed: {reason}")]
    Network {
        /// What it reported.
        reason: String,
    },
    /// Pilot draws (for the covariances) were not finite.
    #[error("{count} pilot draws of observation {index} are not finite: is the observation far from every simulation?")]
    NonFinitePilot {
        /// Index of the observation (or block of observations).
        index: usize,
        /// How many.
        count: usize,
    },
}
