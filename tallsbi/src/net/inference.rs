//! Run the layers of a network forwards and keep nothing.
//!
//! On the tile unit a strip of rows goes through all layers at once and never leaves a core's first-level cache; elsewhere the
//! whole block goes through one layer after the other.

use super::{
    amx::Amx,
    amx::BLOCK,
    amx::{Operand, Side},
    dense::{Packed, Scratch},
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

/// Buffers of one thread.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    left: Operand,
    here: Vec<f32>,
    next: Vec<f32>,
    products: Scratch,
}

impl Network<'_> {
    /// Evaluates `out: [rows × outputs]`. `activate(first row, strip)` finishes the first layer, whose product with the features
    /// it finds in the strip.
    pub(super) fn infer(
        self,
        precision: Precision,
        rows: Rows<'_>,
        ws: &mut Buffers,
        out: &mut [f32],
        activate: impl FnMut(usize, &mut [f32]),
    ) {
        match self.packed.tiles().filter(|_| rows.width > 0) {
            Some(unit) => self.in_strips(unit, precision, rows, ws, out, activate),
            None => self.in_layers(rows, ws, out, activate),
        }
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
        // The first layer is narrow, and sees differences of θ that become small: it is not where to save.
        let first = if precision == Precision::Medium { Precision::High } else { precision };
        here.resize(BLOCK * h, 0.0);
        for (strip, (out, features)) in out.chunks_mut(BLOCK * m).zip(features.chunks(BLOCK * width)).enumerate() {
            let rows = out.len() / m;
            let values = &mut here[..rows * h];
            unit.pack(Side::Left, (rows, width), View::rows(features, width), first, left);
            unit.multiply(left, self.packed.first_operand(bound), false, values, |_, values| {
                activate(strip * BLOCK, values);
            });
            for (l, (_, bias)) in self.layout.hidden.iter().enumerate() {
                unit.pack(Side::Left, (rows, h), View::rows(values, h), precision, left);
                unit.multiply(left, self.packed.hidden_operand(l), false, values, |_, values| {
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
        Buffers { left, here, next, products }: &mut Buffers,
        out: &mut [f32],
        mut activate: impl FnMut(usize, &mut [f32]),
    ) {
        let h = self.shape.width;
        let rows = out.len() / self.shape.outputs.max(1);
        here.resize(rows * h, 0.0);
        next.resize(rows * h, 0.0);
        self.packed.first(bound, (width, h), features, false, products, here, &mut activate);
        for (l, (weight, bias)) in self.layout.hidden.iter().enumerate() {
            let (weight, bias) = (&self.weights[weight.clone()], &self.weights[bias.clone()]);
            self.packed.forward(l, here, weight, h, products, next, |_, strip| {
                vector::activate_only(arch(), self.shape.activation, Precision::Highest, bias, strip);
            });
            std::mem::swap(here, next);
        }
        self.packed.output(self.layout, self.weights, here, left, out);
    }
}
