//! Write floats as three signed digits to the base 256, in units of the largest number of their row.
#![allow(clippy::needless_range_loop)] // reason: a few vectors, unrolled
#![allow(clippy::wildcard_imports)] // reason: two dozen intrinsics, all named by their prefix
#![allow(unsafe_code)] // reason: masked loads and stores take pointers; every block below says why they stay in bounds

use std::arch::x86_64::*;

use super::{
    SIDE, Source, Tile,
    split::{mask, transpose_tiles, write},
};
use crate::net::silu::Group;

/// Numbers in a row of a tile, as four digits of sixteen numbers each.
pub(super) const DEPTH: usize = 4 * SIDE;

/// Vectors of columns whose largest numbers stay in registers.
const AT_ONCE: usize = 8;

/// A row whose numbers are all smaller is taken to be zero: their scale would not be a normal number.
const SMALLEST: f32 = 1e-30;

/// The accumulators of a product of tiles: h h, the second order, the third in two parts, and the fourth where all products are taken.
#[repr(C, align(64))]
pub(super) struct Sums([[[i32; SIDE]; SIDE]; 5]);

impl Sums {
    /// R rows of the product from `row` on: the sums of each, as much as they count, times the scale of the row.
    ///
    /// # Safety
    /// The sums have been written, the fifth where `ALL`; there are so many of 16 rows and so many scales; AVX-512 with F.
    #[inline(always)]
    pub(super) unsafe fn rows<const R: usize, const ALL: bool>(
        this: *const Self,
        row: usize,
        weights: &[__m512; 5],
        scales: *const f32,
    ) -> Group<R, 1> {
        // SAFETY: the caller's.
        unsafe {
            let mut values = [[_mm512_setzero_ps()]; R];
            for r in 0..R {
                // Three products of at most 2¹⁴ for each of at most DEEPEST numbers: the integers do not overflow.
                let third = _mm512_add_epi32(Self::of(this, 2, row + r), Self::of(this, 3, row + r));
                values[r][0] = _mm512_mul_ps(_mm512_cvtepi32_ps(third), weights[2]);
            }
            if ALL {
                for r in 0..R {
                    let fourth = _mm512_cvtepi32_ps(Self::of(this, 4, row + r));
                    values[r][0] = _mm512_fmadd_ps(fourth, weights[4], values[r][0]);
                }
            }
            for order in [1, 0] {
                for r in 0..R {
                    let sums = _mm512_cvtepi32_ps(Self::of(this, order, row + r));
                    values[r][0] = _mm512_fmadd_ps(sums, weights[order], values[r][0]);
                }
            }
            for r in 0..R {
                values[r][0] = _mm512_mul_ps(values[r][0], _mm512_set1_ps(*scales.add(r)));
            }
            values
        }
    }

    /// # Safety
    /// One of five sums that has been written, and of 16 rows; AVX-512 with F.
    #[inline(always)]
    unsafe fn of(this: *const Self, sum: usize, row: usize) -> __m512i {
        // SAFETY: a row of a sum is 64 aligned bytes.
        unsafe { _mm512_load_si512(this.cast::<__m512i>().add(sum * SIDE + row)) }
    }
}

/// Digits of a number.
pub(super) const DIGITS: usize = 3;
/// What the largest number of a row becomes: a little below the largest number of three digits.
const LIMIT: f32 = 8_355_000.0;
/// Half of the base in every digit: what makes signed digits of unsigned ones.
const OFFSET: f32 = 0x80_8080 as f32;

/// What a row of numbers of at most this size is multiplied by, and what one highest digit is worth. A row with a number that is not
/// finite has no scale, and makes its whole result so.
fn factor_and_scale(largest: f32) -> (f32, f32) {
    if !largest.is_finite() {
        (0.0, f32::NAN)
    } else if largest < SMALLEST {
        (0.0, 0.0)
    } else {
        (LIMIT / largest, largest * (65_536.0 / LIMIT))
    }
}

/// Bits of the absolute values: ordered like them, with what is not a number above infinity.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn size_bits(values: __m512) -> __m512i {
    _mm512_and_si512(_mm512_castps_si512(values), _mm512_set1_epi32(i32::MAX))
}

/// The digits of four times sixteen numbers, highest first: byte q of lane l belongs to number l of vector q.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn write_digits(numbers: [__m512; 4], factor: __m512, row: usize, tiles: &mut [Tile]) {
    let offset = _mm512_set1_ps(OFFSET);
    let whole = |number| _mm512_cvtps_epi32(_mm512_fmadd_ps(number, factor, offset));
    let [a, b, c, d] = [whole(numbers[0]), whole(numbers[1]), whole(numbers[2]), whole(numbers[3])];
    // Bits of the first operand where the mask has them, of the second elsewhere.
    let pick = |mask: i32, first, second| _mm512_ternarylogic_epi32(_mm512_set1_epi32(mask), first, second, 0xca);
    let signed = |unsigned| _mm512_xor_si512(unsigned, _mm512_set1_epi32(0x8080_8080_u32 as i32));
    let (even, low) = (0x00ff_00ff, 0x0000_ffff);
    // Of two vectors, bytes 0 and 2 of both side by side, and bytes 1 of both.
    let outer = [pick(even, a, _mm512_slli_epi32(b, 8)), pick(even, c, _mm512_slli_epi32(d, 8))];
    let inner = [pick(even, _mm512_srli_epi32(a, 8), b), pick(even, _mm512_srli_epi32(c, 8), d)];
    let lowest = |pair: [__m512i; 2]| pick(low, pair[0], _mm512_slli_epi32(pair[1], 16));
    write(&mut tiles[0], row, signed(pick(low, _mm512_srli_epi32(outer[0], 16), outer[1])));
    write(&mut tiles[1], row, signed(lowest(inner)));
    write(&mut tiles[2], row, signed(lowest(outer)));
}

/// The digits of element (i, k) = `data[i · stride + k]` for 16 i from `first` and all k, into the tiles of these i; `scales` are theirs.
/// `largest` may have the bits of the largest numbers of every i, sixteen for each.
///
/// # Safety
/// All elements with i < `outer` and k < `inner` are in bounds; the processor has AVX-512 with F and BW.
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) unsafe fn split_rows(
    source: &Source<'_>,
    first: usize,
    transpose: bool,
    largest: &[[u32; SIDE]],
    tiles: &mut [Tile],
    scales: &mut [f32; SIDE],
) {
    let Source { data, stride, outer, inner } = *source;
    let mut factors = [0.0; SIDE];
    *scales = [0.0; SIDE];
    let rows = SIDE.min(outer - first);
    for (i, (factor, scale)) in factors.iter_mut().zip(&mut *scales).take(rows).enumerate() {
        let row = data.as_ptr().wrapping_add((first + i) * stride);
        let largest = if let Some(largest) = largest.get(i) {
            // SAFETY: 64 bytes.
            unsafe { _mm512_loadu_si512(largest.as_ptr().cast()) }
        } else {
            (0..inner).step_by(SIDE).fold(_mm512_setzero_si512(), |largest, k| {
                // SAFETY: i + first < outer, and the mask leaves out k ≥ inner; lanes that are left out are not read.
                let values = unsafe { _mm512_maskz_loadu_ps(mask(inner - k), row.wrapping_add(k)) };
                _mm512_max_epi32(largest, size_bits(values))
            })
        };
        (*factor, *scale) = factor_and_scale(f32::from_bits(_mm512_reduce_max_epi32(largest) as u32));
    }
    for (chunk, tiles) in tiles.chunks_exact_mut(DIGITS).enumerate() {
        for (i, factor) in factors.iter().enumerate() {
            let mut numbers = [_mm512_setzero_ps(); 4];
            if i < rows {
                let row = data.as_ptr().wrapping_add((first + i) * stride);
                for (q, numbers) in numbers.iter_mut().enumerate() {
                    let k = chunk * DEPTH + q * SIDE;
                    // SAFETY: as above.
                    *numbers = unsafe { _mm512_maskz_loadu_ps(mask(inner.saturating_sub(k)), row.wrapping_add(k)) };
                }
            }
            write_digits(numbers, _mm512_set1_ps(*factor), i, tiles);
        }
        if transpose {
            transpose_tiles(tiles);
        }
    }
}

/// The largest absolute values of columns i of `data[i + k · stride]`, over all k < `inner`, sixteen columns an entry of `largest`.
///
/// # Safety
/// As [`split_rows`].
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) unsafe fn largest_of_columns(source: &Source<'_>, largest: &mut [[f32; SIDE]]) {
    let Source { data, stride, outer, inner } = *source;
    for (group, largest) in largest.chunks_mut(AT_ONCE).enumerate() {
        let first = group * AT_ONCE * SIDE;
        let lanes: [u16; AT_ONCE] = std::array::from_fn(|v| mask(outer.saturating_sub(first + v * SIDE)));
        let mut sizes = [_mm512_setzero_si512(); AT_ONCE];
        for k in 0..inner {
            let row = data.as_ptr().wrapping_add(first + k * stride);
            for (v, (size, lanes)) in sizes.iter_mut().zip(lanes).enumerate() {
                // SAFETY: k < inner, and the mask leaves out i ≥ outer; lanes that are left out are not read.
                let values = unsafe { _mm512_maskz_loadu_ps(lanes, row.wrapping_add(v * SIDE)) };
                *size = _mm512_max_epi32(*size, size_bits(values));
            }
        }
        for (largest, size) in largest.iter_mut().zip(sizes) {
            // SAFETY: both are 64 bytes.
            unsafe { _mm512_storeu_si512(largest.as_mut_ptr().cast(), size) };
        }
    }
}

/// The digits of element (i, k) = `data[i + k · stride]`, as [`split_rows`]; `scales` come in as the [largest](largest_of_columns) sizes.
///
/// # Safety
/// As [`split_rows`].
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) unsafe fn split_columns(
    source: &Source<'_>,
    first: usize,
    transpose: bool,
    tiles: &mut [Tile],
    scales: &mut [f32; SIDE],
) {
    let Source { data, stride, outer, inner } = *source;
    let lanes = mask(outer - first);
    // SAFETY: k < inner, and the mask leaves out i ≥ outer; lanes that are left out are not read.
    let load = |k: usize| unsafe { _mm512_maskz_loadu_ps(lanes, data.as_ptr().wrapping_add(first + k * stride)) };
    let mut factors = [0.0; SIDE];
    let sizes = *scales;
    for ((factor, scale), size) in factors.iter_mut().zip(&mut *scales).zip(sizes) {
        (*factor, *scale) = factor_and_scale(size);
    }
    // SAFETY: 64 bytes.
    let factor = unsafe { _mm512_loadu_ps(factors.as_ptr()) };
    for (chunk, tiles) in tiles.chunks_exact_mut(DIGITS).enumerate() {
        for row in 0..SIDE {
            let mut numbers = [_mm512_setzero_ps(); 4];
            for (q, numbers) in numbers.iter_mut().enumerate() {
                let k = chunk * DEPTH + q * SIDE + row;
                if k < inner {
                    *numbers = load(k);
                }
            }
            write_digits(numbers, factor, row, tiles);
        }
        if transpose {
            transpose_tiles(tiles);
        }
    }
}
