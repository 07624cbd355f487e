//! Benchmark tasks written in the language of tallsbi, and the command line `tallsbi-bench` that trains, samples and
//! scores them.
#![deny(missing_docs)]

pub mod choice;
pub mod cli;
pub mod exact;
pub mod inference;
pub mod jansen_rit;
pub mod local;
#[cfg(feature = "nuts")]
pub mod nuts;
pub mod ode;
pub mod page;
pub mod paper;
pub mod reference;
pub mod sampler;
pub mod score;
pub mod spectrum;
pub mod speed;
mod suggest;
pub mod tasks;
pub mod toy;
