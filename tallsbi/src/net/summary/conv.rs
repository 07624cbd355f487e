//! Summarise a series by convolutions of width 5 and stride 2, one after the other until few steps are left, and their mean.
//!
//! y_t = a(Σ_{k=0..4} W_k x_{2t+k−2} + b), a = SiLU, with zeros before the first and after the last step: T steps become ⌈T/2⌉. The same
//! weights everywhere are what makes it a convolution: LeCun et al., *Gradient-based learning applied to document recognition*, Proc. IEEE 86 (1998).
//!
//! Steps are stored with the zeros around them, so that five neighbours are one run of memory and a layer is a product for every item.

use super::{
    super::{
        activation::Nonlinearity,
        instructions::arch,
        linalg::View,
        small::multiply_small,
        vector::{self, Terms},
    },
    parts::{Linear, Tensors, mean, spread, transpose},
};

/// Neighbours that a step sees.
const KERNEL: usize = 5;
/// Zeros before the first step, and after the last.
const PADDING: usize = KERNEL / 2;
const STRIDE: usize = 2;
/// So few steps need no further layer.
const FEW: usize = 4;

/// Where its tensors lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conv {
    width: usize,
    /// Steps and channels before every layer, and the layer on five neighbours.
    layers: Vec<(usize, usize, Linear)>,
    /// Steps after the last.
    left: usize,
}

/// Buffers of one forward and backward pass.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// The weights of a layer: `[5 channels × width]`.
    transposed: Vec<f32>,
    /// The inputs of every layer with the zeros around them: `[items × (steps + 4) × channels]`.
    padded: Vec<Vec<f32>>,
    /// Of every layer: `[items × steps × width]`.
    slopes: Vec<Vec<f32>>,
    /// What the last layer gives.
    last: Vec<f32>,
    d_out: Vec<f32>,
    d_in: Vec<f32>,
    /// Of the five neighbours of every step of an item.
    d_neighbours: Vec<f32>,
}

impl Conv {
    pub(super) fn new(tensors: &mut Tensors, features: usize, steps: usize, width: usize) -> Self {
        let (mut layers, mut left, mut channels) = (Vec::new(), steps, features);
        while layers.is_empty() || left > FEW {
            let layer = tensors.linear(&format!("layer.{}", layers.len()), KERNEL * channels, width);
            layers.push((left, channels, layer));
            (left, channels) = (left.div_ceil(STRIDE), width);
        }
        Self { width, layers, left }
    }

    /// `series: [items × steps × features]`, `pooled: [items × width]`.
    pub(super) fn forward(&self, weights: &[f32], series: &[f32], ws: &mut Buffers, pooled: &mut Vec<f32>) {
        let w = self.width;
        let items = series.len() / self.layers.first().map_or(1, |(steps, channels, _)| steps * channels);
        ws.padded.resize_with(self.layers.len(), Vec::new);
        ws.slopes.resize_with(self.layers.len(), Vec::new);
        for ((steps, channels, _), padded) in self.layers.iter().zip(&mut ws.padded) {
            // The zeros at the ends are never written.
            padded.resize(items * (steps + 2 * PADDING) * channels, 0.0);
        }
        if let (Some(first), Some((steps, channels, _))) = (ws.padded.first_mut(), self.layers.first()) {
            let length = (steps + 2 * PADDING) * channels;
            for (padded, item) in first.chunks_exact_mut(length).zip(series.chunks_exact(steps * channels)) {
                padded[PADDING * channels..][..item.len()].copy_from_slice(item);
            }
        }
        ws.last.resize(items * self.left * w, 0.0);
        for (l, (steps, channels, layer)) in self.layers.iter().enumerate() {
            let after = steps.div_ceil(STRIDE);
            ws.slopes[l].resize(items * after * w, 0.0);
            let (before, rest) = ws.padded.split_at_mut(l + 1);
            let inputs = before[l].chunks_exact((steps + 2 * PADDING) * channels);
            // The next layer's input has zeros around it, what the last layer gives has none.
            let (next, border) = rest.first_mut().map_or((&mut ws.last, 0), |next| (next, PADDING * w));
            let outputs = next.chunks_exact_mut(after * w + 2 * border);
            transpose(&weights[layer.weight.clone()], layer.inputs, &mut ws.transposed);
            let bias = Terms::of_all(&weights[layer.bias.clone()]);
            for ((input, output), slopes) in inputs.zip(outputs).zip(ws.slopes[l].chunks_exact_mut(after * w)) {
                let output = &mut output[border..][..after * w];
                let neighbours = View::columns(input, STRIDE * channels, 0);
                let weight = View::rows(&ws.transposed, w);
                multiply_small((after, layer.inputs, w), neighbours, weight, 0.0, output);
                vector::activate(arch(), Nonlinearity::Silu, bias, 0, output, slopes);
            }
        }
        mean(&ws.last, self.left, w, pooled);
    }

    pub(super) fn backward(&self, weights: &[f32], ws: &mut Buffers, d_pooled: &[f32], gradient: &mut [f32]) {
        let w = self.width;
        spread(d_pooled, self.left, w, &mut ws.d_out);
        for (l, (steps, channels, layer)) in self.layers.iter().enumerate().rev() {
            let (after, length) = (steps.div_ceil(STRIDE), (steps + 2 * PADDING) * channels);
            vector::scale_by(arch(), &ws.slopes[l], &mut ws.d_out);
            vector::add_rows(arch(), &ws.d_out, &mut gradient[layer.bias.clone()]);
            ws.d_in.clear();
            ws.d_in.resize(if l > 0 { d_pooled.len() / w * steps * channels } else { 0 }, 0.0);
            ws.d_neighbours.resize(after * layer.inputs, 0.0);
            let items = ws.padded[l].chunks_exact(length).zip(ws.d_out.chunks_exact(after * w));
            for (item, (input, d_out)) in items.enumerate() {
                let into = &mut gradient[layer.weight.clone()];
                let neighbours = View::columns(input, STRIDE * channels, 0);
                multiply_small((w, after, layer.inputs), View::transposed(d_out, w), neighbours, 1.0, into);
                if l == 0 {
                    continue;
                }
                let weight = View::rows(&weights[layer.weight.clone()], layer.inputs);
                let d_out = View::rows(d_out, w);
                multiply_small((after, w, layer.inputs), d_out, weight, 0.0, &mut ws.d_neighbours);
                let d_in = &mut ws.d_in[item * steps * channels..][..steps * channels];
                for (t, d) in ws.d_neighbours.chunks_exact(layer.inputs).enumerate() {
                    // Step t sees the steps from 2t − 2 on: what of them is before the first or after the last is left out.
                    let start = STRIDE * t * channels;
                    let skipped = (PADDING * channels).saturating_sub(start);
                    let from = (start + skipped).saturating_sub(PADDING * channels);
                    d_in[from..].iter_mut().zip(&d[skipped..]).for_each(|(sum, value)| *sum += value);
                }
            }
            std::mem::swap(&mut ws.d_out, &mut ws.d_in);
        }
    }
}
