//! Train a Gaussian head: the mean and precision of every posterior by maximum likelihood, the baseline of the score.

use std::ops::Range;

use nalgebra::{SMatrix, SVector};
use rayon::prelude::*;

use super::{Batch, Objective, TrainOptions, TrainingSet, objective::VALIDATION_REPEATS};
use crate::{
    diffusion::GaussianBaseline,
    model::Stream,
    net::{Inputs, NetworkError, ScoreEngine},
};

/// Numbers that a head gives per row: M means, M log-diagonals, M(M−1)/2 entries below the diagonal of L.
pub const fn head_outputs(m: usize) -> usize {
    m + m * (m + 1) / 2
}

/// The Gaussian negative log-likelihood of θ given x, per component, without its constant: ½ |Lᵀ(θ − μ)|² − Σ ln L_kk.
pub struct HeadObjective<'a, const M: usize> {
    /// The simulations.
    pub set: &'a TrainingSet,
}

/// Bound on |ln L_kk|: standard deviations down to e⁻⁹ of the prior's.
const LOG_DIAGONAL: f64 = 9.0;

fn read<const M: usize>(out: &[f32]) -> (SVector<f64, M>, SMatrix<f64, M, M>) {
    let mean = SVector::from_fn(|k, _| f64::from(out[k]));
    let mut factor = SMatrix::zeros();
    let mut next = 2 * M;
    for i in 0..M {
        factor[(i, i)] = f64::from(out[M + i]).clamp(-LOG_DIAGONAL, LOG_DIAGONAL).exp();
        for k in 0..i {
            factor[(i, k)] = f64::from(out[next]);
            next += 1;
        }
    }
    (mean, factor)
}

impl<const M: usize> Objective for HeadObjective<'_, M> {
    type Scratch = ();

    fn set(&self) -> &TrainingSet {
        self.set
    }

    fn outputs(&self) -> usize {
        head_outputs(M)
    }

    /// A single observation has neither time nor noise: every repetition would be the same.
    fn validation_repeats(&self) -> usize {
        if self.set.slots == 1 { 1 } else { VALIDATION_REPEATS }
    }

    fn fill(
        &self,
        rows: &[u32],
        options: &TrainOptions,
        rng: &mut Stream,
        (): &mut (),
        batch: &mut Batch,
    ) -> Result<(), NetworkError> {
        batch.choose_observations(self.set, rows, options, rng);
        for &row in rows {
            batch.times.push(0.0);
            batch.targets.extend_from_slice(&self.set.theta[row as usize * M..(row as usize + 1) * M]);
        }
        Ok(())
    }

    fn loss_gradient(&self, batch: &Batch, rows: Range<usize>, scale: f32, out: &mut [f32]) -> f64 {
        let mut loss = 0.0;
        let scale = f64::from(scale) / M as f64;
        for (row, out) in rows.zip(out.chunks_exact_mut(head_outputs(M))) {
            let (mean, factor) = read::<M>(out);
            let r = SVector::<f64, M>::from_fn(|k, _| f64::from(batch.targets[row * M + k])) - mean;
            let y = factor.transpose() * r;
            loss += 0.5 * y.norm_squared() - (0..M).map(|k| factor[(k, k)].ln()).sum::<f64>();
            let d_mean = -(factor * y);
            let mut next = 2 * M;
            for i in 0..M {
                out[i] = (scale * d_mean[i]) as f32;
                let inside = f64::from(out[M + i]).abs() < LOG_DIAGONAL;
                out[M + i] = if inside { (scale * (factor[(i, i)] * r[i] * y[i] - 1.0)) as f32 } else { 0.0 };
                for k in 0..i {
                    out[next] = (scale * r[i] * y[k]) as f32;
                    next += 1;
                }
            }
        }
        loss / M as f64
    }
}

/// Buffers of one block of rows of a head.
#[derive(Debug, Default)]
pub struct HeadBlock<W> {
    ws: W,
    times: Vec<f32>,
    out: Vec<f32>,
    failed: Option<NetworkError>,
}

/// The baselines that a trained head gives for sets of standardised observations; N(0, I) for an empty set.
///
/// # Errors
/// The network failed.
pub fn baselines<E: ScoreEngine, const M: usize>(
    head: &E,
    observations: &[f32],
    sizes: &[u32],
) -> Result<Vec<GaussianBaseline<M>>, NetworkError> {
    let mut all = Vec::new();
    baselines_into(head, observations, sizes, &mut Vec::new(), &mut all)?;
    Ok(all)
}

/// As [`baselines`], into `out`; a loop that keeps `blocks` and `out` allocates only once.
///
/// # Errors
/// The network failed.
pub fn baselines_into<E: ScoreEngine, const M: usize>(
    head: &E,
    observations: &[f32],
    sizes: &[u32],
    blocks: &mut Vec<HeadBlock<E::Training>>,
    out: &mut Vec<GaussianBaseline<M>>,
) -> Result<(), NetworkError> {
    const BLOCK: usize = 256;
    let stride = observations.len() / sizes.len().max(1);
    if blocks.len() < sizes.len().div_ceil(BLOCK) {
        blocks.resize_with(sizes.len().div_ceil(BLOCK), HeadBlock::default);
    }
    out.resize_with(sizes.len(), GaussianBaseline::standard);
    (out.par_chunks_mut(BLOCK), sizes.par_chunks(BLOCK), blocks.par_iter_mut()).into_par_iter().enumerate().for_each(
        |(i, (baselines, sizes, block))| {
            let observations = &observations[i * BLOCK * stride..(i * BLOCK + sizes.len()) * stride];
            block.times.resize(sizes.len(), 0.0);
            block.out.resize(sizes.len() * head_outputs(M), 0.0);
            let inputs = Inputs { theta: &[], observations, sizes, times: &block.times };
            block.failed = head.infer(&inputs, &mut block.ws, &mut block.out).err();
            for ((baseline, out), size) in baselines.iter_mut().zip(block.out.chunks_exact(head_outputs(M))).zip(sizes)
            {
                *baseline = if *size == 0 {
                    GaussianBaseline::standard()
                } else {
                    let (mean, factor) = read::<M>(out);
                    GaussianBaseline::from_precision_factor(mean, &factor)
                };
            }
        },
    );
    blocks.iter_mut().find_map(|block| block.failed.take()).map_or(Ok(()), Err)
}
