//! Multiply tiles: single steps of a 32×32 block of a product of brain floats, and of a 16×16 block of one of digits.
//!
//! A block stays in the unit's tiles 0 to 4 from [`clear`] over its steps to [`keep_brain`] or [`keep_sums`]: state that the compiler knows
//! nothing of and, since no code but this module's uses tiles, cannot disturb. Other work in between runs while the unit multiplies.
#![allow(unsafe_code)] // reason: tile instructions exist as assembly only; every block below says why it stays in bounds

use std::arch::asm;

use super::{Tile, digits::Sums, strip::Square};

/// Starts a block.
///
/// # Safety
/// The tiles are configured.
#[inline(always)]
pub(super) unsafe fn clear() {
    // SAFETY: reads and writes no memory.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "tilezero tmm4",
            options(nostack, nomem),
        );
    }
}

/// Adds to a 32×32 block the product of two tiles of brain floats at `left` with two at `right`, each pair `apart` tiles apart.
///
/// # Safety
/// The tiles are configured, and the four tiles are there.
#[inline(always)]
pub(super) unsafe fn brain(left: *const Tile, right: *const Tile, apart: usize) {
    // SAFETY: reads 1,024 bytes at each of the four.
    unsafe {
        asm!(
            "tileloadd tmm4, [{a} + {s}]", "tileloadd tmm6, [{b} + {s}]", "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{b1} + {s}]", "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a1} + {s}]", "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
            a = in(reg) left, a1 = in(reg) left.add(apart), b = in(reg) right, b1 = in(reg) right.add(apart),
            s = in(reg) 64_usize, options(nostack, readonly),
        );
    }
}

/// Ends a 32×32 block of brain floats.
///
/// # Safety
/// The tiles are configured, and there is a block to write to.
#[inline(always)]
pub(super) unsafe fn keep_brain(square: *mut Square) {
    // SAFETY: each pair of stores writes 16 rows of 32 floats, 2,048 bytes.
    unsafe {
        asm!(
            "tilestored [{c} + {r}], tmm0", "tilestored [{c} + {r} + 64], tmm1",
            "tilestored [{d} + {r}], tmm2", "tilestored [{d} + {r} + 64], tmm3",
            c = in(reg) square, d = in(reg) square.cast::<Tile>().add(2), r = in(reg) 128_usize, options(nostack),
        );
    }
}

/// Adds to a 16×16 block the products of the three digits of a tile of each factor: six of them, or `ALL` that count in `f32`, eight. Each order
/// has sums of its own, the third order two, so that none waits long for another.
///
/// # Safety
/// The tiles are configured; `a` and `b` point to three tiles each.
#[inline(always)]
pub(super) unsafe fn digits<const ALL: bool>(a: *const Tile, b: *const Tile) {
    // SAFETY: reads 1,024 bytes of each of the six.
    unsafe {
        if ALL {
            // h l; h m; h h; m h; m m; m l; l h; l m.
            asm!(
                "tileloadd tmm5, [{a} + {s}]", "tileloadd tmm6, [{b} + {s} + 2048]", "tdpbssd tmm2, tmm5, tmm6",
                "tileloadd tmm6, [{b} + {s} + 1024]", "tdpbssd tmm1, tmm5, tmm6",
                "tileloadd tmm7, [{b} + {s}]", "tdpbssd tmm0, tmm5, tmm7",
                "tileloadd tmm5, [{a} + {s} + 1024]", "tdpbssd tmm1, tmm5, tmm7", "tdpbssd tmm3, tmm5, tmm6",
                "tileloadd tmm6, [{b} + {s} + 2048]", "tdpbssd tmm4, tmm5, tmm6",
                "tileloadd tmm5, [{a} + {s} + 2048]", "tdpbssd tmm2, tmm5, tmm7",
                "tileloadd tmm6, [{b} + {s} + 1024]", "tdpbssd tmm4, tmm5, tmm6",
                a = in(reg) a, b = in(reg) b, s = in(reg) 64_usize, options(nostack, readonly),
            );
        } else {
            // h h; h m; m m; h l; m h; l h.
            asm!(
                "tileloadd tmm5, [{a} + {s}]", "tileloadd tmm6, [{b} + {s}]", "tdpbssd tmm0, tmm5, tmm6",
                "tileloadd tmm7, [{b} + {s} + 1024]", "tdpbssd tmm1, tmm5, tmm7",
                "tileloadd tmm4, [{a} + {s} + 1024]", "tdpbssd tmm2, tmm4, tmm7",
                "tileloadd tmm7, [{b} + {s} + 2048]", "tdpbssd tmm3, tmm5, tmm7", "tdpbssd tmm1, tmm4, tmm6",
                "tileloadd tmm4, [{a} + {s} + 2048]", "tdpbssd tmm2, tmm4, tmm6",
                a = in(reg) a, b = in(reg) b, s = in(reg) 64_usize, options(nostack, readonly),
            );
        }
    }
}

/// Ends a 16×16 block of digits.
///
/// # Safety
/// The tiles are configured, and there are sums to write to; the fifth is written where `ALL`.
#[inline(always)]
pub(super) unsafe fn keep_sums<const ALL: bool>(sums: *mut Sums) {
    // SAFETY: the sums are 5 · 1,024 bytes.
    unsafe {
        asm!(
            "tilestored [{c} + {s}], tmm0", "tilestored [{c} + {s} + 1024], tmm1",
            "tilestored [{c} + {s} + 2048], tmm2", "tilestored [{c} + {s} + 3072], tmm3",
            c = in(reg) sums, s = in(reg) 64_usize, options(nostack),
        );
        if ALL {
            asm!("tilestored [{c} + {s} + 4096], tmm4", c = in(reg) sums, s = in(reg) 64_usize, options(nostack));
        }
    }
}

/// How much the sums of [`digits`] count, in units of the product of the highest digits.
pub(super) const WEIGHTS: [f32; 5] = [1.0, 1.0 / 256.0, 1.0 / 65_536.0, 1.0 / 65_536.0, 1.0 / 16_777_216.0];
