//! Stream (draws × factors) rows of a trained network through cache-sized tiles.
//!
//! The first layer splits: what depends on an observation is computed once per observation (`bind`), what depends on
//! the time once per step, what depends on θ once per draw. A tile adds the three and runs the hidden layers.

use pulp::Arch;

use super::{
    encoder,
    fused::{Inputs, time_features},
    linalg::{View, multiply},
    shape::{Layout, NetworkShape},
    vector,
};

/// Rows of a tile: three tiles of 256 × 256 floats stay in a core's second-level cache.
const TILE_ROWS: usize = 256;

/// Buffers of one thread.
#[derive(Debug, Default)]
pub struct Tiles {
    /// The first layer's bias is part of `base`, so its activation adds none.
    zeros: Vec<f32>,
    time: Vec<f32>,
    cos: Vec<f32>,
    sin: Vec<f32>,
    base: Vec<f32>,
    here: Vec<f32>,
    next: Vec<f32>,
    slopes: Vec<f32>,
    tangents: Vec<f32>,
    next_tangents: Vec<f32>,
    out: Vec<f32>,
    jacobians: Vec<f32>,
}

/// The context contributions of sets of observations to the first layer: `[sets × H]`.
pub(crate) fn bind(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    observations: &[f32],
    sizes: &[u32],
) -> Vec<f32> {
    let mut contexts = vec![0.0; sizes.len() * shape.width];
    let inputs = Inputs { theta: &[], observations, sizes, times: &vec![0.0; sizes.len()] };
    encoder::forward(shape, layout, weights, &inputs, &mut encoder::Activations::default(), &mut contexts);
    contexts
}

/// Evaluates the network for every draw and every bound set at time `t`. `sink(draw, first factor, outputs)` receives
/// runs of outputs `[factors × M]`, in a fixed order.
#[allow(clippy::too_many_arguments)] // reason: the parts of one network evaluation
pub(crate) fn evaluate(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    contexts: &[f32],
    t: f64,
    theta: &[f32],
    ws: &mut Tiles,
    mut sink: impl FnMut(usize, usize, &[f32]),
) {
    let (m, h) = (shape.parameters, shape.width);
    prepare(shape, layout, weights, t, theta, ws);
    for_each_tile(theta.len() / m, contexts.len() / h, TILE_ROWS, |draws, factors| {
        let rows = draws.len() * factors.len();
        fill_first_layer(h, contexts, &draws, &factors, ws);
        hidden_layers(shape, layout, weights, rows, ws);
        let view = View::transposed(&weights[layout.output.0.clone()], h);
        start_output(m, &weights[layout.output.1.clone()], rows, &mut ws.out);
        multiply(rows, h, m, View::rows(&ws.here, h), view, 1.0, &mut ws.out);
        for (i, outputs) in ws.out[..rows * m].chunks_exact(factors.len() * m).enumerate() {
            sink(draws.start + i, factors.start, outputs);
        }
    });
}

/// As [`evaluate`], with the Jacobian of every output with respect to θ, in forward mode inside the same tiles:
/// `sink(draw, factor, output [M], jacobian [M × M], jacobian[k * M + i] = ∂out_i/∂θ_k)`.
#[allow(clippy::too_many_arguments)] // reason: as `evaluate`
pub(crate) fn evaluate_with_jacobians(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    contexts: &[f32],
    t: f64,
    theta: &[f32],
    ws: &mut Tiles,
    mut sink: impl FnMut(usize, usize, &[f32], &[f32]),
) {
    let arch = Arch::new();
    let (m, h) = (shape.parameters, shape.width);
    prepare(shape, layout, weights, t, theta, ws);
    for_each_tile(theta.len() / m, contexts.len() / h, (TILE_ROWS / m).max(1), |draws, factors| {
        let rows = draws.len() * factors.len();
        fill_first_layer(h, contexts, &draws, &factors, ws);
        ws.slopes.resize(rows * h, 0.0);
        ws.tangents.resize(rows * m * h, 0.0);
        ws.next_tangents.resize(rows * m * h, 0.0);
        vector::activate(arch, shape.activation, &ws.zeros, &mut ws.here[..rows * h], &mut ws.slopes);
        let theta_weight = &weights[layout.theta.clone()];
        for (tangents, slopes) in ws.tangents.chunks_exact_mut(m * h).zip(ws.slopes.chunks_exact(h)) {
            for (k, tangent) in tangents.chunks_exact_mut(h).enumerate() {
                for i in 0..h {
                    tangent[i] = theta_weight[i * m + k] * slopes[i];
                }
            }
        }
        for (weight, bias) in &layout.hidden {
            let view = View::transposed(&weights[weight.clone()], h);
            multiply(rows, h, h, View::rows(&ws.here, h), view, 0.0, &mut ws.next);
            vector::activate(arch, shape.activation, &weights[bias.clone()], &mut ws.next[..rows * h], &mut ws.slopes);
            multiply(rows * m, h, h, View::rows(&ws.tangents, h), view, 0.0, &mut ws.next_tangents);
            for (tangents, slopes) in ws.next_tangents.chunks_exact_mut(m * h).zip(ws.slopes.chunks_exact(h)) {
                tangents.chunks_exact_mut(h).for_each(|tangent| vector::scale_by(arch, slopes, tangent));
            }
            std::mem::swap(&mut ws.here, &mut ws.next);
            std::mem::swap(&mut ws.tangents, &mut ws.next_tangents);
        }
        let view = View::transposed(&weights[layout.output.0.clone()], h);
        start_output(m, &weights[layout.output.1.clone()], rows, &mut ws.out);
        multiply(rows, h, m, View::rows(&ws.here, h), view, 1.0, &mut ws.out);
        ws.jacobians.resize(rows * m * m, 0.0);
        multiply(rows * m, h, m, View::rows(&ws.tangents, h), view, 0.0, &mut ws.jacobians);
        for row in 0..rows {
            let (draw, factor) = (draws.start + row / factors.len(), factors.start + row % factors.len());
            sink(draw, factor, &ws.out[row * m..][..m], &ws.jacobians[row * m * m..][..m * m]);
        }
    });
}

/// The part of the first layer that depends on time and draw: `base: [draws × H]`.
fn prepare(shape: &NetworkShape, layout: &Layout, weights: &[f32], t: f64, theta: &[f32], ws: &mut Tiles) {
    let (m, h, f) = (shape.parameters, shape.width, shape.frequencies);
    let draws = theta.len() / m;
    ws.zeros.resize(h, 0.0);
    ws.cos.resize(f, 0.0);
    ws.sin.resize(f, 0.0);
    time_features(t, &mut ws.cos, &mut ws.sin);
    ws.time.clear();
    ws.time.extend_from_slice(&weights[layout.bias.clone()]);
    multiply(1, f, h, View::rows(&ws.cos, f), View::transposed(&weights[layout.cos.clone()], f), 1.0, &mut ws.time);
    multiply(1, f, h, View::rows(&ws.sin, f), View::transposed(&weights[layout.sin.clone()], f), 1.0, &mut ws.time);
    ws.base.clear();
    for _ in 0..draws {
        ws.base.extend_from_slice(&ws.time);
    }
    multiply(draws, m, h, View::rows(theta, m), View::transposed(&weights[layout.theta.clone()], m), 1.0, &mut ws.base);
    for buffer in [&mut ws.here, &mut ws.next] {
        buffer.resize(TILE_ROWS.max(1) * h, 0.0);
    }
}

fn fill_first_layer(
    h: usize,
    contexts: &[f32],
    draws: &std::ops::Range<usize>,
    factors: &std::ops::Range<usize>,
    ws: &mut Tiles,
) {
    let contexts = &contexts[factors.start * h..factors.end * h];
    let tile = ws.here[..draws.len() * contexts.len()].chunks_exact_mut(contexts.len());
    for (rows, base) in tile.zip(ws.base[draws.start * h..].chunks_exact(h)) {
        vector::add_base(Arch::new(), base, contexts, rows);
    }
}

fn hidden_layers(shape: &NetworkShape, layout: &Layout, weights: &[f32], rows: usize, ws: &mut Tiles) {
    let (arch, h) = (Arch::new(), shape.width);
    vector::activate_only(arch, shape.activation, &ws.zeros, &mut ws.here[..rows * h]);
    for (weight, bias) in &layout.hidden {
        let view = View::transposed(&weights[weight.clone()], h);
        multiply(rows, h, h, View::rows(&ws.here, h), view, 0.0, &mut ws.next);
        vector::activate_only(arch, shape.activation, &weights[bias.clone()], &mut ws.next[..rows * h]);
        std::mem::swap(&mut ws.here, &mut ws.next);
    }
}

fn start_output(m: usize, bias: &[f32], rows: usize, out: &mut Vec<f32>) {
    out.resize(rows * m, 0.0);
    out.chunks_exact_mut(m).for_each(|row| row.copy_from_slice(bias));
}

/// Covers draws × factors by rectangles of at most `limit` rows: whole draws where a draw fits, pieces of one otherwise.
fn for_each_tile(
    draws: usize,
    factors: usize,
    limit: usize,
    mut tile: impl FnMut(std::ops::Range<usize>, std::ops::Range<usize>),
) {
    let (draw_step, factor_step) = if factors <= limit { (limit / factors.max(1), factors) } else { (1, limit) };
    for draw in (0..draws).step_by(draw_step) {
        for factor in (0..factors).step_by(factor_step) {
            tile(draw..(draw + draw_step).min(draws), factor..(factor + factor_step).min(factors));
        }
    }
}
