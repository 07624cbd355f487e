//! Say how the factors of a product are written for the tile unit, on machines that have one and on others.

use super::precision::Precision;

/// Products of digits are added up over at most this many numbers, so that no sum overflows: 2 · 2¹⁴ · DEEPEST < 2³¹.
pub(crate) const DEEPEST: usize = 1 << 15;
/// Rows of a strip, and of the block of a result that stays in four tiles.
pub(crate) const BLOCK: usize = 32;

/// How the numbers of an operand are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Each as one brain float.
    Brain,
    /// Each as the sum of three brain floats, exact to 2⁻²⁴: for products of little depth.
    Exact,
    /// As three digits in units of the largest of a row, of whose nine products six are taken.
    Digits,
    /// The same in a left factor, with eight products: as exact as `f32`.
    AllDigits,
}

impl Form {
    /// That of the left factor of a deep product.
    pub(crate) fn of(precision: Precision) -> Self {
        match precision {
            Precision::Highest => Self::AllDigits,
            Precision::High => Self::Digits,
            Precision::Medium => Self::Brain,
        }
    }
}

/// Which factor an operand is: the left has neighbouring numbers along a row of a tile, the right down its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// m×k, outer = rows.
    Left,
    /// k×n given as its transpose n×k, outer = columns of the product.
    Right,
}
