//! Name what can be wrong with a file of weights from elsewhere, and with what it is imported as.

use crate::{model::TransformError, net::NetworkError, prior::PriorError};

/// What can be wrong with a file of weights from elsewhere, and with what it is imported as.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// What the file system said.
        reason: String,
    },
    /// Not a safetensors file, or cut off.
    #[error(
        "{path} is not a safetensors file, or it is truncated ({reason}): write it with `safetensors.torch.save_file`"
    )]
    Foreign {
        /// The file.
        path: String,
        /// What was found.
        reason: String,
    },
    /// A tensor that is needed is not there.
    #[error("the tensor `{name}` {expected:?} is missing; what is left of the file: {}", listed(left))]
    Missing {
        /// The tensor.
        name: String,
        /// The shape it would have.
        expected: Vec<usize>,
        /// Names of the file's tensors that nothing has asked for yet.
        left: Vec<String>,
    },
    /// Tensors are there that nothing asked for: probably the network has more parts than the layout says.
    #[error("nothing is known of {}: add them to the layout, or `skip` them", listed(names))]
    LeftOver {
        /// The tensors.
        names: Vec<String>,
    },
    /// A tensor has another shape.
    #[error("the tensor `{name}` has shape {found:?}, expected {expected:?} (a `Linear` stores [outputs, inputs])")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape expected.
        expected: Vec<usize>,
    },
    /// A tensor holds another type of number.
    #[error("the tensor `{name}` holds {found} and not F32: convert it with `.float()` before saving")]
    Type {
        /// The tensor.
        name: String,
        /// The type of its numbers.
        found: String,
    },
    /// A number of a tensor is NaN or infinite.
    #[error("number {index} of the tensor `{name}` is {value}: the training diverged, or the file is damaged")]
    NotFinite {
        /// The tensor.
        name: String,
        /// Its place, row-major.
        index: usize,
        /// The number.
        value: f32,
    },
    /// A layout that no network has.
    #[error("the layout does not fit together: {reason}")]
    Layout {
        /// What is wrong and what would be right.
        reason: String,
    },
    /// An observation cannot be standardised.
    #[error("component {component} of observation {row}: {error}")]
    Observation {
        /// The observation, from 0.
        row: usize,
        /// The component, from 0.
        component: usize,
        /// What is wrong with it.
        error: TransformError,
    },
    /// A mean or standard deviation that cannot standardise.
    #[error(
        "component {component} is standardised by mean {mean} and standard deviation {sd}: both must be finite, the latter not negative"
    )]
    Standardisation {
        /// The component, from 0.
        component: usize,
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        sd: f64,
    },
    /// The prior has no such coordinates.
    #[error(transparent)]
    Prior(#[from] PriorError),
    /// The network refuses the weights.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// The first names, quoted.
fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    shown.join(", ") + &more
}
