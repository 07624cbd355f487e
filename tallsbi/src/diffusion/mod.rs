//! Diffuse: noise schedules and the levels θ_t = √α_t θ_0 + σ_t ε they pass through.

mod schedule;

pub use schedule::{Level, Schedule};
