//! Round floats to brain floats and lay them out as tiles.
#![allow(clippy::wildcard_imports)] // reason: two dozen intrinsics, all named by their prefix
#![allow(unsafe_code)] // reason: masked loads take pointers; every block below says why it stays in bounds

use std::arch::x86_64::*;

use super::{BRAIN_DEPTH, SIDE, Source, Tile};

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn as_integers(pairs: __m512bh) -> __m512i {
    // SAFETY: both are 64 bytes in which every pattern is valid.
    unsafe { std::mem::transmute(pairs) }
}

/// The lowest `n` (at most 16) lanes.
pub(super) fn mask(n: usize) -> u16 {
    if n >= SIDE { u16::MAX } else { (1 << n) - 1 }
}

/// The brain floats of element (i, k) = `data[i · stride + k]` for 16 i from `first` and all k, into the tiles of these i.
///
/// # Safety
/// All elements with i < `outer` and k < `inner` are in bounds; the processor has AVX-512 with F, BW and BF16.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn split_rows(source: &Source<'_>, first: usize, transpose: bool, tiles: &mut [Tile]) {
    let Source { data, stride, outer, inner } = *source;
    for (chunk, tile) in tiles.iter_mut().enumerate() {
        let from = chunk * BRAIN_DEPTH;
        let left = inner.saturating_sub(from);
        for i in 0..SIDE {
            let (mut low, mut high) = (_mm512_setzero_ps(), _mm512_setzero_ps());
            if first + i < outer {
                let row = data.as_ptr().wrapping_add((first + i) * stride + from);
                // SAFETY: i + first < outer, and the masks leave out k ≥ inner; lanes that are left out are not read.
                unsafe {
                    low = _mm512_maskz_loadu_ps(mask(left), row);
                    high = _mm512_maskz_loadu_ps(mask(left.saturating_sub(SIDE)), row.wrapping_add(SIDE));
                }
            }
            write(tile, i, as_integers(_mm512_cvtne2ps_pbh(high, low)));
        }
        if transpose {
            transpose_tile(tile);
        }
    }
}

/// The brain floats of element (i, k) = `data[i + k · stride]`, as [`split_rows`].
///
/// # Safety
/// As [`split_rows`].
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn split_columns(source: &Source<'_>, first: usize, transpose: bool, tiles: &mut [Tile]) {
    let Source { data, stride, outer, inner } = *source;
    let lanes = mask(outer.saturating_sub(first));
    for (chunk, tile) in tiles.iter_mut().enumerate() {
        for i in 0..SIDE {
            let load = |k: usize| {
                if k >= inner {
                    return _mm512_setzero_ps();
                }
                // SAFETY: k < inner, and the mask leaves out i ≥ outer; lanes that are left out are not read.
                unsafe { _mm512_maskz_loadu_ps(lanes, data.as_ptr().wrapping_add(first + k * stride)) }
            };
            let k = chunk * BRAIN_DEPTH + 2 * i;
            let both = as_integers(_mm512_cvtne2ps_pbh(load(k + 1), load(k)));
            let even = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(both));
            let odd = _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(both, 1)), 16);
            write(tile, i, _mm512_or_si512(even, odd));
        }
        if transpose {
            transpose_tile(tile);
        }
    }
}

/// As [`split_rows`], with each number the sum h + m + l of three brain floats: h h, m h, m l side by side in the left factor and h m, h l,
/// m h in the right one, sixteen of each, so that products of tiles add up six of the nine products of the pieces.
///
/// # Safety
/// As [`split_rows`].
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn split_exactly(source: &Source<'_>, first: usize, right: bool, tiles: &mut [Tile]) {
    let Source { data, stride, outer, inner } = *source;
    for (chunk, tiles) in tiles.chunks_exact_mut(3).enumerate() {
        let from = chunk * SIDE;
        for i in 0..SIDE {
            let mut rest = _mm512_setzero_ps();
            if first + i < outer {
                let row = data.as_ptr().wrapping_add((first + i) * stride + from);
                // SAFETY: i + first < outer, and the mask leaves out k ≥ inner; lanes that are left out are not read.
                rest = unsafe { _mm512_maskz_loadu_ps(mask(inner - from), row) };
            }
            let [h, m, l] = std::array::from_fn(|_| {
                let piece = _mm512_castsi512_si256(as_integers(_mm512_cvtne2ps_pbh(rest, rest)));
                rest = _mm512_sub_ps(rest, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(piece), 16)));
                piece
            });
            let sides = if right { [(h, m), (h, l), (m, h)] } else { [(h, h), (m, h), (m, l)] };
            for (tile, (low, high)) in tiles.iter_mut().zip(sides) {
                write(tile, i, _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
            }
        }
        if right {
            transpose_tiles(tiles);
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn write(tile: &mut Tile, row: usize, pairs: __m512i) {
    // SAFETY: a row of a tile is 64 bytes.
    unsafe { _mm512_storeu_si512(tile.0[row].as_mut_ptr().cast(), pairs) };
}

/// Transposes every tile's 16×16 groups of four bytes.
#[target_feature(enable = "avx512f")]
pub(super) fn transpose_tiles(tiles: &mut [Tile]) {
    for tile in tiles {
        transpose_tile(tile);
    }
}

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
