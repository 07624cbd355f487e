//! Define the families that are uniform on an interval, in the value or in its logarithm.

use super::{call, refuse};
use crate::prior::special::{central, ln_cdf, quantile_central, quantile_ln};
use crate::prior::{ClosedForm, FamilyError, Univariate};

/// Uniform on (low, high).
///
/// # Equation
/// p(x) = 1 / (high − low); z = Φ⁻¹((x − low) / (high − low)), each half counted from its own end.
///
/// # Accuracy
/// Relative to the distance from the nearer end, as far as `f64` resolves that distance. The ends themselves are legal
/// values and count as the nearest representable interior point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    low: f64,
    high: f64,
}

impl Uniform {
    /// From the two ends.
    ///
    /// # Errors
    /// An end is not finite, `low` is not below `high`, or the interval is too short or too long for `f64`.
    pub const fn new(low: f64, high: f64) -> Result<Self, FamilyError> {
        if !low.is_finite() || !high.is_finite() {
            return refuse("`low` and `high` must be finite");
        }
        if low >= high {
            return refuse("`low` must be less than `high`");
        }
        if low.next_up() >= high {
            return refuse("`low` and `high` must have a representable number between them");
        }
        if !(high - low).is_finite() {
            return refuse("`high` - `low` must be finite");
        }
        Ok(Self { low, high })
    }
}

impl Univariate for Uniform {
    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if x >= self.low && x <= self.high { -(self.high - self.low).ln() } else { f64::NEG_INFINITY }
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !(x >= self.low && x <= self.high) {
            return f64::NAN;
        }
        let x = x.clamp(self.low.next_up(), self.high.next_down());
        unit_to_latent(x - self.low, self.high - x, self.high - self.low, x - 0.5 * (self.low + self.high))
    }
    fn from_latent(&self, z: f64) -> f64 {
        let width = self.high - self.low;
        let x = if z.abs() < 0.5 {
            0.5 * (self.low + self.high) + width * central(z)
        } else if z < 0.0 {
            self.low + width_times(width, ln_cdf(z))
        } else {
            self.high - width_times(width, ln_cdf(-z))
        };
        x.clamp(self.low.next_up(), self.high.next_down())
    }
    fn describe(&self) -> String {
        call("Uniform", &[self.low, self.high])
    }
    fn closed_form(&self) -> Option<ClosedForm> {
        Some(ClosedForm::Uniform { low: self.low, high: self.high })
    }
}

/// z of a point at `below` from the low end, `above` from the high end and `offset` from the middle of an interval.
fn unit_to_latent(below: f64, above: f64, width: f64, offset: f64) -> f64 {
    let q = offset / width;
    if q.abs() <= 0.4 {
        return quantile_central(q);
    }
    let nearer = below.min(above);
    let ratio = nearer / width;
    // Subnormal quotients have lost digits; the difference of logarithms has not.
    let ln_p = if ratio > 1e-290 { ratio.ln() } else { nearer.ln() - width.ln() };
    if below < above { quantile_ln(ln_p) } else { -quantile_ln(ln_p) }
}

/// width · exp(ln_p) without an intermediate subnormal.
fn width_times(width: f64, ln_p: f64) -> f64 {
    if ln_p > -660.0 { width * ln_p.exp() } else { (ln_p + width.ln()).exp() }
}

/// ln x uniform on (ln low, ln high), for 0 < low < high.
///
/// # Equation
/// p(x) = 1 / (x ln(high / low)); z = Φ⁻¹(ln(x / low) / ln(high / low)).
///
/// # Accuracy
/// As [`Uniform`], ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogUniform {
    low: f64,
    high: f64,
}

impl LogUniform {
    /// From the two ends.
    ///
    /// # Errors
    /// An end is not positive and finite, or `low` is not below `high`.
    pub const fn new(low: f64, high: f64) -> Result<Self, FamilyError> {
        if !(low > 0.0 && low.is_finite() && high > 0.0 && high.is_finite()) {
            return refuse("`low` and `high` must be positive and finite");
        }
        if low >= high {
            return refuse("`low` must be less than `high`");
        }
        if low.next_up() >= high {
            return refuse("`low` and `high` must have a representable number between them");
        }
        Ok(Self { low, high })
    }

    /// ln(high / low)
    fn width(&self) -> f64 {
        ln_ratio(self.high, self.low)
    }
}

/// ln(b / a) with relative accuracy where b is near a.
fn ln_ratio(b: f64, a: f64) -> f64 {
    if b < 2.0 * a && b > 0.5 * a { ((b - a) / a).ln_1p() } else { b.ln() - a.ln() }
}

impl Univariate for LogUniform {
    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if x >= self.low && x <= self.high { -x.ln() - self.width().ln() } else { f64::NEG_INFINITY }
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !(x >= self.low && x <= self.high) {
            return f64::NAN;
        }
        let x = x.clamp(self.low.next_up(), self.high.next_down());
        let (below, above) = (ln_ratio(x, self.low), ln_ratio(self.high, x));
        unit_to_latent(below, above, self.width(), 0.5 * (below - above))
    }
    fn from_latent(&self, z: f64) -> f64 {
        let width = self.width();
        let x = if z < 0.0 {
            let step = width * ln_cdf(z).exp();
            if step < 0.5 { self.low + self.low * step.exp_m1() } else { (self.low.ln() + step).exp() }
        } else {
            let step = width * ln_cdf(-z).exp();
            if step < 0.5 { self.high + self.high * (-step).exp_m1() } else { (self.high.ln() - step).exp() }
        };
        x.clamp(self.low.next_up(), self.high.next_down())
    }
    fn describe(&self) -> String {
        call("LogUniform", &[self.low, self.high])
    }
    fn closed_form(&self) -> Option<ClosedForm> {
        Some(ClosedForm::LogUniform { low: self.low, high: self.high })
    }
}
