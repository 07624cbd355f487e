//! Define the heavy-tailed families: Student's t and Cauchy.

use std::f64::consts::{LN_2, PI};

use super::half::ln_cauchy;
use super::{call, clamp_finite, is_positive, refuse};
use crate::prior::special::{Split, beta_tails, central, ln_cdf, ln_normal, quantile_central, quantile_ln, solve};
use crate::prior::{FamilyError, Univariate};

/// location + scale · t, with t Student's t of `df` degrees of freedom.
///
/// # Equation
/// p(x) ∝ (1 + w²/df)^{−(df+1)/2} with w = (x − location) / scale; F by the regularised incomplete beta function,
/// counted from the middle, where it is small, or from the nearer tail. Draws beyond the range of `f64` (possible for
/// small `df`) stay at its largest number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudentT {
    df: f64,
    location: f64,
    scale: f64,
}

impl StudentT {
    /// From degrees of freedom, median and scale.
    ///
    /// # Errors
    /// `df` or `scale` is not positive and finite, or `location` not finite.
    pub const fn new(df: f64, location: f64, scale: f64) -> Result<Self, FamilyError> {
        if !is_positive(df) {
            return refuse("`df`, the degrees of freedom, must be positive and finite");
        }
        if !location.is_finite() {
            return refuse("`location` must be finite");
        }
        if !is_positive(scale) {
            return refuse("`scale` must be positive and finite");
        }
        Ok(Self { df, location, scale })
    }

    /// |z| and d|z| / d ln|w| at |w| = exp(u), and the log-density of ln|w|.
    fn latent_of_ln(&self, u: f64) -> (f64, f64, f64) {
        // x = w²/(df + w²), so its logit is 2u − ln df.
        let tails = beta_tails(0.5, 0.5 * self.df, Split::at_logit(2.0 * u - self.df.ln()));
        // The density of u on one side is half that of |w|, and |w| has d logit = 2 du.
        let ln_density = tails.ln_logit_density;
        let z = if tails.ln_lower < tails.ln_upper {
            quantile_central(0.5 * tails.ln_lower.exp())
        } else {
            -quantile_ln(tails.ln_upper - LN_2)
        };
        (z, (ln_density - ln_normal(z)).exp(), ln_density)
    }
}

impl Univariate for StudentT {
    fn support(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if !x.is_finite() {
            return f64::NEG_INFINITY;
        }
        // Below e^{−300} the density is that of the middle, where the logarithm of |w| has no meaning.
        let u = ((x - self.location).abs().ln() - self.scale.ln()).max(-300.0);
        self.latent_of_ln(u).2 - u - self.scale.ln()
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !x.is_finite() {
            return f64::NAN;
        }
        let offset = clamp_finite(x - self.location);
        if offset == 0.0 {
            return 0.0;
        }
        self.latent_of_ln(offset.abs().ln() - self.scale.ln()).0 * offset.signum()
    }
    fn from_latent(&self, z: f64) -> f64 {
        if z == 0.0 {
            return self.location;
        }
        let target = z.abs();
        // ln|w| ≈ ½ ln(df (e^{z²/df} − 1)) is exact for large df and has the right order for small df.
        let ratio = target * target / self.df;
        let start = 0.5 * (self.df.ln() + if ratio > 30.0 { ratio } else { ratio.exp_m1().ln() });
        let u = solve(target, (-760.0, 710.0 - self.scale.ln().min(0.0)), start, |u| {
            let (z, slope, _) = self.latent_of_ln(u);
            (z, slope)
        });
        clamp_finite(self.location + (u + self.scale.ln()).exp() * z.signum())
    }
    fn describe(&self) -> String {
        call("StudentT", &[self.df, self.location, self.scale])
    }
}

/// The Cauchy distribution: Student's t with one degree of freedom, in closed form.
///
/// # Equation
/// p(x) = 1 / (π scale (1 + w²)) with w = (x − location) / scale; F(x) = ½ + atan(w) / π. It has neither mean nor
/// variance; draws beyond the range of `f64` stay at its largest number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cauchy {
    location: f64,
    scale: f64,
}

impl Cauchy {
    /// From median and half the interquartile range.
    ///
    /// # Errors
    /// `location` is not finite, or `scale` not positive and finite.
    pub const fn new(location: f64, scale: f64) -> Result<Self, FamilyError> {
        if !location.is_finite() {
            return refuse("`location` must be finite");
        }
        if !is_positive(scale) {
            return refuse("`scale` must be positive and finite");
        }
        Ok(Self { location, scale })
    }
}

impl Univariate for Cauchy {
    fn support(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        ln_cauchy((x - self.location) / self.scale) - self.scale.ln()
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !x.is_finite() {
            return f64::NAN;
        }
        let offset = clamp_finite(x - self.location);
        let w = offset / self.scale;
        if w.abs() <= 1.0 {
            return quantile_central(w.atan() / PI);
        }
        // atan(1/w) = 1/w to all digits for w above 1e10.
        let ln_tail = if w.abs() > 1e10 { self.scale.ln() - offset.abs().ln() } else { (1.0 / w.abs()).atan().ln() };
        -quantile_ln(ln_tail - PI.ln()) * w.signum()
    }
    fn from_latent(&self, z: f64) -> f64 {
        let w = if z.abs() < 0.6 {
            (PI * central(z)).tan() * self.scale
        } else {
            let ln_p = ln_cdf(-z.abs()) + PI.ln();
            z.signum() * if ln_p > -30.0 { self.scale / ln_p.exp().tan() } else { (self.scale.ln() - ln_p).exp() }
        };
        clamp_finite(self.location + w)
    }
    fn describe(&self) -> String {
        call("Cauchy", &[self.location, self.scale])
    }
}
