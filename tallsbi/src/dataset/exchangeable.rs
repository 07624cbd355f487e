//! Put exchangeable points into one order, and say of them together what no single one tells: their moments.

use std::cmp::Ordering;

use crate::model::Points;

/// Fewer points than this are always on one line.
const POINTS_OF_A_CORRELATION: usize = 3;

/// Puts observations into an order that no permutation of them, nor of exchangeable points in them, changes: draws must not
/// change in the last bit either.
pub(crate) fn canonical_order<const D: usize>(points: &[Points], observations: &mut [[f64; D]]) {
    for x in &mut *observations {
        order_points(points, x);
    }
    observations.sort_by(|a, b| by_components(a, b));
}

/// Puts the points of an observation into their order, natural units or transformed: transforms rise.
pub(super) fn order_points(points: &[Points], x: &mut [f64]) {
    for points in points {
        sort(points, x);
    }
}

/// Sorts the points among the components of one observation, by their first component, then the next.
fn sort(points: &Points, values: &mut [f64]) {
    let mut rows: Vec<Vec<f64>> =
        points.components.iter().map(|point| point.iter().map(|k| values[*k]).collect()).collect();
    rows.sort_by(|a, b| by_components(a, b));
    for (point, row) in points.components.iter().zip(rows) {
        for (k, value) in point.iter().zip(row) {
            values[*k] = value;
        }
    }
}

/// The order of two points, or of two observations: by their first component, then the next.
pub(crate) fn by_components(a: &[f64], b: &[f64]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Number of [`moments`].
pub(super) fn n_moments(points: &Points) -> usize {
    let (n, components) = (points.components.len(), points.components.first().map_or(0, Vec::len));
    let correlations = if n < POINTS_OF_A_CORRELATION { 0 } else { components * components.saturating_sub(1) / 2 };
    if n < 2 { 0 } else { 2 * components + correlations }
}

/// The mean of every component over the points, the logarithm of every standard deviation, and the inverse hyperbolic tangent
/// of the correlation of every two components, appended to `out`.
pub(super) fn moments(points: &Points, values: &[f64], out: &mut Vec<f64>) {
    let components = points.components.first().map_or(0, Vec::len);
    let n = points.components.len() as f64;
    let average = |of: &dyn Fn(&[usize]) -> f64| points.components.iter().map(|point| of(point)).sum::<f64>() / n;
    let means: Vec<f64> = (0..components).map(|c| average(&|point| values[point[c]])).collect();
    let covariance =
        |c: usize, e: usize| average(&|point| (values[point[c]] - means[c]) * (values[point[e]] - means[e]));
    let sds: Vec<f64> = (0..components).map(|c| covariance(c, c).sqrt()).collect();
    let end = out.len() + n_moments(points);
    out.extend(&means);
    // Points that are all equal have no scale; the smallest number there is stands below every other.
    out.extend(sds.iter().map(|sd| sd.max(f64::MIN_POSITIVE).ln()));
    for c in 0..components {
        for e in 0..c {
            let scale = sds[c] * sds[e];
            let correlation = if scale > 0.0 { covariance(c, e) / scale } else { 0.0 };
            out.push(correlation.clamp(-LARGEST_CORRELATION, LARGEST_CORRELATION).atanh());
        }
    }
    out.truncate(end);
}

/// The largest number below one: its inverse hyperbolic tangent is finite.
const LARGEST_CORRELATION: f64 = 1.0 - f64::EPSILON / 2.0;

#[cfg(test)]
mod tests {
    use super::{moments, n_moments, sort};
    use crate::model::Points;

    /// Three points of two components, of which the second lie apart from the first.
    fn points() -> Points {
        Points { components: vec![vec![0, 4], vec![1, 5], vec![2, 6]] }
    }

    #[test]
    fn points_are_sorted_and_nothing_else_moves() {
        let mut values = [2.0, 1.0, 2.0, 9.0, 5.0, 3.0, 4.0, 8.0];
        sort(&points(), &mut values);
        assert_eq!(values, [1.0, 2.0, 2.0, 9.0, 3.0, 4.0, 5.0, 8.0]);
    }

    #[test]
    fn moments_of_three_points() {
        let mut out = vec![7.0];
        moments(&points(), &[1.0, 2.0, 3.0, 9.0, 4.0, 4.0, 10.0, 9.0], &mut out);
        assert_eq!(out.len(), 1 + n_moments(&points()));
        let expected = [7.0, 2.0, 6.0, 0.5 * (2.0_f64 / 3.0).ln(), 0.5 * 8.0_f64.ln(), (0.75_f64).sqrt().atanh()];
        for (found, expected) in out.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{out:?}");
        }
    }

    #[test]
    fn points_that_are_equal_or_on_a_line_have_finite_moments() {
        for values in [[1.0; 8], [1.0, 2.0, 3.0, 0.0, 1.0, 2.0, 3.0, 0.0]] {
            let mut out = Vec::new();
            moments(&points(), &values, &mut out);
            assert!(out.iter().all(|value| value.is_finite()), "{out:?}");
        }
        assert_eq!(n_moments(&Points::contiguous(0, 1, 3)), 0, "one point has no spread");
        assert_eq!(n_moments(&Points::contiguous(0, 2, 3)), 6, "two points are on one line");
    }
}
