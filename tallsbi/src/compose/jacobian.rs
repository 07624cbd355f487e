//! Differentiate composed scores: what a log-density needs.

use nalgebra::{SMatrix, SVector};

use super::{
    ComposeError, Composed, DiffusedPrior, FactorizedDiffusedComposition, GaussComposition, LinearComposition,
    LocalJacobians, oracle::Gaussian,
};
use crate::{
    diffusion::Level,
    sample::{Score, ScoreJacobian},
};

/// A composition whose score can be differentiated by θ in forward mode (capability).
///
/// # Equation   s = s_λ + Σ_j W_j δ_j with θ-free weights has ∇s = ∇s_λ + Σ_j W_j ∇δ_j. JAC's weights depend on θ through
/// Jacobians, so its own Jacobian needs second derivatives of the network and is not available.
#[diagnostic::on_unimplemented(
    message = "the score that `{Self}` composes has no Jacobian, so this posterior has no log-density",
    label = "no Jacobian",
    note = "compose with `Gauss` or `FactorizedDiffused`"
)]
pub trait CompositionJacobians<const M: usize, P: DiffusedPrior<M>, L: LocalJacobians<M>>:
    LinearComposition<M, P, L>
{
    /// As [`Composition::score_into`](super::Composition::score_into), with `jacobians[draw]`, row = component of the score.
    ///
    /// # Errors
    /// A network failed.
    #[allow(clippy::too_many_arguments)] // reason: those of `score_into` and one more
    fn score_and_jacobian_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
        jacobians: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        let (weights, prior_workspace, local_workspace) = self.linear_parts(at, workspace);
        prior.score_into(at, theta, prior_workspace, out)?;
        prior.jacobian_into(at, theta, prior_workspace, jacobians)?;
        let n = local.n_factors();
        let mut increments = vec![[0.0; M]; theta.len() * n];
        let mut slopes = vec![SMatrix::zeros(); theta.len() * n];
        local.increments_and_jacobians_into(at, theta, local_workspace, &mut increments, &mut slopes)?;
        for draw in 0..theta.len() {
            let mut score = SVector::from(out[draw]);
            for j in 0..n {
                let weight = weights.of(j);
                score += weight * SVector::from(increments[draw * n + j]);
                jacobians[draw] += weight * slopes[draw * n + j];
            }
            out[draw] = score.into();
        }
        Ok(())
    }
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalJacobians<M>> CompositionJacobians<M, P, L> for GaussComposition<M> {}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalJacobians<M>> CompositionJacobians<M, P, L>
    for FactorizedDiffusedComposition
{
}

impl<const M: usize, C, P, L> ScoreJacobian<M> for Composed<'_, C, P, L>
where
    C: CompositionJacobians<M, P, L> + ?Sized,
    P: DiffusedPrior<M>,
    L: LocalJacobians<M>,
{
    fn score_and_jacobian_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
        jacobians: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        self.composition.score_and_jacobian_into(at, theta, self.prior, self.local, workspace, out, jacobians)
    }
}

impl<const M: usize> ScoreJacobian<M> for Gaussian<M> {
    fn score_and_jacobian_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        (): &mut (),
        out: &mut [[f64; M]],
        jacobians: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        Score::score_into(self, at, theta, &mut (), out)?;
        DiffusedPrior::jacobian_into(self, at, theta, &mut (), jacobians)
    }
}
