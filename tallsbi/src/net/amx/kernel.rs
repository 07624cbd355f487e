//! Multiply tiles: a 32×32 block of a product, in as many brain floats per number as the left factor has.
#![allow(unsafe_code)] // reason: tile instructions exist as assembly only; every block below says why it stays in bounds

use std::arch::asm;

use super::{SIDE, Tile};

/// The four products of tiles 4 and 5 of the left factor with tiles 6 and 7 of the right one.
macro_rules! four_products {
    () => {
        "tdpbf16ps tmm0, tmm4, tmm6
         tdpbf16ps tmm1, tmm4, tmm7
         tdpbf16ps tmm2, tmm5, tmm6
         tdpbf16ps tmm3, tmm5, tmm7"
    };
}

/// Piece $piece of the left factor to tiles 4 and 5.
macro_rules! left {
    ($piece:literal) => {
        concat!("tileloadd tmm4, [{a} + {s} + 1024*", $piece, "]\n tileloadd tmm5, [{a1} + {s} + 1024*", $piece, "]")
    };
}

/// Piece $piece of the right factor to tiles 6 and 7.
macro_rules! right {
    ($piece:literal) => {
        concat!("tileloadd tmm6, [{b} + {s} + 1024*", $piece, "]\n tileloadd tmm7, [{b1} + {s} + 1024*", $piece, "]")
    };
}

/// A kernel for $pieces brain floats in each number of the left factor.
macro_rules! kernel {
    ($name:ident, $pieces:literal, $($step:expr),+) => {
        /// # Safety
        /// As [`block`], with this number of pieces in the left factor.
        unsafe fn $name((a, b): (*const Tile, *const Tile), right_pieces: usize, depth: usize, c: *mut f32, stride: usize) {
            // SAFETY: the loop runs `depth` times; at each step it reads the pieces of one tile at each of the four pointers
            // and moves them by as many tiles as an operand has pieces: 2 · depth · pieces tiles of `a` and of `b`. The four
            // stores write rows 0 to 15 and, from `low` on, 16 to 31.
            unsafe {
                let (a1, b1) = (a.add(depth * $pieces), b.add(depth * right_pieces));
                let low = c.add(SIDE * stride);
                asm!(
                    "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
                    "2:",
                    $($step,)+
                    "add {a}, {a_step}", "add {a1}, {a_step}", "add {b}, {b_step}", "add {b1}, {b_step}",
                    "dec {depth}", "jnz 2b",
                    "tilestored [{c} + {r}], tmm0", "tilestored [{c} + {r} + 64], tmm1",
                    "tilestored [{low} + {r}], tmm2", "tilestored [{low} + {r} + 64], tmm3",
                    a = inout(reg) a => _, a1 = inout(reg) a1 => _, b = inout(reg) b => _, b1 = inout(reg) b1 => _,
                    s = in(reg) 64_usize, depth = inout(reg) depth => _,
                    a_step = const 1024 * $pieces, b_step = in(reg) 1024 * right_pieces,
                    c = in(reg) c, low = in(reg) low, r = in(reg) 4 * stride,
                    options(nostack),
                );
            }
        }
    };
}

// h h.
kernel!(one, 1, left!(0), right!(0), four_products!());
// h m, h h, m h: two tiles change at a time.
kernel!(two, 2, left!(0), right!(1), four_products!(), right!(0), four_products!(), left!(1), four_products!());
// h m, h l, h h, l h, m h, m m.
kernel!(
    three,
    3,
    left!(0),
    right!(1),
    four_products!(),
    right!(2),
    four_products!(),
    right!(0),
    four_products!(),
    left!(2),
    four_products!(),
    left!(1),
    four_products!(),
    right!(1),
    four_products!()
);

/// A 32×32 block of the product, `stride` floats from row to row.
///
/// # Safety
/// The tiles are configured, `a` points to 2 · depth · pieces.0 tiles and `b` to 2 · depth · pieces.1, the left factor has 1, 2 or
/// 3 pieces and the right one at least as many, depth > 0, and `c` points to 32 rows of 32 floats.
pub(super) unsafe fn block(
    factors: (*const Tile, *const Tile),
    pieces: (usize, usize),
    depth: usize,
    c: *mut f32,
    stride: usize,
) {
    // SAFETY: the caller's.
    unsafe {
        match pieces.0 {
            1 => one(factors, pieces.1, depth, c, stride),
            2 => two(factors, pieces.1, depth, c, stride),
            _ => three(factors, pieces.1, depth, c, stride),
        }
    }
}
