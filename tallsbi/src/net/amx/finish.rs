//! Finish blocks of a product while they are in registers: SiLU and its derivative, factors, and the next product's left factor.
#![allow(clippy::wildcard_imports)] // reason: a dozen intrinsics, all named by their prefix
#![allow(unsafe_code)] // reason: loads and stores take pointers; each type's `new` asserts the lengths that `Finish` relies on

use std::{arch::x86_64::*, ops::Range};

use pulp::x86::V4;

use super::{BLOCK, BRAIN_DEPTH, SIDE, Tile, digits::size_bits, strip::Finish};
use crate::net::{silu::sigmoid, vector::Terms};

/// Rows of floats.
pub(super) struct Floats<'a> {
    values: &'a mut [f32],
    width: usize,
}

impl<'a> Floats<'a> {
    /// Those of a strip.
    pub(super) fn new(values: &'a mut [f32], width: usize) -> Self {
        Self { values, width }
    }

    fn shape(&self) -> (usize, usize) {
        (self.values.len() / self.width.max(1), self.width)
    }

    /// # Safety
    /// `row` and the lanes from `column` on are inside of [`shape`](Self::shape); AVX-512 with F.
    #[inline(always)]
    unsafe fn at(&mut self, row: usize, column: usize) -> *mut f32 {
        // SAFETY: the caller's.
        unsafe { self.values.as_mut_ptr().add(row * self.width + column) }
    }
}

/// Keeps a product as it is.
impl Finish for Floats<'_> {
    fn shape(&self) -> (usize, usize) {
        self.shape()
    }

    #[inline(always)]
    unsafe fn rows(&mut self, rows: Range<usize>, column: usize, lanes: u16, value: impl Fn(usize) -> __m512) {
        for row in rows {
            // SAFETY: the caller's.
            unsafe { self.keep(row, column, lanes, value(row)) };
        }
    }
}

/// The terms of the rows of a strip.
pub(super) struct Added<'a> {
    base: &'a [f32],
    own: [&'a [f32]; BLOCK],
}

impl<'a> Added<'a> {
    /// Those of at most 32 rows.
    ///
    /// # Panics
    /// What a row has of its own is neither as long as the base nor empty.
    pub(super) fn new(Terms { base, own }: Terms<'a>, mut rows: Range<usize>) -> Self {
        let own = std::array::from_fn(|_| rows.next().map_or_else(Default::default, own));
        assert!(own.iter().all(|own| own.is_empty() || own.len() == base.len()), "terms disagree in length");
        Self { base, own }
    }

    /// Calls `each(row, value + terms)`.
    ///
    /// # Safety
    /// As [`Finish::rows`], for at most 32 rows that are as long as the base.
    #[inline(always)]
    unsafe fn add_to(
        &self,
        rows: Range<usize>,
        (column, lanes): (usize, u16),
        value: impl Fn(usize) -> __m512,
        mut each: impl FnMut(usize, __m512),
    ) {
        // SAFETY: `new` has asserted that all are as long as the base.
        unsafe {
            let base = _mm512_maskz_loadu_ps(lanes, self.base.as_ptr().add(column));
            for row in rows {
                let (value, own) = (value(row), *self.own.get_unchecked(row));
                let base = if own.is_empty() {
                    base
                } else {
                    _mm512_add_ps(_mm512_maskz_loadu_ps(lanes, own.as_ptr().add(column)), base)
                };
                each(row, _mm512_add_ps(value, base));
            }
        }
    }
}

/// Where values go.
pub(super) trait Keep {
    /// Rows and columns that there is room for.
    fn shape(&self) -> (usize, usize);

    /// # Safety
    /// As [`Finish::rows`].
    unsafe fn keep(&mut self, row: usize, column: usize, lanes: u16, value: __m512);
}

impl Keep for Floats<'_> {
    fn shape(&self) -> (usize, usize) {
        self.shape()
    }

    #[inline(always)]
    unsafe fn keep(&mut self, row: usize, column: usize, lanes: u16, value: __m512) {
        // SAFETY: the caller's.
        unsafe { _mm512_mask_storeu_ps(self.at(row, column), lanes, value) };
    }
}

/// To rows of floats, with the largest absolute values of every row's columns i, i + 16, … as bits.
pub(super) struct Measured<'a> {
    pub(super) floats: Floats<'a>,
    pub(super) largest: &'a mut [[u32; SIDE]; BLOCK],
}

impl Keep for Measured<'_> {
    fn shape(&self) -> (usize, usize) {
        let (rows, width) = self.floats.shape();
        (rows.min(BLOCK), width)
    }

    #[inline(always)]
    unsafe fn keep(&mut self, row: usize, column: usize, lanes: u16, value: __m512) {
        // SAFETY: the caller's, and `shape` has no more rows than there are.
        unsafe {
            let largest = self.largest.as_mut_ptr().add(row).cast();
            let before = _mm512_loadu_si512(largest);
            _mm512_storeu_si512(largest, _mm512_mask_max_epi32(before, lanes, before, size_bits(value)));
            self.floats.keep(row, column, lanes, value);
        }
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

impl Keep for Brain<'_> {
    fn shape(&self) -> (usize, usize) {
        (self.tiles.len() / self.depth.max(1) * SIDE, self.width)
    }

    #[inline(always)]
    unsafe fn keep(&mut self, row: usize, column: usize, lanes: u16, value: __m512) {
        // SAFETY: the tile is one of those that `shape` counts, and 16 brain floats are 32 bytes; AVX-512 is the caller's. Columns
        // that are not there become zero.
        unsafe {
            let tile = self.tiles.as_mut_ptr().add(row / SIDE * self.depth + column / BRAIN_DEPTH);
            let half = tile.cast::<u16>().add(row % SIDE * BRAIN_DEPTH + column % BRAIN_DEPTH);
            let floats = _mm512_cvtneps_pbh(_mm512_maskz_mov_ps(lanes, value));
            _mm256_storeu_si256(half.cast(), std::mem::transmute::<__m256bh, __m256i>(floats));
        }
    }
}

/// silu(A B + terms); exact to 2·10⁻⁴ if `QUICK`.
pub(super) struct Silu<'a, K, const QUICK: bool> {
    pub(super) simd: V4,
    pub(super) added: &'a Added<'a>,
    pub(super) keep: K,
}

impl<K: Keep, const QUICK: bool> Finish for Silu<'_, K, QUICK> {
    fn shape(&self) -> (usize, usize) {
        let (rows, width) = self.keep.shape();
        (rows.min(BLOCK), width.min(self.added.base.len()))
    }

    #[inline(always)]
    unsafe fn rows(&mut self, rows: Range<usize>, column: usize, lanes: u16, value: impl Fn(usize) -> __m512) {
        let Self { simd, added, keep } = self;
        // SAFETY: the caller's.
        unsafe {
            added.add_to(
                rows,
                (column, lanes),
                value,
                #[inline(always)]
                |row, x| keep.keep(row, column, lanes, _mm512_mul_ps(x, sigmoid::<QUICK>(*simd, x))),
            );
        }
    }
}

/// silu(A B + terms) and its derivative.
pub(super) struct SiluAndSlopes<'a> {
    pub(super) simd: V4,
    pub(super) added: &'a Added<'a>,
    pub(super) values: Floats<'a>,
    pub(super) slopes: Floats<'a>,
}

impl Finish for SiluAndSlopes<'_> {
    fn shape(&self) -> (usize, usize) {
        let ((rows, width), (other_rows, other_width)) = (self.values.shape(), self.slopes.shape());
        (rows.min(other_rows).min(BLOCK), width.min(other_width).min(self.added.base.len()))
    }

    #[inline(always)]
    unsafe fn rows(&mut self, rows: Range<usize>, column: usize, lanes: u16, value: impl Fn(usize) -> __m512) {
        let Self { simd, added, values, slopes } = self;
        // SAFETY: the caller's.
        unsafe {
            added.add_to(
                rows,
                (column, lanes),
                value,
                #[inline(always)]
                |row, x| {
                    let s = sigmoid::<false>(*simd, x);
                    let y = _mm512_mul_ps(x, s);
                    values.keep(row, column, lanes, y);
                    let slope = _mm512_fmadd_ps(y, _mm512_sub_ps(_mm512_set1_ps(1.0), s), s);
                    slopes.keep(row, column, lanes, slope);
                },
            );
        }
    }
}

/// A B ∘ factors.
pub(super) struct Scale<'a> {
    factors: &'a [f32],
    values: Floats<'a>,
}

impl<'a> Scale<'a> {
    /// # Panics
    /// There are fewer factors than values.
    pub(super) fn new(factors: &'a [f32], values: Floats<'a>) -> Self {
        assert!(factors.len() >= values.values.len(), "a factor for every value");
        Self { factors, values }
    }
}

impl Finish for Scale<'_> {
    fn shape(&self) -> (usize, usize) {
        self.values.shape()
    }

    #[inline(always)]
    unsafe fn rows(&mut self, rows: Range<usize>, column: usize, lanes: u16, value: impl Fn(usize) -> __m512) {
        for row in rows {
            // SAFETY: the caller's, and `new` has asserted as many factors.
            unsafe {
                let at = self.factors.as_ptr().add(row * self.values.width + column);
                let value = _mm512_mul_ps(value(row), _mm512_maskz_loadu_ps(lanes, at));
                self.values.keep(row, column, lanes, value);
            }
        }
    }
}
