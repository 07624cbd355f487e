//! Define the multivariate normal, the one family with several components.

use super::{number, refuse};
use crate::prior::FamilyError;
use crate::prior::special::ln_normal;

/// N(mean, covariance) in `K` dimensions.
///
/// # Equation
/// With Σ = L D Lᵀ (L unit lower triangular, D diagonal): z = D^{−½} L⁻¹ (x − mean), a triangular map, so that component
/// k of z depends on components 0…k of x only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MvNormal<const K: usize> {
    mean: [f64; K],
    covariance: [[f64; K]; K],
    /// L below the diagonal, D on it.
    factor: [[f64; K]; K],
}

impl<const K: usize> MvNormal<K> {
    /// From mean and covariance (rows).
    ///
    /// # Errors
    /// A number is not finite; the covariance is not symmetric (to 1e-9 of the standard deviations) or not positive
    /// definite.
    pub const fn new(mean: [f64; K], covariance: [[f64; K]; K]) -> Result<Self, FamilyError> {
        if K == 0 {
            return refuse("a multivariate normal needs at least one component");
        }
        let mut i = 0;
        while i < K {
            if !mean[i].is_finite() {
                return refuse("every component of `mean` must be finite");
            }
            let mut j = 0;
            while j < K {
                if !covariance[i][j].is_finite() {
                    return refuse("every entry of `covariance` must be finite");
                }
                let gap = covariance[i][j] - covariance[j][i];
                // Squared, because a square root is not available to a const fn.
                if gap * gap > 1e-18 * (covariance[i][i] * covariance[j][j]).abs() {
                    return refuse("`covariance` must be symmetric");
                }
                j += 1;
            }
            i += 1;
        }
        let mut factor = covariance;
        let mut column = 0;
        while column < K {
            let mut pivot = covariance[column][column];
            let mut k = 0;
            while k < column {
                pivot -= factor[column][k] * factor[column][k] * factor[k][k];
                k += 1;
            }
            // A pivot at rounding level of its variance is zero.
            if pivot.is_nan() || pivot.is_infinite() || pivot <= 1e-14 * covariance[column][column] {
                return refuse("`covariance` must be positive definite");
            }
            factor[column][column] = pivot;
            let mut row = column + 1;
            while row < K {
                let mut entry = covariance[row][column];
                k = 0;
                while k < column {
                    entry -= factor[row][k] * factor[column][k] * factor[k][k];
                    k += 1;
                }
                factor[row][column] = entry / pivot;
                row += 1;
            }
            column += 1;
        }
        Ok(Self { mean, covariance, factor })
    }

    /// The mean.
    pub const fn mean(&self) -> &[f64; K] {
        &self.mean
    }

    /// The covariance, rows.
    pub const fn covariance(&self) -> &[[f64; K]; K] {
        &self.covariance
    }

    /// ln p(x); −∞ where a component is not finite.
    pub fn ln_density(&self, x: &[f64; K]) -> f64 {
        let z = self.to_latent(x);
        if z.iter().any(|z| z.is_nan()) {
            return f64::NEG_INFINITY;
        }
        z.iter().enumerate().map(|(k, &z)| ln_normal(z) - 0.5 * self.factor[k][k].ln()).sum()
    }

    /// z of x; NaN where a component is not finite.
    pub fn to_latent(&self, x: &[f64; K]) -> [f64; K] {
        let mut residual = [0.0; K];
        let mut z = [0.0; K];
        for k in 0..K {
            let finite = if x[k].is_finite() { x[k] } else { f64::NAN };
            residual[k] = finite - self.mean[k] - (0..k).map(|j| self.factor[k][j] * residual[j]).sum::<f64>();
            z[k] = residual[k] / self.factor[k][k].sqrt();
        }
        z
    }

    /// x of z.
    pub fn from_latent(&self, z: &[f64; K]) -> [f64; K] {
        let residual: [f64; K] = std::array::from_fn(|k| z[k] * self.factor[k][k].sqrt());
        std::array::from_fn(|k| {
            self.mean[k] + residual[k] + (0..k).map(|j| self.factor[k][j] * residual[j]).sum::<f64>()
        })
    }

    /// Name and marginal of component `k`, as a table shows it: `MvNormal[1](0, 2)`, mean and standard deviation.
    pub fn describe(&self, k: usize) -> String {
        format!("MvNormal[{k}]({}, {})", number(self.mean[k]), number(self.covariance[k][k].sqrt()))
    }
}
