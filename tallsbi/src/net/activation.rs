//! Choose the activation of a network in its type; compute it with its derivative in vector code.

use serde::{Deserialize, Serialize};

/// An elementwise nonlinearity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nonlinearity {
    /// max(x, 0)
    Relu,
    /// x / (1 + e⁻ˣ)
    Silu,
    /// x tanh(ln(1 + eˣ))
    Mish,
}

/// A nonlinearity as a type parameter of a network.
pub trait Activation: Clone + Copy + Default + std::fmt::Debug + Send + Sync + 'static {
    /// Which one.
    const KIND: Nonlinearity;
}

/// max(x, 0), the activation of arXiv:2404.07593.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relu;
/// x / (1 + e⁻ˣ), smooth; the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silu;
/// x tanh(ln(1 + eˣ)), smooth.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mish;

impl Activation for Relu {
    const KIND: Nonlinearity = Nonlinearity::Relu;
}
impl Activation for Silu {
    const KIND: Nonlinearity = Nonlinearity::Silu;
}
impl Activation for Mish {
    const KIND: Nonlinearity = Nonlinearity::Mish;
}

/// a b + c, in one rounding where `FUSED` says that the processor has it.
#[inline(always)]
pub(crate) fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// eˣ to 2e-7 relative for x in [-87, 87], in operations that vectorise without a library call.
#[inline(always)]
pub(crate) fn exp<const FUSED: bool>(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 · 2²³: adding it leaves the rounded integer in the low bits
    let fma = multiply_add::<FUSED>;
    // Written so that each is one instruction; NaN becomes -87, and the caller's product with x makes it NaN again.
    let x = if x > -87.0 { x } else { -87.0 };
    let x = if x < 87.0 { x } else { 87.0 };
    let shifted = fma(x, std::f32::consts::LOG2_E, MAGIC);
    let k = shifted - MAGIC;
    // Cody–Waite: ln 2 in two pieces, the first exact in float products with small integers.
    let r = fma(k, 2.121_944_4e-4, fma(k, -0.693_359_4, x));
    let p = 1.987_569_1e-4;
    let p = fma(p, r, 1.398_199_9e-3);
    let p = fma(p, r, 8.333_452e-3);
    let p = fma(p, r, 4.166_579_6e-2);
    let p = fma(p, r, 1.666_666_5e-1);
    let p = fma(p, r, 0.5);
    let y = fma(p * r, r, r) + 1.0;
    f32::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// 1/x to 2e-7 relative for x in [1, 2¹²⁶], by Newton's iteration from a guess in the exponent: division is many times
/// slower in vector code.
#[inline(always)]
pub(crate) fn reciprocal<const FUSED: bool>(x: f32) -> f32 {
    const MAGIC: u32 = 0x7ef3_11c3; // leaves at most 1/8 of relative error, which every step squares
    let fma = multiply_add::<FUSED>;
    let y = f32::from_bits(MAGIC.wrapping_sub(x.to_bits()));
    let y = y * fma(-x, y, 2.0);
    // The last step corrects the sum and not a factor, so that its rounding is all that is left.
    let y = y * fma(-x, y, 2.0);
    fma(fma(-x, y, 1.0), y, y)
}

impl Nonlinearity {
    /// Value and derivative at `x`.
    #[inline(always)]
    pub(crate) fn evaluate<const FUSED: bool>(self, x: f32) -> (f32, f32) {
        let fma = multiply_add::<FUSED>;
        match self {
            Self::Relu => {
                let on = if x > 0.0 { 1.0 } else { 0.0 };
                (x * on, on)
            }
            Self::Silu => {
                let s = reciprocal::<FUSED>(1.0 + exp::<FUSED>(-x));
                let y = x * s;
                (y, fma(y, 1.0 - s, s))
            }
            Self::Mish => {
                // tanh(ln(1 + e)) = n / (n + 2) with n = e (e + 2); beyond x = 20 it is 1 in f32.
                let e = exp::<FUSED>(x.min(20.0));
                let n = e * (e + 2.0);
                let tanh = n * reciprocal::<FUSED>(n + 2.0);
                let sigmoid = e * reciprocal::<FUSED>(1.0 + e);
                (x * tanh, fma(x * sigmoid, 1.0 - tanh * tanh, tanh))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Nonlinearity, exp, reciprocal};

    #[test]
    fn exp_is_accurate() {
        for i in -8700..8700 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x).exp();
            for value in [exp::<true>(x), exp::<false>(x)] {
                assert!(((f64::from(value) - exact) / exact).abs() < 3e-7, "{x}");
            }
        }
    }

    #[test]
    fn reciprocals_are_accurate() {
        for i in 0..125_000 {
            let x = (i as f32 / 1000.0).exp2();
            for value in [reciprocal::<true>(x), reciprocal::<false>(x)] {
                assert!((f64::from(value) * f64::from(x) - 1.0).abs() < 2.5e-7, "{x}: {value}");
            }
        }
    }

    #[test]
    fn values_are_those_of_the_formulas() {
        for i in -1600..1600 {
            let x = f64::from(i) * 0.0625;
            let silu = x / (1.0 + (-x).exp());
            let mish = x * x.exp().ln_1p().tanh();
            for (kind, exact) in [(Nonlinearity::Silu, silu), (Nonlinearity::Mish, mish)] {
                for value in [kind.evaluate::<true>(x as f32).0, kind.evaluate::<false>(x as f32).0] {
                    // The exponential is clipped at 87; beyond it the value is below 1e-36.
                    assert!((f64::from(value) - exact).abs() < 1e-6 * exact.abs() + 1e-30, "{kind:?} {x}: {value}");
                }
            }
        }
    }

    #[test]
    fn derivatives_are_those_of_the_values() {
        for kind in [Nonlinearity::Relu, Nonlinearity::Silu, Nonlinearity::Mish] {
            for i in -60..60 {
                let x = i as f32 * 0.21 + 0.05;
                let h = 1e-2;
                let slope = (kind.evaluate::<true>(x + h).0 - kind.evaluate::<true>(x - h).0) / (2.0 * h);
                assert!((slope - kind.evaluate::<true>(x).1).abs() < 2e-4 * (1.0 + x.abs()), "{kind:?} {x}");
            }
        }
    }
}
