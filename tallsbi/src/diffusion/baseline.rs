//! Diffuse a Gaussian baseline of a posterior in closed form: what a network then only has to correct.
//!
//! With baseline N(μ, C), C = V diag(c) Vᵀ, the diffused baseline at a level is N(√α μ, S), S = α C + σ² I. In its
//! whitened coordinates u = S^(−1/2) (θ_t − √α μ) the signal share is R = α C S⁻¹ and the network's output o enters as
//! ε̂ = (I − R)^(1/2) (u + G o) with G = R^(1/2) (I − R + κ² I)^(−1/2), so that the score is s = −S^(−1/2) (u + G o).
//! A baseline of N(0, I) and κ = 0 is the residual-to-prior parameterisation: u = θ_t, o = v.

use nalgebra::{SMatrix, SVector};

use super::Level;
use crate::compose::symmetric_eigen;

/// A Gaussian approximation of one posterior in latent coordinates, by its eigenvectors.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianBaseline<const M: usize> {
    mean: SVector<f64, M>,
    vectors: SMatrix<f64, M, M>,
    variances: SVector<f64, M>,
}

/// A baseline at one level. Every matrix is symmetric and they commute.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineAt<const M: usize> {
    /// S^(−1/2).
    pub whiten: SMatrix<f64, M, M>,
    /// S^(−1/2) √α μ.
    pub offset: SVector<f64, M>,
    /// The diagonal of the signal share R.
    pub signal: SVector<f64, M>,
    /// (I − R)^(1/2).
    pub noise_share: SMatrix<f64, M, M>,
    /// G.
    pub gain: SMatrix<f64, M, M>,
}

impl<const M: usize> GaussianBaseline<M> {
    /// N(0, I).
    pub fn standard() -> Self {
        Self { mean: SVector::zeros(), vectors: SMatrix::identity(), variances: SVector::repeat(1.0) }
    }

    /// N(μ, (L Lᵀ)⁻¹) for a lower triangular L, its precision raised to the prior's (1) where it falls below: an
    /// observation can only add precision.
    pub fn from_precision_factor(mean: SVector<f64, M>, factor: &SMatrix<f64, M, M>) -> Self {
        let (precisions, vectors) = symmetric_eigen(&(factor * factor.transpose()));
        Self { mean, vectors, variances: precisions.map(|p| 1.0 / p.max(1.0)) }
    }

    /// The covariance C.
    pub fn covariance(&self) -> SMatrix<f64, M, M> {
        spectral(&self.vectors, &self.variances)
    }

    /// The precision C⁻¹.
    pub fn precision(&self) -> SMatrix<f64, M, M> {
        spectral(&self.vectors, &self.variances.map(f64::recip))
    }

    /// The mean μ.
    pub fn mean(&self) -> &SVector<f64, M> {
        &self.mean
    }

    /// The baseline at a level, for the output scale κ (`softness`).
    pub fn at(&self, at: &Level, softness: f64) -> BaselineAt<M> {
        let (alpha, noise) = (at.alpha, at.sigma * at.sigma);
        let scale = self.variances.map(|c| alpha * c + noise);
        let signal = self.variances.zip_map(&scale, |c, s| alpha * c / s);
        let rest = scale.map(|s| noise / s);
        let whiten = spectral(&self.vectors, &scale.map(|s| 1.0 / s.sqrt()));
        BaselineAt {
            offset: whiten * self.mean * at.mean(),
            whiten,
            signal: spectral(&self.vectors, &signal).diagonal(),
            noise_share: spectral(&self.vectors, &rest.map(f64::sqrt)),
            gain: spectral(&self.vectors, &signal.zip_map(&rest, |r, q| (r / (q + softness * softness)).sqrt())),
        }
    }
}

fn spectral<const M: usize>(vectors: &SMatrix<f64, M, M>, values: &SVector<f64, M>) -> SMatrix<f64, M, M> {
    vectors * SMatrix::from_diagonal(values) * vectors.transpose()
}
