//! Define the beta family.

use super::{call, is_positive, refuse};
use crate::prior::special::{Split, TINY, beta_tails, ln_cdf, ln_normal, ln_survival, solve, z_of_tails};
use crate::prior::{FamilyError, Univariate};

/// Beta(a, b) on (0, 1); the mean is a / (a + b).
///
/// # Equation
/// p(x) = x^{a−1} (1 − x)^{b−1} / B(a, b).
///
/// # Accuracy
/// Near 0 relative to x, near 1 relative to 1 − x as far as `f64` resolves it (to 1e-16). The ends are legal values and
/// count as the nearest representable interior point, also for the density.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta {
    a: f64,
    b: f64,
}

impl Beta {
    /// From the two shapes.
    ///
    /// # Errors
    /// `a` or `b` is not positive and finite.
    pub const fn new(a: f64, b: f64) -> Result<Self, FamilyError> {
        if is_positive(a) && is_positive(b) {
            Ok(Self { a, b })
        } else {
            refuse("`a` and `b`, the two shapes, must be positive and finite")
        }
    }

    /// z, and the log-density of the logit.
    fn latent_of(&self, at: Split) -> (f64, f64) {
        let tails = beta_tails(self.a, self.b, at);
        (z_of_tails(tails.ln_lower, tails.ln_upper), tails.ln_logit_density)
    }
}

fn inside(x: f64) -> f64 {
    x.clamp(TINY, 1.0_f64.next_down())
}

impl Univariate for Beta {
    fn support(&self) -> (f64, f64) {
        (0.0, 1.0)
    }
    fn ln_density(&self, x: f64) -> f64 {
        if !(0.0..=1.0).contains(&x) {
            return f64::NEG_INFINITY;
        }
        let at = Split::at(inside(x));
        self.latent_of(at).1 - at.ln_x - at.ln_y
    }
    fn to_latent(&self, x: f64) -> f64 {
        if (0.0..=1.0).contains(&x) { self.latent_of(Split::at(inside(x))).0 } else { f64::NAN }
    }
    fn from_latent(&self, z: f64) -> f64 {
        let (a, b) = (self.a, self.b);
        // Leading terms of the tails for the small shapes, a normal logit otherwise.
        let ln_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
        let low = (ln_cdf(z) + a.ln() + ln_beta) / a;
        let high = -(ln_survival(z) + b.ln() + ln_beta) / b;
        let start = if z < 0.0 && low < -2.0 && a < 3.0 {
            low
        } else if z > 0.0 && high > 2.0 && b < 3.0 {
            high
        } else {
            (a / b).ln() + z * (1.0 / a + 1.0 / b).sqrt()
        };
        // Beyond these logits x is at an end of (0, 1) as f64 sees it.
        let u = solve(z, (-746.0, 40.0), start.clamp(-745.9, 39.9), |u| {
            let (z, ln_density) = self.latent_of(Split::at_logit(u));
            (z, (ln_density - ln_normal(z)).exp())
        });
        inside(Split::at_logit(u).x)
    }
    fn describe(&self) -> String {
        call("Beta", &[self.a, self.b])
    }
}
