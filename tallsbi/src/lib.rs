//! Infer the parameters of a stochastic simulator from one, thirty or ten thousand observations.
#![deny(missing_docs)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod calibrate;
pub mod compose;
pub mod dataset;
pub mod diagnose;
pub mod diffusion;
#[cfg(doctest)]
mod docs;
pub mod hierarchy;
pub mod import;
pub mod model;
pub mod net;
pub mod posterior;
pub mod prelude;
pub mod prior;
pub mod report;
pub mod sample;
pub mod train;

pub use nalgebra;
pub use posterior::{Error, Result};
pub use rand;
pub use rand_distr;
pub use tallsbi_macros::{Design, Observation, Parameters, simulator, summary};
