//! Multiply `f32` matrices on the tile unit (AMX) of recent x86 servers: the unsafe kernel and its bounds-checked doors.
//!
//! The unit multiplies 16-bit brain floats and adds in `f32`. A float is written as the sum of three of them, x = h + m + l, exact to
//! 2⁻²⁴, and six of the nine products are kept: what is left out is below 2⁻²⁵ of |a b|, so that the result is as close to
//! the exact one as that of an `f32` product, at a multiple of its speed.
#![allow(clippy::wildcard_imports)] // reason: two dozen intrinsics, all named by their prefix
#![allow(clippy::unused_self)] // reason: `self` is the proof that the instructions exist
#![allow(unsafe_code)] // reason: tile instructions exist as assembly only; every block below says why it stays in bounds

use std::{
    arch::{asm, x86_64::*},
    sync::OnceLock,
};

use super::linalg::View;

/// Rows of a tile, and pairs of brain floats in one of its rows.
const SIDE: usize = 16;
/// Brain floats in a row of a tile: depth of the products of one instruction.
const DEPTH: usize = 32;
/// Brain floats that make one `f32`.
const PIECES: usize = 3;
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
    tiles: Vec<Tile>,
    outer: usize,
    inner: usize,
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

/// What the tile unit is told once per product: all eight tiles have 16 rows of 64 bytes.
#[repr(C, align(64))]
struct Configuration([u8; 64]);

static CONFIGURATION: Configuration = {
    let mut bytes = [0; 64];
    bytes[0] = 1; // palette
    let mut tile = 0;
    while tile < 8 {
        bytes[16 + 2 * tile] = 64;
        bytes[48 + tile] = SIDE as u8;
        tile += 1;
    }
    Configuration(bytes)
};

impl Amx {
    /// The tile unit, where processor and kernel offer it.
    pub(crate) fn detect() -> Option<Self> {
        static FOUND: OnceLock<bool> = OnceLock::new();
        FOUND.get_or_init(|| vectors_are_there() && tiles_are_there() && ask_for_tiles()).then_some(Self(()))
    }

    /// Splits an outer×inner matrix into `operand`, which keeps its memory for the next time.
    ///
    /// # Panics
    /// The view is too short for its shape, or neither of its strides is 1: bugs in this crate.
    pub(crate) fn pack(self, side: Side, outer: usize, inner: usize, view: View<'_>, operand: &mut Operand) {
        assert!(view.holds(outer, inner), "matrix shapes disagree");
        let (row, column) = view.strides();
        assert!(row == 1 || column == 1, "one stride must be 1");
        let (blocks, depth) = (outer.div_ceil(BLOCK) * 2, inner.div_ceil(DEPTH));
        operand.tiles.resize(blocks * depth * PIECES, Tile([[0; DEPTH]; SIDE]));
        (operand.outer, operand.inner) = (outer, inner);
        for (index, tiles) in operand.tiles.chunks_exact_mut(PIECES).enumerate() {
            let (first, from) = (index / depth * SIDE, index % depth * DEPTH);
            // SAFETY: `self` proves AVX-512 with F, BW and BF16. `holds` proved every element (i, k) with i < outer and
            // k < inner in bounds; the function reads no other.
            unsafe {
                if column == 1 {
                    split_rows(view.data(), row, (first, outer), (from, inner), side == Side::Right, tiles);
                } else {
                    split_columns(view.data(), column, (first, outer), (from, inner), side == Side::Left, tiles);
                }
            }
        }
    }

    /// C ← A B, or C ← C + A B with `add`, for row-major C. After every strip of at most 32 rows, `finish` receives its
    /// first row and the strip.
    ///
    /// # Panics
    /// The operands' inner dimensions differ or C is too short: bugs in this crate.
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
        if columns == 0 {
            return;
        }
        let mut scratch = Scratch([0.0; BLOCK * BLOCK]);
        // Tiles of one block of 16 rows or columns, and of the two that a block of the result needs.
        let stride = depth * PIECES;
        // SAFETY: `self` proves the unit usable; the configuration is 64 readable bytes. No other code of this process
        // uses tiles, and `tilerelease` below ends their use before control returns to anything but `finish`, which is
        // Rust code and uses none.
        unsafe { asm!("ldtilecfg [{}]", in(reg) CONFIGURATION.0.as_ptr(), options(nostack, readonly)) };
        for (i, strip) in c[..rows * columns].chunks_mut(BLOCK * columns).enumerate() {
            let height = strip.len() / columns;
            let a = &left.tiles[2 * i * stride..2 * (i + 1) * stride];
            for j in 0..columns.div_ceil(BLOCK) {
                let b = &right.tiles[2 * j * stride..2 * (j + 1) * stride];
                let width = (columns - j * BLOCK).min(BLOCK);
                if height == BLOCK && width == BLOCK && !add {
                    let target = &mut strip[j * BLOCK..];
                    assert!(target.len() >= (BLOCK - 1) * columns + BLOCK);
                    // SAFETY: the tiles are configured; `a` and `b` are slices of 2 · depth · 3 tiles; the assertion
                    // gives 32 rows of 32 floats, `columns` apart.
                    unsafe { block(a.as_ptr(), b.as_ptr(), depth, target.as_mut_ptr(), columns) };
                    continue;
                }
                // SAFETY: as above; the scratch has 32 rows of 32 floats.
                unsafe { block(a.as_ptr(), b.as_ptr(), depth, scratch.0.as_mut_ptr(), BLOCK) };
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
        // SAFETY: as for `ldtilecfg`.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

fn vectors_are_there() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512bf16")
}

/// CPUID leaf 7: AMX-BF16 is bit 22 of EDX, AMX-TILE bit 24.
fn tiles_are_there() -> bool {
    // SAFETY: every x86-64 processor has CPUID; leaf 0 says whether there is a leaf 7.
    #[allow(unused_unsafe)] // reason: newer compilers know that it is safe
    let edx = unsafe { if __cpuid(0).eax < 7 { 0 } else { __cpuid_count(7, 0).edx } };
    edx & (1 << 22) != 0 && edx & (1 << 24) != 0
}

/// Linux keeps the tiles' state of a process that asks for it: arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA).
#[cfg(target_os = "linux")]
fn ask_for_tiles() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const REQUEST: i64 = 0x1023;
    const TILE_DATA: i64 = 18;
    let outcome: i64;
    // SAFETY: a system call that reads no memory; the kernel clobbers rcx and r11.
    unsafe {
        asm!("syscall", inlateout("rax") ARCH_PRCTL => outcome, in("rdi") REQUEST, in("rsi") TILE_DATA,
            out("rcx") _, out("r11") _, options(nostack, nomem));
    }
    outcome == 0
}

#[cfg(not(target_os = "linux"))]
fn ask_for_tiles() -> bool {
    false
}

/// A 32×32 block of the product, `stride` floats from row to row.
///
/// # Safety
/// The tiles are configured, `a` and `b` point to 2 · depth · 3 tiles, depth > 0, and `c` to 32 rows of 32 floats.
unsafe fn block(a: *const Tile, b: *const Tile, depth: usize, c: *mut f32, stride: usize) {
    let next = depth * PIECES;
    // SAFETY: the loop runs `depth` times and moves each of the four pointers by three tiles, reading three tiles at
    // each: 2 · depth · 3 tiles of `a` and of `b`. The four stores write rows 0 to 15 and, from `low` on, 16 to 31.
    unsafe {
        let (a1, b1) = (a.add(next), b.add(next));
        let low = c.add(SIDE * stride);
        asm!(
            "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
            "2:",
            // h m, h l, h h, l h, m h, m m: two tiles change at a time.
            "tileloadd tmm4, [{a} + {s}]", "tileloadd tmm6, [{b} + {s} + 1024]",
            "tileloadd tmm5, [{a1} + {s}]", "tileloadd tmm7, [{b1} + {s} + 1024]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm6, [{b} + {s} + 2048]", "tileloadd tmm7, [{b1} + {s} + 2048]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm6, [{b} + {s}]", "tileloadd tmm7, [{b1} + {s}]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm4, [{a} + {s} + 2048]", "tileloadd tmm5, [{a1} + {s} + 2048]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm4, [{a} + {s} + 1024]", "tileloadd tmm5, [{a1} + {s} + 1024]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "tileloadd tmm6, [{b} + {s} + 1024]", "tileloadd tmm7, [{b1} + {s} + 1024]",
            "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            "add {a}, 3072", "add {a1}, 3072", "add {b}, 3072", "add {b1}, 3072",
            "dec {depth}", "jnz 2b",
            "tilestored [{c} + {r}], tmm0", "tilestored [{c} + {r} + 64], tmm1",
            "tilestored [{low} + {r}], tmm2", "tilestored [{low} + {r} + 64], tmm3",
            a = inout(reg) a => _, a1 = inout(reg) a1 => _, b = inout(reg) b => _, b1 = inout(reg) b1 => _,
            s = in(reg) 64_usize, depth = inout(reg) depth => _,
            c = in(reg) c, low = in(reg) low, r = in(reg) 4 * stride,
            options(nostack),
        );
    }
}

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
unsafe fn split_rows(
    data: &[f32],
    stride: usize,
    (first, outer): (usize, usize),
    (from, inner): (usize, usize),
    transpose: bool,
    tiles: &mut [Tile],
) {
    let [t0, t1, t2] = tiles else { return };
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
        for tile in [&mut *t0, &mut *t1, &mut *t2] {
            write(tile, i, take_in_order(&mut low, &mut high));
        }
    }
    if transpose {
        for tile in [t0, t1, t2] {
            transpose_tile(tile);
        }
    }
}

/// Splits element (i, k) = `data[i + k · stride]`, as [`split_rows`].
///
/// # Safety
/// As [`split_rows`].
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn split_columns(
    data: &[f32],
    stride: usize,
    (first, outer): (usize, usize),
    (from, inner): (usize, usize),
    transpose: bool,
    tiles: &mut [Tile],
) {
    let [t0, t1, t2] = tiles else { return };
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
        for tile in [&mut *t0, &mut *t1, &mut *t2] {
            write(tile, i, take_apart(&mut even, &mut odd));
        }
    }
    if transpose {
        for tile in [t0, t1, t2] {
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

#[cfg(test)]
#[path = "amx_tests.rs"]
mod tests;
