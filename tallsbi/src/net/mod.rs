//! Predict scores: networks with static shapes as dfdx modules, and the fused engine they run on.

mod activation;
mod encoder;
mod engine;
mod fused;
mod linalg;
mod shape;
mod tile;
pub(crate) mod vector;

pub use activation::{Activation, Mish, Nonlinearity, Relu, Silu};
pub use engine::{EngineJacobians, FusedEngine, NamedTensor, NetworkError, ScoreEngine, ScoreNetwork};
pub use fused::{Activations, Inputs};
pub use shape::{EncoderShape, NetworkShape};
pub use tile::Tiles;
