//! Name what can go wrong when scores are composed.

/// What can go wrong when scores are composed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// There is no observation to compose.
    #[error("no observations: give at least one")]
    NoObservations,
    /// A mini-batch of no factor was asked for.
    #[error("a mini-batch needs at least one observation (or group)")]
    EmptyBatch,
    /// A damping factor is not in (0, 1].
    #[error("`{name}` of the damping is {value}; it must be above 0 and at most 1")]
    Damping {
        /// Which one.
        name: &'static str,
        /// What it is, for people to read.
        value: String,
    },
    /// A covariance estimate of a single-observation posterior is unusable.
    #[error("the covariance estimated for observation {index} is not positive definite; use more pilot draws")]
    IndefiniteCovariance {
        /// Index of the observation (or block of observations).
        index: usize,
    },
    /// The estimated precisions of all observations together fall below zero somewhere once the prior's is taken out.
    #[error(
        "the precisions estimated for {n_factors} observations (or blocks) do not compose to a positive definite one \
         ({directions} bad directions); keep the prior floor (`floor: true`) or use more pilot draws"
    )]
    IndefinitePrecision {
        /// Number of factors composed.
        n_factors: usize,
        /// Directions with a precision that is not positive.
        directions: usize,
    },
    /// The prior's covariance is not positive definite.
    #[error("the covariance of the prior is not positive definite")]
    IndefinitePriorCovariance,
    /// The network could not be evaluated.
    #[error("the score network failed: {reason}")]
    Network {
        /// What it reported.
        reason: String,
    },
    /// Pilot draws (for the covariances) could not be made.
    #[error("the pilot draws of single observations failed: {reason}")]
    Pilot {
        /// What went wrong.
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
