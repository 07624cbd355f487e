//! Finish blocks of a product while they are in registers: SiLU and its derivative, factors, and the next product's left factor.
//!
//! Vectors are taken in small groups whose steps alternate: a processor looks too few instructions ahead to overlap one long chain with the next.
#![allow(clippy::needless_range_loop)] // reason: a few vectors, unrolled
#![allow(clippy::wildcard_imports)] // reason: a dozen intrinsics, all named by their prefix
#![allow(unsafe_code)] // reason: loads and stores take pointers; each type's `new` asserts the lengths that `Finish` relies on

use std::{arch::x86_64::*, array, ops::Range};

use pulp::x86::V4;

use super::{
    BLOCK, BRAIN_DEPTH, SIDE, Tile,
    digits::size_bits,
    strip::{Finish, Place},
};
use crate::net::{
    silu::{Activate, Group, values_and_slopes},
    vector::Terms,
};

/// # Safety
/// The lanes of vectors side by side from `at` on are in bounds; AVX-512 with F.
#[inline(always)]
unsafe fn store<const N: usize>(at: *mut f32, lanes: [u16; N], values: [__m512; N]) {
    for n in 0..N {
        // SAFETY: the caller's.
        unsafe { _mm512_mask_storeu_ps(at.wrapping_add(n * SIDE), lanes[n], values[n]) };
    }
}

/// # Safety
/// As [`store`].
#[inline(always)]
unsafe fn load<const N: usize>(at: *const f32, lanes: [u16; N]) -> [__m512; N] {
    // SAFETY: the caller's.
    unsafe {
        let mut values = [_mm512_setzero_ps(); N];
        for n in 0..N {
            values[n] = _mm512_maskz_loadu_ps(lanes[n], at.wrapping_add(n * SIDE));
        }
        values
    }
}

/// # Safety
/// AVX-512 with F.
#[inline(always)]
unsafe fn sum<const N: usize>(mut a: [__m512; N], b: [__m512; N]) -> [__m512; N] {
    for n in 0..N {
        // SAFETY: the caller's.
        a[n] = unsafe { _mm512_add_ps(a[n], b[n]) };
    }
    a
}

/// Rows of floats. Keeps a product as it is.
pub(super) struct Floats<'a> {
    values: &'a mut [f32],
    width: usize,
}

impl<'a> Floats<'a> {
    /// Those of a strip.
    pub(super) fn new(values: &'a mut [f32], width: usize) -> Self {
        Self { values, width }
    }
}

impl Finish for Floats<'_> {
    fn shape(&self) -> (usize, usize) {
        (self.values.len() / self.width.max(1), self.width)
    }

    #[inline(always)]
    unsafe fn rows<const R: usize, const N: usize>(&mut self, at: Place<N>, values: Group<R, N>) {
        let first = self.values.as_mut_ptr().wrapping_add(at.row * self.width + at.column);
        for r in 0..R {
            // SAFETY: the caller's.
            unsafe { store(first.wrapping_add(r * self.width), at.lanes, values[r]) };
        }
    }
}

/// To rows of floats, with the largest absolute values of every row's columns i, i + 16, … as bits.
pub(super) struct Measured<'a> {
    pub(super) floats: Floats<'a>,
    pub(super) largest: &'a mut [[u32; SIDE]; BLOCK],
}

impl Finish for Measured<'_> {
    fn shape(&self) -> (usize, usize) {
        let (rows, width) = self.floats.shape();
        (rows.min(BLOCK), width)
    }

    #[inline(always)]
    unsafe fn rows<const R: usize, const N: usize>(&mut self, at: Place<N>, values: Group<R, N>) {
        for r in 0..R {
            // SAFETY: the caller's, and `shape` has no more rows than there are; what is largest has 64 bytes.
            unsafe {
                let largest = self.largest.as_mut_ptr().wrapping_add(at.row + r).cast();
                let mut size = _mm512_loadu_si512(largest);
                for n in 0..N {
                    size = _mm512_mask_max_epi32(size, at.lanes[n], size, size_bits(values[r][n]));
                }
                _mm512_storeu_si512(largest, size);
            }
        }
        // SAFETY: the caller's.
        unsafe { self.floats.rows(at, values) };
    }
}

/// To the tiles of a left factor of brain floats.
pub(super) struct Brain<'a> {
    tiles: &'a mut [Tile],
    width: usize,
    depth: usize,
}

impl<'a> Brain<'a> {
    /// Tiles of one strip of rows of `width` numbers.
    pub(super) fn new(tiles: &'a mut [Tile], width: usize) -> Self {
        Self { tiles, width, depth: width.div_ceil(BRAIN_DEPTH) }
    }
}

impl Finish for Brain<'_> {
    fn shape(&self) -> (usize, usize) {
        (self.tiles.len() / self.depth.max(1) * SIDE, self.width)
    }

    #[inline(always)]
    unsafe fn rows<const R: usize, const N: usize>(&mut self, at: Place<N>, values: Group<R, N>) {
        let Place { row, column, lanes } = at;
        let tile = self.tiles.as_mut_ptr().wrapping_add(row / SIDE * self.depth + column / BRAIN_DEPTH);
        let first = tile.cast::<u16>().wrapping_add(row % SIDE * BRAIN_DEPTH + column % BRAIN_DEPTH);
        for r in 0..R {
            for n in 0..N {
                // SAFETY: the tile is one of those that `shape` counts, as rows do not cross it and columns are at most as many as fill
                // it; 16 brain floats are 32 bytes; AVX-512 is the caller's. Columns that are not there become zero.
                unsafe {
                    let floats = _mm512_cvtneps_pbh(_mm512_maskz_mov_ps(lanes[n], values[r][n]));
                    let half = first.wrapping_add(r * BRAIN_DEPTH + n * SIDE).cast();
                    _mm256_storeu_si256(half, std::mem::transmute::<__m256bh, __m256i>(floats));
                }
            }
        }
    }
}

/// The terms of the rows of a strip.
pub(super) struct Added<'a> {
    base: &'a [f32],
    own: Option<[&'a [f32]; BLOCK]>,
}

impl<'a> Added<'a> {
    /// Those of at most 32 rows.
    ///
    /// # Panics
    /// What a row has of its own is neither as long as the base nor empty.
    pub(super) fn new(Terms { base, own }: Terms<'a>, mut rows: Range<usize>) -> Self {
        let own = own.map(|own| array::from_fn(|_| rows.next().map_or_else(Default::default, own)));
        let fits = |own: &&[f32]| own.is_empty() || own.len() == base.len();
        assert!(own.iter().flatten().all(fits), "terms disagree in length");
        Self { base, own }
    }
}

/// The factors of the rows of a strip.
pub(super) struct Factors<'a> {
    of_rows: [&'a [f32]; BLOCK],
    rows: usize,
    width: usize,
}

impl<'a> Factors<'a> {
    /// Those of at most 32 rows of `width` numbers.
    ///
    /// # Panics
    /// There are more rows, or one has fewer factors.
    pub(super) fn new(rows: usize, width: usize, of: impl Fn(usize) -> &'a [f32]) -> Self {
        assert!(rows <= BLOCK, "one strip at a time");
        let of_rows = array::from_fn(|row| if row < rows { of(row) } else { &[] });
        assert!(of_rows[..rows].iter().all(|factors| factors.len() >= width), "a factor for every value");
        Self { of_rows, rows, width }
    }
}

/// A B + terms.
pub(super) struct Add<'a, F> {
    pub(super) added: &'a Added<'a>,
    pub(super) then: F,
}

impl<F: Finish> Finish for Add<'_, F> {
    fn shape(&self) -> (usize, usize) {
        let (rows, width) = self.then.shape();
        (rows.min(BLOCK), width.min(self.added.base.len()))
    }

    #[inline(always)]
    unsafe fn rows<const R: usize, const N: usize>(&mut self, at: Place<N>, mut values: Group<R, N>) {
        let (Added { base, own }, Place { row, column, lanes }) = (self.added, at);
        // SAFETY: the caller's, and there are no more rows than `shape` says; `new` has asserted that all terms are as long as the base.
        unsafe {
            let base = load(base.as_ptr().wrapping_add(column), lanes);
            for r in 0..R {
                let mut terms = base;
                if let Some(own) = own {
                    let own = own.get_unchecked(row + r);
                    if !own.is_empty() {
                        terms = sum(load(own.as_ptr().wrapping_add(column), lanes), base);
                    }
                }
                values[r] = sum(values[r], terms);
            }
            self.then.rows(at, values);
        }
    }
}

/// silu(A B).
pub(super) struct Silu<S, F> {
    pub(super) silu: S,
    pub(super) then: F,
}

impl<S: Activate, F: Finish> Finish for Silu<S, F> {
    fn shape(&self) -> (usize, usize) {
        self.then.shape()
    }

    #[inline(always)]
    unsafe fn rows<const R: usize, const N: usize>(&mut self, at: Place<N>, values: Group<R, N>) {
        // SAFETY: the caller's.
        unsafe { self.then.rows(at, self.silu.values(values)) };
    }
}

/// silu(A B) and its derivative.
pub(super) struct SiluAndSlopes<'a> {
    pub(super) simd: V4,
    pub(super) values: Floats<'a>,
    pub(super) slopes: Floats<'a>,
}

impl Finish for SiluAndSlopes<'_> {
    fn shape(&self) -> (usize, usize) {
        let ((rows, width), (other_rows, other_width)) = (self.values.shape(), self.slopes.shape());
        (rows.min(other_rows), width.min(other_width))
    }

    #[inline(always)]
    unsafe fn rows<const R: usize, const N: usize>(&mut self, at: Place<N>, values: Group<R, N>) {
        let (values, slopes) = values_and_slopes(self.simd, values);
        // SAFETY: the caller's.
        unsafe {
            self.values.rows(at, values);
            self.slopes.rows(at, slopes);
        }
    }
}

/// A B ∘ factors.
pub(super) struct Scale<'a, F> {
    factors: &'a Factors<'a>,
    then: F,
}

impl<F: Finish> Finish for Scale<'_, F> {
    fn shape(&self) -> (usize, usize) {
        let ((rows, width), factors) = (self.then.shape(), self.factors);
        (rows.min(factors.rows), width.min(factors.width))
    }

    #[inline(always)]
    unsafe fn rows<const R: usize, const N: usize>(&mut self, at: Place<N>, mut values: Group<R, N>) {
        for r in 0..R {
            // SAFETY: the caller's, and `shape` has no more rows and columns than there are factors, of which `new` says so.
            unsafe {
                let row = self.factors.of_rows.get_unchecked(at.row + r);
                let factors = load(row.as_ptr().wrapping_add(at.column), at.lanes);
                for n in 0..N {
                    values[r][n] = _mm512_mul_ps(values[r][n], factors[n]);
                }
            }
        }
        // SAFETY: the caller's.
        unsafe { self.then.rows(at, values) };
    }
}

/// What is done to a product before it goes where it belongs.
pub(super) trait Stage {
    /// That, and then `F`.
    type Then<F: Finish>: Finish;

    fn then<F: Finish>(self, then: F) -> Self::Then<F>;
}

/// silu(A B + terms).
pub(super) struct Activated<'a, S> {
    pub(super) added: &'a Added<'a>,
    pub(super) silu: S,
}

impl<'a, S: Activate> Stage for Activated<'a, S> {
    type Then<F: Finish> = Add<'a, Silu<S, F>>;

    fn then<F: Finish>(self, then: F) -> Self::Then<F> {
        Add { added: self.added, then: Silu { silu: self.silu, then } }
    }
}

impl<'a> Stage for &'a Factors<'a> {
    type Then<F: Finish> = Scale<'a, F>;

    fn then<F: Finish>(self, then: F) -> Self::Then<F> {
        Scale { factors: self, then }
    }
}
