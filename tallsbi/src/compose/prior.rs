//! Diffuse the prior of prior-Gaussian coordinates, N(0, I), in closed form.

use nalgebra::SMatrix;

use super::{CleanPriorScore, ComposeError, DiffusedPrior};
use crate::diffusion::Level;

/// N(0, I): every declared prior in prior-Gaussian (latent) coordinates.
///
/// # Equation   s_λ(θ, t) = −θ / (α + σ²); α + σ² = 1 for a variance-preserving process without a floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StandardNormal;

impl<const M: usize> DiffusedPrior<M> for StandardNormal {
    type Workspace = ();

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        (): &mut (),
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let precision = 1.0 / (at.alpha + at.sigma * at.sigma);
        for (score, theta) in out.iter_mut().zip(theta) {
            *score = theta.map(|x| -precision * x);
        }
        Ok(())
    }

    fn jacobian_into(
        &self,
        at: &Level,
        _theta: &[[f64; M]],
        (): &mut (),
        out: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        out.fill(SMatrix::from_diagonal_element(-1.0 / (at.alpha + at.sigma * at.sigma)));
        Ok(())
    }

    fn relative_covariance_into(
        &self,
        at: &Level,
        _theta: &[[f64; M]],
        (): &mut (),
        out: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        out.fill(SMatrix::from_diagonal_element(at.alpha / (at.alpha + at.sigma * at.sigma)));
        Ok(())
    }

    fn covariance(&self) -> SMatrix<f64, M, M> {
        SMatrix::identity()
    }
}

impl<const M: usize> CleanPriorScore<M> for StandardNormal {
    fn clean_score_into(&self, theta: &[[f64; M]], out: &mut [[f64; M]]) {
        for (score, theta) in out.iter_mut().zip(theta) {
            *score = theta.map(|x| -x);
        }
    }
}
