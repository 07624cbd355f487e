//! Normalise every row to mean 0 and variance 1, then scale and shift it (Ba et al., arXiv:1607.06450).

use std::ops::Range;

use super::{
    super::{instructions::arch, vector},
    parts::{Start, Tensors},
};

/// Added to the variance: a row of equal numbers stays finite.
const FLOOR: f32 = 1e-5;

/// Where its tensors lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Norm {
    gain: Range<usize>,
    shift: Range<usize>,
}

/// What a backward pass needs.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    normalised: Vec<f32>,
    /// 1/√(variance + floor) of every row.
    scales: Vec<f32>,
    /// The result.
    pub(super) out: Vec<f32>,
}

impl Norm {
    pub(super) fn new(tensors: &mut Tensors, name: &str, width: usize) -> Self {
        let gain = tensors.take(format!("{name}.gain"), &[width], Start::One);
        Self { gain, shift: tensors.take(format!("{name}.shift"), &[width], Start::Zero) }
    }

    pub(super) fn forward(&self, weights: &[f32], x: &[f32], ws: &mut Buffers) {
        let (gain, shift) = (&weights[self.gain.clone()], &weights[self.shift.clone()]);
        let w = gain.len();
        ws.normalised.resize(x.len(), 0.0);
        ws.out.resize(x.len(), 0.0);
        ws.scales.resize(x.len() / w, 0.0);
        let Buffers { normalised, scales, out } = ws;
        arch().dispatch(
            #[inline(always)]
            || {
                let into = normalised.chunks_exact_mut(w).zip(out.chunks_exact_mut(w)).zip(scales);
                for (x, ((normalised, out), scale)) in x.chunks_exact(w).zip(into) {
                    let mean = sum(x.iter().copied()) / w as f32;
                    let variance = sum(x.iter().map(|x| (x - mean) * (x - mean))) / w as f32;
                    *scale = 1.0 / (variance + FLOOR).sqrt();
                    for k in 0..w {
                        normalised[k] = (x[k] - mean) * *scale;
                        out[k] = normalised[k] * gain[k] + shift[k];
                    }
                }
            },
        );
    }

    /// Adds the gradient of the weights, and that of x to `d_x`.
    pub(super) fn backward(&self, weights: &[f32], ws: &Buffers, d_out: &[f32], gradient: &mut [f32], d_x: &mut [f32]) {
        let gain = &weights[self.gain.clone()];
        let w = gain.len();
        vector::add_rows(arch(), d_out, &mut gradient[self.shift.clone()]);
        let d_gain = &mut gradient[self.gain.clone()];
        arch().dispatch(
            #[inline(always)]
            || {
                let rows = ws.normalised.chunks_exact(w).zip(&ws.scales).zip(d_out.chunks_exact(w));
                for (((normalised, scale), d_out), d_x) in rows.zip(d_x.chunks_exact_mut(w)) {
                    // Of d = d_out ∘ gain what neither the mean nor the variance takes up.
                    let mean = sum(d_out.iter().zip(gain).map(|(d, gain)| d * gain)) / w as f32;
                    let along = sum((0..w).map(|k| d_out[k] * gain[k] * normalised[k])) / w as f32;
                    for k in 0..w {
                        d_gain[k] += d_out[k] * normalised[k];
                        d_x[k] += scale * (d_out[k] * gain[k] - mean - normalised[k] * along);
                    }
                }
            },
        );
    }
}

#[inline(always)]
fn sum(values: impl Iterator<Item = f32>) -> f32 {
    values.sum()
}
