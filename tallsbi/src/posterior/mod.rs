//! Hold a trained posterior: observe, compose, sample, save, load.

mod factor;
mod local;
mod pilot;

pub use local::{NetworkScores, NetworkWorkspace};
pub use pilot::NetworkPilot;
