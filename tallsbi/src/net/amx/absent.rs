//! Stand in for the tile unit where the target has none: it is never found, so nothing here is ever called.

use super::{linalg::View, precision::Precision};

/// Rows of a strip.
pub(crate) const BLOCK: usize = 32;

/// The tile unit that is not there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Amx {}

/// One factor of a product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operand;

/// Which factor an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// m×k.
    Left,
    /// k×n given as its transpose.
    Right,
}

impl Amx {
    pub(crate) fn detect() -> Option<Self> {
        None
    }

    pub(crate) fn pack(
        self,
        _side: Side,
        _shape: (usize, usize),
        _view: View<'_>,
        _precision: Precision,
        _operand: &mut Operand,
    ) {
        match self {}
    }

    pub(crate) fn multiply(
        self,
        _left: &Operand,
        _right: &Operand,
        _add: bool,
        _c: &mut [f32],
        _finish: impl FnMut(usize, &mut [f32]),
    ) {
        match self {}
    }
}
