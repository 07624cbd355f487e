//! Stream (draws × factors) rows of a trained network through cache-sized tiles.
//!
//! The first layer splits: what depends on an observation is computed once per observation (`bind`), what depends on
//! the time once per step. A tile adds both to its rows' θ features and runs the hidden layers.

use std::ops::Range;

use pulp::Arch;

use super::{
    encoder,
    engine::{FeatureSource, JacobianSink, OutputSink},
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
    /// The first layer's bias is part of `time`, so its activation adds none.
    zeros: Vec<f32>,
    time: Vec<f32>,
    cos: Vec<f32>,
    sin: Vec<f32>,
    features: Vec<f32>,
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

/// Evaluates the network for every draw and every bound set at time `t`. See [`super::ScoreEngine::evaluate`].
#[allow(clippy::too_many_arguments)] // reason: the parts of one network evaluation
pub(crate) fn evaluate(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    contexts: &[f32],
    t: f64,
    draws: usize,
    ws: &mut Tiles,
    source: &mut FeatureSource<'_>,
    sink: &mut OutputSink<'_>,
) {
    let (m, h) = (shape.outputs, shape.width);
    prepare(shape, layout, weights, t, ws);
    for_each_tile(draws, contexts.len() / h, TILE_ROWS, |draws, factors| {
        let rows = first_layer(shape, layout, weights, contexts, &draws, &factors, ws, source);
        vector::activate_only(Arch::new(), shape.activation, &ws.zeros, &mut ws.here[..rows * h]);
        for (weight, bias) in &layout.hidden {
            let view = View::transposed(&weights[weight.clone()], h);
            multiply(rows, h, h, View::rows(&ws.here, h), view, 0.0, &mut ws.next);
            vector::activate_only(Arch::new(), shape.activation, &weights[bias.clone()], &mut ws.next[..rows * h]);
            std::mem::swap(&mut ws.here, &mut ws.next);
        }
        output_layer(shape, layout, weights, rows, ws);
        for (i, outputs) in ws.out.chunks_exact(factors.len() * m).enumerate() {
            sink(draws.start + i, factors.start, outputs);
        }
    });
}

/// As [`evaluate`], with the Jacobian of every output with respect to the first M features, in forward mode inside the
/// same tiles. See [`super::EngineJacobians`].
#[allow(clippy::too_many_arguments)] // reason: as `evaluate`
pub(crate) fn evaluate_with_jacobians(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    contexts: &[f32],
    t: f64,
    draws: usize,
    ws: &mut Tiles,
    source: &mut FeatureSource<'_>,
    sink: &mut JacobianSink<'_>,
) {
    let arch = Arch::new();
    let (p, m, h) = (shape.parameters, shape.outputs, shape.width);
    prepare(shape, layout, weights, t, ws);
    for_each_tile(draws, contexts.len() / h, (TILE_ROWS / m).max(1), |draws, factors| {
        let rows = first_layer(shape, layout, weights, contexts, &draws, &factors, ws, source);
        ws.slopes.resize(rows * h, 0.0);
        ws.tangents.resize(rows * m * h, 0.0);
        ws.next_tangents.resize(rows * m * h, 0.0);
        vector::activate(arch, shape.activation, &ws.zeros, &mut ws.here[..rows * h], &mut ws.slopes);
        let theta = &weights[layout.theta.clone()];
        for (tangents, slopes) in ws.tangents.chunks_exact_mut(m * h).zip(ws.slopes.chunks_exact(h)) {
            for (k, tangent) in tangents.chunks_exact_mut(h).enumerate() {
                for unit in 0..h {
                    tangent[unit] = theta[unit * p + k] * slopes[unit];
                }
            }
        }
        for (weight, bias) in &layout.hidden {
            let view = View::transposed(&weights[weight.clone()], h);
            multiply(rows, h, h, View::rows(&ws.here, h), view, 0.0, &mut ws.next);
            let bias = &weights[bias.clone()];
            vector::activate(arch, shape.activation, bias, &mut ws.next[..rows * h], &mut ws.slopes);
            multiply(rows * m, h, h, View::rows(&ws.tangents, h), view, 0.0, &mut ws.next_tangents);
            for (tangents, slopes) in ws.next_tangents.chunks_exact_mut(m * h).zip(ws.slopes.chunks_exact(h)) {
                tangents.chunks_exact_mut(h).for_each(|tangent| vector::scale_by(arch, slopes, tangent));
            }
            std::mem::swap(&mut ws.here, &mut ws.next);
            std::mem::swap(&mut ws.tangents, &mut ws.next_tangents);
        }
        output_layer(shape, layout, weights, rows, ws);
        let view = View::transposed(&weights[layout.output.0.clone()], h);
        ws.jacobians.resize(rows * m * m, 0.0);
        multiply(rows * m, h, m, View::rows(&ws.tangents, h), view, 0.0, &mut ws.jacobians);
        for row in 0..rows {
            let (draw, factor) = (draws.start + row / factors.len(), factors.start + row % factors.len());
            sink(draw, factor, &ws.out[row * m..][..m], &ws.jacobians[row * m * m..][..m * m]);
        }
    });
}

/// The part of the first layer that depends on the time alone.
fn prepare(shape: &NetworkShape, layout: &Layout, weights: &[f32], t: f64, ws: &mut Tiles) {
    let (h, f) = (shape.width, shape.frequencies);
    ws.zeros.resize(h, 0.0);
    ws.cos.resize(f, 0.0);
    ws.sin.resize(f, 0.0);
    time_features(t, &mut ws.cos, &mut ws.sin);
    ws.time.clear();
    ws.time.extend_from_slice(&weights[layout.bias.clone()]);
    multiply(1, f, h, View::rows(&ws.cos, f), View::transposed(&weights[layout.cos.clone()], f), 1.0, &mut ws.time);
    multiply(1, f, h, View::rows(&ws.sin, f), View::transposed(&weights[layout.sin.clone()], f), 1.0, &mut ws.time);
    for buffer in [&mut ws.here, &mut ws.next] {
        buffer.resize(TILE_ROWS * h, 0.0);
    }
}

/// Fills `here` with the pre-activations of the first layer; returns the number of rows.
#[allow(clippy::too_many_arguments)] // reason: as `evaluate`
fn first_layer(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    contexts: &[f32],
    draws: &Range<usize>,
    factors: &Range<usize>,
    ws: &mut Tiles,
    source: &mut FeatureSource<'_>,
) -> usize {
    let (p, h) = (shape.parameters, shape.width);
    let rows = draws.len() * factors.len();
    ws.features.resize(rows * 2 * p, 0.0);
    for (draw, features) in draws.clone().zip(ws.features.chunks_exact_mut((factors.len() * 2 * p).max(1))) {
        source(draw, factors.clone(), features);
    }
    let contexts = &contexts[factors.start * h..factors.end * h];
    for tile in ws.here[..rows * h].chunks_exact_mut(contexts.len()) {
        vector::add_base(Arch::new(), &ws.time, contexts, tile);
    }
    for (from, range) in [(0, &layout.theta), (p, &layout.signal)] {
        let view = View::transposed(&weights[range.clone()], p);
        multiply(rows, p, h, View::columns(&ws.features, 2 * p, from), view, 1.0, &mut ws.here);
    }
    rows
}

fn output_layer(shape: &NetworkShape, layout: &Layout, weights: &[f32], rows: usize, ws: &mut Tiles) {
    let (m, h) = (shape.outputs, shape.width);
    let (weight, bias) = (&weights[layout.output.0.clone()], &weights[layout.output.1.clone()]);
    ws.out.resize(rows * m, 0.0);
    ws.out.chunks_exact_mut(m).for_each(|row| row.copy_from_slice(bias));
    multiply(rows, h, m, View::rows(&ws.here, h), View::transposed(weight, h), 1.0, &mut ws.out);
}

/// Covers draws × factors by rectangles of at most `limit` rows: whole draws where a draw fits, pieces of one otherwise.
pub(crate) fn for_each_tile(
    draws: usize,
    factors: usize,
    limit: usize,
    mut tile: impl FnMut(Range<usize>, Range<usize>),
) {
    let (draw_step, factor_step) = if factors <= limit { (limit / factors.max(1), factors) } else { (1, limit) };
    for draw in (0..draws).step_by(draw_step) {
        for factor in (0..factors).step_by(factor_step.max(1)) {
            tile(draw..(draw + draw_step).min(draws), factor..(factor + factor_step).min(factors));
        }
    }
}
