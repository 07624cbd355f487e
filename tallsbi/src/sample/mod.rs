//! Integrate from noise to the posterior: samplers step over an interval, grids say which, the driver loops.

mod ddim;
mod dpm;
mod drive;
mod grid;
mod scratch;
mod traits;

pub use ddim::Ddim;
pub use dpm::{DpmSolver, DpmState};
pub use drive::{DriveOptions, Driven, Progress, StreamNoise, drive};
pub use grid::{Finish, Grid};
pub use scratch::Scratch;
pub use traits::{NoiseSource, SampleError, Sampler, Score};
