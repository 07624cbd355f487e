//! Infer the parameters of a stochastic simulator from one, thirty or ten thousand observations.
#![deny(missing_docs)]

pub mod compose;
pub mod dataset;
pub mod diagnose;
pub mod diffusion;
pub mod model;
pub mod net;
pub mod posterior;
pub mod prior;
pub mod report;
pub mod sample;
pub mod train;
