//! Name what can be wrong with a prior's arguments and with a value under it.

/// An argument of a family is invalid. The message is a constant, so that a const-evaluated check can show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FamilyError {
    /// What is wrong and what would be right.
    pub message: &'static str,
}

/// What can go wrong with a prior at run time.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PriorError {
    /// The prior of a component has invalid arguments (computed from constants or earlier components).
    #[error("the prior of `{name}` is invalid: {error}")]
    InvalidFamily {
        /// The component.
        name: String,
        /// What is wrong.
        error: FamilyError,
    },
    /// A value outside the support of its prior, or not finite.
    #[error("`{name}` = {value} is outside the support of its prior, {prior} on ({low}, {high})")]
    OutOfSupport {
        /// The component.
        name: String,
        /// The value.
        value: f64,
        /// The prior.
        prior: String,
        /// Lower end of the support.
        low: f64,
        /// Upper end of the support.
        high: f64,
    },
}
