//! Multiply a strip of rows, and finish one block of the product while the unit multiplies the next.
#![allow(clippy::wildcard_imports)] // reason: a dozen intrinsics, all named by their prefix
#![allow(clippy::needless_range_loop)] // reason: one or two vectors side by side, unrolled
#![allow(unsafe_code)] // reason: kernels take pointers; every block below says why they stay in bounds

use std::{arch::x86_64::*, mem::MaybeUninit, ops::Range};

use super::{
    BLOCK, Operand, SIDE,
    digits::{DIGITS, Sums},
    kernel,
    split::mask,
};
use crate::net::silu::Group;

/// Where vectors belong in a strip.
#[derive(Clone, Copy)]
pub(super) struct Place<const N: usize> {
    /// The first of their rows.
    pub(super) row: usize,
    /// The first of their columns.
    pub(super) column: usize,
    /// Those that are there of N vectors side by side.
    pub(super) lanes: [u16; N],
}

/// What becomes of a product.
pub(super) trait Finish {
    /// Rows and columns that there is room for.
    fn shape(&self) -> (usize, usize);

    /// Takes R rows of N vectors.
    ///
    /// # Safety
    /// They are inside of [`shape`](Self::shape); the rows do not cross a multiple of 16, the columns none of 16 N; the processor has AVX-512
    /// with F, BW and BF16.
    unsafe fn rows<const R: usize, const N: usize>(&mut self, at: Place<N>, values: Group<R, N>);
}

/// A block that has been multiplied.
trait Block<const N: usize> {
    /// R of its rows from `row` on.
    ///
    /// # Safety
    /// It has them, and the processor has AVX-512 with F.
    unsafe fn rows<const R: usize>(&self, row: usize) -> Group<R, N>;
}

/// Finishes `range` of the rows of a block R at a time, the rest one by one; `at` says where, but for the row.
///
/// # Safety
/// As [`Finish::rows`] and [`Block::rows`].
#[inline(always)]
unsafe fn finish_rows<F: Finish, B: Block<N>, const R: usize, const N: usize>(
    finish: &mut F,
    block: &B,
    mut range: Range<usize>,
    at: Place<N>,
) {
    // SAFETY: the caller's.
    unsafe {
        while range.len() >= R {
            finish.rows::<R, N>(Place { row: range.start, ..at }, block.rows(range.start));
            range.start += R;
        }
        for row in range {
            finish.rows::<1, N>(Place { row, ..at }, block.rows(row));
        }
    }
}

/// As [`finish_rows`] from a column on, with all lanes as a constant where all are there.
///
/// # Safety
/// As [`finish_rows`].
#[inline(always)]
unsafe fn finish_some<F: Finish, B: Block<N>, const R: usize, const N: usize>(
    finish: &mut F,
    block: &B,
    range: Range<usize>,
    column: usize,
    columns: usize,
) {
    let mut at = Place { row: 0, column, lanes: [u16::MAX; N] };
    // SAFETY: the caller's.
    unsafe {
        if columns - column >= N * SIDE {
            finish_rows::<F, B, R, N>(finish, block, range, at);
        } else {
            for n in 0..N {
                at.lanes[n] = mask(columns.saturating_sub(column + n * SIDE));
            }
            finish_rows::<F, B, 1, N>(finish, block, range, at);
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
    /// The next rows to finish, at most `share`, which do not cross a multiple of 16.
    #[inline(always)]
    fn take(&mut self, share: usize) -> Range<usize> {
        let (from, end) = self.rows;
        let to = (from + share).min(end).min((from / SIDE + 1) * SIDE);
        self.rows.0 = to;
        from..to
    }

    /// Whether all are finished.
    fn is_done(&self) -> bool {
        self.rows.0 == self.rows.1
    }
}

/// Room for two blocks: one that is being multiplied and the one before.
struct Two<T>(MaybeUninit<[T; 2]>);

impl<T> Two<T> {
    fn new() -> Self {
        Self(MaybeUninit::uninit())
    }

    /// The block of this turn, and the one of the turn before.
    fn of(&mut self, turn: usize) -> (*mut T, *const T) {
        let first = self.0.as_mut_ptr().cast::<T>();
        (first.wrapping_add(turn % 2), first.wrapping_add((turn + 1) % 2))
    }
}

/// 32 rows of 32 columns of a product of brain floats, aligned to cache lines.
#[repr(C, align(64))]
pub(super) struct Square([[f32; BLOCK]; BLOCK]);

/// One that has been written.
impl Block<2> for *const Square {
    #[inline(always)]
    unsafe fn rows<const R: usize>(&self, row: usize) -> Group<R, 2> {
        let first = self.cast::<f32>().wrapping_add(row * BLOCK);
        // SAFETY: the caller's; a row is 128 aligned bytes.
        unsafe {
            let mut values = [[_mm512_setzero_ps(); 2]; R];
            for r in 0..R {
                values[r] = [_mm512_load_ps(first.add(r * BLOCK)), _mm512_load_ps(first.add(r * BLOCK + SIDE))];
            }
            values
        }
    }
}

/// A strip of at most 32 rows of a product of brain floats, the `i`-th.
///
/// # Safety
/// The tiles are configured, and the processor has AVX-512 with F, BW and BF16.
///
/// # Panics
/// The factors do not have the same depth, or there is not enough room.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn brain<F: Finish>(left: &Operand, right: &Operand, i: usize, mut finish: F) {
    let (columns, depth, height) = (right.outer, left.side_tiles(), (left.outer - i * BLOCK).min(BLOCK));
    let room = finish.shape();
    assert!(depth == right.side_tiles() && room.0 >= height && room.1 >= columns, "matrix shapes disagree");
    let a = &left.tiles[2 * i * depth..2 * (i + 1) * depth];
    let mut squares = Two::<Square>::new();
    let share = height.div_ceil(depth).next_multiple_of(2);
    let mut pending = Pending::default();
    for j in 0..=columns.div_ceil(BLOCK) {
        let (now, before) = squares.of(j);
        // SAFETY: the caller's; `a` and `b` have 2 · depth tiles each; what is pending has been kept, is inside of the room, and does not
        // cross a multiple of 16.
        unsafe {
            if j < columns.div_ceil(BLOCK) {
                let b = &right.tiles[2 * j * depth..2 * (j + 1) * depth];
                kernel::clear();
                for k in 0..depth {
                    kernel::brain(a.as_ptr().add(k), b.as_ptr().add(k), depth);
                    finish_some::<F, _, 2, 2>(&mut finish, &before, pending.take(share), pending.column, columns);
                }
                kernel::keep_brain(now);
            }
            while !pending.is_done() {
                finish_some::<F, _, 2, 2>(&mut finish, &before, pending.take(SIDE), pending.column, columns);
            }
        }
        pending = Pending { rows: (0, height), column: j * BLOCK };
    }
}

/// 16 rows of 16 columns of a product of digits, with the scales of its rows and what the sums of each of its columns count.
struct Scaled<'a, const ALL: bool> {
    /// Written before anything is pending.
    sums: *const Sums,
    scales: &'a [f32; SIDE],
    weights: [__m512; 5],
    /// Of the strip that comes first here.
    first: usize,
}

impl<const ALL: bool> Block<1> for Scaled<'_, ALL> {
    #[inline(always)]
    unsafe fn rows<const R: usize>(&self, row: usize) -> Group<R, 1> {
        let row = row - self.first;
        // SAFETY: the caller's, from the first row on.
        unsafe { Sums::rows::<R, ALL>(self.sums, row, &self.weights, self.scales.as_ptr().add(row)) }
    }
}

/// A strip of at most 32 rows of a product of digits, the `i`-th.
///
/// # Safety
/// The tiles are configured, and the processor has AVX-512 with F, BW and BF16.
///
/// # Panics
/// The factors do not have the same depth, or there is not enough room.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn digits<F: Finish, const ALL: bool>(left: &Operand, right: &Operand, i: usize, mut finish: F) {
    let (columns, depth, height) = (right.outer, left.depth(), (left.outer - i * BLOCK).min(BLOCK));
    let room = finish.shape();
    assert!(depth == right.depth() && room.0 >= height && room.1 >= columns, "matrix shapes disagree");
    let mut sums = Two::<Sums>::new();
    let weights = kernel::WEIGHTS.map(|weight| _mm512_set1_ps(weight));
    let share = SIDE.div_ceil(depth).next_multiple_of(4);
    let mut pending = Pending::default();
    let halves = height.div_ceil(SIDE);
    for turn in 0..=columns.div_ceil(SIDE) * halves {
        let (j, first) = (turn / halves, turn % halves * SIDE);
        let (now, before) = sums.of(turn);
        let of_before = pending.rows.0;
        let scales = &left.scales[(i * BLOCK + of_before) / SIDE];
        // SAFETY: 16 scales.
        let of_columns = unsafe { _mm512_loadu_ps(right.scales[pending.column / SIDE].as_ptr()) };
        let weights = weights.map(|weight| _mm512_mul_ps(weight, of_columns));
        let block = Scaled::<ALL> { sums: before, scales, weights, first: of_before };
        // SAFETY: the caller's; the sides have depth · 3 tiles each; what is pending has been kept and is inside of the room.
        unsafe {
            if j < columns.div_ceil(SIDE) {
                let (a, b) = (left.side((i * BLOCK + first) / SIDE), right.side(j));
                kernel::clear();
                for k in 0..depth {
                    kernel::digits::<ALL>(a.as_ptr().add(k * DIGITS), b.as_ptr().add(k * DIGITS));
                    finish_some::<F, _, 4, 1>(&mut finish, &block, pending.take(share), pending.column, columns);
                }
                kernel::keep_sums::<ALL>(now);
            }
            finish_some::<F, _, 4, 1>(&mut finish, &block, pending.take(SIDE), pending.column, columns);
        }
        pending = Pending { rows: (first, (first + SIDE).min(height)), column: j * SIDE };
    }
}
