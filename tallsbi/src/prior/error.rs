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
    /// A declaration walks through another number of components than the parameter struct has.
    #[error("the prior declares {declared} components, the parameter struct has {expected}: declare each field once")]
    ComponentCount {
        /// Components declared (so far, where there are too many).
        declared: usize,
        /// Components of the parameter struct.
        expected: usize,
    },
    /// The family does not diffuse in closed form in the paper's coordinates.
    #[error("`{name}` ~ {prior} does not diffuse in closed form: use prior-Gaussian coordinates or a learned prior")]
    NoClosedForm {
        /// The component.
        name: String,
        /// The prior.
        prior: String,
    },
    /// The prior of a component depends on other components, where independent components are needed.
    #[error(
        "the prior of `{name}` depends on other fields, so it does not diffuse in closed form: use prior-Gaussian coordinates or a learned prior"
    )]
    Conditional {
        /// The component.
        name: String,
    },
    /// The mean or standard deviation that standardises a component is unusable.
    #[error("`{name}` cannot be standardised with mean {mean} and standard deviation {sd}: is it constant?")]
    Standardisation {
        /// The component.
        name: String,
        /// The mean.
        mean: f64,
        /// The standard deviation.
        sd: f64,
    },
    /// The factor of a uniform prior's box is unusable.
    #[error("the scale of the uniform box must be positive and finite, not {scale}: 1 is the declared prior")]
    BoxScale {
        /// The factor.
        scale: f64,
    },
}
