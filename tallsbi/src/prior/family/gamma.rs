//! Define the gamma family and its reciprocal.

use super::{call, clamp_positive, is_positive, refuse};
use crate::prior::special::{gamma_tails, ln_cdf, ln_normal, ln_survival, solve, z_of_tails};
use crate::prior::{FamilyError, Univariate};

/// Gamma with shape and rate, on x > 0; the mean is shape / rate.
///
/// # Equation
/// p(x) = rate^shape x^{shape−1} exp(−rate x) / Γ(shape). Draws below the smallest positive number (possible for small
/// shapes) stay at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    shape: f64,
    rate: f64,
}

impl Gamma {
    /// From shape and rate (not scale).
    ///
    /// # Errors
    /// `shape` or `rate` is not positive and finite.
    pub const fn new(shape: f64, rate: f64) -> Result<Self, FamilyError> {
        if !is_positive(shape) {
            return refuse("`shape` must be positive and finite");
        }
        if !is_positive(rate) {
            return refuse("`rate` must be positive and finite");
        }
        Ok(Self { shape, rate })
    }
}

/// z and the log-density of u for g = exp(u) ~ Gamma(shape, 1).
fn latent_of_ln(shape: f64, u: f64) -> (f64, f64) {
    let tails = gamma_tails(shape, u.exp().min(f64::MAX), u);
    (z_of_tails(tails.ln_lower, tails.ln_upper), tails.ln_log_density)
}

/// The u with g = exp(u) ~ Gamma(shape, 1) at z, within a bracket of representable values.
fn ln_from_latent(shape: f64, z: f64, bracket: (f64, f64)) -> f64 {
    // Wilson and Hilferty's cube where it is sound, else the leading term of the tail.
    let spread = 1.0 / (9.0 * shape);
    let cube_root = 1.0 - spread + z * spread.sqrt();
    let start = if cube_root > 0.3 && shape > 0.3 {
        shape.ln() + 3.0 * cube_root.ln()
    } else if z < 0.5 {
        (ln_cdf(z) + libm::lgamma(shape + 1.0)) / shape
    } else {
        let ln_q = -ln_survival(z) - libm::lgamma(shape);
        (ln_q + (shape - 1.0) * ln_q.max(1.0).ln()).max(0.1).ln()
    };
    solve(z, bracket, start.clamp(bracket.0 + 1e-6, bracket.1 - 1e-6), |u| {
        let (z, ln_density) = latent_of_ln(shape, u);
        (z, (ln_density - ln_normal(z)).exp())
    })
}

impl Univariate for Gamma {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if !(x > 0.0 && x.is_finite()) {
            return f64::NEG_INFINITY;
        }
        let ln_x = x.ln();
        latent_of_ln(self.shape, ln_x + self.rate.ln()).1 - ln_x
    }
    fn to_latent(&self, x: f64) -> f64 {
        if x > 0.0 && x.is_finite() { latent_of_ln(self.shape, x.ln() + self.rate.ln()).0 } else { f64::NAN }
    }
    fn from_latent(&self, z: f64) -> f64 {
        let ln_rate = self.rate.ln();
        clamp_positive((ln_from_latent(self.shape, z, (ln_rate - 746.0, ln_rate + 710.0)) - ln_rate).exp())
    }
    fn describe(&self) -> String {
        call("Gamma", &[self.shape, self.rate])
    }
}

/// The reciprocal of a gamma variable with this shape and rate = `scale`, on x > 0.
///
/// # Equation
/// p(x) = scale^shape x^{−shape−1} exp(−scale / x) / Γ(shape). Draws beyond the range of `f64` (possible for small
/// shapes) stay at its largest number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseGamma {
    shape: f64,
    scale: f64,
}

impl InverseGamma {
    /// From shape and scale.
    ///
    /// # Errors
    /// `shape` or `scale` is not positive and finite.
    pub const fn new(shape: f64, scale: f64) -> Result<Self, FamilyError> {
        if !is_positive(shape) {
            return refuse("`shape` must be positive and finite");
        }
        if !is_positive(scale) {
            return refuse("`scale` must be positive and finite");
        }
        Ok(Self { shape, scale })
    }
}

impl Univariate for InverseGamma {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if !(x > 0.0 && x.is_finite()) {
            return f64::NEG_INFINITY;
        }
        let ln_x = x.ln();
        latent_of_ln(self.shape, self.scale.ln() - ln_x).1 - ln_x
    }
    fn to_latent(&self, x: f64) -> f64 {
        if x > 0.0 && x.is_finite() { -latent_of_ln(self.shape, self.scale.ln() - x.ln()).0 } else { f64::NAN }
    }
    fn from_latent(&self, z: f64) -> f64 {
        let ln_scale = self.scale.ln();
        clamp_positive((ln_scale - ln_from_latent(self.shape, -z, (ln_scale - 710.0, ln_scale + 746.0))).exp())
    }
    fn describe(&self) -> String {
        call("InverseGamma", &[self.shape, self.scale])
    }
}
