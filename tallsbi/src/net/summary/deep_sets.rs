//! Summarise the steps of a series as a set: two layers for every step, and the mean over them.
//!
//! e_t = a(W_2 a(W_1 x_t + b_1) + b_2) with a = SiLU, then (Σ_t e_t)/T: a sum of one function of every element, which any continuous
//! function of a set can be made of (Zaheer et al., arXiv:1703.06114, Theorem 2). It knows no order.

use super::{
    super::{instructions::arch, vector},
    parts::{Linear, Tensors, mean, spread},
};

/// Where its tensors lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeepSets {
    steps: usize,
    width: usize,
    first: Linear,
    second: Linear,
}

/// Buffers of one forward and backward pass: `[items × steps × width]` each.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    first: Vec<f32>,
    first_slopes: Vec<f32>,
    second: Vec<f32>,
    second_slopes: Vec<f32>,
    d_first: Vec<f32>,
    d_second: Vec<f32>,
}

impl DeepSets {
    pub(super) fn new(tensors: &mut Tensors, features: usize, steps: usize, width: usize) -> Self {
        let first = tensors.linear("first", features, width);
        Self { steps, width, first, second: tensors.linear("second", width, width) }
    }

    /// `series: [items × steps × features]`, `pooled: [items × width]`.
    pub(super) fn forward(&self, weights: &[f32], series: &[f32], ws: &mut Buffers, pooled: &mut Vec<f32>) {
        self.first.silu(weights, series, &mut ws.first, &mut ws.first_slopes);
        self.second.silu(weights, &ws.first, &mut ws.second, &mut ws.second_slopes);
        mean(&ws.second, self.steps, self.width, pooled);
    }

    pub(super) fn backward(
        &self,
        weights: &[f32],
        series: &[f32],
        ws: &mut Buffers,
        d_pooled: &[f32],
        gradient: &mut [f32],
    ) {
        spread(d_pooled, self.steps, self.width, &mut ws.d_second);
        vector::scale_by(arch(), &ws.second_slopes, &mut ws.d_second);
        self.second.backward(weights, &ws.first, &ws.d_second, gradient, Some(&mut ws.d_first));
        vector::scale_by(arch(), &ws.first_slopes, &mut ws.d_first);
        self.first.backward(weights, series, &ws.d_first, gradient, None);
    }
}
