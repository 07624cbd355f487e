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

/// eˣ to 2e-7 relative for x in [-87, 87], in operations that vectorise without a library call.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 · 2²³: adding it leaves the rounded integer in the low bits
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + MAGIC;
    let k = shifted - MAGIC;
    // Cody–Waite: ln 2 in two pieces, the first exact in float products with small integers.
    let r = x - k * 0.693_359_4 + k * 2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let y = p * r * r + r + 1.0;
    f32::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 23))
}

impl Nonlinearity {
    /// Value and derivative at `x`.
    #[inline(always)]
    pub(crate) fn evaluate(self, x: f32) -> (f32, f32) {
        match self {
            Self::Relu => {
                let on = if x > 0.0 { 1.0 } else { 0.0 };
                (x * on, on)
            }
            Self::Silu => {
                let s = 1.0 / (1.0 + exp(-x));
                let y = x * s;
                (y, s + y * (1.0 - s))
            }
            Self::Mish => {
                // tanh(ln(1 + e)) = n / (n + 2) with n = e (e + 2); beyond x = 20 it is 1 in f32.
                let e = exp(x.min(20.0));
                let n = e * (e + 2.0);
                let tanh = n / (n + 2.0);
                let sigmoid = e / (1.0 + e);
                (x * tanh, tanh + x * sigmoid * (1.0 - tanh * tanh))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Nonlinearity, exp};

    #[test]
    fn exp_is_accurate() {
        for i in -8700..8700 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x).exp();
            assert!(((f64::from(exp(x)) - exact) / exact).abs() < 3e-7, "{x}");
        }
    }

    #[test]
    fn derivatives_are_those_of_the_values() {
        for kind in [Nonlinearity::Relu, Nonlinearity::Silu, Nonlinearity::Mish] {
            for i in -60..60 {
                let x = i as f32 * 0.21 + 0.05;
                let h = 1e-2;
                let slope = (kind.evaluate(x + h).0 - kind.evaluate(x - h).0) / (2.0 * h);
                assert!((slope - kind.evaluate(x).1).abs() < 2e-4 * (1.0 + x.abs()), "{kind:?} {x}");
            }
        }
    }
}
