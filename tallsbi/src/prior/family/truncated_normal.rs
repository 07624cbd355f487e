//! Define the normal family cut off at one or both ends.

use super::{call, is_positive, refuse};
use crate::prior::special::{ln_cdf, ln_normal, normal_interval, quantile_ln, solve, z_of_tails};
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

    /// (x − mean) / sd
    fn scaled(&self, x: f64) -> f64 {
        (x - self.mean) / self.sd
    }

    fn inside(&self, x: f64) -> f64 {
        x.clamp(self.low.next_up(), self.high.next_down())
    }

    /// ln of the normal's mass between two points, given their distance.
    fn ln_mass(&self, a: f64, b: f64, distance: f64) -> f64 {
        if distance < 1e-280 * self.sd.max(1.0) {
            // The quotient would lose digits; over so short an interval the density is constant.
            return ln_normal(self.scaled(a)) + distance.ln() - self.sd.ln();
        }
        normal_interval(self.scaled(a), self.scaled(b), distance / self.sd).ln_mass
    }

    fn ln_total(&self) -> f64 {
        self.ln_mass(self.low, self.high, self.high - self.low)
    }

    /// The distance of x from the finite end `end`, where the mass between them is exp(`ln_mass`).
    /// `sign` is +1 for the low end and −1 for the high end.
    fn distance(&self, end: f64, sign: f64, ln_mass: f64) -> f64 {
        // By symmetry measure from a low end at `a`.
        let a = sign * self.scaled(end);
        let longest = ((self.high - self.low) / self.sd).min(1e300).ln();
        // Mass ≈ distance · φ(a) near the end; elsewhere the closed form, which loses digits only where distance is small.
        let closed = -quantile_ln((ln_cdf(-a).exp() - ln_mass.exp()).ln()) - a;
        let linear = ln_mass - ln_normal(a);
        let start = if linear >= -2.0 && closed > 0.0 { closed.ln() } else { linear };
        let u = solve(ln_mass, (-745.0, longest), start.min(longest - 1e-9), |u| {
            let distance = u.exp();
            let mass = normal_interval(a, a + distance, distance).ln_mass;
            (mass, (ln_normal(a + distance) + u - mass).exp())
        });
        u.exp() * self.sd
    }
}

impl Univariate for TruncatedNormal {
    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if x >= self.low && x <= self.high && x.is_finite() {
            ln_normal(self.scaled(x)) - self.sd.ln() - self.ln_total()
        } else {
            f64::NEG_INFINITY
        }
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !(x >= self.low && x <= self.high && x.is_finite()) {
            return f64::NAN;
        }
        let x = self.inside(x);
        let total = self.ln_total();
        z_of_tails(self.ln_mass(self.low, x, x - self.low) - total, self.ln_mass(x, self.high, self.high - x) - total)
    }
    fn from_latent(&self, z: f64) -> f64 {
        let ln_mass = ln_cdf(-z.abs()) + self.ln_total();
        let x = if z < 0.0 {
            if self.low.is_finite() {
                self.low + self.distance(self.low, 1.0, ln_mass)
            } else {
                self.mean + self.sd * normal_quantile(ln_mass)
            }
        } else if self.high.is_finite() {
            self.high - self.distance(self.high, -1.0, ln_mass)
        } else {
            self.mean - self.sd * normal_quantile(ln_mass)
        };
        self.inside(x)
    }
    fn describe(&self) -> String {
        call("TruncatedNormal", &[self.mean, self.sd, self.low, self.high])
    }
}

/// Φ⁻¹(exp(ln_p)); beyond the middle through the other tail.
fn normal_quantile(ln_p: f64) -> f64 {
    if ln_p > -0.6 { -quantile_ln((-ln_p.exp_m1()).ln()) } else { quantile_ln(ln_p) }
}
