//! Map a number to its normal score: the standard normal quantile of its rank among simulated values.

use serde::{Deserialize, Serialize};

use crate::prior::normal_quantile;

/// Knots are at least this far apart.
const KNOT_SPACING: f64 = 0.1;

/// Scores stay within ±this; the z-score tells how far beyond the simulations a value lies.
const SCORE_BOUND: f64 = 4.0;

/// Φ⁻¹(F̂(value)) by the empirical distribution F̂ of simulated values, as a piecewise linear map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct NormalScore {
    /// Values and their normal scores, both rising; fewer than two where the values are constant.
    knots: Vec<(f64, f64)>,
}

impl NormalScore {
    /// Of values in rising order.
    pub(super) fn fit(sorted: &[f64]) -> Self {
        let n = sorted.len().max(1) as f64;
        let mut knots: Vec<(f64, f64)> = Vec::new();
        let mut rank = 0;
        for ties in sorted.chunk_by(|a, b| a == b) {
            // Ties share the score of their mean rank.
            let score = normal_quantile((rank as f64 + 0.5 * ties.len() as f64) / n);
            rank += ties.len();
            let last = rank == sorted.len();
            if knots.last().is_none_or(|knot| score - knot.1 >= KNOT_SPACING || last) {
                knots.push((ties[0], score));
            }
        }
        Self { knots }
    }

    /// Of values that never vary: every score is 0.
    pub(super) fn constant() -> Self {
        Self { knots: Vec::new() }
    }

    /// Whether the values never varied.
    pub(super) fn is_constant(&self) -> bool {
        self.knots.len() < 2
    }

    /// The smallest and the largest value.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        Some((self.knots.first()?.0, self.knots.last()?.0))
    }

    pub(super) fn of(&self, value: f64) -> f64 {
        if self.is_constant() {
            return 0.0;
        }
        // Between knots linearly, beyond them along the last piece.
        let right = self.knots.partition_point(|knot| knot.0 <= value).clamp(1, self.knots.len() - 1);
        let ((x0, z0), (x1, z1)) = (self.knots[right - 1], self.knots[right]);
        (z0 + (z1 - z0) * (value - x0) / (x1 - x0)).clamp(-SCORE_BOUND, SCORE_BOUND)
    }
}
