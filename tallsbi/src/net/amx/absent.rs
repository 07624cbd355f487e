//! Stand in for the tile unit where the target has none: it is never found, so nothing here is ever called.

use super::{linalg::View, precision::Precision};

/// Rows of a strip.
pub(crate) const BLOCK: usize = 32;
/// The deepest product.
pub(crate) const DEEPEST: usize = 1 << 15;

/// The tile unit that is not there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Amx {}

/// One factor of a product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operand;

/// How the numbers of an operand are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Each as one brain float.
    Brain,
    /// Each as the sum of three brain floats.
    Exact,
    /// As three digits.
    Digits,
    /// The same, with all their products.
    AllDigits,
}

impl Form {
    pub(crate) fn of(_precision: Precision) -> Self {
        Self::Digits
    }
}

/// Which factor an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// m×k.
    Left,
    /// k×n given as its transpose.
    Right,
}

/// What is added to every row of a strip.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a>(std::marker::PhantomData<&'a [f32]>);

impl<'a> Terms<'a> {
    pub(crate) fn new(_base: &'a [f32], _own: &'a [&'a [f32]]) -> Self {
        Self(std::marker::PhantomData)
    }
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
        _form: Form,
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

    pub(crate) fn silu(
        self,
        _factors: (&Operand, &Operand),
        _precision: Precision,
        _terms: Terms<'_>,
        _values: &mut [f32],
        _next: Option<&mut Operand>,
    ) {
        match self {}
    }

    pub(crate) fn silu_and_slopes<'a>(
        self,
        _factors: (&Operand, &Operand),
        _base: &[f32],
        _own: impl Fn(usize) -> &'a [f32],
        _values: &mut [f32],
        _slopes: &mut [f32],
    ) {
        match self {}
    }

    pub(crate) fn scale(self, _left: &Operand, _right: &Operand, _factors: &[f32], _values: &mut [f32]) {
        match self {}
    }
}
