//! Compose with the Jacobian of every score (JAC): a Tweedie precision per draw and factor.
//!
//! # Equation   P_j = (α/σ²)(I + σ² ∇s_j)⁻¹ and P_λ likewise   (arXiv:2404.07593, Section 3.2), composed by
//! s = s_λ + Λ⁻¹ Σ_j P_j δ_j. The factor α/σ² cancels, so with B = I + σ² ∇s_λ = L Lᵀ and
//! K_j = L⁻¹ σ² sym(∇δ_j) L⁻ᵀ = U diag(μ) Uᵀ all that is left is G_j = U diag(1/(1 + μ)) Uᵀ, and
//! s = s_λ + L (I + Σ_j (G_j − I))⁻¹ Σ_j G_j L⁻¹ δ_j, where G_j − I = −U diag(μ/(1 + μ)) Uᵀ cancels at no level:
//! near t = 0, μ is small; near t = 1, where B and σ² ∇δ_j are both of size α, μ is of order one.

use std::sync::atomic::{AtomicU64, Ordering};

use nalgebra::{SMatrix, SVector};

use super::matrix::{cholesky, invert_definite, invert_lower, solve, symmetric_eigen, symmetrised};
use super::{ComposeError, Composer, Composition, CompositionReport, DiffusedPrior, LocalJacobians, Pilot, Weights};
use crate::diffusion::Level;

/// JAC: the precision of each factor from the Jacobian of its score, at every draw and step.
///
/// # Accuracy   As [`Gauss`](super::Gauss) where everything is Gaussian; elsewhere it follows the local curvature, and
/// with it the network's error in the curvature. Identity for one factor.
/// # Errors     [`ComposeError::NoObservations`]. A draw at which the prior's own Tweedie covariance is not positive
/// definite (possible with a learned prior only) gets a score of NaN, and the driver counts the draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jac {
    /// Raises a precision to the prior's in every direction where it falls below it (generalised eigenvalues of
    /// (P_j, P_λ) clipped at 1; counted). Without it, as published, an indefinite precision is solved as it is and
    /// counted in [`CompositionReport::indefinite_solves`].
    pub floor: bool,
}

impl Default for Jac {
    fn default() -> Self {
        Self { floor: true }
    }
}

/// [`Jac`] prepared for one set of observations.
#[derive(Debug)]
pub struct JacComposition {
    floor: bool,
    n_factors: usize,
    examined: AtomicU64,
    floored: AtomicU64,
    indefinite: AtomicU64,
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalJacobians<M>> Composer<M, P, L> for Jac {
    type Composition = JacComposition;

    fn prepare(&self, _prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError> {
        match pilot.n_factors() {
            0 => Err(ComposeError::NoObservations),
            n_factors => Ok(JacComposition {
                floor: self.floor,
                n_factors,
                examined: AtomicU64::new(0),
                floored: AtomicU64::new(0),
                indefinite: AtomicU64::new(0),
            }),
        }
    }
}

/// Buffers of one thread.
#[derive(Clone, Debug, Default)]
pub struct JacWorkspace<const M: usize, P, L> {
    prior: P,
    local: L,
    prior_scores: Vec<[f64; M]>,
    prior_covariances: Vec<SMatrix<f64, M, M>>,
    increments: Vec<[f64; M]>,
    jacobians: Vec<SMatrix<f64, M, M>>,
}

/// What one draw needed.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    floored: u64,
    indefinite: u64,
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalJacobians<M>> Composition<M, P, L> for JacComposition {
    type Workspace = JacWorkspace<M, P::Workspace, L::Workspace>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        // Jacobians of draws × factors may not fit into memory: about 8 MB of them at a time.
        const NUMBERS_AT_A_TIME: usize = 1 << 20;
        let ws = workspace;
        ws.prior_scores.resize(theta.len(), [0.0; M]);
        prior.score_into(at, theta, &mut ws.prior, &mut ws.prior_scores)?;
        if self.n_factors == 1 {
            local.weighted_sum_into(at, Weights::Identity, theta, &mut ws.local, out)?;
            super::gauss::add_rows(out, &ws.prior_scores);
            return Ok(());
        }
        ws.prior_covariances.resize(theta.len(), SMatrix::zeros());
        prior.relative_covariance_into(at, theta, &mut ws.prior, &mut ws.prior_covariances)?;
        let n = self.n_factors;
        let rows = (NUMBERS_AT_A_TIME / (n * M * M)).clamp(1, theta.len().max(1));
        ws.increments.resize(rows * n, [0.0; M]);
        ws.jacobians.resize(rows * n, SMatrix::zeros());
        let mut total = Tally::default();
        for start in (0..theta.len()).step_by(rows) {
            let end = (start + rows).min(theta.len());
            let pairs = (end - start) * n;
            let (increments, jacobians) = (&mut ws.increments[..pairs], &mut ws.jacobians[..pairs]);
            local.increments_and_jacobians_into(at, &theta[start..end], &mut ws.local, increments, jacobians)?;
            for (row, draw) in (start..end).enumerate() {
                let pair = row * n..(row + 1) * n;
                let (add, tally) = combine(
                    at.sigma * at.sigma,
                    &ws.prior_covariances[draw],
                    &increments[pair.clone()],
                    &jacobians[pair],
                    self.floor,
                );
                out[draw] = std::array::from_fn(|k| ws.prior_scores[draw][k] + add[k]);
                total.floored += tally.floored;
                total.indefinite += tally.indefinite;
            }
        }
        self.examined.fetch_add((theta.len() * n * M) as u64, Ordering::Relaxed);
        self.floored.fetch_add(total.floored, Ordering::Relaxed);
        self.indefinite.fetch_add(total.indefinite, Ordering::Relaxed);
        Ok(())
    }

    fn report(&self) -> CompositionReport {
        CompositionReport {
            floored_directions: self.floored.load(Ordering::Relaxed),
            examined_directions: self.examined.load(Ordering::Relaxed),
            indefinite_solves: self.indefinite.load(Ordering::Relaxed),
            clipped_components: 0,
        }
    }
}

/// Λ⁻¹ Σ_j P_j δ_j at one draw.
fn combine<const M: usize>(
    sigma_sq: f64,
    prior: &SMatrix<f64, M, M>,
    increments: &[[f64; M]],
    jacobians: &[SMatrix<f64, M, M>],
    floor: bool,
) -> (SVector<f64, M>, Tally) {
    let mut tally = Tally::default();
    let Some(root) = cholesky(&symmetrised(prior)) else {
        return (SVector::repeat(f64::NAN), tally);
    };
    let whiten = invert_lower(&root);
    let mut precision = SMatrix::<f64, M, M>::identity();
    let mut weighted = SVector::<f64, M>::zeros();
    for (increment, jacobian) in increments.iter().zip(jacobians) {
        let relative = whiten * (symmetrised(jacobian) * sigma_sq) * whiten.transpose();
        let (mu, vectors) = symmetric_eigen(&relative);
        // A direction without information has μ = 0 up to rounding: nothing to report there.
        let noise = 1e-14 + 1e-10 * mu.amax();
        let mut excess = mu.map(|mu| -mu / (1.0 + mu));
        if floor {
            for k in 0..M {
                // Generalised eigenvalue 1/(1 + μ) below 1: μ > 0, or a precision that is not even positive.
                if mu[k] > 0.0 || 1.0 + mu[k] <= 0.0 {
                    tally.floored += u64::from(mu[k] > noise || mu[k] < 0.0);
                    excess[k] = 0.0;
                }
            }
        }
        let delta = whiten * SVector::from(*increment);
        let rotated = vectors.tr_mul(&delta);
        let scaled = SVector::<f64, M>::from_fn(|k, _| excess[k] * rotated[k]);
        weighted += delta + vectors * scaled;
        for k in 0..M {
            // Upper and lower triangle alike: M³ multiplications, no temporary.
            for column in 0..M {
                let factor = excess[k] * vectors[(column, k)];
                for row in 0..M {
                    precision[(row, column)] += factor * vectors[(row, k)];
                }
            }
        }
    }
    let solved = if let Some(inverse) = invert_definite(&precision) {
        inverse * weighted
    } else {
        tally.indefinite += 1;
        solve(&precision, &weighted)
    };
    (root * solved, tally)
}
