//! Define the normal family and the family normal in its logarithm.

use super::{call, clamp_finite, clamp_positive, is_positive, refuse};
use crate::prior::special::ln_normal;
use crate::prior::{ClosedForm, FamilyError, Univariate};

/// N(mean, sd²).
///
/// # Equation
/// p(x) = exp(−(x − mean)² / (2 sd²)) / (sd √(2π)); z = (x − mean) / sd.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    mean: f64,
    sd: f64,
}

impl Normal {
    /// From mean and standard deviation.
    ///
    /// # Errors
    /// `mean` is not finite, or `sd` not positive and finite.
    pub const fn new(mean: f64, sd: f64) -> Result<Self, FamilyError> {
        if !mean.is_finite() {
            return refuse("`mean` must be finite");
        }
        if !is_positive(sd) {
            return refuse("`sd` must be positive and finite");
        }
        Ok(Self { mean, sd })
    }
}

impl Univariate for Normal {
    fn support(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        ln_normal((x - self.mean) / self.sd) - self.sd.ln()
    }
    fn to_latent(&self, x: f64) -> f64 {
        if x.is_finite() { (x - self.mean) / self.sd } else { f64::NAN }
    }
    fn from_latent(&self, z: f64) -> f64 {
        clamp_finite(self.mean + self.sd * z)
    }
    fn describe(&self) -> String {
        call("Normal", &[self.mean, self.sd])
    }
    fn closed_form(&self) -> Option<ClosedForm> {
        Some(ClosedForm::Normal { mean: self.mean, sd: self.sd })
    }
}

/// ln x ~ N(mu, sigma²), on x > 0.
///
/// # Equation
/// p(x) = exp(−(ln x − mu)² / (2 sigma²)) / (x sigma √(2π)); z = (ln x − mu) / sigma. The median is exp(mu).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    mu: f64,
    sigma: f64,
}

impl LogNormal {
    /// From mean and standard deviation of ln x.
    ///
    /// # Errors
    /// `mu` is not finite, or `sigma` not positive and finite.
    pub const fn new(mu: f64, sigma: f64) -> Result<Self, FamilyError> {
        if !mu.is_finite() {
            return refuse("`mu`, the mean of the logarithm, must be finite");
        }
        if !is_positive(sigma) {
            return refuse("`sigma`, the standard deviation of the logarithm, must be positive and finite");
        }
        Ok(Self { mu, sigma })
    }
}

impl Univariate for LogNormal {
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if !(x > 0.0 && x.is_finite()) {
            return f64::NEG_INFINITY;
        }
        let ln_x = x.ln();
        ln_normal((ln_x - self.mu) / self.sigma) - self.sigma.ln() - ln_x
    }
    fn to_latent(&self, x: f64) -> f64 {
        if x > 0.0 && x.is_finite() { (x.ln() - self.mu) / self.sigma } else { f64::NAN }
    }
    fn from_latent(&self, z: f64) -> f64 {
        clamp_positive((self.mu + self.sigma * z).exp())
    }
    fn describe(&self) -> String {
        call("LogNormal", &[self.mu, self.sigma])
    }
    fn closed_form(&self) -> Option<ClosedForm> {
        Some(ClosedForm::LogNormal { mu: self.mu, sigma: self.sigma })
    }
}
