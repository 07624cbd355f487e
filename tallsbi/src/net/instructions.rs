//! Choose the instructions that networks run on: the best of the machine, or what the environment asks for.

use std::sync::OnceLock;

use pulp::Arch;

use super::amx::Amx;

/// The environment variable that asks for fewer instructions than the machine has.
const VARIABLE: &str = "TALLSBI_INSTRUCTIONS";

/// What the products of networks are computed with.
///
/// The best of the machine is taken. Setting `TALLSBI_INSTRUCTIONS` to `plain`, `avx2` or `vector` before the program starts asks
/// for less; results then differ by rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// Whatever the compiler makes of plain loops for the oldest processor of its target.
    Plain,
    /// Elementwise loops in vectors of at most 256 bits (AVX2 on x86), where the machine has wider ones.
    Avx2,
    /// Vector instructions, AVX-512 or AVX2 on x86.
    Vector,
    /// Vector instructions, and for products the tile unit (AMX) of x86 servers. A row of `f32` is there written in three digits to
    /// the base 256, in units of its largest number.
    Tiles,
}

impl Instructions {
    /// Those of this process. Chosen once.
    pub fn of_this_process() -> Self {
        static CHOSEN: OnceLock<Instructions> = OnceLock::new();
        *CHOSEN.get_or_init(|| Self::choose(std::env::var(VARIABLE).ok().as_deref(), Amx::detect().is_some()))
    }

    fn choose(asked: Option<&str>, tiles: bool) -> Self {
        match asked {
            Some("plain") => Self::Plain,
            Some("avx2") => Self::Avx2,
            Some("vector") => Self::Vector,
            _ if tiles => Self::Tiles,
            _ => Self::Vector,
        }
    }
}

/// The vector instructions of elementwise loops.
pub(crate) fn arch() -> Arch {
    match Instructions::of_this_process() {
        Instructions::Plain => Arch::Scalar,
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => pulp::x86::V3::try_new().map_or(Arch::Scalar, Arch::V3),
        _ => Arch::new(),
    }
}

/// The tile unit, where it is to be used.
pub(super) fn tiles() -> Option<Amx> {
    match Instructions::of_this_process() {
        Instructions::Tiles => Amx::detect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Instructions::{self, Avx2, Plain, Tiles, Vector};

    #[test]
    fn the_environment_may_ask_for_less_and_never_for_more() {
        for (asked, there, expected) in [
            (None, true, Tiles),
            (None, false, Vector),
            (Some("plain"), true, Plain),
            (Some("avx2"), true, Avx2),
            (Some("vector"), true, Vector),
            (Some("tiles"), false, Vector),
        ] {
            assert_eq!(Instructions::choose(asked, there), expected);
        }
    }
}
