//! Define the one-sided families with closed-form quantiles: half-normal, half-Cauchy, exponential.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, LN_2};

use super::{call, clamp_positive, is_positive, refuse};
use crate::prior::special::{
    TINY, central, ln_cdf, ln_normal, ln_one_minus_exp, ln_survival, quantile_central, quantile_ln, z_of_tails,
};
use crate::prior::{FamilyError, Univariate};

/// A probability below this is handled through its logarithm only.
const LN_SMALL: f64 = -600.0;

/// |x| with x ~ N(0, sd²), on x ≥ 0.
///
/// # Equation
/// p(x) = 2 φ(x / sd) / sd; F(x) = 2 Φ(x / sd) − 1. Zero is a legal value, counted as the smallest positive number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HalfNormal {
    sd: f64,
}

impl HalfNormal {
    /// From the standard deviation of the normal that is folded.
    ///
    /// # Errors
    /// `sd` is not positive and finite.
    pub const fn new(sd: f64) -> Result<Self, FamilyError> {
        if is_positive(sd) { Ok(Self { sd }) } else { refuse("`sd` must be positive and finite") }
    }
}

impl Univariate for HalfNormal {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if x >= 0.0 { LN_2 + ln_normal(x / self.sd) - self.sd.ln() } else { f64::NEG_INFINITY }
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !(x >= 0.0 && x.is_finite()) {
            return f64::NAN;
        }
        let x = x.max(TINY);
        let w = x / self.sd;
        if w > 0.6 {
            z_of_tails((2.0 * central(w)).ln(), LN_2 + ln_survival(w))
        } else if w > 1e-280 {
            quantile_ln((2.0 * central(w)).ln())
        } else {
            quantile_ln(x.ln() - self.sd.ln() - 0.5 * FRAC_PI_2.ln())
        }
    }
    fn from_latent(&self, z: f64) -> f64 {
        let x = if z >= 0.0 {
            -quantile_ln(ln_survival(z) - LN_2) * self.sd
        } else {
            let ln_p = ln_cdf(z);
            if ln_p > LN_SMALL {
                quantile_central(0.5 * ln_p.exp()) * self.sd
            } else {
                (ln_p + 0.5 * FRAC_PI_2.ln() + self.sd.ln()).exp()
            }
        };
        clamp_positive(x)
    }
    fn describe(&self) -> String {
        call("HalfNormal", &[self.sd])
    }
}

/// |x| with x ~ Cauchy(0, scale), on x ≥ 0.
///
/// # Equation
/// p(x) = 2 / (π scale (1 + (x / scale)²)); F(x) = (2/π) atan(x / scale). Zero is a legal value, counted as the smallest
/// positive number; draws beyond the range of `f64` stay at its largest number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HalfCauchy {
    scale: f64,
}

impl HalfCauchy {
    /// From the median.
    ///
    /// # Errors
    /// `scale` is not positive and finite.
    pub const fn new(scale: f64) -> Result<Self, FamilyError> {
        if is_positive(scale) { Ok(Self { scale }) } else { refuse("`scale` must be positive and finite") }
    }
}

impl Univariate for HalfCauchy {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if x >= 0.0 { LN_2 + ln_cauchy(x / self.scale) - self.scale.ln() } else { f64::NEG_INFINITY }
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !(x >= 0.0 && x.is_finite()) {
            return f64::NAN;
        }
        let ln_w = x.max(TINY).ln() - self.scale.ln();
        // atan(w) = w to all digits below e^{−30}.
        let ln_tail = |ln_w: f64| FRAC_2_PI.ln() + if ln_w < -30.0 { ln_w } else { ln_w.exp().atan().ln() };
        if ln_w < 0.0 { quantile_ln(ln_tail(ln_w)) } else { -quantile_ln(ln_tail(-ln_w)) }
    }
    fn from_latent(&self, z: f64) -> f64 {
        let ln_p = ln_cdf(-z.abs());
        let ln_w = if ln_p < -30.0 { ln_p + FRAC_PI_2.ln() } else { (FRAC_PI_2 * ln_p.exp()).tan().ln() };
        clamp_positive((self.scale.ln() + if z < 0.0 { ln_w } else { -ln_w }).exp())
    }
    fn describe(&self) -> String {
        call("HalfCauchy", &[self.scale])
    }
}

/// ln of the standard Cauchy density, without overflow of w².
pub(super) fn ln_cauchy(w: f64) -> f64 {
    let w = w.abs();
    let ln_square = if w > 1e100 { 2.0 * w.ln() } else { (w * w).ln_1p() };
    -(2.0 * FRAC_PI_2).ln() - ln_square
}

/// Waiting time at a constant rate, on x ≥ 0.
///
/// # Equation
/// p(x) = rate exp(−rate x); 1 − F(x) = exp(−rate x). Zero is a legal value, counted as the smallest positive number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    rate: f64,
}

impl Exponential {
    /// From the rate; the mean is 1 / rate.
    ///
    /// # Errors
    /// `rate` is not positive and finite.
    pub const fn new(rate: f64) -> Result<Self, FamilyError> {
        if is_positive(rate) { Ok(Self { rate }) } else { refuse("`rate` must be positive and finite") }
    }
}

impl Univariate for Exponential {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if x >= 0.0 { self.rate.ln() - self.rate * x } else { f64::NEG_INFINITY }
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !(x >= 0.0 && x.is_finite()) {
            return f64::NAN;
        }
        let x = x.max(TINY);
        let w = self.rate * x;
        if w > 1e-280 { z_of_tails(ln_one_minus_exp(-w), -w) } else { quantile_ln(self.rate.ln() + x.ln()) }
    }
    fn from_latent(&self, z: f64) -> f64 {
        let x = if z >= 0.0 {
            -ln_survival(z) / self.rate
        } else {
            let ln_p = ln_cdf(z);
            if ln_p > LN_SMALL { -(-ln_p.exp()).ln_1p() / self.rate } else { (ln_p - self.rate.ln()).exp() }
        };
        clamp_positive(x)
    }
    fn describe(&self) -> String {
        call("Exponential", &[self.rate])
    }
}
