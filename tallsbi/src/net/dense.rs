//! Multiply blocks of rows by the weights of wide layers, arranged once for the machine's fastest product.

use std::{ops::Range, sync::OnceLock};

use rayon::prelude::*;

use super::{
    activation::Nonlinearity,
    amx::{Amx, Operand},
    form::{DEEPEST, Form, Side},
    instructions::{arch, tiles},
    linalg::{View, multiply},
    precision::Precision,
    shape::{ContextLayout, Layout, NetworkShape},
    vector::{self, Terms},
};
use crate::dataset::FEATURES;

/// Layers narrower than this gain nothing from tiles.
pub(super) const NARROWEST: usize = 16;

/// Features for which three brain floats for a number are cheaper than digits.
const SHALLOW: usize = 48;

/// How the first layer's weights are written: exactly, since the layer sees differences of θ that become small, and as is cheapest at its depth.
fn first_form(columns: usize) -> Form {
    if columns <= SHALLOW { Form::Exact } else { Form::Digits }
}

/// How the features are written that go with them.
pub(super) fn first_left_form(columns: usize) -> Form {
    if columns <= SHALLOW { Form::Exact } else { Form::AllDigits }
}

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
    /// As `forward`, in brain floats: made when they are first asked for, which training never does.
    brain: OnceLock<Vec<Operand>>,
    /// Whether the operands above are in use.
    in_tiles: bool,
}

/// Where the parts of a row lie side by side for the first layer, θ features, signal shares and latent coordinates in
/// front: first column, number of columns, weights.
pub(crate) fn first_columns<'a>(
    shape: &NetworkShape,
    layout: &'a Layout,
) -> impl Iterator<Item = (usize, usize, Range<usize>)> + use<'a> {
    let (p, w, f, d) = (shape.parameters, shape.n_whitened(), shape.frequencies, shape.observation);
    let always = [(w, &layout.theta), (w, &layout.signal), (p, &layout.latent), (f, &layout.cos), (f, &layout.sin)];
    let observation = match &layout.context {
        ContextLayout::Single(slot) => Some(slot),
        ContextLayout::Set { .. } => None,
    };
    let observed = observation.into_iter().flat_map(move |slot| slot.weights().map(|range| (d, range)));
    always.into_iter().chain(observed).scan(0, |next, (n, range)| {
        *next += n;
        Some((*next - n, n, range.clone()))
    })
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
        self.brain.take();
        let Self { forward, backward, first, first_joint, first_bound, output, in_tiles, .. } = self;
        let unit = unit_for(shape.width);
        *in_tiles = unit.is_some();
        let Some(unit) = unit else { return gather_first(shape, layout, weights, first) };
        let (h, n) = (shape.width, layout.hidden.len());
        forward.resize_with(n, Operand::default);
        backward.resize_with(n, Operand::default);
        rayon::join(
            || {
                gather_first(shape, layout, weights, first);
                let (width, n) = (first_width(shape, layout), shape.n_features());
                let view = View::rows(first, width);
                unit.pack(Side::Right, (h, width), view, first_form(width), first_joint);
                unit.pack(Side::Right, (h, n), view, first_form(n), first_bound);
                if shape.outputs >= NARROWEST {
                    let view = View::rows(&weights[layout.output.0.clone()], h);
                    unit.pack(Side::Right, (shape.outputs, h), view, Form::Digits, output);
                }
            },
            || {
                // One at a time: a thread that comes late finds something left.
                forward.par_iter_mut().chain(backward).enumerate().with_max_len(1).for_each(|(i, operand)| {
                    let weight = &weights[layout.hidden[i % n].0.clone()];
                    let view = if i < n { View::rows(weight, h) } else { View::transposed(weight, h) };
                    unit.pack(Side::Right, (h, h), view, Form::Digits, operand);
                });
            },
        );
    }

    /// The tile unit, where the weights are arranged for it.
    pub(super) fn tiles(&self) -> Option<Amx> {
        tiles().filter(|_| self.in_tiles)
    }

    /// The first layer's weights of everything that a row brings, or of its θ features only (`bound`), in tiles.
    pub(super) fn first_operand(&self, bound: bool) -> &Operand {
        if bound { &self.first_bound } else { &self.first_joint }
    }

    /// Those of the hidden layers, for left factors of this precision.
    pub(super) fn hidden_operands(
        &self,
        unit: Amx,
        precision: Precision,
        layout: &Layout,
        weights: &[f32],
    ) -> &[Operand] {
        if precision != Precision::Medium {
            return &self.forward;
        }
        self.brain.get_or_init(|| {
            let hidden = layout.hidden.iter().map(|(weight, bias)| {
                let (mut operand, h) = (Operand::default(), bias.len());
                unit.pack(Side::Right, (h, h), View::rows(&weights[weight.clone()], h), Form::Brain, &mut operand);
                operand
            });
            hidden.collect()
        })
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
            unit.pack(Side::Left, (rows, h), View::rows(values, h), Form::AllDigits, left);
            unit.multiply(left, &self.output, out, |_, strip| vector::add_to_rows(arch(), bias, strip));
        } else {
            out.chunks_exact_mut(m).for_each(|row| row.copy_from_slice(bias));
            multiply(rows, h, m, View::rows(values, h), View::transposed(weight, h), 1.0, out);
        }
    }

    /// out ← F Wᵀ of the first layer for rows F of everything that they bring (`bound`: only the θ features). Strips go through
    /// `finish` as in [`forward`](Self::forward).
    #[allow(clippy::too_many_arguments)] // reason: a product, where it goes, and what happens to it
    pub(crate) fn first(
        &self,
        bound: bool,
        (columns, h): (usize, usize),
        features: &[f32],
        ws: &mut Scratch,
        out: &mut [f32],
        mut finish: impl FnMut(usize, &mut [f32]),
    ) {
        let rows = out.len() / h;
        if let Some(unit) = self.tiles().filter(|_| (1..=DEEPEST).contains(&columns)) {
            unit.pack(
                Side::Left,
                (rows, columns),
                View::rows(features, columns),
                first_left_form(columns),
                &mut ws.left,
            );
            unit.multiply(&ws.left, self.first_operand(bound), out, finish);
        } else {
            let view = View::transposed(&self.first, self.first.len() / h);
            multiply(rows, columns, h, View::rows(features, columns), view, 0.0, out);
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
        mut finish: impl FnMut(usize, &mut [f32]),
    ) {
        let rows = out.len() / h;
        if let Some(unit) = self.tiles() {
            unit.pack(Side::Left, (rows, h), View::rows(x, h), Form::AllDigits, &mut ws.left);
            unit.multiply(&ws.left, &self.forward[layer], out, finish);
        } else {
            multiply(rows, h, h, View::rows(x, h), View::transposed(weight, h), 0.0, out);
            finish(0, out);
        }
    }

    /// values ← a(F Wᵀ + terms) of the first layer for rows F of what they bring, `width` numbers each, as [`first`](Self::first), and
    /// slopes ← its derivative.
    pub(crate) fn first_with_slopes(
        &self,
        bound: bool,
        activation: Nonlinearity,
        (width, features): (usize, &[f32]),
        terms: Terms<'_>,
        ws: &mut Scratch,
        (values, slopes): (&mut [f32], &mut [f32]),
    ) {
        let h = terms.base.len();
        let quick = activation == Nonlinearity::Silu && (1..=DEEPEST).contains(&width);
        if let Some(unit) = self.tiles().filter(|_| quick) {
            let rows = values.len() / h;
            unit.pack(Side::Left, (rows, width), View::rows(features, width), first_left_form(width), &mut ws.left);
            return unit.silu_and_slopes((&ws.left, self.first_operand(bound)), terms, values, slopes);
        }
        self.first(bound, (width, h), features, ws, values, |first, strip| {
            vector::activate(arch(), activation, terms, first, strip, &mut slopes[first * h..]);
        });
    }

    /// values ← a(X Wᵀ + b) of hidden layer `layer`, and slopes ← its derivative.
    pub(crate) fn forward_with_slopes(
        &self,
        activation: Nonlinearity,
        layer: usize,
        x: &[f32],
        (weight, bias): (&[f32], &[f32]),
        ws: &mut Scratch,
        (values, slopes): (&mut [f32], &mut [f32]),
    ) {
        let (h, terms) = (bias.len(), Terms::of_all(bias));
        if let Some(unit) = self.tiles().filter(|_| activation == Nonlinearity::Silu) {
            unit.pack(Side::Left, (values.len() / h, h), View::rows(x, h), Form::AllDigits, &mut ws.left);
            return unit.silu_and_slopes((&ws.left, &self.forward[layer]), terms, values, slopes);
        }
        self.forward(layer, x, weight, h, ws, values, |first, strip| {
            vector::activate(arch(), activation, terms, first, strip, &mut slopes[first * h..]);
        });
    }

    /// out ← (D W) ∘ slopes of hidden layer `layer`.
    #[allow(clippy::too_many_arguments)] // reason: as `first`
    pub(crate) fn backward_by_slopes(
        &self,
        layer: usize,
        d: &[f32],
        weight: &[f32],
        h: usize,
        ws: &mut Scratch,
        slopes: &[f32],
        out: &mut [f32],
    ) {
        if let Some(unit) = self.tiles() {
            unit.pack(Side::Left, (out.len() / h, h), View::rows(d, h), Form::Digits, &mut ws.left);
            return unit.scale(&ws.left, &self.backward[layer], slopes, out);
        }
        multiply(out.len() / h, h, h, View::rows(d, h), View::rows(weight, h), 0.0, out);
        vector::scale_by(arch(), slopes, out);
    }
}

/// The tile unit, where it is worth its while for layers of `h` units.
fn unit_for(h: usize) -> Option<Amx> {
    tiles().filter(|_| (NARROWEST..=DEEPEST).contains(&h))
}

/// The first layer's weights of everything that a row brings, side by side.
fn gather_first(shape: &NetworkShape, layout: &Layout, weights: &[f32], first: &mut Vec<f32>) {
    let width = first_width(shape, layout);
    first.resize(shape.width * width, 0.0);
    for (from, columns, range) in first_columns(shape, layout) {
        let weights = weights[range].chunks_exact(columns.max(1));
        for (row, weights) in first.chunks_exact_mut(width.max(1)).zip(weights) {
            row[from..from + columns].copy_from_slice(weights);
        }
    }
}

/// gradient ← Dᵀ X for `rows` rows of D (`h` columns) and X (`k` columns): the gradient of a layer's weights.
pub(crate) fn outer((rows, h, k): (usize, usize, usize), d: &[f32], x: &[f32], ws: &mut Scratch, gradient: &mut [f32]) {
    match tiles().filter(|_| h >= NARROWEST && (1..=DEEPEST).contains(&rows)) {
        Some(unit) => {
            unit.pack(Side::Left, (h, rows), View::transposed(d, h), Form::Digits, &mut ws.left);
            unit.pack(Side::Right, (k, rows), View::transposed(x, k), Form::Digits, &mut ws.right);
            unit.multiply(&ws.left, &ws.right, gradient, |_, _| ());
        }
        None => multiply(h, rows, k, View::transposed(d, h), View::rows(x, k), 0.0, gradient),
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
        let unit = unit_for(width);
        let mut packed = Packed { in_tiles: unit.is_some(), ..Packed::default() };
        if let Some(unit) = unit {
            packed.forward.push(Operand::default());
            unit.pack(Side::Right, (width, width), View::rows(weight, width), Form::Digits, &mut packed.forward[0]);
        }
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
