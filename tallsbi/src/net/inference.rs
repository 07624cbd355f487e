//! Run the layers of a network, or their derivative along some directions, forwards and keep nothing.
//!
//! On the tile unit a strip of rows goes through all layers at once and never leaves a core's first-level cache, and SiLU is applied to one
//! part of a product while the unit computes the next; elsewhere the whole block goes through one layer after the other.

use super::{
    activation::Nonlinearity,
    amx::{Amx, Operand},
    dense::{NARROWEST, Packed, Scratch, first_left_form},
    form::{BLOCK, DEEPEST, Form, Side},
    instructions::arch,
    linalg::{View, multiply},
    precision::Precision,
    shape::{Layout, NetworkShape},
    vector::{self, Terms},
};

/// A network's weights, as its layers need them.
#[derive(Clone, Copy)]
pub(super) struct Network<'a> {
    pub(super) shape: &'a NetworkShape,
    pub(super) layout: &'a Layout,
    pub(super) weights: &'a [f32],
    pub(super) packed: &'a Packed,
}

/// What every row brings to the first layer, side by side.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) features: &'a [f32],
    /// Features of a row.
    pub(super) width: usize,
    /// Only the θ features: the rest of the first layer is bound.
    pub(super) bound: bool,
}

/// Buffers of one thread.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    left: Operand,
    next: Operand,
    here: Vec<f32>,
    there: Vec<f32>,
    products: Scratch,
}

impl<'a> Network<'a> {
    /// Evaluates `out: [rows × outputs]`, where the first layer adds `terms` to the rows' products.
    pub(super) fn infer(
        self,
        precision: Precision,
        rows: Rows<'_>,
        terms: Terms<'a>,
        ws: &mut Buffers,
        out: &mut [f32],
    ) {
        match self.packed.tiles().filter(|_| (1..=DEEPEST).contains(&rows.width)) {
            Some(unit) => self.in_strips(unit, precision, rows, terms, ws, out),
            None => self.in_layers(rows, terms, ws, out),
        }
    }

    fn in_strips(
        self,
        unit: Amx,
        precision: Precision,
        Rows { features, width, bound }: Rows<'_>,
        first_terms: Terms<'a>,
        Buffers { left, next, here, .. }: &mut Buffers,
        out: &mut [f32],
    ) {
        let (h, m) = (self.shape.width, self.shape.outputs);
        let hidden = self.packed.hidden_operands(unit, precision, self.layout, self.weights);
        let first = first_left_form(width);
        here.resize(BLOCK * h, 0.0);
        for (strip, (out, features)) in out.chunks_mut(BLOCK * m).zip(features.chunks(BLOCK * width)).enumerate() {
            let rows = out.len() / m;
            let values = &mut here[..rows * h];
            unit.pack(Side::Left, (rows, width), View::rows(features, width), first, left);
            let mut terms = first_terms;
            let layers = std::iter::once(self.packed.first_operand(bound)).chain(hidden);
            for (l, weight) in layers.enumerate() {
                let bias = self.layout.hidden.get(l).map(|(_, bias)| &self.weights[bias.clone()]);
                let after = bias.map(|_| &mut *next);
                self.layer(unit, (left, weight), precision, (terms, strip * BLOCK), values, after);
                terms = Terms::of_all(bias.unwrap_or_default());
                std::mem::swap(left, next);
            }
            self.packed.output(self.layout, self.weights, values, left, out);
        }
    }

    /// values ← a(A B + terms) for a strip from row `first` on, and these values as the left factor `next`; see [`Amx::silu`].
    fn layer(
        self,
        unit: Amx,
        (left, right): (&Operand, &Operand),
        precision: Precision,
        (terms, first): (Terms<'_>, usize),
        values: &mut [f32],
        next: Option<&mut Operand>,
    ) {
        let activation = self.shape.activation;
        if activation == Nonlinearity::Silu {
            return unit.silu((left, right), precision, (terms, first), values, next);
        }
        unit.multiply(left, right, values, |_, _| ());
        vector::activate_only(arch(), activation, terms, first, values);
        if let Some(next) = next {
            let h = self.shape.width;
            unit.pack(Side::Left, (values.len() / h, h), View::rows(values, h), Form::of(precision), next);
        }
    }

    fn in_layers(
        self,
        Rows { features, width, bound }: Rows<'_>,
        terms: Terms<'_>,
        Buffers { left, here, there, products, .. }: &mut Buffers,
        out: &mut [f32],
    ) {
        let (h, activation) = (self.shape.width, self.shape.activation);
        let rows = out.len() / self.shape.outputs.max(1);
        here.resize(rows * h, 0.0);
        there.resize(rows * h, 0.0);
        self.packed.first(bound, (width, h), features, products, here, |first, strip| {
            vector::activate_only(arch(), activation, terms, first, strip);
        });
        for (l, (weight, bias)) in self.layout.hidden.iter().enumerate() {
            let (weight, bias) = (&self.weights[weight.clone()], Terms::of_all(&self.weights[bias.clone()]));
            self.packed.forward(l, here, weight, h, products, there, |first, strip| {
                vector::activate_only(arch(), activation, bias, first, strip);
            });
            std::mem::swap(here, there);
        }
        self.packed.output(self.layout, self.weights, here, left, out);
    }
    /// Pushes directions forwards: `out: [directions × outputs]`, of which `each` belong to a row whose units have these `slopes`, layer by layer.
    pub(super) fn tangents(
        self,
        precision: Precision,
        directions: Rows<'_>,
        (each, slopes): (usize, &[Vec<f32>]),
        ws: &mut Buffers,
        out: &mut [f32],
    ) {
        match self.packed.tiles().filter(|_| (1..=DEEPEST).contains(&directions.width)) {
            Some(unit) => self.tangents_in_strips(unit, precision, directions, (each, slopes), ws, out),
            None => self.tangents_in_layers(directions, (each, slopes), ws, out),
        }
    }

    fn tangents_in_strips(
        self,
        unit: Amx,
        precision: Precision,
        Rows { features, width, bound }: Rows<'_>,
        (each, slopes): (usize, &[Vec<f32>]),
        Buffers { left, next, here, .. }: &mut Buffers,
        out: &mut [f32],
    ) {
        let (h, m) = (self.shape.width, self.shape.outputs);
        let hidden = self.packed.hidden_operands(unit, precision, self.layout, self.weights);
        here.resize(BLOCK * h, 0.0);
        for (strip, (out, features)) in out.chunks_mut(BLOCK * m).zip(features.chunks(BLOCK * width)).enumerate() {
            let rows = out.len() / m;
            let values = &mut here[..rows * h];
            unit.pack(Side::Left, (rows, width), View::rows(features, width), first_left_form(width), left);
            let layers = std::iter::once(self.packed.first_operand(bound)).chain(hidden);
            for (l, (weight, slopes)) in layers.zip(slopes).enumerate() {
                let of_row = |row: usize| &slopes[(strip * BLOCK + row) / each * h..][..h];
                let after = (l < hidden.len()).then_some(&mut *next);
                unit.scale_strip((left, weight), precision, of_row, values, after);
                std::mem::swap(left, next);
            }
            self.output_without_bias(values, out);
        }
    }

    fn tangents_in_layers(
        self,
        Rows { features, width, bound }: Rows<'_>,
        (each, slopes): (usize, &[Vec<f32>]),
        Buffers { here, there, products, .. }: &mut Buffers,
        out: &mut [f32],
    ) {
        let h = self.shape.width;
        let rows = out.len() / self.shape.outputs.max(1);
        here.resize(rows * h, 0.0);
        there.resize(rows * h, 0.0);
        let scale = |l: usize, tangents: &mut [f32]| {
            for (tangents, slopes) in tangents.chunks_exact_mut(each * h).zip(slopes[l].chunks_exact(h)) {
                tangents.chunks_exact_mut(h).for_each(|tangent| vector::scale_by(arch(), slopes, tangent));
            }
        };
        self.packed.first(bound, (width, h), features, products, here, |_, _| ());
        scale(0, here);
        for (l, (weight, _)) in self.layout.hidden.iter().enumerate() {
            self.packed.forward(l, here, &self.weights[weight.clone()], h, products, there, |_, _| ());
            scale(l + 1, there);
            std::mem::swap(here, there);
        }
        self.output_without_bias(here, out);
    }

    /// out ← H Wᵀ of the output layer.
    fn output_without_bias(self, values: &[f32], out: &mut [f32]) {
        let (h, m) = (self.shape.width, self.shape.outputs);
        let weight = &self.weights[self.layout.output.0.clone()];
        if m < NARROWEST {
            return vector::narrow_layer(arch(), weight, &[0.0; NARROWEST][..m], values, out);
        }
        multiply(values.len() / h, h, m, View::rows(values, h), View::transposed(weight, h), 0.0, out);
    }
}
