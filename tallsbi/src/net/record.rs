//! Run a built-in network on dfdx tensors: one fused forward pass, one backward operation on the tape.

use dfdx::{
    shapes::{Const, HasShape},
    tensor::{Cpu, NoneTape, PutTape, SplitTape, Tape, Tensor, TensorFromVec},
    tensor_ops::ReshapeTo,
};
use rayon::prelude::*;

use super::{
    collect::{self, Parameters, Trainable},
    dense::Packed,
    error::NetworkError,
    fused::{self, Activations, Inputs},
    shape::NetworkShape,
};

/// Rows of one unit of parallel work: fixed, so that no result depends on the number of threads.
const BLOCK_ROWS: usize = 128;

/// θ features `[rows × M]`.
pub(crate) type Theta<const M: usize, T> = Tensor<(usize, Const<M>), f32, Cpu, T>;

/// The parts of an input beside θ, row-major copies whatever the strides of the tensors were.
pub(crate) struct Parts {
    /// Signal shares: `[rows × M]`.
    pub(crate) signal: Vec<f32>,
    /// θ_t in latent coordinates: `[rows × M]`.
    pub(crate) latent: Vec<f32>,
    /// z-scores: `[rows × n_max × D]`.
    pub(crate) x: Vec<f32>,
    /// Normal scores: `[rows × n_max × D]`.
    pub(crate) scores: Vec<f32>,
    /// Normal scores of differences: `[rows × n_max × D]`.
    pub(crate) differences: Vec<f32>,
    pub(crate) time: Vec<f32>,
    pub(crate) sizes: Option<Vec<u32>>,
}

/// What a fused pass reads, in its layout.
struct Rows {
    features: Vec<f32>,
    observations: Vec<f32>,
    sizes: Vec<u32>,
    times: Vec<f32>,
}

impl Rows {
    fn new(shape: &NetworkShape, theta: &[f32], parts: Parts) -> Result<Self, NetworkError> {
        let (m, d, n_max) = (shape.parameters, shape.observation, shape.n_max());
        let rows = parts.time.len();
        let sizes = parts.sizes.unwrap_or_else(|| vec![n_max as u32; rows]);
        let expected = theta.len() / m.max(1);
        for (name, found) in [
            ("signal", parts.signal.len() / m.max(1)),
            ("latent", parts.latent.len() / m.max(1)),
            ("x", parts.x.len() / (n_max * d).max(1)),
            ("scores", parts.scores.len() / (n_max * d).max(1)),
            ("differences", parts.differences.len() / (n_max * d).max(1)),
            ("time", rows),
            ("sizes", sizes.len()),
        ] {
            if found != expected {
                return Err(NetworkError::Rows { name, found, expected });
            }
        }
        if let Some((row, &found)) = sizes.iter().enumerate().find(|(_, size)| **size as usize > n_max) {
            return Err(NetworkError::SetSize { row, found, n_max });
        }
        Ok(Self {
            features: interleave([theta, &parts.signal, &parts.latent], m),
            observations: interleave([&parts.x, &parts.scores, &parts.differences], d),
            sizes,
            times: parts.time,
        })
    }

    fn block(&self, index: usize) -> Inputs<'_> {
        let all =
            Inputs { theta: &self.features, observations: &self.observations, sizes: &self.sizes, times: &self.times };
        all.slice(index * BLOCK_ROWS, ((index + 1) * BLOCK_ROWS).min(all.rows()))
    }
}

/// Rows of `width` values of every part, side by side.
fn interleave<const PARTS: usize>(parts: [&[f32]; PARTS], width: usize) -> Vec<f32> {
    let mut all = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    for row in 0..parts[0].len() / width.max(1) {
        for part in parts {
            all.extend_from_slice(&part[row * width..][..width]);
        }
    }
    all
}

/// Evaluates `module`, a network of this shape whose tensors are in its flat order. Where the tape of `theta` records,
/// exactly one operation is added: it gives the gradients of every parameter and of θ.
///
/// # Errors
/// Parts of different numbers of rows, a set too large, or dfdx failed.
pub(crate) fn forward<Mod: Parameters, T: Tape<f32, Cpu>, const M: usize>(
    module: &Mod,
    shape: NetworkShape,
    theta: Theta<M, T>,
    parts: Parts,
) -> Result<Theta<M, T>, NetworkError> {
    let Trainable { parameters, weights, tape: reshapes } = Trainable::<T>::of(module)?;
    let layout = shape.layout();
    let packed = Packed::new(&shape, &layout, &weights);
    // A permuted tensor becomes contiguous by an operation of its own, which the tape records.
    let (theta, tape) = theta.try_contiguous()?.split_tape();
    let mut tape = tape.merge(reshapes);
    let rows = Rows::new(&shape, &theta.as_vec(), parts)?;
    let n = rows.times.len();
    let mut out = vec![0.0; n * M];
    let mut activations: Vec<Activations> = Vec::new();
    activations.resize_with(n.div_ceil(BLOCK_ROWS), Activations::default);
    activations.par_iter_mut().zip(out.par_chunks_mut(BLOCK_ROWS * M)).enumerate().for_each(|(i, (ws, out))| {
        fused::forward(&shape, &layout, &weights, &packed, &rows.block(i), ws, out);
    });
    let out: Theta<M, NoneTape> = theta.device().try_tensor_from_vec(out, *theta.shape())?;
    if T::OWNS_TAPE {
        let result = out.clone();
        tape.add_backward_op(move |gradients| {
            let d_out = gradients.get_or_alloc_mut(&result)?.to_vec();
            let mut d_theta = vec![0.0; n * M];
            let partial: Vec<Vec<f32>> = activations
                .par_iter_mut()
                .zip(d_out.par_chunks(BLOCK_ROWS * M))
                .zip(d_theta.par_chunks_mut(BLOCK_ROWS * M))
                .enumerate()
                .map(|(i, ((ws, d_out), d_theta))| {
                    let mut gradient = vec![0.0; layout.total];
                    let inputs = rows.block(i);
                    let d_theta = Some(d_theta);
                    fused::backward(&shape, &layout, &weights, &packed, &inputs, ws, d_out, &mut gradient, d_theta);
                    gradient
                })
                .collect();
            // Without rows every gradient is zero, and still there: an optimiser misses none.
            let mut total = vec![0.0; layout.total];
            for partial in &partial {
                total.iter_mut().zip(partial).for_each(|(sum, value)| *sum += value);
            }
            collect::add_gradients(&parameters, &total, gradients)?;
            gradients.get_or_alloc_mut(&theta)?.iter_mut().zip(&d_theta).for_each(|(sum, value)| *sum += value);
            Ok(())
        });
    }
    Ok(out.put_tape(tape))
}
