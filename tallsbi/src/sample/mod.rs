//! Integrate from noise to the posterior: samplers step over an interval, grids say which, the driver loops.

mod traits;

pub use traits::{NoiseSource, SampleError, Sampler, Score};
