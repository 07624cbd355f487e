//! Predict scores: networks with static shapes as dfdx modules, and the fused engine they run on.

mod activation;
pub(crate) mod adam;
#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(not(target_arch = "x86_64"))]
#[path = "amx/absent.rs"]
mod amx;
mod collect;
mod custom;
mod dense;
mod encoder;
mod engine;
mod error;
mod form;
mod fused;
mod fused_engine;
mod inference;
pub(crate) mod instructions;
mod linalg;
mod merge;
mod mlp;
mod precision;
mod record;
mod reset;
mod separable;
mod separable_engine;
mod set_mlp;
mod shape;
#[cfg(target_arch = "x86_64")]
mod silu;
mod small;
mod summary;
#[cfg(test)]
mod tests;
mod tile;
pub(crate) mod vector;

pub use activation::{Activation, Mish, Nonlinearity, Relu, Silu};
pub use custom::{Custom, CustomEngine, CustomModule};
pub use dense::HiddenProduct;
pub use engine::{
    DirectionSource, EngineJacobians, FeatureSource, JacobianSink, NamedTensor, OutputSink, ScoreEngine, ScoreNetwork,
};
pub use error::NetworkError;
pub use fused::{Activations, Inputs};
pub use fused_engine::FusedEngine;
pub use instructions::Instructions;
pub use merge::{CustomInput, MergeInputs};
pub use mlp::{Mlp, ScoreInput};
pub use precision::{Precision, UnknownPrecision};
pub use separable::Separable;
pub use separable_engine::{BoundObservations, SeparableEngine, SeparableWorkspace};
pub use set_mlp::{SetInput, SetMlp};
pub use shape::{EncoderShape, NetworkShape};
pub use summary::{
    Conv1d, DeepSets, FusedNetwork, Gru, SUMMARIES, SUMMARY_WIDTH, SetTransformer, Summarised, SummaryKind,
    SummaryNetwork, SummaryShape, Transformer, summarised,
};
pub use tile::{BoundContexts, Tiles};
