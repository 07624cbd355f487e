//! Name what can go wrong with a network.

use dfdx::tensor::CpuError;

/// What can go wrong with a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A dfdx module reported an error.
    #[error("the dfdx module failed: {reason}")]
    Module {
        /// What it reported.
        reason: String,
    },
    /// Rows without an observation reached a network that has no null context.
    #[error(
        "this network is a dfdx module of your own and has no context for an absent observation: use a built-in network \
         (`Mlp` or `SetMlp`) with `.learned_prior()`"
    )]
    NoNullContext,
    /// The parts of a network's input disagree.
    #[error("`{name}` of the network's input has {found} rows, `theta` has {expected}")]
    Rows {
        /// The part.
        name: &'static str,
        /// Its rows.
        found: usize,
        /// Rows of θ.
        expected: usize,
    },
    /// A set is larger than the network's sets.
    #[error("row {row} has a set of {found} observations, this network sees at most {n_max}")]
    SetSize {
        /// The row.
        row: usize,
        /// Its set size.
        found: u32,
        /// The largest set size.
        n_max: usize,
    },
    /// Stored weights do not fit this network.
    #[error("the stored tensor `{name}` has shape {found:?}, this network needs {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape of the network.
        expected: Vec<usize>,
    },
    /// A tensor of the network is not among the stored ones.
    #[error("the tensor `{name}` is missing")]
    Missing {
        /// The tensor.
        name: String,
    },
}

impl NetworkError {
    /// With the name of a tensor as the network that `prefix` is a part of has it.
    pub(super) fn within(self, prefix: &str) -> Self {
        match self {
            Self::Missing { name } => Self::Missing { name: format!("{prefix}{name}") },
            Self::Shape { name, found, expected } => Self::Shape { name: format!("{prefix}{name}"), found, expected },
            other => other,
        }
    }
}

impl From<CpuError> for NetworkError {
    fn from(error: CpuError) -> Self {
        Self::Module { reason: format!("{error:?}") }
    }
}
