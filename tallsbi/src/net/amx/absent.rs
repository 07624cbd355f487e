//! Stand in for the tile unit where the target has none: it is never found, so nothing here is ever called.

use super::{
    form::{Form, Side},
    linalg::View,
    precision::Precision,
    vector::Terms,
};

/// The tile unit that is not there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Amx {}

/// One factor of a product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operand;

impl Amx {
    pub(crate) fn detect() -> Option<Self> {
        None
    }

    pub(crate) fn pack(
        self,
        _side: Side,
        _shape: (usize, usize),
        _view: View<'_>,
        _form: Form,
        _operand: &mut Operand,
    ) {
        match self {}
    }

    pub(crate) fn multiply(
        self,
        _left: &Operand,
        _right: &Operand,
        _c: &mut [f32],
        _finish: impl FnMut(usize, &mut [f32]),
    ) {
        match self {}
    }

    pub(crate) fn silu(
        self,
        _factors: (&Operand, &Operand),
        _precision: Precision,
        _terms: (Terms<'_>, usize),
        _values: &mut [f32],
        _next: Option<&mut Operand>,
    ) {
        match self {}
    }

    pub(crate) fn scale_strip<'a>(
        self,
        _factors: (&Operand, &Operand),
        _precision: Precision,
        _of_row: impl Fn(usize) -> &'a [f32],
        _values: &mut [f32],
        _next: Option<&mut Operand>,
    ) {
        match self {}
    }

    pub(crate) fn silu_and_slopes(
        self,
        _factors: (&Operand, &Operand),
        _terms: Terms<'_>,
        _values: &mut [f32],
        _slopes: &mut [f32],
    ) {
        match self {}
    }

    pub(crate) fn scale(self, _left: &Operand, _right: &Operand, _factors: &[f32], _values: &mut [f32]) {
        match self {}
    }
}
