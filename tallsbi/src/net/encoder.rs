//! Encode an observation, a set of observations, or none into the first layer of a built-in network.

use std::ops::Range;

use super::{
    fused::Inputs,
    instructions::arch,
    linalg::{View, multiply},
    shape::{ContextLayout, Dense, Layout, NetworkShape, Slot},
    vector::{self, Terms},
};
use crate::dataset::FEATURES;

/// Buffers of the encoder's forward and backward passes.
#[derive(Debug, Default)]
pub(crate) struct Activations {
    /// Observations of all rows with at least one, packed: `[items × 3 D]`.
    items: Vec<f32>,
    first: Vec<f32>,
    first_slopes: Vec<f32>,
    second: Vec<f32>,
    second_slopes: Vec<f32>,
    means: Vec<f32>,
    d_means: Vec<f32>,
    d_second: Vec<f32>,
    d_first: Vec<f32>,
}

/// Writes the first layer's context contribution u of every row: `[rows × H]`.
pub(crate) fn forward(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    inputs: &Inputs<'_>,
    ws: &mut Activations,
    out: &mut [f32],
) {
    let (rows, d, h) = (inputs.rows(), shape.observation, shape.width);
    match &layout.context {
        &ContextLayout::Set { n_max, width, ref first, ref second, ref embedding, ref size } => {
            pack(inputs, n_max * FEATURES * d, FEATURES * d, &mut ws.items);
            encode_items(shape, weights, (first, second, width), ws);
            average(inputs.sizes, width, &ws.second, &mut ws.means);
            let view = View::transposed(&weights[embedding.clone()], width);
            multiply(rows, width, h, View::rows(&ws.means, width), view, 0.0, out);
            let size = &weights[size.clone()];
            for (row, &n) in out.chunks_exact_mut(h).zip(inputs.sizes) {
                if n > 0 {
                    // Column n − 1 of the H × n_max size weights.
                    row.iter_mut().enumerate().for_each(|(k, out)| *out += size[k * n_max + n as usize - 1]);
                }
            }
        }
        ContextLayout::Single(slot) => slot_forward(slot, weights, inputs.observations, (rows, d, h), out),
    }
    let null = &weights[layout.null.clone()];
    for (row, &n) in out.chunks_exact_mut(h).zip(inputs.sizes) {
        if n == 0 {
            row.copy_from_slice(null);
        }
    }
}

/// Adds the encoder's gradient, given the gradient `d_out: [rows × H]` of what [`forward`] wrote.
pub(crate) fn backward(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    inputs: &Inputs<'_>,
    ws: &mut Activations,
    d_out: &[f32],
    gradient: &mut [f32],
) {
    let arch = arch();
    let (rows, d, h) = (inputs.rows(), shape.observation, shape.width);
    for (row, &n) in d_out.chunks_exact(h).zip(inputs.sizes) {
        if n == 0 {
            vector::add_rows(arch, row, &mut gradient[layout.null.clone()]);
        }
    }
    match &layout.context {
        // A single observation is part of the first layer's joint product.
        ContextLayout::Single(_) => {}
        &ContextLayout::Set { n_max, width, ref first, ref second, ref embedding, ref size } => {
            let size = &mut gradient[size.clone()];
            for (row, &n) in d_out.chunks_exact(h).zip(inputs.sizes) {
                if n > 0 {
                    row.iter().enumerate().for_each(|(k, d)| size[k * n_max + n as usize - 1] += d);
                }
            }
            // The means of empty rows are zero, so their part of this product vanishes.
            multiply(
                h,
                rows,
                width,
                View::transposed(d_out, h),
                View::rows(&ws.means, width),
                1.0,
                &mut gradient[embedding.clone()],
            );
            ws.d_means.resize(rows * width, 0.0);
            multiply(
                rows,
                h,
                width,
                View::rows(d_out, h),
                View::rows(&weights[embedding.clone()], width),
                0.0,
                &mut ws.d_means,
            );
            let items = ws.items.len() / (FEATURES * d);
            ws.d_second.resize(items * width, 0.0);
            ws.d_first.resize(items * width, 0.0);
            let mut item = 0;
            for (row, &n) in ws.d_means.chunks_exact(width).zip(inputs.sizes) {
                for _ in 0..n {
                    let target = &mut ws.d_second[item * width..(item + 1) * width];
                    target.iter_mut().zip(row).for_each(|(t, v)| *t = v / n as f32);
                    item += 1;
                }
            }
            vector::scale_by(arch, &ws.second_slopes, &mut ws.d_second);
            multiply(
                width,
                items,
                width,
                View::transposed(&ws.d_second, width),
                View::rows(&ws.first, width),
                1.0,
                &mut gradient[second.0.clone()],
            );
            vector::add_rows(arch, &ws.d_second, &mut gradient[second.1.clone()]);
            multiply(
                items,
                width,
                width,
                View::rows(&ws.d_second, width),
                View::rows(&weights[second.0.clone()], width),
                0.0,
                &mut ws.d_first,
            );
            vector::scale_by(arch, &ws.first_slopes, &mut ws.d_first);
            slot_backward(&first.0, &ws.items, &ws.d_first, (items, d, width), gradient);
            vector::add_rows(arch, &ws.d_first, &mut gradient[first.1.clone()]);
        }
    }
}

/// out ← W_x x + W_s scores + W_g differences for `[rows × 3 D]` slots; `out: [rows × units]`.
fn slot_forward(slot: &Slot, weights: &[f32], x: &[f32], (rows, d, units): (usize, usize, usize), out: &mut [f32]) {
    for (k, range) in slot.weights().into_iter().enumerate() {
        let (features, beta) = (View::columns(x, FEATURES * d, k * d), if k == 0 { 0.0 } else { 1.0 });
        multiply(rows, d, units, features, View::transposed(&weights[range.clone()], d), beta, out);
    }
}

/// Adds the gradients of the weights of [`slot_forward`].
fn slot_backward(slot: &Slot, x: &[f32], d_out: &[f32], (rows, d, units): (usize, usize, usize), gradient: &mut [f32]) {
    for (k, range) in slot.weights().into_iter().enumerate() {
        let features = View::columns(x, FEATURES * d, k * d);
        multiply(units, rows, d, View::transposed(d_out, units), features, 1.0, &mut gradient[range.clone()]);
    }
}

/// The gradient with respect to the features of every observation that is there, after [`backward`] with the same gradient `d_out`:
/// `d_items: [3 × items × D]`.
pub(crate) fn items_backward(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    inputs: &Inputs<'_>,
    ws: &mut Activations,
    d_out: &[f32],
    d_items: &mut Vec<f32>,
) {
    let (d, h) = (shape.observation, shape.width);
    let (slot, d_units, units) = match &layout.context {
        ContextLayout::Set { first, width, .. } => (&first.0, &ws.d_first, *width),
        ContextLayout::Single(slot) => {
            ws.d_first.clear();
            let rows = d_out.chunks_exact(h).zip(inputs.sizes).filter(|(_, n)| **n > 0);
            ws.d_first.extend(rows.flat_map(|(row, _)| row));
            (slot, &ws.d_first, h)
        }
    };
    let items = d_units.len() / units;
    d_items.resize(FEATURES * items * d, 0.0);
    for (range, d_items) in slot.weights().into_iter().zip(d_items.chunks_exact_mut((items * d).max(1))) {
        let weight = View::rows(&weights[range.clone()], d);
        multiply(items, units, d, View::rows(d_units, units), weight, 0.0, d_items);
    }
}

/// Copies the observations that are there, row after row.
fn pack(inputs: &Inputs<'_>, stride: usize, slot: usize, items: &mut Vec<f32>) {
    items.clear();
    for (row, &n) in inputs.observations.chunks_exact(stride).zip(inputs.sizes) {
        items.extend_from_slice(&row[..n as usize * slot]);
    }
}

fn encode_items(
    shape: &NetworkShape,
    weights: &[f32],
    (first, second, width): (&(Slot, Range<usize>), &Dense, usize),
    ws: &mut Activations,
) {
    let (arch, d) = (arch(), shape.observation);
    let items = ws.items.len() / (FEATURES * d);
    for buffer in [&mut ws.first, &mut ws.first_slopes, &mut ws.second, &mut ws.second_slopes] {
        buffer.resize(items * width, 0.0);
    }
    slot_forward(&first.0, weights, &ws.items, (items, d, width), &mut ws.first);
    let bias = Terms::of_all(&weights[first.1.clone()]);
    vector::activate(arch, shape.activation, bias, 0, &mut ws.first, &mut ws.first_slopes);
    let view = View::transposed(&weights[second.0.clone()], width);
    multiply(items, width, width, View::rows(&ws.first, width), view, 0.0, &mut ws.second);
    let bias = Terms::of_all(&weights[second.1.clone()]);
    vector::activate(arch, shape.activation, bias, 0, &mut ws.second, &mut ws.second_slopes);
}

fn average(sizes: &[u32], width: usize, items: &[f32], means: &mut Vec<f32>) {
    means.clear();
    means.resize(sizes.len() * width, 0.0);
    let mut items = items.chunks_exact(width);
    for (mean, &n) in means.chunks_exact_mut(width).zip(sizes) {
        for item in items.by_ref().take(n as usize) {
            mean.iter_mut().zip(item).for_each(|(mean, v)| *mean += v / n as f32);
        }
    }
}
