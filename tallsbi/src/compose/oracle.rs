//! Give exact scores of a linear Gaussian model: the test oracle, and an example of implementing the traits.
//!
//! Prior N(μ, Σ) in latent coordinates, observations x_j = H θ + N(0, R). Posteriors of one observation, N(m_j, S_j),
//! and of all of them, N(m, S), are Gaussian, and so are their diffusions: N(√α m, α S + σ² I).

use nalgebra::{SMatrix, SVector};

use super::matrix::{invert_definite, symmetrised};
pub use super::scatter::ScatterOracle;
use super::{
    Batch, CleanPriorScore, ComposeError, DiffusedPrior, Estimate, LocalBatches, LocalJacobians, LocalScores, Pilot,
    Weights,
};
use crate::{diffusion::Level, sample::Score};

/// N(mean, covariance) with its diffusion: a prior, or an exact posterior, as a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian<const M: usize> {
    mean: SVector<f64, M>,
    covariance: SMatrix<f64, M, M>,
    precision: SMatrix<f64, M, M>,
}

impl<const M: usize> Gaussian<M> {
    /// # Errors
    /// [`ComposeError::IndefinitePriorCovariance`] where `covariance` is not positive definite.
    pub fn new(mean: [f64; M], covariance: SMatrix<f64, M, M>) -> Result<Self, ComposeError> {
        let covariance = symmetrised(&covariance);
        let precision = invert_definite(&covariance).ok_or(ComposeError::IndefinitePriorCovariance)?;
        Ok(Self { mean: mean.into(), covariance, precision })
    }

    /// Its mean.
    pub fn mean(&self) -> &SVector<f64, M> {
        &self.mean
    }

    /// Its covariance.
    pub fn covariance(&self) -> &SMatrix<f64, M, M> {
        &self.covariance
    }

    /// (α S + σ² I)⁻¹, the precision of its diffusion.
    fn diffused_precision(&self, at: &Level) -> Result<SMatrix<f64, M, M>, ComposeError> {
        let covariance = self.covariance * at.alpha + SMatrix::<f64, M, M>::from_diagonal_element(at.sigma * at.sigma);
        invert_definite(&covariance).ok_or(ComposeError::IndefinitePriorCovariance)
    }

    fn diffused_score_into(&self, at: &Level, theta: &[[f64; M]], out: &mut [[f64; M]]) -> Result<(), ComposeError> {
        let precision = self.diffused_precision(at)?;
        for (out, theta) in out.iter_mut().zip(theta) {
            *out = (precision * (self.mean * at.mean() - SVector::from(*theta))).into();
        }
        Ok(())
    }
}

impl<const M: usize> Score<M> for Gaussian<M> {
    type Workspace = ();

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        (): &mut (),
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        self.diffused_score_into(at, theta, out)
    }
}

impl<const M: usize> DiffusedPrior<M> for Gaussian<M> {
    type Workspace = ();

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        (): &mut (),
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        self.diffused_score_into(at, theta, out)
    }

    fn jacobian_into(
        &self,
        at: &Level,
        _theta: &[[f64; M]],
        (): &mut (),
        out: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        out.fill(-self.diffused_precision(at)?);
        Ok(())
    }

    fn relative_covariance_into(
        &self,
        at: &Level,
        _theta: &[[f64; M]],
        (): &mut (),
        out: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        // I − σ² (α Σ + σ² I)⁻¹ = α Σ (α Σ + σ² I)⁻¹, without the difference.
        out.fill(symmetrised(&(self.covariance * self.diffused_precision(at)? * at.alpha)));
        Ok(())
    }

    fn covariance(&self) -> SMatrix<f64, M, M> {
        self.covariance
    }
}

impl<const M: usize> CleanPriorScore<M> for Gaussian<M> {
    fn clean_score_into(&self, theta: &[[f64; M]], out: &mut [[f64; M]]) {
        for (out, theta) in out.iter_mut().zip(theta) {
            *out = (self.precision * (self.mean - SVector::from(*theta))).into();
        }
    }
}

/// The increments of the observations of a linear Gaussian model, and its exact posteriors.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianOracle<const M: usize> {
    prior: Gaussian<M>,
    factors: Vec<Gaussian<M>>,
    tall: Gaussian<M>,
}

impl<const M: usize> GaussianOracle<M> {
    /// From the information Hᵀ R⁻¹ H and the projected data Hᵀ R⁻¹ x_j of each observation.
    ///
    /// # Errors
    /// A posterior precision Σ⁻¹ + Hᵀ R⁻¹ H is not positive definite.
    pub fn new(
        prior: Gaussian<M>,
        observations: &[(SMatrix<f64, M, M>, SVector<f64, M>)],
    ) -> Result<Self, ComposeError> {
        let update = |information: &SMatrix<f64, M, M>, projected: &SVector<f64, M>, index| {
            let precision = symmetrised(&(prior.precision + information));
            let covariance = invert_definite(&precision).ok_or(ComposeError::IndefiniteCovariance { index })?;
            let mean = covariance * (prior.precision * prior.mean + projected);
            Ok(Gaussian { mean, covariance, precision })
        };
        let factors = observations
            .iter()
            .enumerate()
            .map(|(index, (information, projected))| update(information, projected, index))
            .collect::<Result<Vec<_>, ComposeError>>()?;
        let information = observations.iter().fold(SMatrix::zeros(), |sum, (information, _)| sum + information);
        let projected = observations.iter().fold(SVector::zeros(), |sum, (_, projected)| sum + projected);
        let tall = update(&information, &projected, observations.len())?;
        Ok(Self { prior, factors, tall })
    }

    /// From the design H, the noise covariance R and the observations.
    ///
    /// # Errors
    /// R is not positive definite.
    pub fn linear<const D: usize>(
        prior: Gaussian<M>,
        design: &SMatrix<f64, D, M>,
        noise: &SMatrix<f64, D, D>,
        xs: &[[f64; D]],
    ) -> Result<Self, ComposeError> {
        let weights = invert_definite(noise).ok_or(ComposeError::IndefiniteCovariance { index: 0 })?;
        let projection = design.transpose() * weights;
        let observations: Vec<_> = xs.iter().map(|x| (projection * design, projection * SVector::from(*x))).collect();
        Self::new(prior, &observations)
    }

    /// The prior.
    pub fn prior(&self) -> &Gaussian<M> {
        &self.prior
    }

    /// The exact posterior of each observation.
    pub fn factors(&self) -> &[Gaussian<M>] {
        &self.factors
    }

    /// The exact posterior of all observations; as a [`Score`] the exact score of its diffusion.
    pub fn tall(&self) -> &Gaussian<M> {
        &self.tall
    }

    /// δ_j(θ) = gain θ + offset at one level, written so that nothing cancels near t = 1, where s_j ≈ s_λ:
    /// δ_j = V_j⁻¹ [√α (m_j − μ) − α (Σ − S_j) V_λ⁻¹ (θ − √α μ)] with V = α S + σ² I.
    fn affine(&self, at: &Level, out: &mut Vec<Affine<M>>) -> Result<(), ComposeError> {
        let prior_precision = self.prior.diffused_precision(at)?;
        out.clear();
        for factor in &self.factors {
            let precision = factor.diffused_precision(at)?;
            let gained = self.prior.covariance - factor.covariance;
            let gain = precision * gained * prior_precision * -at.alpha;
            let offset = precision * (factor.mean - self.prior.mean) * at.mean() - gain * self.prior.mean * at.mean();
            out.push(Affine { gain, offset });
        }
        Ok(())
    }
}

/// An increment as a function of θ: gain θ + offset.
#[derive(Clone, Debug)]
struct Affine<const M: usize> {
    gain: SMatrix<f64, M, M>,
    offset: SVector<f64, M>,
}

/// Buffers of one thread: the affine increments of the level last seen.
#[derive(Clone, Debug, Default)]
pub struct OracleWorkspace<const M: usize> {
    level: Option<Level>,
    affine: Vec<Affine<M>>,
}

impl<const M: usize> OracleWorkspace<M> {
    fn at(&mut self, oracle: &GaussianOracle<M>, at: &Level) -> Result<&[Affine<M>], ComposeError> {
        if self.level != Some(*at) {
            oracle.affine(at, &mut self.affine)?;
            self.level = Some(*at);
        }
        Ok(&self.affine)
    }
}

impl<const M: usize> LocalScores<M> for GaussianOracle<M> {
    type Workspace = OracleWorkspace<M>;

    fn n_factors(&self) -> usize {
        self.factors.len()
    }

    fn increments_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let affine = workspace.at(self, at)?;
        for (draw, theta) in theta.iter().enumerate() {
            for (j, Affine { gain, offset }) in affine.iter().enumerate() {
                out[draw * affine.len() + j] = (gain * SVector::from(*theta) + offset).into();
            }
        }
        Ok(())
    }

    fn weighted_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, M>,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let affine = workspace.at(self, at)?;
        weighted_sum(affine, 0..affine.len(), 1.0, weights, theta, out);
        Ok(())
    }
}

/// The scaled sum of the weighted increments of some factors. Affine increments sum to one affine map: the cost does not grow
/// with draws × factors.
fn weighted_sum<const M: usize>(
    affine: &[Affine<M>],
    factors: impl Iterator<Item = usize>,
    scale: f64,
    weights: Weights<'_, M>,
    theta: &[[f64; M]],
    out: &mut [[f64; M]],
) {
    let mut sum = (SMatrix::<f64, M, M>::zeros(), SVector::<f64, M>::zeros());
    for j in factors {
        let (weight, Affine { gain, offset }) = (weights.of(j) * scale, &affine[j]);
        sum = (sum.0 + weight * gain, sum.1 + weight * offset);
    }
    for (out, theta) in out.iter_mut().zip(theta) {
        *out = (sum.0 * SVector::from(*theta) + sum.1).into();
    }
}

/// Its increments are their own Gaussian baselines: with control variates the estimate is exact.
impl<const M: usize> LocalBatches<M> for GaussianOracle<M> {
    fn estimated_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, M>,
        batch: Batch<'_>,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let affine = workspace.at(self, at)?;
        match batch.estimate {
            Estimate::Baseline => weighted_sum(affine, 0..affine.len(), 1.0, weights, theta, out),
            Estimate::Plain => {
                let scale = affine.len() as f64 / batch.factors.len() as f64;
                weighted_sum(affine, batch.factors.iter().map(|j| *j as usize), scale, weights, theta, out);
            }
        }
        Ok(())
    }
}

impl<const M: usize> LocalJacobians<M> for GaussianOracle<M> {
    fn increments_and_jacobians_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
        jacobians: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        self.increments_into(at, theta, workspace, out)?;
        for chunk in jacobians.chunks_mut(self.factors.len()) {
            for (jacobian, affine) in chunk.iter_mut().zip(&workspace.affine) {
                *jacobian = affine.gain;
            }
        }
        Ok(())
    }
}

/// Exact covariances, whatever the number of draws.
impl<const M: usize> Pilot<M> for GaussianOracle<M> {
    fn n_factors(&self) -> usize {
        self.factors.len()
    }

    fn estimated_from(&self, _draws: usize) -> Option<usize> {
        None
    }

    fn amortised(&self) -> Option<Vec<SMatrix<f64, M, M>>> {
        Some(self.factors.iter().map(|factor| factor.covariance).collect())
    }

    fn covariances(&self, _draws: usize, _steps: usize) -> Result<Vec<SMatrix<f64, M, M>>, ComposeError> {
        Ok(self.factors.iter().map(|factor| factor.covariance).collect())
    }
}
