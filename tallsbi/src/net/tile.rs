//! Stream (draws × factors) rows of a trained network through cache-sized tiles.
//!
//! The first layer splits: what depends on an observation is computed once per observation (`bind`), what depends on
//! the time once per step. A tile adds both to its rows' θ features and runs the hidden layers.

use std::ops::Range;

use super::{
    amx::Operand,
    dense::{Packed, Scratch},
    encoder,
    engine::{DirectionSource, FeatureSource, JacobianSink, OutputSink, select_rows},
    fused::{Inputs, time_features},
    inference::{Buffers, Network, Rows},
    linalg::{View, multiply},
    precision::Precision,
    shape::{Layout, NetworkShape},
    vector::Terms,
};

/// The contexts of sets of observations, `[sets × H]`, and how precisely they are to be evaluated.
#[derive(Clone, Debug)]
pub struct BoundContexts {
    contexts: Vec<f32>,
    precision: Precision,
}

/// Of no set.
impl Default for BoundContexts {
    fn default() -> Self {
        Self { contexts: Vec::new(), precision: Precision::Highest }
    }
}

impl BoundContexts {
    /// Makes these the contexts of some sets of `from`, each of `width` numbers.
    pub(super) fn select(&mut self, from: &Self, width: usize, sets: &[u32]) {
        self.precision = from.precision;
        select_rows(&from.contexts, width, sets, &mut self.contexts);
    }
}

/// Rows of a tile: three tiles of 256 × 256 floats stay in a core's second-level cache.
const TILE_ROWS: usize = 256;

/// Rows of a tile with Jacobians, whose slopes are kept.
const JACOBIAN_ROWS: usize = 128;

/// Buffers of one thread.
#[derive(Debug, Default)]
pub struct Tiles {
    /// The first layer's bias is part of it.
    time: Vec<f32>,
    cos: Vec<f32>,
    sin: Vec<f32>,
    features: Vec<f32>,
    directions: Vec<f32>,
    here: Vec<f32>,
    next: Vec<f32>,
    /// Of every layer.
    slopes: Vec<Vec<f32>>,
    out: Vec<f32>,
    jacobians: Vec<f32>,
    products: Scratch,
    inference: Buffers,
    wide: Operand,
}

/// The context contributions of sets of observations to the first layer.
pub(crate) fn bind(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    observations: &[f32],
    sizes: &[u32],
    precision: Precision,
) -> BoundContexts {
    let mut contexts = vec![0.0; sizes.len() * shape.width];
    let inputs = Inputs { theta: &[], observations, sizes, times: &vec![0.0; sizes.len()] };
    encoder::forward(shape, layout, weights, &inputs, &mut encoder::Activations::default(), &mut contexts);
    BoundContexts { contexts, precision }
}

/// Evaluates the network for every draw and every bound set at time `t`. See [`super::ScoreEngine::evaluate`].
#[allow(clippy::too_many_arguments)] // reason: the parts of one network evaluation
pub(crate) fn evaluate(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    packed: &Packed,
    bound: &BoundContexts,
    t: f64,
    draws: usize,
    ws: &mut Tiles,
    source: &mut FeatureSource<'_>,
    sink: &mut OutputSink<'_>,
) {
    let (m, h) = (shape.outputs, shape.width);
    let BoundContexts { contexts, precision } = bound;
    prepare(shape, layout, weights, t, ws);
    for_each_tile(draws, contexts.len() / h, TILE_ROWS, |draws, factors| {
        let rows = features(shape, &draws, &factors, ws, source);
        let Tiles { time, features, out, inference, .. } = ws;
        let terms = &contexts[factors.start * h..factors.end * h];
        out.resize(rows * m, 0.0);
        let brought = Rows { features, width: shape.n_features(), bound: true };
        let own = |row: usize| &terms[row % factors.len() * h..][..h];
        let terms = Terms { base: time, own: Some(&own) };
        Network { shape, layout, weights, packed }.infer(*precision, brought, terms, inference, out);
        for (i, outputs) in out.chunks_exact(factors.len() * m).enumerate() {
            sink(draws.start + i, factors.start, outputs);
        }
    });
}

/// As [`evaluate`], with the Jacobian of every output with respect to θ, in forward mode inside the same tiles. See [`super::EngineJacobians`].
#[allow(clippy::too_many_arguments)] // reason: as `evaluate`
pub(crate) fn evaluate_with_jacobians(
    shape: &NetworkShape,
    layout: &Layout,
    weights: &[f32],
    packed: &Packed,
    bound: &BoundContexts,
    t: f64,
    draws: usize,
    ws: &mut Tiles,
    source: &mut DirectionSource<'_>,
    sink: &mut JacobianSink<'_>,
) {
    let (p, m, h, width) = (shape.parameters, shape.outputs, shape.width, shape.n_features());
    let contexts = &bound.contexts;
    // Derivatives say how factors are weighed: what their errors do is not limited to the size of a score's.
    let precision = if bound.precision == Precision::Medium { Precision::High } else { bound.precision };
    let network = Network { shape, layout, weights, packed };
    prepare(shape, layout, weights, t, ws);
    for buffer in [&mut ws.here, &mut ws.next] {
        buffer.resize(JACOBIAN_ROWS * h, 0.0);
    }
    ws.slopes.resize_with(layout.hidden.len() + 1, Vec::new);
    for_each_tile(draws, contexts.len() / h, JACOBIAN_ROWS, |draws, factors| {
        let rows = draws.len() * factors.len();
        ws.features.resize(rows * width, 0.0);
        ws.directions.resize(rows * p * width, 0.0);
        let brought = ws.features.chunks_exact_mut(width).zip(ws.directions.chunks_exact_mut(p * width));
        for (row, (features, directions)) in brought.enumerate() {
            source(draws.start + row / factors.len(), factors.start + row % factors.len(), features, directions);
        }
        let Tiles { time, features, directions, here, next, slopes, products, inference, .. } = ws;
        for slopes in slopes.iter_mut() {
            slopes.resize(rows * h, 0.0);
        }
        let terms = &contexts[factors.start * h..factors.end * h];
        let own = |row: usize| &terms[row % factors.len() * h..][..h];
        let terms = Terms { base: time, own: Some(&own) };
        let into = (&mut here[..rows * h], &mut slopes[0][..]);
        packed.first_with_slopes(true, shape.activation, (width, features), terms, products, into);
        for (l, (weight, bias)) in layout.hidden.iter().enumerate() {
            let (weight, bias) = (&weights[weight.clone()], &weights[bias.clone()]);
            let into = (&mut next[..rows * h], &mut slopes[l + 1][..]);
            packed.forward_with_slopes(shape.activation, l, &here[..rows * h], (weight, bias), products, into);
            std::mem::swap(here, next);
        }
        ws.jacobians.resize(rows * p * m, 0.0);
        let directions = Rows { features: directions, width, bound: true };
        network.tangents(precision, directions, (p, slopes), inference, &mut ws.jacobians);
        ws.out.resize(rows * m, 0.0);
        packed.output(layout, weights, &ws.here[..rows * h], &mut ws.wide, &mut ws.out);
        for row in 0..rows {
            let (draw, factor) = (draws.start + row / factors.len(), factors.start + row % factors.len());
            sink(draw, factor, &ws.out[row * m..][..m], &ws.jacobians[row * p * m..][..p * m]);
        }
    });
}

/// The part of the first layer that depends on the time alone.
fn prepare(shape: &NetworkShape, layout: &Layout, weights: &[f32], t: f64, ws: &mut Tiles) {
    let (h, f) = (shape.width, shape.frequencies);
    ws.cos.resize(f, 0.0);
    ws.sin.resize(f, 0.0);
    time_features(t, &mut ws.cos, &mut ws.sin);
    ws.time.clear();
    ws.time.extend_from_slice(&weights[layout.bias.clone()]);
    multiply(1, f, h, View::rows(&ws.cos, f), View::transposed(&weights[layout.cos.clone()], f), 1.0, &mut ws.time);
    multiply(1, f, h, View::rows(&ws.sin, f), View::transposed(&weights[layout.sin.clone()], f), 1.0, &mut ws.time);
}

/// Fills `features` with those of the rows of a tile; returns the number of rows.
fn features(
    shape: &NetworkShape,
    draws: &Range<usize>,
    factors: &Range<usize>,
    ws: &mut Tiles,
    source: &mut FeatureSource<'_>,
) -> usize {
    let (rows, width) = (draws.len() * factors.len(), shape.n_features());
    ws.features.resize(rows * width, 0.0);
    for (draw, features) in draws.clone().zip(ws.features.chunks_exact_mut((factors.len() * width).max(1))) {
        source(draw, factors.clone(), features);
    }
    rows
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
