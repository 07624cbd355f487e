//! Define mixtures of normals.

use super::{clamp_finite, is_positive, number, refuse};
use crate::prior::special::{ln_cdf, ln_normal, ln_sum_exp, ln_survival, solve, z_of_tails};
use crate::prior::{ClosedForm, FamilyError, Univariate};

/// A mixture of `K` normals.
///
/// # Equation
/// p(x) = Σ_k weight_k N(x; mean_k, sd_k²).
///
/// # Accuracy
/// Between components so far apart that the density falls below 1e-16 of its peaks, the distribution function is flat to
/// all digits of `f64`: values there (which the prior never draws) share a latent value and do not come back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture<const K: usize> {
    components: [(f64, f64, f64); K],
}

impl<const K: usize> Mixture<K> {
    /// From (weight, mean, sd) of each component.
    ///
    /// # Errors
    /// No component; a weight not positive; weights that do not sum to 1 within 1e-9; an invalid mean or sd.
    pub const fn new(components: [(f64, f64, f64); K]) -> Result<Self, FamilyError> {
        if K == 0 {
            return refuse("a mixture needs at least one component `(weight, mean, sd)`");
        }
        let (mut k, mut total) = (0, 0.0);
        while k < K {
            let (weight, mean, sd) = components[k];
            if !is_positive(weight) {
                return refuse("every weight of a mixture must be positive and finite");
            }
            if !mean.is_finite() {
                return refuse("every mean of a mixture must be finite");
            }
            if !is_positive(sd) {
                return refuse("every sd of a mixture must be positive and finite");
            }
            total += weight;
            k += 1;
        }
        if !(total > 1.0 - 1e-9 && total < 1.0 + 1e-9) {
            return refuse("the weights of a mixture must sum to 1");
        }
        k = 0;
        let mut normalised = components;
        while k < K {
            normalised[k].0 /= total;
            k += 1;
        }
        Ok(Self { components: normalised })
    }

    /// ln Σ weight · exp(f(w)) with w the position scaled to each component.
    fn ln_mean(&self, x: f64, f: impl Fn(f64, f64) -> f64) -> f64 {
        ln_sum_exp(&self.components.map(|(weight, mean, sd)| weight.ln() + f((x - mean) / sd, sd)))
    }
}

impl<const K: usize> Univariate for Mixture<K> {
    fn support(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
    fn ln_density(&self, x: f64) -> f64 {
        self.ln_mean(x, |w, sd| ln_normal(w) - sd.ln())
    }
    fn to_latent(&self, x: f64) -> f64 {
        if !x.is_finite() {
            return f64::NAN;
        }
        z_of_tails(self.ln_mean(x, |w, _| ln_cdf(w)), self.ln_mean(x, |w, _| ln_survival(w)))
    }
    fn from_latent(&self, z: f64) -> f64 {
        // The quantile lies between the smallest and the largest quantile of the components.
        let (mut low, mut high, mut start) = (f64::MAX, f64::MIN, 0.0);
        for (weight, mean, sd) in self.components {
            let quantile = clamp_finite(mean + sd * z);
            low = low.min(quantile);
            high = high.max(quantile);
            start += weight * quantile;
        }
        if low == high {
            return low;
        }
        clamp_finite(solve(z, (low.next_down(), high.next_up()), start, |x| {
            let at = self.to_latent(x);
            (at, (self.ln_density(x) - ln_normal(at)).exp())
        }))
    }
    fn describe(&self) -> String {
        let components: Vec<String> = self
            .components
            .iter()
            .map(|&(weight, mean, sd)| format!("({}, {}, {})", number(weight), number(mean), number(sd)))
            .collect();
        format!("Mixture([{}])", components.join(", "))
    }
    fn closed_form(&self) -> Option<ClosedForm> {
        Some(ClosedForm::Mixture { components: self.components.to_vec() })
    }
}
