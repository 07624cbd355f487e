//! Say what training and sampling need of a network.

use std::ops::Range;

use nalgebra::{SMatrix, SVector};

use super::{error::NetworkError, fused::Inputs, precision::Precision, summary::SummaryShape};
use crate::model::Stream;

/// One named tensor of weights, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its name, as dfdx's savers see it (`hidden.0.weight`).
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: Vec<f32>,
}

/// Writes the features of a run of rows: `(draw, sets, features [sets × 3 M])`.
pub type FeatureSource<'a> = dyn FnMut(usize, Range<usize>, &mut [f32]) + 'a;
/// Receives the outputs of a run of rows: `(draw, first set, outputs [sets × M])`.
pub type OutputSink<'a> = dyn FnMut(usize, usize, &[f32]) + 'a;
/// Writes the features of one row and how they change with every component of θ: `(draw, set, features [3 M],
/// directions [M × 3 M])`, `directions[k * 3 M + i]` = ∂feature_i/∂θ_k.
pub type DirectionSource<'a> = dyn FnMut(usize, usize, &mut [f32], &mut [f32]) + 'a;
/// Receives the output and the Jacobian of one row: `(draw, set, output [M], jacobian [M × M])`.
pub type JacobianSink<'a> = dyn FnMut(usize, usize, &[f32], &[f32]) + 'a;

/// A type of network with static shapes: M parameters, observations of D components, sets of at most `N_MAX`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a score network for {M} parameters and observations of {D} components",
    note = "use `Mlp<{M}, {D}>`, `SetMlp<{M}, {D}, N_MAX>` or `Custom<_>` around a dfdx module with these static shapes"
)]
pub trait ScoreNetwork<const M: usize, const D: usize>: Sized + 'static {
    /// Largest set of observations seen at once.
    const N_MAX: usize;
    /// What runs it.
    type Engine: ScoreEngine;

    /// Type and sizes, for the file: networks with equal descriptions can exchange weights. No network is built for it.
    ///
    /// # Errors
    /// A dfdx module could not be walked.
    fn describe() -> Result<serde_json::Value, NetworkError>;

    /// A network with fresh random weights.
    ///
    /// # Errors
    /// A dfdx module could not be built.
    fn initialise(rng: &mut Stream) -> Result<Self::Engine, NetworkError>;

    /// A network with stored weights.
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    fn restore(tensors: &[NamedTensor]) -> Result<Self::Engine, NetworkError>;

    /// What summarises an observation before the network sees it; the Gaussian head then has a summary network of the same
    /// shape. None, as provided: the network sees all components.
    fn summary() -> Option<SummaryShape> {
        None
    }
}

/// A network at work: weights as one flat vector, gradients for training, bound evaluation for sampling.
pub trait ScoreEngine: Clone + std::fmt::Debug + Send + Sync + 'static {
    /// Buffers of one thread in training.
    type Training: Default + Send;
    /// Buffers of one thread in sampling.
    type Inference: Default + Send;
    /// What is computed once per set of observations.
    type Bound: Default + Send + Sync;

    /// Numbers in the observation slots of one set: n_max × 2 D.
    fn slot_width(&self) -> usize;
    /// All weights, one flat vector.
    fn weights(&self) -> &[f32];
    /// Changes the weights in place.
    ///
    /// # Errors
    /// A dfdx module refused them.
    fn update_weights(&mut self, change: &mut dyn FnMut(&mut [f32])) -> Result<(), NetworkError>;
    /// The weights as named tensors.
    fn tensors(&self) -> Vec<NamedTensor>;

    /// Evaluates a block of rows, keeping what [`backward`](Self::backward) needs. `out: [rows × M]`.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn forward(&self, inputs: &Inputs<'_>, ws: &mut Self::Training, out: &mut [f32]) -> Result<(), NetworkError>;
    /// As [`forward`](Self::forward), where no backward pass follows: an engine may keep nothing.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn infer(&self, inputs: &Inputs<'_>, ws: &mut Self::Training, out: &mut [f32]) -> Result<(), NetworkError> {
        self.forward(inputs, ws, out)
    }
    /// Writes the gradient of the weights, given the gradient `[rows × M]` of the outputs of the last forward pass.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn backward(
        &self,
        inputs: &Inputs<'_>,
        ws: &mut Self::Training,
        d_out: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), NetworkError>;

    /// Draws that a thread should move at a time, of `draws` given `sets` sets: enough rows for matrix products to be
    /// efficient, and enough draws to share what is computed once per set and level.
    fn block(&self, _draws: usize, sets: usize) -> usize {
        const ROWS: usize = 1024;
        (ROWS / sets.max(1)).clamp(64, 256)
    }

    /// Binds sets of standardised observations: `observations: [sets × n_max × 3 D]` (z-scores,
    /// normal scores, then scored differences, of every slot), `sizes: [sets]`, to be evaluated at this precision where the engine has a choice.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn bind(&self, observations: &[f32], sizes: &[u32], precision: Precision) -> Result<Self::Bound, NetworkError>;
    /// Makes `into` the bound sets with these indices, in their order. It allocates only until `into` has grown to size.
    fn select(&self, bound: &Self::Bound, sets: &[u32], into: &mut Self::Bound);
    /// Evaluates every draw for every bound set at time `t`: `source(draw, sets, features [sets × 3 M])` writes
    /// what a run of rows brings: θ features, signal shares, and θ_t in latent coordinates. `sink(draw, first set, outputs
    /// [sets × M])` receives its outputs, in a fixed order.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn evaluate(
        &self,
        bound: &Self::Bound,
        t: f64,
        draws: usize,
        ws: &mut Self::Inference,
        source: &mut FeatureSource<'_>,
        sink: &mut OutputSink<'_>,
    ) -> Result<(), NetworkError>;

    /// Whether [`subtract_weighted`](Self::subtract_weighted) sums over the sets before it evaluates, so that thousands of sets cost little more
    /// than a few. Not so unless an engine says it.
    fn sums_first(&self) -> bool {
        false
    }
    /// `out[draw] ← out[draw] − Σ_j G_j o_j` over all bound sets, a gain for each: what a linear composition asks. Provided
    /// by [`evaluate`](Self::evaluate); an engine that can sum before it evaluates does.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn subtract_weighted<const P: usize>(
        &self,
        bound: &Self::Bound,
        t: f64,
        gains: &[SMatrix<f64, P, P>],
        ws: &mut Self::Inference,
        source: &mut FeatureSource<'_>,
        out: &mut [[f64; P]],
    ) -> Result<(), NetworkError> {
        self.evaluate(bound, t, out.len(), ws, source, &mut |draw, first, outputs| {
            let mut sum = SVector::from(out[draw]);
            for (gain, output) in gains[first..].iter().zip(outputs.chunks_exact(P)) {
                sum -= gain * SVector::<f64, P>::from_fn(|k, _| f64::from(output[k]));
            }
            out[draw] = sum.into();
        })
    }
}

/// The rows with these indices, each of `width` numbers.
pub(super) fn select_rows(rows: &[f32], width: usize, indices: &[u32], into: &mut Vec<f32>) {
    into.clear();
    for index in indices {
        into.extend_from_slice(&rows[*index as usize * width..][..width]);
    }
}

/// An engine that also gives Jacobians with respect to θ (capability that JAC needs).
#[diagnostic::on_unimplemented(
    message = "JAC needs the Jacobian of the network, and `{Self}` does not give one",
    note = "use a built-in network, or another composer"
)]
pub trait EngineJacobians: ScoreEngine {
    /// As [`ScoreEngine::evaluate`] row by row, with the derivatives of the features from `source`:
    /// `sink(draw, set, output [M], jacobian)`, `jacobian[k * M + i]` = ∂out_i/∂θ_k.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn evaluate_with_jacobians(
        &self,
        bound: &Self::Bound,
        t: f64,
        draws: usize,
        ws: &mut Self::Inference,
        source: &mut DirectionSource<'_>,
        sink: &mut JacobianSink<'_>,
    ) -> Result<(), NetworkError>;
}
