//! Run the layers of a network forwards and keep nothing.
//!
//! On the tile unit a strip of rows goes through all layers at once and never leaves a core's first-level cache, and SiLU is applied to one
//! part of a product while the unit computes the next; elsewhere the whole block goes through one layer after the other.

use super::{
    activation::Nonlinearity,
    amx::Amx,
    amx::BLOCK,
    amx::{DEEPEST, Form, Operand, Side, Terms},
    dense::{Packed, Scratch, first_left_form},
    instructions::arch,
    linalg::View,
    precision::Precision,
    shape::{Layout, NetworkShape},
    vector,
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

/// What the first layer adds to the products of a row before its activation.
pub(super) struct FirstTerms<'a, F> {
    /// To every row.
    pub(super) base: &'a [f32],
    /// To a row of its own: as long as `base`, or empty.
    pub(super) own: F,
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

impl Network<'_> {
    /// Evaluates `out: [rows × outputs]`. `activate(first row, strip)` finishes the first layer, whose product with the features
    /// it finds in the strip, where that cannot be done from `terms` on the way.
    pub(super) fn infer<'a>(
        self,
        precision: Precision,
        rows: Rows<'_>,
        terms: &FirstTerms<'_, impl Fn(usize) -> &'a [f32]>,
        ws: &mut Buffers,
        out: &mut [f32],
        activate: impl FnMut(usize, &mut [f32]),
    ) {
        match self.packed.tiles().filter(|_| (1..=DEEPEST).contains(&rows.width)) {
            Some(unit) if self.shape.activation == Nonlinearity::Silu => {
                self.overlapped(unit, precision, rows, terms, ws, out);
            }
            Some(unit) => self.in_strips(unit, precision, rows, ws, out, activate),
            None => self.in_layers(rows, ws, out, activate),
        }
    }

    /// Strip by strip, the activation of one block during the product of the next.
    fn overlapped<'a>(
        self,
        unit: Amx,
        precision: Precision,
        Rows { features, width, bound }: Rows<'_>,
        first_terms: &FirstTerms<'_, impl Fn(usize) -> &'a [f32]>,
        Buffers { left, next, here, .. }: &mut Buffers,
        out: &mut [f32],
    ) {
        let (h, m) = (self.shape.width, self.shape.outputs);
        let (hidden, first) = (self.hidden(unit, precision), first_left_form(width));
        here.resize(BLOCK * h, 0.0);
        for (strip, (out, features)) in out.chunks_mut(BLOCK * m).zip(features.chunks(BLOCK * width)).enumerate() {
            let rows = out.len() / m;
            let values = &mut here[..rows * h];
            let own: [&[f32]; BLOCK] =
                std::array::from_fn(|row| if row < rows { (first_terms.own)(strip * BLOCK + row) } else { &[] });
            unit.pack(Side::Left, (rows, width), View::rows(features, width), first, left);
            let mut terms = Terms::new(first_terms.base, &own);
            let layers = std::iter::once(self.packed.first_operand(bound)).chain(hidden);
            for (l, weight) in layers.enumerate() {
                let bias = self.layout.hidden.get(l).map(|(_, bias)| &self.weights[bias.clone()]);
                unit.silu((left, weight), precision, terms, values, bias.map(|_| &mut *next));
                terms = Terms::new(bias.unwrap_or_default(), &[]);
                std::mem::swap(left, next);
            }
            self.packed.output(self.layout, self.weights, values, left, out);
        }
    }

    fn hidden(&self, unit: Amx, precision: Precision) -> &[Operand] {
        self.packed.hidden_operands(unit, precision, self.layout, self.weights)
    }

    fn in_strips(
        self,
        unit: Amx,
        precision: Precision,
        Rows { features, width, bound }: Rows<'_>,
        Buffers { left, here, .. }: &mut Buffers,
        out: &mut [f32],
        mut activate: impl FnMut(usize, &mut [f32]),
    ) {
        let (h, m) = (self.shape.width, self.shape.outputs);
        let (hidden, first) = (self.hidden(unit, precision), first_left_form(width));
        here.resize(BLOCK * h, 0.0);
        for (strip, (out, features)) in out.chunks_mut(BLOCK * m).zip(features.chunks(BLOCK * width)).enumerate() {
            let rows = out.len() / m;
            let values = &mut here[..rows * h];
            unit.pack(Side::Left, (rows, width), View::rows(features, width), first, left);
            unit.multiply(left, self.packed.first_operand(bound), false, values, |_, values| {
                activate(strip * BLOCK, values);
            });
            for ((_, bias), weight) in self.layout.hidden.iter().zip(hidden) {
                unit.pack(Side::Left, (rows, h), View::rows(values, h), Form::of(precision), left);
                unit.multiply(left, weight, false, values, |_, values| {
                    vector::activate_only(
                        arch(),
                        self.shape.activation,
                        precision,
                        &self.weights[bias.clone()],
                        values,
                    );
                });
            }
            self.packed.output(self.layout, self.weights, values, left, out);
        }
    }

    fn in_layers(
        self,
        Rows { features, width, bound }: Rows<'_>,
        Buffers { left, here, there, products, .. }: &mut Buffers,
        out: &mut [f32],
        mut activate: impl FnMut(usize, &mut [f32]),
    ) {
        let h = self.shape.width;
        let rows = out.len() / self.shape.outputs.max(1);
        here.resize(rows * h, 0.0);
        there.resize(rows * h, 0.0);
        self.packed.first(bound, (width, h), features, false, products, here, &mut activate);
        for (l, (weight, bias)) in self.layout.hidden.iter().enumerate() {
            let (weight, bias) = (&self.weights[weight.clone()], &self.weights[bias.clone()]);
            self.packed.forward(l, here, weight, h, products, there, |_, strip| {
                vector::activate_only(arch(), self.shape.activation, Precision::Highest, bias, strip);
            });
            std::mem::swap(here, there);
        }
        self.packed.output(self.layout, self.weights, here, left, out);
    }
}
