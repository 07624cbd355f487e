//! Compose with the Jacobian of every score (JAC): a Tweedie precision per draw and factor.
//!
//! # Equation   P_j = (α/σ²)(I + σ² ∇s_j)⁻¹ and P_λ likewise   (arXiv:2404.07593, Section 3.2), composed by
//! s = s_λ + Λ⁻¹ Σ_j P_j δ_j. The factor α/σ² cancels, so with B = I + σ² ∇s_λ = L Lᵀ and
//! K_j = L⁻¹ σ² sym(∇δ_j) L⁻ᵀ = U diag(μ) Uᵀ all that is left is G_j = U diag(1/(1 + μ)) Uᵀ, and
//! s = s_λ + L (I + Σ_j (G_j − I))⁻¹ Σ_j G_j L⁻¹ δ_j, where G_j − I = −U diag(μ/(1 + μ)) Uᵀ cancels at no level:
//! near t = 0, μ is small; near t = 1, where B and σ² ∇δ_j are both of size α, μ is of order one.

use std::sync::atomic::Ordering;

use nalgebra::SVector;

use super::curvature::{Counters, CurvatureWorkspace, gather_each};
use super::matrix::{invert_definite, solve};
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
    counters: Counters,
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalJacobians<M>> Composer<M, P, L> for Jac {
    type Composition = JacComposition;

    fn prepare(&self, _prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError> {
        match pilot.n_factors() {
            0 => Err(ComposeError::NoObservations),
            n_factors => Ok(JacComposition { floor: self.floor, n_factors, counters: Counters::default() }),
        }
    }
}

/// Buffers of one thread.
pub type JacWorkspace<const M: usize, P, L> = CurvatureWorkspace<M, P, L>;

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
        if self.n_factors == 1 {
            workspace.prior_scores.resize(theta.len(), [0.0; M]);
            prior.score_into(at, theta, &mut workspace.prior, &mut workspace.prior_scores)?;
            local.weighted_sum_into(at, Weights::Identity, theta, &mut workspace.local, out)?;
            super::gauss::add_rows(out, &workspace.prior_scores);
            return Ok(());
        }
        workspace.evaluate_prior(at, theta, prior)?;
        gather_each(at, theta, local, self.floor, workspace, &self.counters, &mut |draw, score, gathered| {
            let add = gathered.map_or(SVector::repeat(f64::NAN), |gathered| {
                let solved = if let Some(inverse) = invert_definite(&gathered.precision) {
                    inverse * gathered.weighted
                } else {
                    self.counters.indefinite.fetch_add(1, Ordering::Relaxed);
                    solve(&gathered.precision, &gathered.weighted)
                };
                gathered.root * solved
            });
            out[draw] = std::array::from_fn(|k| score[k] + add[k]);
        })
    }

    fn report(&self) -> CompositionReport {
        self.counters.report()
    }
}
