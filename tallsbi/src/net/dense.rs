//! Multiply blocks of rows by the weights of wide layers, arranged once for the machine's fastest product.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    amx::{Amx, Operand, Side},
    instructions::{arch, tiles},
    linalg::{View, multiply},
    precision::Precision,
    shape::{ContextLayout, Layout, NetworkShape},
    vector,
};
use crate::dataset::FEATURES;

/// Layers narrower than this gain nothing from tiles.
const NARROWEST: usize = 16;

/// The weights of one network's wide layers, arranged for the machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    /// For the forward pass, W_l h.
    forward: Vec<Operand>,
    /// For the backward pass, W_lᵀ d.
    backward: Vec<Operand>,
    /// The first layer's weights of everything a row brings, side by side: `[H × first_width]`.
    first: Vec<f32>,
    /// They, and those of them that a bound network needs: the θ features.
    first_joint: Operand,
    first_bound: Operand,
    /// The output layer, where it is wide.
    output: Operand,
    /// Whether the operands above are in use.
    in_tiles: bool,
}

/// Where the parts of a row lie side by side for the first layer, θ features, signal shares and latent coordinates in
/// front: first column, number of columns, weights.
pub(crate) fn first_columns(shape: &NetworkShape, layout: &Layout) -> Vec<(usize, usize, Range<usize>)> {
    let (p, w, f, d) = (shape.parameters, shape.n_whitened(), shape.frequencies, shape.observation);
    let mut columns =
        vec![(w, &layout.theta), (w, &layout.signal), (p, &layout.latent), (f, &layout.cos), (f, &layout.sin)];
    if let ContextLayout::Single(slot) = &layout.context {
        columns.extend(slot.weights().map(|range| (d, range)));
    }
    let mut next = 0;
    let place = |(n, range): (usize, &Range<usize>)| {
        next += n;
        (next - n, n, range.clone())
    };
    columns.into_iter().map(place).collect()
}

/// Columns of the first layer in all.
pub(crate) fn first_width(shape: &NetworkShape, layout: &Layout) -> usize {
    let observation = match layout.context {
        ContextLayout::Single(_) => FEATURES * shape.observation,
        ContextLayout::Set { .. } => 0,
    };
    shape.n_features() + 2 * shape.frequencies + observation
}

/// Buffers of one thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    left: Operand,
    right: Operand,
}

impl Packed {
    pub(crate) fn new(shape: &NetworkShape, layout: &Layout, weights: &[f32]) -> Self {
        let mut packed = Self::default();
        packed.update(shape, layout, weights);
        packed
    }

    /// Arranges other weights of the same network; allocates only the first time.
    pub(crate) fn update(&mut self, shape: &NetworkShape, layout: &Layout, weights: &[f32]) {
        let (h, width) = (shape.width, first_width(shape, layout));
        self.first.resize(h * width, 0.0);
        for (from, columns, range) in first_columns(shape, layout) {
            let weights = weights[range].chunks_exact(columns.max(1));
            for (row, weights) in self.first.chunks_exact_mut(width.max(1)).zip(weights) {
                row[from..from + columns].copy_from_slice(weights);
            }
        }
        if let Some(unit) = tiles().filter(|_| h >= NARROWEST) {
            let (view, exact) = (View::rows(&self.first, width), Precision::Highest);
            unit.pack(Side::Right, (h, width), view, exact, &mut self.first_joint);
            unit.pack(Side::Right, (h, shape.n_features()), view, exact, &mut self.first_bound);
            if shape.outputs >= NARROWEST {
                let view = View::rows(&weights[layout.output.0.clone()], h);
                unit.pack(Side::Right, (shape.outputs, h), view, exact, &mut self.output);
            }
        }
        self.arrange(h, layout.hidden.iter().map(|(weight, _)| &weights[weight.clone()]));
    }

    fn arrange<'a>(&mut self, h: usize, weights: impl ExactSizeIterator<Item = &'a [f32]>) {
        let Some(unit) = tiles().filter(|_| h >= NARROWEST) else { return };
        self.in_tiles = true;
        self.forward.resize_with(weights.len(), Operand::default);
        self.backward.resize_with(weights.len(), Operand::default);
        let operands = self.forward.iter_mut().zip(&mut self.backward);
        let mut work: Vec<(View<'_>, &mut Operand)> = Vec::with_capacity(2 * weights.len());
        for (weight, (forward, backward)) in weights.zip(operands) {
            work.push((View::rows(weight, h), forward));
            work.push((View::transposed(weight, h), backward));
        }
        let exact = Precision::Highest;
        work.into_par_iter().for_each(|(view, operand)| unit.pack(Side::Right, (h, h), view, exact, operand));
    }

    /// The tile unit, where the weights are arranged for it.
    pub(super) fn tiles(&self) -> Option<Amx> {
        tiles().filter(|_| self.in_tiles)
    }

    /// The first layer's weights of everything that a row brings, or of its θ features only (`bound`), in tiles.
    pub(super) fn first_operand(&self, bound: bool) -> &Operand {
        if bound { &self.first_bound } else { &self.first_joint }
    }

    /// Those of hidden layer `layer`.
    pub(super) fn hidden_operand(&self, layer: usize) -> &Operand {
        &self.forward[layer]
    }

    /// out ← H Wᵀ + b of the output layer for rows H of the last hidden layer.
    pub(super) fn output(&self, layout: &Layout, weights: &[f32], values: &[f32], left: &mut Operand, out: &mut [f32]) {
        let (weight, bias) = (&weights[layout.output.0.clone()], &weights[layout.output.1.clone()]);
        let (m, h) = (bias.len(), weight.len() / bias.len().max(1));
        if m < NARROWEST {
            return vector::narrow_layer(arch(), weight, bias, values, out);
        }
        let rows = out.len() / m;
        if let Some(unit) = self.tiles() {
            unit.pack(Side::Left, (rows, h), View::rows(values, h), Precision::Highest, left);
            unit.multiply(left, &self.output, false, out, |_, strip| vector::add_to_rows(arch(), bias, strip));
        } else {
            out.chunks_exact_mut(m).for_each(|row| row.copy_from_slice(bias));
            multiply(rows, h, m, View::rows(values, h), View::transposed(weight, h), 1.0, out);
        }
    }

    /// out ← F Wᵀ of the first layer for rows F of everything that they bring (`bound`: only the θ features), or
    /// out ← out + F Wᵀ with `add`. Strips go through `finish` as in [`forward`](Self::forward).
    #[allow(clippy::too_many_arguments)] // reason: a product, where it goes, and what happens to it
    pub(crate) fn first(
        &self,
        bound: bool,
        (columns, h): (usize, usize),
        features: &[f32],
        add: bool,
        ws: &mut Scratch,
        out: &mut [f32],
        mut finish: impl FnMut(usize, &mut [f32]),
    ) {
        let rows = out.len() / h;
        if let Some(unit) = self.tiles().filter(|_| columns > 0) {
            unit.pack(Side::Left, (rows, columns), View::rows(features, columns), Precision::Highest, &mut ws.left);
            unit.multiply(&ws.left, self.first_operand(bound), add, out, finish);
        } else {
            let view = View::transposed(&self.first, self.first.len() / h);
            multiply(rows, columns, h, View::rows(features, columns), view, f32::from(u8::from(add)), out);
            finish(0, out);
        }
    }

    /// out ← X Wᵀ of hidden layer `layer` for row-major X and W: `[h × h]`. Every strip of rows goes through `finish`
    /// with its first row, while it is in the cache.
    #[allow(clippy::too_many_arguments)] // reason: as `first`
    pub(crate) fn forward(
        &self,
        layer: usize,
        x: &[f32],
        weight: &[f32],
        h: usize,
        ws: &mut Scratch,
        out: &mut [f32],
        finish: impl FnMut(usize, &mut [f32]),
    ) {
        rows_times(self.forward.get(layer), x, View::transposed(weight, h), h, ws, out, finish);
    }

    /// out ← D W of hidden layer `layer`, as [`forward`](Self::forward).
    #[allow(clippy::too_many_arguments)] // reason: as `first`
    pub(crate) fn backward(
        &self,
        layer: usize,
        d: &[f32],
        weight: &[f32],
        h: usize,
        ws: &mut Scratch,
        out: &mut [f32],
        finish: impl FnMut(usize, &mut [f32]),
    ) {
        rows_times(self.backward.get(layer), d, View::rows(weight, h), h, ws, out, finish);
    }
}

fn rows_times(
    packed: Option<&Operand>,
    x: &[f32],
    weight: View<'_>,
    h: usize,
    ws: &mut Scratch,
    out: &mut [f32],
    mut finish: impl FnMut(usize, &mut [f32]),
) {
    let rows = out.len() / h;
    if let (Some(unit), Some(right)) = (tiles(), packed) {
        unit.pack(Side::Left, (rows, h), View::rows(x, h), Precision::Highest, &mut ws.left);
        unit.multiply(&ws.left, right, false, out, finish);
    } else {
        multiply(rows, h, h, View::rows(x, h), weight, 0.0, out);
        finish(0, out);
    }
}

/// gradient ← gradient + Dᵀ X for `rows` rows of D (`h` columns) and X (`k` columns): the gradient of a layer's weights.
pub(crate) fn add_outer(
    (rows, h, k): (usize, usize, usize),
    d: &[f32],
    x: &[f32],
    ws: &mut Scratch,
    gradient: &mut [f32],
) {
    match tiles().filter(|_| h >= NARROWEST && rows > 0) {
        Some(unit) => {
            unit.pack(Side::Left, (h, rows), View::transposed(d, h), Precision::Highest, &mut ws.left);
            unit.pack(Side::Right, (k, rows), View::transposed(x, k), Precision::Highest, &mut ws.right);
            unit.multiply(&ws.left, &ws.right, true, gradient, |_, _| ());
        }
        None => multiply(h, rows, k, View::transposed(d, h), View::rows(x, k), 1.0, gradient),
    }
}

/// The product X Wᵀ of one hidden layer, as networks compute it. Public so that it can be measured.
#[derive(Clone, Debug)]
pub struct HiddenProduct {
    width: usize,
    weight: Vec<f32>,
    packed: Packed,
    scratch: Scratch,
}

impl HiddenProduct {
    /// Arranges the weights of a layer: `[width × width]`, row-major; `None` where their number is another.
    pub fn new(weight: &[f32], width: usize) -> Option<Self> {
        if width == 0 || weight.len() != width * width {
            return None;
        }
        let mut packed = Packed::default();
        packed.arrange(width, std::iter::once(weight));
        Some(Self { width, weight: weight.to_vec(), packed, scratch: Scratch::default() })
    }

    /// out ← X Wᵀ on one thread, for as many whole rows `[rows × width]` as both have. Returns their number.
    pub fn apply(&mut self, x: &[f32], out: &mut [f32]) -> usize {
        let rows = (x.len() / self.width).min(out.len() / self.width);
        let (x, out) = (&x[..rows * self.width], &mut out[..rows * self.width]);
        self.packed.forward(0, x, &self.weight, self.width, &mut self.scratch, out, |_, _| ());
        rows
    }
}
