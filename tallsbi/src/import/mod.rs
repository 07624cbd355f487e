//! Import networks that were trained in PyTorch: weights by name from safetensors files, checked one by one.
//!
//! A `Sequential` of `Linear` and one kind of activation is a [`Sequential`] here. Where it predicts the noise of a diffused
//! parameter, as the networks of arXiv:2404.07593 do, [`NoiseLayout`] makes it a network of this library, and
//! [`ImportedPosterior`] composes and samples it for any number of observations.
//!
//! A file is read by what is expected of it: a tensor that is missing, left over, of another shape or of another type of number
//! is an error that names it. Nothing is guessed from a file.

mod error;
mod noise;
mod posterior;
mod sequential;
mod tensors;
#[cfg(test)]
mod tests;

pub use error::ImportError;
pub use noise::{InputBlock, NoiseLayout};
pub use posterior::{ImportedPosterior, ObservationScale};
pub use sequential::{Sequential, SequentialLayout};
pub use tensors::StoredTensors;
