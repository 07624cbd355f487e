//! Integrate from noise to the posterior: samplers step over an interval, grids say which, the driver loops.

mod corrector;
mod ddim;
mod dpm;
mod dpm3;
mod drive;
mod erased;
mod flow;
mod geffner;
mod grid;
mod langevin;
mod plan;
mod scratch;
mod tamed;
mod traits;

pub use corrector::{Corrector, LangevinCorrector, PredictorCorrector};
pub use ddim::Ddim;
pub use dpm::{DpmSolver, DpmState};
pub use dpm3::{Dpm3State, DpmSolver3};
pub use drive::{DriveOptions, Driven, Progress, StreamNoise, drive, drive_each};
pub use flow::{Flow, ScoreJacobian};
pub use geffner::{Geffner, GeffnerState};
pub use grid::{Finish, Grid};
pub use langevin::Langevin;
pub use plan::{GeffnerPlan, Plan, SamplingPlan, TallPlan};
pub use scratch::Scratch;
pub use tamed::TamedLangevin;
pub use traits::{NoiseSource, SampleError, Sampler, Score};

#[cfg(test)]
mod tests;
