//! Diffuse: noise schedules, the levels θ_t = √α_t θ_0 + σ_t ε they pass through, and what a network predicts of them.

mod baseline;
mod parameterisation;
mod schedule;

pub use baseline::{BaselineAt, GaussianBaseline};
pub use parameterisation::Parameterisation;
pub use schedule::{Level, Schedule};
