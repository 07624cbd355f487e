//! Multiply `f32` matrices on the tile unit (AMX) of recent x86 servers: bounds-checked doors to its kernels.
//!
//! The unit multiplies 16-bit brain floats and adds in `f32`. A float is written as the sum of three of them, x = h + m + l, exact to
//! 2⁻²⁴, and six of the nine products are kept: what is left out is below 2⁻²⁵ of |a b|, so that the result is as close to
//! the exact one as that of an `f32` product, at a multiple of its speed. Fewer pieces are faster still: [`Precision`].
#![allow(clippy::unused_self)] // reason: `self` is the proof that the instructions exist
#![allow(unsafe_code)] // reason: kernels take pointers; every block below says why they stay in bounds

mod kernel;
mod split;
mod unit;

use std::sync::OnceLock;

use super::{linalg::View, precision::Precision};

/// Rows of a tile, and pairs of brain floats in one of its rows.
const SIDE: usize = 16;
/// Brain floats in a row of a tile: depth of the products of one instruction.
const DEPTH: usize = 32;
/// Rows and columns of the block of the result that stays in four tiles.
pub(crate) const BLOCK: usize = 2 * SIDE;

/// Proof that the tile unit is there and this process may use it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amx(());

/// 16 × 32 brain floats, aligned to cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Tile([[u16; DEPTH]; SIDE]);

/// One factor of a product, split and cut into tiles: `[outer / 16][inner / 32][piece]`, padded with zeros.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operand {
    /// At least as many as the shape needs: an operand that takes turns between shapes keeps the largest.
    tiles: Vec<Tile>,
    outer: usize,
    inner: usize,
    /// Brain floats that make one number.
    pieces: usize,
}

/// Which factor an operand is: the left has its pairs along a row of a tile, the right down its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// m×k, outer = rows.
    Left,
    /// k×n given as its transpose n×k, outer = columns of the product.
    Right,
}

/// A block of the result, aligned to cache lines.
#[repr(align(64))]
struct Scratch([f32; BLOCK * BLOCK]);

impl Operand {
    /// Tiles of one block of [`BLOCK`] rows or columns.
    fn block_tiles(&self) -> usize {
        2 * self.inner.div_ceil(DEPTH) * self.pieces
    }

    fn reshape(&mut self, outer: usize, inner: usize, pieces: usize) {
        (self.outer, self.inner, self.pieces) = (outer, inner, pieces);
        let needed = outer.div_ceil(BLOCK) * self.block_tiles();
        if self.tiles.len() < needed {
            self.tiles.resize(needed, Tile([[0; DEPTH]; SIDE]));
        }
    }
}

fn pieces(precision: Precision) -> usize {
    match precision {
        Precision::Highest => 3,
        Precision::High => 2,
        Precision::Medium => 1,
    }
}

impl Amx {
    /// The tile unit, where processor and kernel offer it.
    pub(crate) fn detect() -> Option<Self> {
        static FOUND: OnceLock<bool> = OnceLock::new();
        FOUND.get_or_init(unit::is_there).then_some(Self(()))
    }

    /// Splits an outer×inner matrix into `operand`, which keeps its memory for the next time.
    ///
    /// # Panics
    /// The view is too short for its shape, or neither of its strides is 1: bugs in this crate.
    pub(crate) fn pack(
        self,
        side: Side,
        (outer, inner): (usize, usize),
        view: View<'_>,
        precision: Precision,
        operand: &mut Operand,
    ) {
        assert!(view.holds(outer, inner), "matrix shapes disagree");
        let (row, column) = view.strides();
        assert!(row == 1 || column == 1, "one stride must be 1");
        operand.reshape(outer, inner, pieces(precision));
        let (needed, depth) = (outer.div_ceil(BLOCK) * operand.block_tiles(), inner.div_ceil(DEPTH));
        for (index, tiles) in operand.tiles[..needed].chunks_exact_mut(operand.pieces).enumerate() {
            let (first, from) = (index / depth * SIDE, index % depth * DEPTH);
            // SAFETY: `self` proves AVX-512 with F, BW and BF16. `holds` proved every element (i, k) with i < outer and
            // k < inner in bounds; the functions read no other.
            unsafe {
                if column == 1 {
                    split::split_rows(view.data(), row, (first, outer), (from, inner), side == Side::Right, tiles);
                } else {
                    split::split_columns(view.data(), column, (first, outer), (from, inner), side == Side::Left, tiles);
                }
            }
        }
    }

    /// C ← A B, or C ← C + A B with `add`, for row-major C. After every strip of at most 32 rows, `finish` receives its
    /// first row and the strip. The left factor says how many products of brain floats are taken.
    ///
    /// # Panics
    /// The operands' inner dimensions differ, the right one has fewer pieces, or C is too short: bugs in this crate.
    pub(crate) fn multiply(
        self,
        left: &Operand,
        right: &Operand,
        add: bool,
        c: &mut [f32],
        mut finish: impl FnMut(usize, &mut [f32]),
    ) {
        let (rows, columns, depth) = (left.outer, right.outer, left.inner.div_ceil(DEPTH));
        assert!(left.inner == right.inner && depth > 0 && c.len() >= rows * columns, "matrix shapes disagree");
        assert!((1..=3).contains(&left.pieces) && left.pieces <= right.pieces, "the right factor has too few pieces");
        if columns == 0 {
            return;
        }
        let mut scratch = Scratch([0.0; BLOCK * BLOCK]);
        let pieces = (left.pieces, right.pieces);
        let (a_block, b_block) = (left.block_tiles(), right.block_tiles());
        // SAFETY: `self` proves the unit usable. No other code of this process uses tiles, and `finish` is Rust code, which
        // uses none.
        let _configured = unsafe { unit::Configured::new() };
        for (i, strip) in c[..rows * columns].chunks_mut(BLOCK * columns).enumerate() {
            let height = strip.len() / columns;
            let a = &left.tiles[i * a_block..(i + 1) * a_block];
            for j in 0..columns.div_ceil(BLOCK) {
                let factors = (a.as_ptr(), right.tiles[j * b_block..(j + 1) * b_block].as_ptr());
                let width = (columns - j * BLOCK).min(BLOCK);
                if height == BLOCK && width == BLOCK && !add {
                    let target = &mut strip[j * BLOCK..];
                    assert!(target.len() >= (BLOCK - 1) * columns + BLOCK);
                    // SAFETY: the tiles are configured; the slices have 2 · depth · pieces tiles each, as many pieces as the
                    // assertions above say; the assertion gives 32 rows of 32 floats, `columns` apart.
                    unsafe { kernel::block(factors, pieces, depth, target.as_mut_ptr(), columns) };
                    continue;
                }
                // SAFETY: as above; the scratch has 32 rows of 32 floats.
                unsafe { kernel::block(factors, pieces, depth, scratch.0.as_mut_ptr(), BLOCK) };
                for (strip, scratch) in strip.chunks_exact_mut(columns).zip(scratch.0.chunks_exact(BLOCK)) {
                    let (strip, scratch) = (&mut strip[j * BLOCK..j * BLOCK + width], &scratch[..width]);
                    if add {
                        strip.iter_mut().zip(scratch).for_each(|(c, value)| *c += value);
                    } else {
                        strip.copy_from_slice(scratch);
                    }
                }
            }
            finish(i * BLOCK, strip);
        }
    }
}

#[cfg(test)]
mod tests;
