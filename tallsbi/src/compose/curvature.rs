//! Gather what every factor says at a draw: its Gaussian approximation there, from its score and the Jacobian of it.
//!
//! # Equation   With B = I + σ² ∇s_λ = L Lᵀ and K_j = L⁻¹ σ² sym(∇δ_j) L⁻ᵀ = U diag(μ) Uᵀ, the precision of θ_0 given θ_t and
//! observation j is P_j = (α/σ²) L⁻ᵀ G_j L⁻¹ with G_j = U diag(1/(1 + μ)) Uᵀ, that without the observation P_λ = (α/σ²) L⁻ᵀ L⁻¹, and
//! the means of the two are σ²/√α δ_j apart. G_j − I = −U diag(μ/(1 + μ)) Uᵀ cancels at no level.

use std::sync::atomic::{AtomicU64, Ordering};

use nalgebra::{SMatrix, SVector};

use super::matrix::{cholesky, invert_lower, symmetric_eigen, symmetrised};
use super::{ComposeError, CompositionReport, DiffusedPrior, LocalJacobians};
use crate::diffusion::Level;

/// What all factors say at one draw.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gathered<const M: usize> {
    /// L.
    pub(super) root: SMatrix<f64, M, M>,
    /// L⁻¹.
    pub(super) whiten: SMatrix<f64, M, M>,
    /// I + Σ_j (G_j − I).
    pub(super) precision: SMatrix<f64, M, M>,
    /// Σ_j G_j L⁻¹ δ_j.
    pub(super) weighted: SVector<f64, M>,
}

/// What happened to precisions, over all draws and steps.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) examined: AtomicU64,
    pub(super) floored: AtomicU64,
    pub(super) indefinite: AtomicU64,
}

impl Counters {
    pub(super) fn report(&self) -> CompositionReport {
        CompositionReport {
            floored_directions: self.floored.load(Ordering::Relaxed),
            examined_directions: self.examined.load(Ordering::Relaxed),
            indefinite_solves: self.indefinite.load(Ordering::Relaxed),
            clipped_components: 0,
        }
    }
}

/// Buffers of one thread.
#[derive(Clone, Debug, Default)]
pub struct CurvatureWorkspace<const M: usize, P, L> {
    pub(super) prior: P,
    pub(super) local: L,
    pub(super) prior_scores: Vec<[f64; M]>,
    pub(super) prior_covariances: Vec<SMatrix<f64, M, M>>,
    increments: Vec<[f64; M]>,
    jacobians: Vec<SMatrix<f64, M, M>>,
}

impl<const M: usize, P: Default, L> CurvatureWorkspace<M, P, L> {
    /// Evaluates the prior's score, and B, at every draw of a block.
    pub(super) fn evaluate_prior(
        &mut self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &impl DiffusedPrior<M, Workspace = P>,
    ) -> Result<(), ComposeError> {
        self.prior_scores.resize(theta.len(), [0.0; M]);
        prior.score_into(at, theta, &mut self.prior, &mut self.prior_scores)?;
        self.prior_covariances.resize(theta.len(), SMatrix::zeros());
        prior.relative_covariance_into(at, theta, &mut self.prior, &mut self.prior_covariances)
    }
}

/// Takes a draw's index, its score under the prior and what all factors say there.
type Each<'a, const M: usize> = &'a mut dyn FnMut(usize, &[f64; M], Option<Gathered<M>>);

/// Gathers at every draw of a block, where the prior has been [evaluated](CurvatureWorkspace::evaluate_prior), and hands it to `each`, with
/// the draw's index and its score under the prior; `None` where the prior's own Tweedie covariance is not positive definite.
pub(super) fn gather_each<const M: usize, P, L: LocalJacobians<M>>(
    at: &Level,
    theta: &[[f64; M]],
    local: &L,
    floor: bool,
    ws: &mut CurvatureWorkspace<M, P, L::Workspace>,
    counters: &Counters,
    each: Each<'_, M>,
) -> Result<(), ComposeError> {
    // Jacobians of draws × factors may not fit into memory: about 8 MB of them at a time.
    const NUMBERS_AT_A_TIME: usize = 1 << 20;
    let n = local.n_factors();
    let rows = (NUMBERS_AT_A_TIME / (n * M * M).max(1)).clamp(1, theta.len().max(1));
    ws.increments.resize(rows * n, [0.0; M]);
    ws.jacobians.resize(rows * n, SMatrix::zeros());
    let mut floored = 0;
    for start in (0..theta.len()).step_by(rows) {
        let end = (start + rows).min(theta.len());
        let pairs = (end - start) * n;
        let (increments, jacobians) = (&mut ws.increments[..pairs], &mut ws.jacobians[..pairs]);
        local.increments_and_jacobians_into(at, &theta[start..end], &mut ws.local, increments, jacobians)?;
        for (row, draw) in (start..end).enumerate() {
            let pair = row * n..(row + 1) * n;
            let (increments, jacobians) = (&increments[pair.clone()], &jacobians[pair]);
            let prior = &ws.prior_covariances[draw];
            let gathered = gather(at.sigma * at.sigma, prior, increments, jacobians, floor, &mut floored);
            each(draw, &ws.prior_scores[draw], gathered);
        }
    }
    counters.examined.fetch_add((theta.len() * n * M) as u64, Ordering::Relaxed);
    counters.floored.fetch_add(floored, Ordering::Relaxed);
    Ok(())
}

/// What all factors say at one draw, given B.
fn gather<const M: usize>(
    sigma_sq: f64,
    prior: &SMatrix<f64, M, M>,
    increments: &[[f64; M]],
    jacobians: &[SMatrix<f64, M, M>],
    floor: bool,
    floored: &mut u64,
) -> Option<Gathered<M>> {
    let root = cholesky(&symmetrised(prior))?;
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
                    *floored += u64::from(mu[k] > noise || mu[k] < 0.0);
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
    Some(Gathered { root, whiten, precision, weighted })
}
