//! Turn observed components into network features: a z-score and a normal score of each, and as many scored differences.
//!
//! The z-score keeps the scale and extrapolates; the normal score Φ⁻¹(F̂(x)), by the empirical distribution of the
//! simulations, resolves what the z-score cannot: counts near zero beside counts in the thousands, heavy tails. The
//! normal scores of differences resolve what no component does alone: how little two of them differ. Where an observation has
//! exchangeable points, these are put into one order and standardised alike, and the normal scores of their moments take the
//! place of as many differences.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    DataError,
    difference::Difference,
    exchangeable::{moments, n_moments, order_points},
    normal_score::NormalScore,
};
use crate::model::{Label, Points, Transform};

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
    /// Whose order tells nothing.
    points: Vec<Points>,
    /// Of the moments of all points, at most as many as components.
    moments: Vec<NormalScore>,
    /// With the moments at most as many as components; the features of those that are missing are 0.
    differences: Vec<Difference>,
}

/// Transformed values: a vector a component.
type Columns = Vec<Vec<f64>>;

impl Standardisation {
    /// Fits to transformed simulations. A component that never varies gets features 0 and unit scale.
    ///
    /// # Errors
    /// A value is outside its transform's domain, or `points` name no components of theirs alone.
    pub fn fit<const D: usize>(
        x: &[[f64; D]],
        transforms: &[Transform; D],
        labels: &[Label; D],
        points: Vec<Points>,
    ) -> Result<Self, DataError> {
        let (alone, columns) = Self::of_components(x, transforms, labels, points)?;
        let moments = alone.fit_moments(&columns);
        let columns: Columns = columns.into_par_iter().zip(&alone.components).map(|(c, k)| k.z_scores(c)).collect();
        let differences = Difference::closest(&columns, D - moments.len());
        Ok(Self { moments, differences, ..alone })
    }

    /// Fits to every component alone: moments and differences are 0. Gives the transformed values, too, points in order.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub(crate) fn of_components<const D: usize>(
        x: &[[f64; D]],
        transforms: &[Transform; D],
        labels: &[Label; D],
        points: Vec<Points>,
    ) -> Result<(Self, Columns), DataError> {
        let alike = alike(&points, transforms)?;
        let mut rows = x.to_vec();
        rows.par_iter_mut().enumerate().try_for_each(|(row, x)| transform(x, transforms, &points, row, labels))?;
        let columns: Columns = (0..D).into_par_iter().map(|k| rows.iter().map(|row| row[k]).collect()).collect();
        let fitted = |k: usize| {
            let values = alike[k].iter().flat_map(|k: &usize| columns[*k].iter().copied()).collect();
            Component::fit(transforms[k], values)
        };
        // What is alike is fitted once.
        let first: Vec<Option<Component>> =
            (0..D).into_par_iter().map(|k| (alike[k][0] == k).then(|| fitted(k))).collect();
        let components = (0..D).filter_map(|k| first[alike[k][0]].clone()).collect();
        Ok((Self { components, points, moments: Vec::new(), differences: Vec::new() }, columns))
    }

    /// Normal scores of the moments of points.
    fn fit_moments(&self, columns: &[Vec<f64>]) -> Vec<NormalScore> {
        let n = self.n_moments();
        if n == 0 {
            return Vec::new();
        }
        let rows = columns.first().map_or(0, Vec::len);
        let of_rows: Vec<Vec<f64>> = (0..rows)
            .into_par_iter()
            .map(|row| {
                let values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
                self.moments_of(&values)
            })
            .collect();
        (0..n)
            .into_par_iter()
            .map(|k| {
                let mut values: Vec<f64> = of_rows.iter().map(|row| row[k]).collect();
                values.sort_unstable_by(f64::total_cmp);
                NormalScore::fit(&values)
            })
            .collect()
    }

    /// How many moments of points are features: at most as many as components.
    fn n_moments(&self) -> usize {
        self.points.iter().map(n_moments).sum::<usize>().min(self.dimension())
    }

    fn moments_of(&self, values: &[f64]) -> Vec<f64> {
        let mut out = Vec::new();
        for points in &self.points {
            moments(points, values, &mut out);
        }
        out
    }

    /// The points of an observation whose order tells nothing.
    pub(crate) fn points(&self) -> &[Points] {
        &self.points
    }

    /// Number of components D.
    pub fn dimension(&self) -> usize {
        self.components.len()
    }

    /// Whether every difference is one of its components: not so in a file that was altered.
    pub(crate) fn is_consistent(&self) -> bool {
        let n = self.dimension();
        is_partition(&self.points, n)
            && self.moments.len() == self.n_moments()
            && self.differences.len() <= n - self.moments.len()
            && self.differences.iter().all(|difference| difference.is_within(n))
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

    /// The features of one observation, natural units: D z-scores, D normal scores, then the normal scores of moments and
    /// differences, together D, appended to `out`.
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
        let mut values = *x;
        let transforms: [Transform; D] = std::array::from_fn(|k| self.components[k].transform);
        transform(&mut values, &transforms, &self.points, row, labels)?;
        out.resize(start + FEATURES * D, 0.0);
        let (alone, together) = out[start..].split_at_mut(2 * D);
        let mut z = [0.0; D];
        for (k, component) in self.components.iter().enumerate() {
            z[k] = component.z_score(values[k]);
            alone[k] = z[k] as f32;
            alone[D + k] = component.score.of(values[k]) as f32;
        }
        let (of_moments, of_differences) = together.split_at_mut(self.moments.len());
        if !of_moments.is_empty() {
            for ((out, score), value) in of_moments.iter_mut().zip(&self.moments).zip(self.moments_of(&values)) {
                *out = score.of(value) as f32;
            }
        }
        for (out, difference) in of_differences.iter_mut().zip(&self.differences) {
            *out = difference.of(|k| z[k]) as f32;
        }
        Ok(())
    }
}

/// Transforms an observation where it stands, and puts its points into order.
fn transform<const D: usize>(
    x: &mut [f64; D],
    transforms: &[Transform; D],
    points: &[Points],
    row: usize,
    labels: &[Label; D],
) -> Result<(), DataError> {
    for (k, value) in x.iter_mut().enumerate() {
        let name = || labels[k].name.clone();
        *value = transforms[k].apply(*value).map_err(|error| DataError::Observation { row, name: name(), error })?;
    }
    order_points(points, x);
    Ok(())
}

/// For every component those that are standardised with it, the first of them first: the same component of all points.
fn alike<const D: usize>(points: &[Points], transforms: &[Transform; D]) -> Result<Vec<Vec<usize>>, DataError> {
    if !is_partition(points, D) {
        return Err(DataError::Points);
    }
    let mut alike: Vec<Vec<usize>> = (0..D).map(|k| vec![k]).collect();
    for Points { components } in points {
        for c in 0..components.first().map_or(0, Vec::len) {
            let group: Vec<usize> = components.iter().map(|point| point[c]).collect();
            if group.iter().any(|k| transforms[*k] != transforms[group[0]]) {
                return Err(DataError::Points);
            }
            for k in &group {
                alike[*k].clone_from(&group);
            }
        }
    }
    Ok(alike)
}

/// Whether all points of one kind have as many components, each one of `dimension` and in one point alone.
fn is_partition(points: &[Points], dimension: usize) -> bool {
    let mut taken = vec![false; dimension];
    let mut free = |k: &usize| taken.get_mut(*k).is_some_and(|taken| !std::mem::replace(taken, true));
    points.iter().all(|Points { components }| {
        components.iter().all(|point| point.len() == components[0].len() && point.iter().all(&mut free))
    })
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

    /// Of all values; none where they never vary.
    fn z_scores(&self, mut values: Vec<f64>) -> Vec<f64> {
        if self.score.is_constant() {
            values.clear();
        }
        for value in &mut values {
            *value = self.z_score(*value);
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::{FEATURES, Standardisation};
    use crate::{
        dataset::DataError,
        model::{Label, Points, Transform, stream},
    };
    use rand_distr::{Distribution, StandardNormal};

    fn labels<const D: usize>() -> [Label; D] {
        std::array::from_fn(|k| Label::component("x", k, "", ""))
    }

    #[test]
    fn features_are_standardised_and_constants_survive() {
        let x: Vec<[f64; 3]> =
            (0..1001).map(|i| [(f64::from(i) - 500.0).exp2().min(1e300), 7.3, f64::from(i)]).collect();
        let transforms = [Transform::Log, Transform::Identity, Transform::Identity];
        let fitted = Standardisation::fit(&x, &transforms, &labels(), Vec::new()).expect("inside the domains");
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
        let fitted = Standardisation::fit(&x, &[Transform::Identity], &labels(), Vec::new()).expect("finite");
        let mut features = Vec::new();
        fitted.features_into(&[0.0], 0, &labels(), &mut features).expect("finite");
        assert!((features[1] - (-0.524_400_5)).abs() < 1e-5, "Φ⁻¹(0.3): {features:?}");
    }

    /// Two exchangeable points of two components, and one number more.
    fn herds() -> (Vec<[f64; 5]>, Standardisation) {
        let mut rng = stream(7, "points", 0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let x: Vec<[f64; 5]> = (0..500).map(|_| std::array::from_fn(|_| normal().exp())).collect();
        let transforms =
            [Transform::Log, Transform::Identity, Transform::Identity, Transform::Log, Transform::Identity];
        let points = Points { components: vec![vec![0, 1], vec![3, 4]] };
        let fitted = Standardisation::fit(&x, &transforms, &labels(), vec![points]).expect("inside the domains");
        (x, fitted)
    }

    #[test]
    fn the_order_of_exchangeable_points_is_not_seen() {
        let (x, fitted) = herds();
        assert!(fitted.is_consistent());
        let features = |x: &[f64; 5]| {
            let mut features = Vec::new();
            fitted.features_into(x, 0, &labels(), &mut features).expect("inside the domains");
            features
        };
        let mut sum = [0.0; FEATURES * 5];
        for x in &x {
            let [a, b, other, c, d] = *x;
            assert_eq!(features(x), features(&[c, d, other, a, b]));
            assert_ne!(features(x), features(&[c, b, other, a, d]), "components of two points are no point");
            for (sum, feature) in sum.iter_mut().zip(features(x)) {
                *sum += f64::from(feature * feature) / 500.0;
            }
        }
        // Two means, two scales and one difference: all are normal scores.
        for mean_square in &sum[10..] {
            assert!((mean_square - 1.0).abs() < 0.02, "{sum:?}");
        }
        // Both points are standardised alike, so that an order is left in what is seen of them.
        let one = features(&[1.0, 2.0, 3.0, 1.0, 2.0]);
        assert_eq!((one[0], one[1], one[5]), (one[3], one[4], one[8]));
        assert_eq!(fitted.ranges()[0], fitted.ranges()[3]);
    }

    #[test]
    fn points_that_are_none_are_refused() {
        let check = |components: Vec<Vec<usize>>, transforms: [Transform; 3]| {
            let points = vec![Points { components }];
            Standardisation::fit(&[[1.0; 3], [2.0; 3]], &transforms, &labels(), points).map(|_| ())
        };
        let alike = [Transform::Identity; 3];
        assert_eq!(check(vec![vec![0], vec![2]], alike), Ok(()));
        for components in [vec![vec![0], vec![3]], vec![vec![0, 1], vec![2]], vec![vec![1], vec![1]]] {
            assert_eq!(check(components, alike), Err(DataError::Points));
        }
        let unlike = [Transform::Log, Transform::Identity, Transform::Identity];
        assert_eq!(check(vec![vec![0], vec![1]], unlike), Err(DataError::Points));
    }
}
