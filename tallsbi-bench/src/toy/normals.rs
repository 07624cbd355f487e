//! Diffuse a mixture of Gaussians: its density, its score and the score's Jacobian at every level of noise.

use tallsbi::compose::ComposeError;
use tallsbi::diffusion::Level;
use tallsbi::nalgebra::{Cholesky, SMatrix, SVector};

/// Σ_k w_k N(mean_k, covariance_k).
#[derive(Clone, Debug, PartialEq)]
pub struct Normals<const M: usize> {
    /// ln w_k, up to one constant; mean; covariance.
    pub components: Vec<(f64, SVector<f64, M>, SMatrix<f64, M, M>)>,
}

/// [`Normals`] at one level: Σ_k w_k N(√α mean_k, α covariance_k + σ² I).
#[derive(Clone, Debug, PartialEq)]
pub struct Diffused<const M: usize> {
    /// ln w_k − ½ ln |V_k|; √α mean_k; V_k⁻¹.
    terms: Vec<(f64, SVector<f64, M>, SMatrix<f64, M, M>)>,
}

impl<const M: usize> Normals<M> {
    /// At a level of noise.
    ///
    /// # Errors
    /// `IndefiniteCovariance` naming the component.
    pub fn diffused(&self, at: &Level) -> Result<Diffused<M>, ComposeError> {
        let term = |(index, (weight, mean, covariance)): (usize, &(f64, SVector<f64, M>, SMatrix<f64, M, M>))| {
            let noise = SMatrix::<f64, M, M>::from_diagonal_element(at.sigma * at.sigma);
            let factor =
                Cholesky::new(covariance * at.alpha + noise).ok_or(ComposeError::IndefiniteCovariance { index })?;
            let half_log_determinant: f64 = factor.l_dirty().diagonal().iter().map(|x| x.ln()).sum();
            Ok::<_, ComposeError>((weight - half_log_determinant, mean * at.mean(), factor.inverse()))
        };
        let terms = self.components.iter().enumerate().map(term).collect::<Result<_, ComposeError>>()?;
        Ok(Diffused { terms })
    }
}

impl<const M: usize> Diffused<M> {
    /// The log-density but for a constant, and the score.
    pub fn log_density_and_score(&self, theta: &SVector<f64, M>) -> (f64, SVector<f64, M>) {
        let (mut largest, mut total, mut sum) = (f64::NEG_INFINITY, 0.0, SVector::<f64, M>::zeros());
        for (weight, mean, precision) in &self.terms {
            let slope = precision * (mean - theta);
            let log = weight - 0.5 * (mean - theta).dot(&slope);
            // Sums relative to the largest term seen so far.
            if log > largest {
                let shrink = (largest - log).exp();
                (largest, total, sum) = (log, total * shrink + 1.0, sum * shrink + slope);
            } else {
                let share = (log - largest).exp();
                (total, sum) = (total + share, sum + slope * share);
            }
        }
        (largest + total.ln(), sum / total)
    }

    /// The score and its Jacobian: Σ_k r_k (g_k g_kᵀ − V_k⁻¹) − s sᵀ with responsibilities r_k and slopes g_k.
    pub fn score_and_jacobian(&self, theta: &SVector<f64, M>) -> (SVector<f64, M>, SMatrix<f64, M, M>) {
        let (log_density, score) = self.log_density_and_score(theta);
        let mut jacobian = -score * score.transpose();
        for (weight, mean, precision) in &self.terms {
            let slope = precision * (mean - theta);
            let responsibility = (weight - 0.5 * (mean - theta).dot(&slope) - log_density).exp();
            jacobian += (slope * slope.transpose() - precision) * responsibility;
        }
        (score, jacobian)
    }
}

#[cfg(test)]
mod tests {
    use tallsbi::nalgebra::{SMatrix, SVector};

    use super::Normals;
    use crate::toy::schedule;

    #[test]
    fn score_and_jacobian_are_derivatives() {
        let normals = Normals {
            components: vec![
                (0.3, SVector::from([1.0, -2.0]), SMatrix::from([[1.0, 0.4], [0.4, 0.5]])),
                (-1.0, SVector::from([-1.0, 0.5]), SMatrix::from([[0.2, 0.0], [0.0, 2.0]])),
            ],
        };
        for t in [0.0, 0.1, 0.5, 1.0] {
            let diffused = normals.diffused(&schedule().level(t)).expect("definite");
            for theta in [[0.0, 0.0], [1.5, -2.0], [-4.0, 3.0]].map(SVector::from) {
                let (score, jacobian) = diffused.score_and_jacobian(&theta);
                let h = 1e-5;
                for k in 0..2 {
                    let step = SVector::<f64, 2>::from_fn(|i, _| if i == k { h } else { 0.0 });
                    let (up, down) = (theta + step, theta - step);
                    let ((log_up, score_up), (log_down, score_down)) =
                        (diffused.log_density_and_score(&up), diffused.log_density_and_score(&down));
                    assert!(((log_up - log_down) / (2.0 * h) - score[k]).abs() < 1e-7, "{t} {theta}");
                    let column = (score_up - score_down) / (2.0 * h);
                    assert!((column - jacobian.column(k)).amax() < 1e-6, "{t} {theta}");
                }
            }
        }
        let broken = Normals { components: vec![(0.0, SVector::zeros(), -SMatrix::<f64, 2, 2>::identity())] };
        assert!(broken.diffused(&schedule().level(0.0)).is_err());
    }
}
