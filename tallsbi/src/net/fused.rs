//! Compute a built-in score network forwards and backwards in one pass over a block of rows.
//!
//! A network is h₁ = a(W_θ θ + W_r r + u + W_c cos(kπt) + W_s sin(kπt) + b), h_{l+1} = a(W_l h_l + b_l), out = W_o h_L + b_o, where
//! r is the signal share and u what the encoder makes of the observations (or the learned null embedding where there are none).

use std::ops::Range;

use pulp::Arch;

use super::{
    encoder,
    linalg::{View, multiply},
    shape::{Layout, NetworkShape},
    vector,
};

/// A batch of network inputs. Row r sees θ and its signal share, a set of `sizes[r]` observations (0: none) and a time.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Features of θ_t, then the signal share of each: `[rows × 2 M]`; empty for a head.
    pub theta: &'a [f32],
    /// Standardised observations, z-scores then normal scores: `[rows × n_max × 2 D]`; slots beyond the row's size are not read.
    pub observations: &'a [f32],
    /// Set size of each row, at most n_max; 0 means the null context.
    pub sizes: &'a [u32],
    /// Diffusion time of each row.
    pub times: &'a [f32],
}

impl<'a> Inputs<'a> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.times.len()
    }

    /// Rows `start..end`.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Inputs<'a> {
        let rows = self.rows().max(1);
        let (m, x) = (self.theta.len() / rows, self.observations.len() / rows);
        Inputs {
            theta: &self.theta[start * m..end * m],
            observations: &self.observations[start * x..end * x],
            sizes: &self.sizes[start..end],
            times: &self.times[start..end],
        }
    }
}

/// Buffers of one forward and backward pass; reused, so a loop allocates only once.
#[derive(Debug, Default)]
pub struct Activations {
    /// θ features, signal shares, cos kπt and sin kπt side by side: `[rows × 2 (M + F)]`.
    features: Vec<f32>,
    /// Their weights side by side, or the gradient of these: `[H × 2 (M + F)]`.
    first: Vec<f32>,
    values: Vec<Vec<f32>>,
    slopes: Vec<Vec<f32>>,
    upstream: Vec<f32>,
    downstream: Vec<f32>,
    encoder: encoder::Activations,
}

/// cos kπt and sin kπt, k = 1 … frequencies.
pub(crate) fn time_features(t: f64, cos: &mut [f32], sin: &mut [f32]) {
    for (k, (cos, sin)) in cos.iter_mut().zip(sin).enumerate() {
        let angle = (k + 1) as f64 * std::f64::consts::PI * t;
        (*sin, *cos) = (angle.sin() as f32, angle.cos() as f32);
    }
}

/// Where the weights of θ features, signal shares, cos kπt and sin kπt lie when side by side: first column, number, tensor.
fn first_columns(p: usize, f: usize, layout: &Layout) -> [(usize, usize, &Range<usize>); 4] {
    [(0, p, &layout.theta), (p, p, &layout.signal), (2 * p, f, &layout.cos), (2 * p + f, f, &layout.sin)]
}

/// Evaluates the network on a block of rows, keeping what [`backward`] needs. `out: [rows × M]`.
pub(crate) fn forward(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    inputs: &Inputs<'_>,
    ws: &mut Activations,
    out: &mut [f32],
) {
    let arch = Arch::new();
    let (rows, p, m, h, f) = (inputs.rows(), shape.parameters, shape.outputs, shape.width, shape.frequencies);
    let width = 2 * (p + f);
    ws.features.clear();
    for (r, &t) in inputs.times.iter().enumerate() {
        ws.features.extend_from_slice(&inputs.theta[r * 2 * p..][..2 * p]);
        ws.features.resize((r + 1) * width, 0.0);
        let (cos, sin) = ws.features[r * width + 2 * p..].split_at_mut(f);
        time_features(f64::from(t), cos, sin);
    }
    // One product of the joint width costs less than four narrow ones.
    ws.first.resize(h * width, 0.0);
    for (from, columns, range) in first_columns(p, f, layout) {
        let weights = weights[range.clone()].chunks_exact(columns.max(1));
        for (row, weights) in ws.first.chunks_exact_mut(width.max(1)).zip(weights) {
            row[from..from + columns].copy_from_slice(weights);
        }
    }
    ws.values.resize_with(shape.depth, Vec::new);
    ws.slopes.resize_with(shape.depth, Vec::new);
    for buffer in ws.values.iter_mut().chain(&mut ws.slopes) {
        buffer.resize(rows * h, 0.0);
    }

    let first = &mut ws.values[0];
    encoder::forward(shape, layout, weights, inputs, &mut ws.encoder, first);
    multiply(rows, width, h, View::rows(&ws.features, width), View::transposed(&ws.first, width), 1.0, first);
    vector::activate(arch, shape.activation, &weights[layout.bias.clone()], first, &mut ws.slopes[0]);
    for (l, (weight, bias)) in layout.hidden.iter().enumerate() {
        let (before, after) = ws.values.split_at_mut(l + 1);
        multiply(
            rows,
            h,
            h,
            View::rows(&before[l], h),
            View::transposed(&weights[weight.clone()], h),
            0.0,
            &mut after[0],
        );
        vector::activate(arch, shape.activation, &weights[bias.clone()], &mut after[0], &mut ws.slopes[l + 1]);
    }
    for row in out.chunks_exact_mut(m) {
        row.copy_from_slice(&weights[layout.output.1.clone()]);
    }
    let last = &ws.values[shape.depth - 1];
    multiply(rows, h, m, View::rows(last, h), View::transposed(&weights[layout.output.0.clone()], h), 1.0, out);
}

/// Adds the gradient of the weights to `gradient`, given the gradient `d_out: [rows × M]` of the outputs of the last
/// [`forward`] with the same inputs. Writes the gradient with respect to the
/// θ features to `d_theta: [rows × M]` where that is given.
#[allow(clippy::too_many_arguments)] // reason: one backward pass needs all of it, and a struct would only rename it
pub(crate) fn backward(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    inputs: &Inputs<'_>,
    ws: &mut Activations,
    d_out: &[f32],
    gradient: &mut [f32],
    d_theta: Option<&mut [f32]>,
) {
    let arch = Arch::new();
    let (rows, p, m, h, f) = (inputs.rows(), shape.parameters, shape.outputs, shape.width, shape.frequencies);
    ws.upstream.resize(rows * h, 0.0);
    ws.downstream.resize(rows * h, 0.0);

    let last = &ws.values[shape.depth - 1];
    let (weight, bias) = &layout.output;
    multiply(m, rows, h, View::transposed(d_out, m), View::rows(last, h), 1.0, &mut gradient[weight.clone()]);
    vector::add_rows(arch, d_out, &mut gradient[bias.clone()]);
    multiply(rows, m, h, View::rows(d_out, m), View::rows(&weights[weight.clone()], h), 0.0, &mut ws.upstream);
    vector::scale_by(arch, &ws.slopes[shape.depth - 1], &mut ws.upstream);

    for (l, (weight, bias)) in layout.hidden.iter().enumerate().rev() {
        let input = &ws.values[l];
        multiply(
            h,
            rows,
            h,
            View::transposed(&ws.upstream, h),
            View::rows(input, h),
            1.0,
            &mut gradient[weight.clone()],
        );
        vector::add_rows(arch, &ws.upstream, &mut gradient[bias.clone()]);
        multiply(
            rows,
            h,
            h,
            View::rows(&ws.upstream, h),
            View::rows(&weights[weight.clone()], h),
            0.0,
            &mut ws.downstream,
        );
        vector::scale_by(arch, &ws.slopes[l], &mut ws.downstream);
        std::mem::swap(&mut ws.upstream, &mut ws.downstream);
    }

    let d_first = &ws.upstream;
    let width = 2 * (p + f);
    ws.first.resize(h * width, 0.0);
    multiply(h, rows, width, View::transposed(d_first, h), View::rows(&ws.features, width), 0.0, &mut ws.first);
    for (from, columns, range) in first_columns(p, f, layout) {
        let targets = gradient[range.clone()].chunks_exact_mut(columns.max(1));
        for (row, target) in ws.first.chunks_exact(width.max(1)).zip(targets) {
            target.iter_mut().zip(&row[from..from + columns]).for_each(|(sum, value)| *sum += value);
        }
    }
    vector::add_rows(arch, d_first, &mut gradient[layout.bias.clone()]);
    encoder::backward(shape, layout, weights, inputs, &mut ws.encoder, d_first, gradient);
    if let Some(d_theta) = d_theta {
        multiply(rows, h, p, View::rows(d_first, h), View::rows(&weights[layout.theta.clone()], p), 0.0, d_theta);
    }
}
