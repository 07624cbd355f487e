//! Turn observed components into network features: a z-score and a normal score of each, and as many scored differences.
//!
//! The z-score keeps the scale and extrapolates; the normal score Φ⁻¹(F̂(x)), by the empirical distribution of the
//! simulations, resolves what the z-score cannot: counts near zero beside counts in the thousands, heavy tails. The
//! normal scores of differences resolve what no component does alone: how little two of them differ.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{DataError, difference::Difference, normal_score::NormalScore};
use crate::model::{Label, Transform};

/// Features of an observation for each of its components: a z-score, a normal score, and the normal score of a difference.
pub const FEATURES: usize = 3;

/// The features of one component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Component {
    transform: Transform,
    mean: f64,
    sd: f64,
    score: NormalScore,
}

/// How observations become network features, fitted to simulations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standardisation {
    components: Vec<Component>,
    /// At most as many as components; the features of those that are missing are 0.
    differences: Vec<Difference>,
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
        let (alone, columns) = Self::of_components(x, transforms, labels)?;
        Ok(Self { differences: Difference::closest(&columns), ..alone })
    }

    /// Fits to every component alone: all differences are 0. Gives the z-scores, too, a vector a component; an empty one for a
    /// component that never varies.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub(crate) fn of_components<const D: usize>(
        x: &[[f64; D]],
        transforms: &[Transform; D],
        labels: &[Label; D],
    ) -> Result<(Self, Vec<Vec<f64>>), DataError> {
        let fitted: Result<Vec<(Component, Vec<f64>)>, DataError> = (0..D)
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
                let component = Component::fit(transform, values.clone());
                if component.score.is_constant() {
                    values.clear();
                }
                for value in &mut values {
                    *value = component.z_score(*value);
                }
                Ok((component, values))
            })
            .collect();
        let (components, columns) = fitted?.into_iter().unzip();
        Ok((Self { components, differences: Vec::new() }, columns))
    }

    /// Number of components D.
    pub fn dimension(&self) -> usize {
        self.components.len()
    }

    /// Whether every difference is one of its components: not so in a file that was altered.
    pub(crate) fn is_consistent(&self) -> bool {
        let n = self.dimension();
        self.differences.len() <= n && self.differences.iter().all(|difference| difference.is_within(n))
    }

    /// The smallest and largest simulated value of every component, natural units; of a constant one its value, twice.
    pub fn ranges(&self) -> Vec<(f64, f64)> {
        let natural = |component: &Component, value| component.transform.invert(value);
        let ends = |component: &Component| {
            let (low, high) = component.score.range().unwrap_or((component.mean, component.mean));
            (natural(component, low), natural(component, high))
        };
        self.components.iter().map(ends).collect()
    }

    /// The features of one observation, natural units: D z-scores, D normal scores, then the normal scores of D differences,
    /// appended to `out`.
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
        out.resize(start + FEATURES * D, 0.0);
        let mut z = [0.0; D];
        for (k, component) in self.components.iter().enumerate() {
            let value = component.transform.apply(x[k]).map_err(|error| DataError::Observation {
                row,
                name: labels[k].name.clone(),
                error,
            })?;
            z[k] = component.z_score(value);
            out[start + k] = z[k] as f32;
            out[start + D + k] = component.score.of(value) as f32;
        }
        for (out, difference) in out[start + 2 * D..].iter_mut().zip(&self.differences) {
            *out = difference.of(|k| z[k]) as f32;
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
        let score = if constant { NormalScore::constant() } else { NormalScore::fit(&values) };
        Self { transform, mean, sd: if constant { 1.0 } else { sd }, score }
    }

    fn z_score(&self, value: f64) -> f64 {
        (value - self.mean) / self.sd
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
            assert_eq!(features.len(), 9);
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
