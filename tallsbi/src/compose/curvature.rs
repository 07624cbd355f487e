//! Gather what every factor says at a draw: its Gaussian approximation there, from its score and the Jacobian of it.
//!
//! # Equation   With B = I + σ² ∇s_λ = L Lᵀ and K_j = L⁻¹ σ² sym(∇δ_j) L⁻ᵀ = U diag(μ) Uᵀ, the precision of θ_0 given θ_t and
//! observation j is P_j = (α/σ²) L⁻ᵀ G_j L⁻¹ with G_j = U diag(1/(1 + μ)) Uᵀ, that without the observation P_λ = (α/σ²) L⁻ᵀ L⁻¹, and
//! the means of the two are σ²/√α δ_j apart. G_j − I = −U diag(μ/(1 + μ)) Uᵀ cancels at no level.

use std::sync::atomic::{AtomicU64, Ordering};

use nalgebra::{SMatrix, SVector};

use super::matrix::{cholesky, invert_lower, solve_factored, symmetric_eigen, symmetrised};
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
    let prior = symmetrised(prior);
    let root = cholesky(&prior)?;
    let whiten = invert_lower(&root);
    let (mut definite, mut others) = (Definite::default(), Others::default());
    for (increment, jacobian) in increments.iter().zip(jacobians) {
        let (change, increment) = (symmetrised(jacobian) * sigma_sq, SVector::from(*increment));
        if !definite.add(&prior, &change, &increment, floor) {
            *floored += others.add(&whiten, &change, &increment, floor);
        }
    }
    let shares = symmetrised(&(root.tr_mul(&definite.shares) * whiten.transpose()));
    let precision = SMatrix::identity() + others.excess - shares;
    Some(Gathered { root, whiten, precision, weighted: others.weighted + root.tr_mul(&definite.pulls) })
}

/// Factors whose precisions are looked at direction by direction: Σ_j (G_j − I) and Σ_j G_j L⁻¹ δ_j.
struct Others<const M: usize> {
    excess: SMatrix<f64, M, M>,
    weighted: SVector<f64, M>,
}

impl<const M: usize> Default for Others<M> {
    fn default() -> Self {
        Self { excess: SMatrix::zeros(), weighted: SVector::zeros() }
    }
}

impl<const M: usize> Others<M> {
    /// Adds a factor with this σ² sym(∇δ), given L⁻¹. The number of directions whose precision was raised.
    fn add(
        &mut self,
        whiten: &SMatrix<f64, M, M>,
        change: &SMatrix<f64, M, M>,
        increment: &SVector<f64, M>,
        floor: bool,
    ) -> u64 {
        let (mu, vectors) = symmetric_eigen(&(whiten * change * whiten.transpose()));
        // A direction without information has μ = 0 up to rounding: nothing to report there.
        let (noise, mut floored) = (noise(mu.amax()), 0);
        let mut excess = mu.map(|mu| -mu / (1.0 + mu));
        if floor {
            for k in 0..M {
                // Generalised eigenvalue 1/(1 + μ) below 1: μ > 0, or a precision that is not even positive.
                if mu[k] > 0.0 || 1.0 + mu[k] <= 0.0 {
                    floored += u64::from(mu[k] > noise || mu[k] < 0.0);
                    excess[k] = 0.0;
                }
            }
        }
        let delta = whiten * increment;
        let rotated = vectors.tr_mul(&delta);
        self.weighted += delta + vectors * excess.component_mul(&rotated);
        for k in 0..M {
            // Upper and lower triangle alike: M³ multiplications, no temporary.
            for column in 0..M {
                let factor = excess[k] * vectors[(column, k)];
                for row in 0..M {
                    self.excess[(row, column)] += factor * vectors[(row, k)];
                }
            }
        }
        floored
    }
}

/// Below this an eigenvalue is zero up to rounding, where the largest has this size.
fn noise(largest: f64) -> f64 {
    1e-14 + 1e-10 * largest
}

/// Factors that need no eigenvalues, since no precision of theirs is raised. With A_j = B + σ² sym(∇δ_j), G_j = Lᵀ A_j⁻¹ L, so that
/// Σ_j G_j L⁻¹ δ_j = Lᵀ Σ_j A_j⁻¹ δ_j and Σ_j (G_j − I) = −Lᵀ (Σ_j A_j⁻¹ σ² sym(∇δ_j)) L⁻ᵀ.
struct Definite<const M: usize> {
    /// Σ_j A_j⁻¹ σ² sym(∇δ_j).
    shares: SMatrix<f64, M, M>,
    /// Σ_j A_j⁻¹ δ_j.
    pulls: SVector<f64, M>,
}

impl<const M: usize> Default for Definite<M> {
    fn default() -> Self {
        Self { shares: SMatrix::zeros(), pulls: SVector::zeros() }
    }
}

impl<const M: usize> Definite<M> {
    /// Adds a factor with this σ² sym(∇δ), given B, unless a precision of it may have to be raised or is not positive.
    fn add(
        &mut self,
        prior: &SMatrix<f64, M, M>,
        change: &SMatrix<f64, M, M>,
        increment: &SVector<f64, M>,
        floor: bool,
    ) -> bool {
        if floor {
            // No generalised eigenvalue μ is above what rounding makes of zero.
            let largest = (0..M).map(|k| change[(k, k)].abs() / prior[(k, k)]).fold(0.0, f64::max);
            if cholesky(&(prior * noise(largest) - change)).is_none() {
                return false;
            }
        }
        let Some(factor) = cholesky(&(prior + change)) else { return false };
        let (mut share, mut pull) = (*change, *increment);
        solve_factored(&factor, &mut share);
        solve_factored(&factor, &mut pull);
        self.shares += share;
        self.pulls += pull;
        true
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{SMatrix, SVector};

    use super::{Definite, Others, gather};
    use crate::compose::matrix::{cholesky, from_eigen, invert_lower, symmetric_eigen, symmetrised};

    const M: usize = 4;
    type Matrix = SMatrix<f64, M, M>;

    fn numbers(seed: usize) -> Matrix {
        Matrix::from_fn(|i, k| ((seed * 31 + i * 7 + k * 3) as f64 * 1.7).sin())
    }

    /// σ² ∇δ with these generalised eigenvalues μ relative to B, and B of size `scale`.
    fn change(seed: usize, scale: f64, mu: [f64; M]) -> (Matrix, Matrix) {
        let a = numbers(seed);
        let prior = (a * a.transpose() + Matrix::identity()) * scale;
        let (_, vectors) = symmetric_eigen(&symmetrised(&numbers(seed + 1)));
        let root = cholesky(&prior).expect("definite");
        (prior, symmetrised(&(root * from_eigen(&mu.into(), &vectors) * root.transpose())))
    }

    /// With and without eigenvalues factors say the same, near t = 0 and t = 1 and with directions about which they say nothing.
    #[test]
    fn factors_without_a_floor_need_no_eigenvalues() {
        for (case, (scale, mu)) in [
            (1.0, [-0.1, -0.5, -0.9, -0.3]),
            (1e-7, [-0.999, -0.2, -0.6, -0.01]),
            (1.0, [-1e-9, -1e-12, -3e-9, -1e-10]),
            (1.0, [0.0, -0.4, 0.0, -0.999_99]),
        ]
        .into_iter()
        .enumerate()
        {
            let (prior, change) = change(case, scale, mu);
            let root = cholesky(&prior).expect("definite");
            let whiten = invert_lower(&root);
            let increment = SVector::<f64, M>::from_fn(|k, _| (k as f64 + 0.3).cos());
            let (mut definite, mut others) = (Definite::default(), Others::default());
            assert!(definite.add(&prior, &change, &increment, true), "case {case}");
            assert_eq!(others.add(&whiten, &change, &increment, true), 0);
            let excess = -(root.transpose() * definite.shares * whiten.transpose());
            let weighted = root.transpose() * definite.pulls;
            let size = others.excess.amax();
            assert!((excess - others.excess).amax() < 1e-9 * size, "case {case}: {excess} {}", others.excess);
            assert!((weighted - others.weighted).amax() < 1e-9 * others.weighted.amax(), "case {case}");
        }
    }

    /// What must be raised, or has no positive precision, is left to eigenvalues, one factor among others.
    #[test]
    fn what_has_a_floor_is_not_taken_for_definite() {
        let increment = SVector::<f64, M>::repeat(0.7);
        let (prior, informed) = change(3, 1.0, [-0.1, -0.5, -0.9, -0.3]);
        for (mu, floored, without_floor) in [
            ([-0.5, 0.2, -0.3, 0.01], 2, true),
            ([-0.5, -1.5, -0.3, -0.2], 1, false),
            ([-0.5, 1e-6, -0.3, -0.2], 1, true),
        ] {
            let (_, change) = change(3, 1.0, mu);
            assert!(!Definite::default().add(&prior, &change, &increment, true), "{mu:?}");
            assert_eq!(Definite::default().add(&prior, &change, &increment, false), without_floor, "{mu:?}");
            let mut count = 0;
            let all =
                gather(1.0, &prior, &[increment.into(); 2], &[change, informed], true, &mut count).expect("a prior");
            let one = gather(1.0, &prior, &[increment.into()], &[change], true, &mut 0).expect("a prior");
            let other = gather(1.0, &prior, &[increment.into()], &[informed], true, &mut 0).expect("a prior");
            assert_eq!(count, floored, "{mu:?}");
            assert!((all.precision - (one.precision + other.precision - Matrix::identity())).amax() < 1e-10);
            assert!((all.weighted - (one.weighted + other.weighted)).amax() < 1e-10);
        }
    }
}
