//! Split floats into brain floats and lay them out as tiles.
#![allow(clippy::wildcard_imports)] // reason: two dozen intrinsics, all named by their prefix
#![allow(unsafe_code)] // reason: masked loads take pointers; every block below says why it stays in bounds

use std::arch::x86_64::*;

use super::{SIDE, Tile};

/// The next brain float of 32 floats in order, as 16 pairs; the floats keep what it leaves.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn take_in_order(first: &mut __m512, second: &mut __m512) -> __m512i {
    let pairs = as_integers(_mm512_cvtne2ps_pbh(*second, *first));
    *first = _mm512_sub_ps(*first, widen(_mm512_castsi512_si256(pairs)));
    *second = _mm512_sub_ps(*second, widen(_mm512_extracti64x4_epi64(pairs, 1)));
    pairs
}

/// The next brain float of 16 pairs whose parts are given apart, as pairs.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn take_apart(even: &mut __m512, odd: &mut __m512) -> __m512i {
    let both = as_integers(_mm512_cvtne2ps_pbh(*odd, *even));
    let low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(both));
    let high = _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(both, 1)), 16);
    *even = _mm512_sub_ps(*even, _mm512_castsi512_ps(_mm512_slli_epi32(low, 16)));
    *odd = _mm512_sub_ps(*odd, _mm512_castsi512_ps(high));
    _mm512_or_si512(low, high)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn as_integers(pairs: __m512bh) -> __m512i {
    // SAFETY: both are 64 bytes in which every pattern is valid.
    unsafe { std::mem::transmute(pairs) }
}

/// Brain floats as floats.
#[inline]
#[target_feature(enable = "avx512f")]
fn widen(halves: __m256i) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16))
}

/// The lowest `n` (at most 16) lanes.
fn mask(n: usize) -> u16 {
    if n >= SIDE { u16::MAX } else { (1 << n) - 1 }
}

/// Splits element (i, k) = `data[i · stride + k]` for 16 i from `first` and 32 k from `from`.
///
/// # Safety
/// All elements with i < `outer` and k < `inner` are in bounds; the processor has AVX-512 with F, BW and BF16.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn split_rows(
    data: &[f32],
    stride: usize,
    (first, outer): (usize, usize),
    (from, inner): (usize, usize),
    transpose: bool,
    tiles: &mut [Tile],
) {
    let left = inner - from;
    let (low_lanes, high_lanes) = (mask(left), mask(left.saturating_sub(SIDE)));
    for i in 0..SIDE {
        let (mut low, mut high) = (_mm512_setzero_ps(), _mm512_setzero_ps());
        if first + i < outer {
            // SAFETY: i + first < outer, and the masks leave out k ≥ inner; lanes that are left out are not read.
            unsafe {
                let row = data.as_ptr().add((first + i) * stride + from);
                low = _mm512_maskz_loadu_ps(low_lanes, row);
                high = _mm512_maskz_loadu_ps(high_lanes, row.wrapping_add(SIDE));
            }
        }
        for tile in tiles.iter_mut() {
            write(tile, i, take_in_order(&mut low, &mut high));
        }
    }
    if transpose {
        for tile in tiles.iter_mut() {
            transpose_tile(tile);
        }
    }
}

/// Splits element (i, k) = `data[i + k · stride]`, as [`split_rows`].
///
/// # Safety
/// As [`split_rows`].
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn split_columns(
    data: &[f32],
    stride: usize,
    (first, outer): (usize, usize),
    (from, inner): (usize, usize),
    transpose: bool,
    tiles: &mut [Tile],
) {
    let lanes = mask(outer.saturating_sub(first));
    for i in 0..SIDE {
        let (mut even, mut odd) = (_mm512_setzero_ps(), _mm512_setzero_ps());
        let k = from + 2 * i;
        // SAFETY: k and k + 1 are checked against inner, and the mask leaves out i ≥ outer; lanes that are left out
        // are not read.
        unsafe {
            if k < inner {
                even = _mm512_maskz_loadu_ps(lanes, data.as_ptr().wrapping_add(first + k * stride));
            }
            if k + 1 < inner {
                odd = _mm512_maskz_loadu_ps(lanes, data.as_ptr().wrapping_add(first + (k + 1) * stride));
            }
        }
        for tile in tiles.iter_mut() {
            write(tile, i, take_apart(&mut even, &mut odd));
        }
    }
    if transpose {
        for tile in tiles.iter_mut() {
            transpose_tile(tile);
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn write(tile: &mut Tile, row: usize, pairs: __m512i) {
    // SAFETY: a row of a tile is 64 bytes.
    unsafe { _mm512_storeu_si512(tile.0[row].as_mut_ptr().cast(), pairs) };
}

/// Transposes a tile's 16×16 pairs.
#[target_feature(enable = "avx512f")]
fn transpose_tile(tile: &mut Tile) {
    let mut rows = [_mm512_setzero_si512(); SIDE];
    for (pairs, row) in rows.iter_mut().zip(&tile.0) {
        // SAFETY: a row of a tile is 64 bytes.
        *pairs = unsafe { _mm512_loadu_si512(row.as_ptr().cast()) };
    }
    for (i, pairs) in transposed(&rows).into_iter().enumerate() {
        write(tile, i, pairs);
    }
}

/// The transpose of 16×16 integers.
#[inline]
#[target_feature(enable = "avx512f")]
fn transposed(rows: &[__m512i; SIDE]) -> [__m512i; SIDE] {
    let zero = [_mm512_setzero_si512(); SIDE];
    // Within each 128-bit lane: 4×4 transposes of four neighbouring rows.
    let mut lanes = zero;
    for group in 0..4 {
        let r = &rows[4 * group..4 * group + 4];
        let (a, b) = (_mm512_unpacklo_epi32(r[0], r[1]), _mm512_unpackhi_epi32(r[0], r[1]));
        let (c, d) = (_mm512_unpacklo_epi32(r[2], r[3]), _mm512_unpackhi_epi32(r[2], r[3]));
        lanes[4 * group] = _mm512_unpacklo_epi64(a, c);
        lanes[4 * group + 1] = _mm512_unpackhi_epi64(a, c);
        lanes[4 * group + 2] = _mm512_unpacklo_epi64(b, d);
        lanes[4 * group + 3] = _mm512_unpackhi_epi64(b, d);
    }
    // `lanes[4 g + j]` holds, in lane q, column 4 q + j of rows 4 g to 4 g + 3: transpose lanes against groups.
    let mut out = zero;
    for j in 0..4 {
        let (a, b) =
            (_mm512_shuffle_i32x4(lanes[j], lanes[4 + j], 0x44), _mm512_shuffle_i32x4(lanes[j], lanes[4 + j], 0xee));
        let (c, d) = (
            _mm512_shuffle_i32x4(lanes[8 + j], lanes[12 + j], 0x44),
            _mm512_shuffle_i32x4(lanes[8 + j], lanes[12 + j], 0xee),
        );
        out[j] = _mm512_shuffle_i32x4(a, c, 0x88);
        out[4 + j] = _mm512_shuffle_i32x4(a, c, 0xdd);
        out[8 + j] = _mm512_shuffle_i32x4(b, d, 0x88);
        out[12 + j] = _mm512_shuffle_i32x4(b, d, 0xdd);
    }
    out
}
