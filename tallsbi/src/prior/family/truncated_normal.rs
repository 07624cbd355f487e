//! Define the normal family cut off at one or both ends.

use super::{call, is_positive, refuse};
use crate::prior::special::{ln_cdf, ln_normal, ln_sum_exp, normal_interval, quantile_ln, solve, z_of_tails};
use crate::prior::{FamilyError, Univariate};

/// N(mean, sd²) given low < x < high. An end may be infinite.
///
/// # Equation
/// p(x) = φ((x − mean) / sd) / (sd [Φ(β) − Φ(α)]) with α = (low − mean) / sd, β = (high − mean) / sd.
///
/// # Accuracy
/// As [`Uniform`](super::Uniform): relative to the distance from the nearer end; finite ends are legal values. The
/// interval may lie far out in the normal's tail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruncatedNormal {
    mean: f64,
    sd: f64,
    low: f64,
    high: f64,
}

impl TruncatedNormal {
    /// From mean and standard deviation before truncation, and the two ends.
    ///
    /// # Errors
    /// `mean` is not finite, `sd` not positive and finite, or `low` not below `high`.
    pub const fn new(mean: f64, sd: f64, low: f64, high: f64) -> Result<Self, FamilyError> {
        if !mean.is_finite() {
            return refuse("`mean` must be finite");
        }
        if !is_positive(sd) {
            return refuse("`sd` must be positive and finite");
        }
        if low.is_nan() || high.is_nan() || low >= high {
            return refuse("`low` must be less than `high`");
        }
        if low == f64::INFINITY || high == f64::NEG_INFINITY || low.next_up() >= high {
            return refuse("`low` and `high` must have a representable number between them");
        }
        Ok(Self { mean, sd, low, high })
    }

    fn inside(&self, x: f64) -> f64 {
        x.clamp(self.low.next_up(), self.high.next_down())
    }

    /// As seen from the low end, which is finite.
    fn from_low(&self) -> FromEnd {
        FromEnd::new((self.low - self.mean) / self.sd, (self.high - self.low) / self.sd)
    }

    /// Mirrored, as seen from the high end, which is finite.
    fn from_high(&self) -> FromEnd {
        FromEnd::new((self.mean - self.high) / self.sd, (self.high - self.low) / self.sd)
    }

    /// z and ln p of a point inside the support.
    fn latent_and_density(&self, x: f64) -> (f64, f64) {
        let ln_sd = self.sd.ln();
        let (end, distance, sign) = if self.low.is_finite() {
            (self.from_low(), x - self.low, 1.0)
        } else if self.high.is_finite() {
            (self.from_high(), self.high - x, -1.0)
        } else {
            let z = (x - self.mean) / self.sd;
            return (z, ln_normal(z) - ln_sd);
        };
        // The distance from the other end has digits of its own.
        let other = if sign > 0.0 { self.high - x } else { x - self.low };
        let (z, ln_density) = end.latent(distance / self.sd, other / self.sd, distance.ln() - ln_sd);
        (sign * z, ln_density - ln_sd)
    }
}

/// A standard normal cut off to (a, a + width), a finite, in distances from a. Logarithms of masses are relative to the
/// density at the point of the interval nearest to 0, so that they stay small however far out the interval lies.
struct FromEnd {
    a: f64,
    width: f64,
    nearest: f64,
    ln_total: f64,
}

impl FromEnd {
    fn new(a: f64, width: f64) -> Self {
        let end = Self { a, width, nearest: (-a).clamp(0.0, width), ln_total: 0.0 };
        Self { ln_total: end.ln_mass(0.0, width, f64::NAN), ..end }
    }

    /// ln φ at a distance from a, relative to the nearest point.
    fn ln_normal(&self, distance: f64) -> f64 {
        -(distance - self.nearest) * (self.a + 0.5 * (distance + self.nearest))
    }

    /// ln of the mass between `start` and `start + length`; `ln_length` serves where the length is below 1e-280.
    fn ln_mass(&self, start: f64, length: f64, ln_length: f64) -> f64 {
        if length < 1e-280 {
            return self.ln_normal(start) + ln_length;
        }
        let low = self.a + start;
        let interval = normal_interval(low, low + length, length);
        self.ln_normal(start + interval.anchor) + interval.ln_relative
    }

    /// z and the log-density at a distance from a and from the other end.
    fn latent(&self, distance: f64, other: f64, ln_distance: f64) -> (f64, f64) {
        let ln_lower = self.ln_mass(0.0, distance, ln_distance) - self.ln_total;
        let ln_upper = self.ln_mass(distance, other, other.ln()) - self.ln_total;
        (z_of_tails(ln_lower, ln_upper), self.ln_normal(distance) - self.ln_total)
    }

    /// The distance from a at z.
    fn distance(&self, z: f64) -> f64 {
        let ln_p = ln_cdf(z);
        // The start is that of an exponential of rate a where the interval lies far out, of a flat density near a, and
        // elsewhere the closed form, which loses digits near a.
        let start = if self.a > 1.0 {
            let mass = self.a * (ln_p + self.ln_total - self.ln_normal(0.0)).exp();
            if mass < 0.9 { -(-mass).ln_1p() / self.a } else { (-ln_cdf(-z)).max(1.0) / self.a }
        } else {
            let ln_total = self.ln_total + ln_normal(self.a + self.nearest);
            let ln_below = ln_sum_exp(&[ln_cdf(self.a), ln_p + ln_total]);
            let closed = if z > 0.0 && self.width == f64::INFINITY {
                -quantile_ln(ln_cdf(-z) + ln_total) - self.a
            } else if ln_below < -0.5 {
                quantile_ln(ln_below) - self.a
            } else {
                -quantile_ln((ln_cdf(-self.a).exp() - (ln_p + ln_total).exp()).ln()) - self.a
            };
            if closed > 0.1 { closed } else { (ln_p + self.ln_total - self.ln_normal(0.0)).exp() }
        };
        // No quantile lies further out than that of the uncut normal, or than z where nothing is cut off above.
        let longest = self.width.min(z.abs() + 50.0 - self.a.min(0.0)).ln();
        solve(z, (-745.0, longest), start.ln().min(longest - 1e-9), |u| {
            let distance = u.exp();
            let (z, ln_density) = self.latent(distance, self.width - distance, u);
            (z, (ln_density + u - ln_normal(z)).exp())
        })
        .exp()
    }
}

impl Univariate for TruncatedNormal {
    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if x >= self.low && x <= self.high && x.is_finite() {
            self.latent_and_density(self.inside(x)).1
        } else {
            f64::NEG_INFINITY
        }
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !(x >= self.low && x <= self.high && x.is_finite()) {
            return f64::NAN;
        }
        self.latent_and_density(self.inside(x)).0
    }
    fn from_latent(&self, z: f64) -> f64 {
        // From the end that the tail runs to; where that is infinite, from the other.
        let from_low = self.low.is_finite() && (z < 0.0 || self.high.is_infinite());
        let x = if from_low {
            self.low + self.sd * self.from_low().distance(z)
        } else if self.high.is_finite() {
            self.high - self.sd * self.from_high().distance(-z)
        } else {
            self.mean + self.sd * z
        };
        self.inside(x)
    }
    fn describe(&self) -> String {
        call("TruncatedNormal", &[self.mean, self.sd, self.low, self.high])
    }
}
