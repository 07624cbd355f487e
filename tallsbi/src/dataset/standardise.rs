//! Turn observed components into network features: a z-score and a normal score of each.
//!
//! The z-score keeps the scale and extrapolates; the normal score Φ⁻¹(F̂(x)), by the empirical distribution of the
//! simulations, resolves what the z-score cannot: counts near zero beside counts in the thousands, heavy tails.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::DataError;
use crate::{
    model::{Label, Transform},
    prior::normal_quantile,
};

/// Knots of a normal score are at least this far apart.
const KNOT_SPACING: f64 = 0.1;

/// Normal scores stay within ±this; the z-score tells how far beyond the simulations a value lies.
const SCORE_BOUND: f64 = 4.0;

/// The features of one component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Component {
    transform: Transform,
    mean: f64,
    sd: f64,
    /// Values and their normal scores, both rising; fewer than two where the component is constant.
    knots: Vec<(f64, f64)>,
}

/// How observations become network features, fitted to simulations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standardisation {
    components: Vec<Component>,
}

impl Standardisation {
    /// Fits to transformed simulations. A component that never varies gets features 0 and unit scale.
    ///
    /// # Errors
    /// A value is outside its transform's domain.
    pub fn fit<const D: usize>(
        x: &[[f64; D]],
        transforms: &[Transform; D],
        labels: &[Label; D],
    ) -> Result<Self, DataError> {
        let components: Result<Vec<Component>, DataError> = (0..D)
            .into_par_iter()
            .map(|k| {
                let transform = transforms[k];
                let mut values = Vec::with_capacity(x.len());
                for (row, x) in x.iter().enumerate() {
                    let value = transform.apply(x[k]).map_err(|error| DataError::Observation {
                        row,
                        name: labels[k].name.clone(),
                        error,
                    })?;
                    values.push(value);
                }
                Ok(Component::fit(transform, values))
            })
            .collect();
        Ok(Self { components: components? })
    }

    /// Number of components D.
    pub fn dimension(&self) -> usize {
        self.components.len()
    }

    /// The smallest and largest simulated value of every component, natural units; of a constant one its value, twice.
    pub fn ranges(&self) -> Vec<(f64, f64)> {
        let natural = |component: &Component, value| component.transform.invert(value);
        let ends = |component: &Component| match (component.knots.first(), component.knots.last()) {
            (Some(first), Some(last)) => (natural(component, first.0), natural(component, last.0)),
            _ => (natural(component, component.mean), natural(component, component.mean)),
        };
        self.components.iter().map(ends).collect()
    }

    /// The features of one observation, natural units: D z-scores, then D normal scores, appended to `out`.
    ///
    /// # Errors
    /// A value is not finite or outside its transform's domain; `row` and `labels` name it.
    pub fn features_into<const D: usize>(
        &self,
        x: &[f64; D],
        row: usize,
        labels: &[Label; D],
        out: &mut Vec<f32>,
    ) -> Result<(), DataError> {
        let start = out.len();
        out.resize(start + 2 * D, 0.0);
        for (k, component) in self.components.iter().enumerate() {
            let value = component.transform.apply(x[k]).map_err(|error| DataError::Observation {
                row,
                name: labels[k].name.clone(),
                error,
            })?;
            out[start + k] = ((value - component.mean) / component.sd) as f32;
            out[start + D + k] = component.normal_score(value) as f32;
        }
        Ok(())
    }
}

impl Component {
    fn fit(transform: Transform, mut values: Vec<f64>) -> Self {
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        let sd = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
        // Rounding leaves a constant component a spread of about its last digit.
        let constant = sd.is_nan() || sd <= 1e-12 * mean.abs().max(f64::MIN_POSITIVE);
        values.sort_unstable_by(f64::total_cmp);
        // The mean of equal numbers may differ from them in its last digit.
        let mean = if constant { values.first().copied().unwrap_or(mean) } else { mean };
        let mut knots: Vec<(f64, f64)> = Vec::new();
        let mut rank = 0;
        for ties in values.chunk_by(|a, b| a == b) {
            // Ties share the score of their mean rank.
            let score = normal_quantile((rank as f64 + 0.5 * ties.len() as f64) / n);
            rank += ties.len();
            let last = rank == values.len();
            if knots.last().is_none_or(|knot| score - knot.1 >= KNOT_SPACING || last) {
                knots.push((ties[0], score));
            }
        }
        Self { transform, mean, sd: if constant { 1.0 } else { sd }, knots: if constant { Vec::new() } else { knots } }
    }

    fn normal_score(&self, value: f64) -> f64 {
        if self.knots.len() < 2 {
            return 0.0;
        }
        // Between knots linearly, beyond them along the last piece.
        let right = self.knots.partition_point(|knot| knot.0 <= value).clamp(1, self.knots.len() - 1);
        let ((x0, z0), (x1, z1)) = (self.knots[right - 1], self.knots[right]);
        (z0 + (z1 - z0) * (value - x0) / (x1 - x0)).clamp(-SCORE_BOUND, SCORE_BOUND)
    }
}

#[cfg(test)]
mod tests {
    use super::Standardisation;
    use crate::model::{Label, Transform};

    fn labels<const D: usize>() -> [Label; D] {
        std::array::from_fn(|k| Label::component("x", k, "", ""))
    }

    #[test]
    fn features_are_standardised_and_constants_survive() {
        let x: Vec<[f64; 3]> =
            (0..1001).map(|i| [(f64::from(i) - 500.0).exp2().min(1e300), 7.3, f64::from(i)]).collect();
        let transforms = [Transform::Log, Transform::Identity, Transform::Identity];
        let fitted = Standardisation::fit(&x, &transforms, &labels()).expect("inside the domains");
        let mut features = Vec::new();
        for x in &x {
            features.clear();
            fitted.features_into(x, 0, &labels(), &mut features).expect("inside the domains");
            assert!((features[0] - features[2]).abs() < 1e-4, "log makes both uniform: {features:?}");
            assert_eq!((features[1], features[4]), (0.0, 0.0));
        }
        features.clear();
        fitted.features_into(&x[500], 0, &labels(), &mut features).expect("inside the domains");
        assert!(features[2].abs() < 1e-6 && features[5].abs() < 0.02, "the median has score 0: {features:?}");
        features.clear();
        fitted.features_into(&[1.0, 8.3, 1e9], 0, &labels(), &mut features).expect("inside the domains");
        assert_eq!(features[1], 1.0, "a constant that moves is seen at unit scale");
        assert_eq!(features[5], 4.0, "scores are bounded");
    }

    #[test]
    fn ties_share_their_score() {
        let x: Vec<[f64; 1]> = (0..1000).map(|i| [if i < 600 { 0.0 } else { f64::from(i - 599) }]).collect();
        let fitted = Standardisation::fit(&x, &[Transform::Identity], &labels()).expect("finite");
        let mut features = Vec::new();
        fitted.features_into(&[0.0], 0, &labels(), &mut features).expect("finite");
        assert!((features[1] - (-0.524_400_5)).abs() < 1e-5, "Φ⁻¹(0.3): {features:?}");
    }
}
