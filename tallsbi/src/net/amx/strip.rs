//! Multiply a strip of rows, and finish one block of the product while the unit multiplies the next.
#![allow(clippy::wildcard_imports)] // reason: a dozen intrinsics, all named by their prefix
#![allow(unsafe_code)] // reason: kernels take pointers; every block below says why they stay in bounds

use std::{arch::x86_64::*, ops::Range};

use super::{
    BLOCK, Operand, SIDE,
    digits::{DIGITS, Sums},
    kernel,
    split::mask,
};

/// What becomes of a product.
pub(super) trait Finish {
    /// Rows and columns that there is room for.
    fn shape(&self) -> (usize, usize);

    /// Takes sixteen columns from `column` on, those that are there in `lanes`, of `rows` of the strip, which count from its first.
    ///
    /// # Safety
    /// They are inside of [`shape`](Self::shape), and the processor has AVX-512 with F, BW and BF16.
    unsafe fn rows(&mut self, rows: Range<usize>, column: usize, lanes: u16, value: impl Fn(usize) -> __m512);
}

/// Calls `finish` with all lanes as a constant where all are there.
///
/// # Safety
/// As [`Finish::rows`].
#[inline(always)]
unsafe fn rows<F: Finish>(
    finish: &mut F,
    rows: Range<usize>,
    column: usize,
    columns: usize,
    value: impl Fn(usize) -> __m512,
) {
    // SAFETY: the caller's.
    unsafe {
        if columns - column >= SIDE {
            finish.rows(rows, column, u16::MAX, value);
        } else {
            finish.rows(rows, column, mask(columns - column), value);
        }
    }
}

/// The block that is multiplied and not finished: its rows that are not, and its first column.
#[derive(Clone, Copy, Default)]
struct Pending {
    rows: (usize, usize),
    column: usize,
}

impl Pending {
    /// The next rows to finish, at most `share`.
    fn take(&mut self, share: usize) -> Range<usize> {
        let (from, end) = self.rows;
        let to = (from + share).min(end);
        self.rows.0 = to;
        from..to
    }
}

/// Two blocks of a product, aligned to cache lines.
#[repr(C, align(64))]
struct Blocks([[[f32; BLOCK]; BLOCK]; 2]);

/// A strip of at most 32 rows of a product of brain floats, the `i`-th.
///
/// # Safety
/// The tiles are configured, and the processor has AVX-512 with F, BW and BF16.
///
/// # Panics
/// The factors do not have the same depth, or there is not enough room.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn brain<F: Finish>(left: &Operand, right: &Operand, i: usize, finish: &mut F) {
    let (columns, depth, height) = (right.outer, left.side_tiles(), (left.outer - i * BLOCK).min(BLOCK));
    let room = finish.shape();
    assert!(depth == right.side_tiles() && room.0 >= height && room.1 >= columns, "matrix shapes disagree");
    let a = &left.tiles[2 * i * depth..2 * (i + 1) * depth];
    let mut blocks = Blocks([[[0.0; BLOCK]; BLOCK]; 2]);
    let mut pending = Pending::default();
    let finish_some = |block: &[[f32; BLOCK]; BLOCK], range: Range<usize>, first: usize, finish: &mut F| {
        for half in [0, SIDE] {
            if first + half < columns {
                // SAFETY: a block has 32 rows of 32 floats; the assertion above, and the caller's.
                unsafe {
                    rows(
                        finish,
                        range.clone(),
                        first + half,
                        columns,
                        #[inline(always)]
                        |row| _mm512_load_ps(block.as_ptr().add(row).cast::<f32>().add(half)),
                    );
                }
            }
        }
    };
    let share = height.div_ceil(depth);
    for j in 0..columns.div_ceil(BLOCK) {
        let b = &right.tiles[2 * j * depth..2 * (j + 1) * depth];
        let [now, before] = &mut blocks.0;
        let (now, before) = if j % 2 == 0 { (now, before) } else { (before, now) };
        // SAFETY: the caller's; `a` and `b` have 2 · depth tiles each.
        unsafe {
            kernel::clear();
            for k in 0..depth {
                kernel::brain(a.as_ptr().add(k), b.as_ptr().add(k), depth);
                let range = pending.take(share);
                finish_some(before, range, pending.column, finish);
            }
            kernel::keep_brain(now);
        }
        pending = Pending { rows: (0, height), column: j * BLOCK };
    }
    finish_some(&blocks.0[(columns.div_ceil(BLOCK) + 1) % 2], pending.take(BLOCK), pending.column, finish);
}

/// A strip of at most 32 rows of a product of digits, the `i`-th.
///
/// # Safety
/// The tiles are configured, and the processor has AVX-512 with F, BW and BF16.
///
/// # Panics
/// The factors do not have the same depth, or there is not enough room.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn digits<F: Finish, const ALL: bool>(left: &Operand, right: &Operand, i: usize, finish: &mut F) {
    let (columns, depth, height) = (right.outer, left.depth(), (left.outer - i * BLOCK).min(BLOCK));
    let room = finish.shape();
    assert!(depth == right.depth() && room.0 >= height && room.1 >= columns, "matrix shapes disagree");
    let mut sums = [Sums::default(), Sums::default()];
    let weights = kernel::WEIGHTS.map(|weight| _mm512_set1_ps(weight));
    let mut pending = Pending::default();
    let finish_some = |sums: &Sums, range: Range<usize>, column: usize, finish: &mut F| {
        if range.is_empty() {
            return;
        }
        let first = range.start / SIDE * SIDE;
        let scales = &left.scales[(i * BLOCK + first) / SIDE];
        // SAFETY: 16 scales; a row of a sum is 64 aligned bytes, and ranges do not cross the 16 rows of a block; the assertion above,
        // and the caller's.
        unsafe {
            let of_columns = _mm512_loadu_ps(right.scales[column / SIDE].as_ptr());
            let weights = weights.map(|weight| _mm512_mul_ps(weight, of_columns));
            rows(
                finish,
                range,
                column,
                columns,
                #[inline(always)]
                |row| sums.row::<ALL>(row - first, &weights, *scales.as_ptr().add(row - first)),
            );
        }
    };
    let share = SIDE.div_ceil(depth);
    let mut turn = 0;
    for j in 0..columns.div_ceil(SIDE) {
        for first in (0..height).step_by(SIDE) {
            let (a, b) = (left.side((i * BLOCK + first) / SIDE), right.side(j));
            let [now, before] = &mut sums;
            let (now, before) = if turn % 2 == 0 { (now, before) } else { (before, now) };
            turn += 1;
            // SAFETY: the caller's; the sides have depth · 3 tiles each.
            unsafe {
                kernel::clear();
                for k in 0..depth {
                    kernel::digits::<ALL>(a.as_ptr().add(k * DIGITS), b.as_ptr().add(k * DIGITS));
                    let range = pending.take(share);
                    finish_some(before, range, pending.column, finish);
                }
                kernel::keep_sums::<ALL>(now);
            }
            pending = Pending { rows: (first, (first + SIDE).min(height)), column: j * SIDE };
        }
    }
    finish_some(&sums[(turn + 1) % 2], pending.take(SIDE), pending.column, finish);
}
