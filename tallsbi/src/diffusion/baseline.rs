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

/// A baseline at one level. Every matrix of it is symmetric, shares the baseline's eigenvectors, and commutes with the
/// others.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineAt<'a, const M: usize> {
    baseline: &'a GaussianBaseline<M>,
    mean_factor: f64,
    softness: f64,
    /// Eigenvalues of S.
    scale: SVector<f64, M>,
    /// Eigenvalues of R.
    signal: SVector<f64, M>,
    /// Eigenvalues of I − R.
    rest: SVector<f64, M>,
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
    pub fn at(&self, at: &Level, softness: f64) -> BaselineAt<'_, M> {
        let (alpha, noise) = (at.alpha, at.sigma * at.sigma);
        let scale = self.variances.map(|c| alpha * c + noise);
        BaselineAt {
            baseline: self,
            mean_factor: at.mean(),
            softness,
            signal: self.variances.zip_map(&scale, |c, s| alpha * c / s),
            rest: scale.map(|s| noise / s),
            scale,
        }
    }
}

impl<const M: usize> BaselineAt<'_, M> {
    /// √α μ, the mean of the diffused baseline.
    pub fn mean(&self) -> SVector<f64, M> {
        self.baseline.mean * self.mean_factor
    }

    /// S^(−1/2): u = S^(−1/2) (θ_t − √α μ).
    pub fn whiten(&self) -> SMatrix<f64, M, M> {
        self.spectral(|k| self.scale[k].sqrt().recip())
    }

    /// u = S^(−1/2) (θ_t − √α μ), and the noise (I − R)^(1/2) u that it gives, without either matrix.
    pub fn whitened(&self, theta: &SVector<f64, M>) -> (SVector<f64, M>, SVector<f64, M>) {
        let vectors = &self.baseline.vectors;
        let along = vectors.tr_mul(&(theta - self.mean())).zip_map(&self.scale, |z, scale| z / scale.sqrt());
        (vectors * along, vectors * along.zip_map(&self.rest, |a, rest| a * rest.sqrt()))
    }

    /// S⁻¹: the precision of the diffused baseline.
    pub fn precision(&self) -> SMatrix<f64, M, M> {
        self.spectral(|k| self.scale[k].recip())
    }

    /// The diagonal of the signal share R.
    pub fn signal(&self) -> SVector<f64, M> {
        let vectors = &self.baseline.vectors;
        SVector::from_fn(|i, _| (0..M).map(|k| self.signal[k] * vectors[(i, k)] * vectors[(i, k)]).sum())
    }

    /// (I − R)^(1/2): how much of ε the whitened u gives.
    pub fn noise_share(&self) -> SMatrix<f64, M, M> {
        self.spectral(|k| self.rest[k].sqrt())
    }

    /// (I − R)^(1/2) G: how the network's output enters ε̂.
    pub fn noise_gain(&self) -> SMatrix<f64, M, M> {
        self.spectral(|k| self.rest[k].sqrt() * self.gain(k))
    }

    /// S^(−1/2) G: how the network's output enters the score, with a minus.
    pub fn score_gain(&self) -> SMatrix<f64, M, M> {
        self.spectral(|k| self.gain(k) / self.scale[k].sqrt())
    }

    /// Eigenvalue k of G.
    fn gain(&self, k: usize) -> f64 {
        (self.signal[k] / (self.rest[k] + self.softness * self.softness)).sqrt()
    }

    fn spectral(&self, value: impl Fn(usize) -> f64) -> SMatrix<f64, M, M> {
        spectral(&self.baseline.vectors, &SVector::from_fn(|k, _| value(k)))
    }
}

fn spectral<const M: usize>(vectors: &SMatrix<f64, M, M>, values: &SVector<f64, M>) -> SMatrix<f64, M, M> {
    let mut product = SMatrix::zeros();
    for i in 0..M {
        for k in 0..=i {
            let value = (0..M).map(|l| vectors[(i, l)] * values[l] * vectors[(k, l)]).sum();
            (product[(i, k)], product[(k, i)]) = (value, value);
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use nalgebra::{SMatrix, SVector};

    use super::GaussianBaseline;
    use crate::diffusion::Schedule;

    fn baseline() -> GaussianBaseline<3> {
        let factor = SMatrix::<f64, 3, 3>::new(2.0, 0.0, 0.0, -0.7, 1.5, 0.0, 0.4, 3.0, 9.0);
        GaussianBaseline::from_precision_factor(SVector::from([0.3, -1.0, 2.0]), &factor)
    }

    #[test]
    fn matrices_are_those_of_the_diffused_gaussian() {
        let baseline = baseline();
        for t in [1e-3, 0.05, 0.4, 1.0] {
            let level = Schedule::default().level(t);
            let at = baseline.at(&level, 0.3);
            let identity = SMatrix::<f64, 3, 3>::identity();
            let s = baseline.covariance() * level.alpha + identity * (level.sigma * level.sigma);
            let r = baseline.covariance() * level.alpha * at.precision();
            let close =
                |a: SMatrix<f64, 3, 3>, b: SMatrix<f64, 3, 3>| assert!((a - b).amax() < 1e-10 * b.amax(), "{t}");
            close(s * at.precision(), identity);
            close(at.whiten() * at.whiten(), at.precision());
            close(at.noise_share() * at.noise_share(), identity - r);
            assert!((at.signal() - r.diagonal()).amax() < 1e-12);
            let theta = SVector::from([1.3, -0.2, 0.9]);
            let (u, noise) = at.whitened(&theta);
            assert!((u - at.whiten() * (theta - at.mean())).amax() < 1e-13 * u.amax().max(1.0), "{t}");
            assert!((noise - at.noise_share() * u).amax() < 1e-13 * u.amax().max(1.0), "{t}");
            close(
                at.noise_gain() * at.precision() * level.sigma,
                at.noise_share() * at.whiten() * at.score_gain() * level.sigma,
            );
            assert!((at.mean() - baseline.mean() * level.alpha.sqrt()).amax() < 1e-15);
        }
    }

    #[test]
    fn precision_is_at_least_the_priors() {
        let weak = GaussianBaseline::<2>::from_precision_factor(
            SVector::zeros(),
            &SMatrix::<f64, 2, 2>::new(0.1, 0.0, 0.0, 5.0),
        );
        assert!((weak.covariance() - SMatrix::<f64, 2, 2>::new(1.0, 0.0, 0.0, 0.04)).amax() < 1e-12);
        assert_eq!(GaussianBaseline::<2>::standard().covariance(), SMatrix::<f64, 2, 2>::identity());
    }
}
