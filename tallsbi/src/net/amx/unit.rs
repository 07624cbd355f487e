//! Find the tile unit and tell it how its tiles are shaped.
#![allow(unsafe_code)] // reason: it is found and configured by assembly only; every block below says why it is sound

use std::arch::{
    asm,
    x86_64::{__cpuid, __cpuid_count},
};

use super::SIDE;

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

/// Whether processor and kernel offer the unit to this process.
pub(super) fn is_there() -> bool {
    vectors_are_there() && tiles_are_there() && ask_for_tiles()
}

/// Tiles in use, until dropped.
pub(super) struct Configured(());

impl Configured {
    /// # Safety
    /// The unit is there, and no other code of this thread uses tiles until this is dropped.
    pub(super) unsafe fn new() -> Self {
        // SAFETY: the caller proves the unit usable; the configuration is 64 readable bytes.
        unsafe { asm!("ldtilecfg [{}]", in(reg) CONFIGURATION.0.as_ptr(), options(nostack, readonly)) };
        Self(())
    }
}

impl Drop for Configured {
    fn drop(&mut self) {
        // SAFETY: `new` proved the unit usable.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

fn vectors_are_there() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512bf16")
}

/// CPUID leaf 7: AMX-BF16 is bit 22 of EDX, AMX-TILE bit 24, AMX-INT8 bit 25.
fn tiles_are_there() -> bool {
    // SAFETY: every x86-64 processor has CPUID; leaf 0 says whether there is a leaf 7.
    #[allow(unused_unsafe)] // reason: newer compilers know that it is safe
    let edx = unsafe { if __cpuid(0).eax < 7 { 0 } else { __cpuid_count(7, 0).edx } };
    [22, 24, 25].iter().all(|bit| edx & (1 << bit) != 0)
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
