//! Find the components that move together, and score the differences that are left between them.
//!
//! Two components that share most of their variation tell by their small difference what neither tells alone: the noise of
//! repeated points, the slope of a series. A network that sees each at the scale of the whole prior predictive cannot
//! resolve it; the normal score of the difference has unit scale.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::normal_score::NormalScore;

/// Pairs are compared on at most this many simulations, an order of medians does not need more, and on at least so many.
const ROWS: (usize, usize) = (100, 2_000);

/// Numbers looked at, of all pairs together, before fewer simulations are used: a second or two.
const WORK: usize = 400_000_000;

/// A component is compared with so many before it: those of a long series that move with it are near.
const NEIGHBOURS: usize = 256;

/// The difference z_first − sign z_second of two z-scores, and its normal score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Difference {
    first: usize,
    second: usize,
    /// −1 for components that move against each other.
    sign: f64,
    score: NormalScore,
}

impl Difference {
    /// The `most` differences of smallest spread (median distance from their median) among all pairs of components that vary,
    /// with both signs; fewer where there are not so many. `columns` are z-scores, one vector a component, empty for one that
    /// never varies.
    pub(super) fn closest(columns: &[Vec<f64>], most: usize) -> Vec<Self> {
        if most == 0 {
            return Vec::new();
        }
        let pairs: usize = (0..columns.len()).map(|i| i.min(NEIGHBOURS)).sum();
        let rows = (WORK / (2 * pairs).max(1)).clamp(ROWS.0, ROWS.1);
        let mut candidates: Vec<(f64, usize, usize, f64)> = (0..columns.len())
            .into_par_iter()
            .filter(|i| !columns[*i].is_empty())
            .flat_map_iter(|i| {
                let others = (i.saturating_sub(NEIGHBOURS)..i).filter(|k| !columns[*k].is_empty());
                others.flat_map(move |k| {
                    [1.0, -1.0].map(|sign| (spread(difference(&columns[i], &columns[k], sign, rows)), i, k, sign))
                })
            })
            .collect();
        // A pair that is the same component twice has nothing left to tell.
        candidates.retain(|candidate| candidate.0 > 0.0);
        candidates.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        candidates.truncate(most);
        let score = |(_, first, second, sign): (f64, usize, usize, f64)| {
            let mut values = difference(&columns[first], &columns[second], sign, usize::MAX);
            values.sort_unstable_by(f64::total_cmp);
            Self { first, second, sign, score: NormalScore::fit(&values) }
        };
        candidates.into_par_iter().map(score).collect()
    }

    /// Whether both components are among `dimension` of them.
    pub(super) fn is_within(&self, dimension: usize) -> bool {
        self.first < dimension && self.second < dimension
    }

    /// The normal score of the difference in these z-scores.
    pub(super) fn of(&self, z: impl Fn(usize) -> f64) -> f64 {
        self.score.of(z(self.first) - self.sign * z(self.second))
    }
}

/// The differences of the first `rows` values of two components.
fn difference(first: &[f64], second: &[f64], sign: f64, rows: usize) -> Vec<f64> {
    first.iter().zip(second).take(rows).map(|(a, b)| a - sign * b).collect()
}

/// The median distance of values from their median.
fn spread(mut values: Vec<f64>) -> f64 {
    let center = median(&mut values);
    for value in &mut values {
        *value = (*value - center).abs();
    }
    median(&mut values)
}

fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

#[cfg(test)]
mod tests {
    use super::Difference;
    use crate::model::stream;
    use rand_distr::{Distribution, StandardNormal};

    /// Two noisy copies of one quantity, another and its noisy negative, and a constant.
    fn columns() -> Vec<Vec<f64>> {
        let mut rng = stream(3, "difference", 0);
        let mut normal = || StandardNormal.sample(&mut rng);
        let rows: Vec<[f64; 4]> = (0..500)
            .map(|_| {
                let (shared, other): (f64, f64) = (normal(), normal());
                let noise: [f64; 2] = [normal(), normal()];
                [shared, shared + 0.01 * noise[0], other, 0.3 * noise[1] - other]
            })
            .collect();
        (0..4).map(|k| rows.iter().map(|row| row[k]).collect()).chain([Vec::new()]).collect()
    }

    #[test]
    fn components_that_move_together_are_found_first() {
        let columns = columns();
        let found = Difference::closest(&columns, columns.len());
        // Of 4 components that vary there are 12 differences and sums, of which as many are kept as there are components.
        assert_eq!(found.len(), 5);
        let order: Vec<(usize, usize, f64)> = found.iter().map(|d| (d.first, d.second, d.sign)).collect();
        assert_eq!(order[..2], [(1, 0, 1.0), (3, 2, -1.0)]);
        assert!(order.iter().all(|(first, second, _)| *first != 4 && *second != 4), "a constant tells nothing");
    }

    #[test]
    fn a_small_difference_has_a_score_of_unit_scale() {
        let columns = columns();
        let found = &Difference::closest(&columns, columns.len())[0];
        let scores: Vec<f64> = (0..500).map(|row| found.of(|k| columns[k][row])).collect();
        let square = scores.iter().map(|score| score * score).sum::<f64>() / 500.0;
        // The mean square of 500 normal scores is 1 less their coarseness; of the difference itself it is 1e-4.
        assert!((square - 1.0).abs() < 0.02, "{square}");
        assert!((found.of(|k| [0.7, 0.72][k.min(1)]) - 2.0).abs() < 0.4, "two standard deviations of the noise");
    }

    /// A series of 600 values: each is nearest to the one before it, and far ones are not looked at.
    #[test]
    fn a_long_series_is_compared_with_its_neighbours() {
        let mut rng = stream(5, "series", 0);
        let mut columns: Vec<Vec<f64>> = vec![(0..300).map(|_| StandardNormal.sample(&mut rng)).collect()];
        for k in 1..600 {
            let next = columns[k - 1].iter().map(|x: &f64| {
                let noise: f64 = StandardNormal.sample(&mut rng);
                0.98 * x + 0.2 * noise
            });
            columns.push(next.collect());
        }
        let found = Difference::closest(&columns, columns.len());
        assert_eq!(found.len(), 600);
        let next = found.iter().filter(|d| d.first == d.second + 1).count();
        assert!(next > 550, "{next} of 599 neighbours");
    }

    #[test]
    fn one_component_or_twice_the_same_has_no_difference() {
        assert_eq!(Difference::closest(&[vec![0.0, 1.0, 2.0]], 1), []);
        let twice = Difference::closest(&[vec![-1.0, 0.0, 1.5], vec![-1.0, 0.0, 1.5]], 2);
        // Their sum is one component again.
        assert_eq!(twice.iter().map(|d| d.sign).collect::<Vec<_>>(), [-1.0]);
    }
}
