//! Name compositions that are linear in the increments, with weights that do not depend on θ.

use super::{Composition, DiffusedPrior, FactorizedDiffusedComposition, GaussComposition, LocalScores, Weights};
use crate::diffusion::Level;

/// A composition s = s_λ + Σ_j W_j δ_j with θ-free weights (capability): what mini-batches and derivatives need.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not weigh scores by matrices that are the same for all draws",
    label = "not linear",
    note = "compose with `Gauss` or `FactorizedDiffused`"
)]
pub trait LinearComposition<const M: usize, P: DiffusedPrior<M>, L: LocalScores<M>>: Composition<M, P, L> {
    /// The weights W_j of a level, with the buffers of the prior and of the factors.
    fn linear_parts<'w>(&self, at: &Level, workspace: &'w mut Self::Workspace) -> LinearParts<'w, M, P, L>;
}

/// The weights of a level, and the buffers of the prior and of the factors.
pub type LinearParts<'w, const M: usize, P, L> =
    (Weights<'w, M>, &'w mut <P as DiffusedPrior<M>>::Workspace, &'w mut <L as LocalScores<M>>::Workspace);

impl<const M: usize, P: DiffusedPrior<M>, L: LocalScores<M>> LinearComposition<M, P, L> for GaussComposition<M> {
    fn linear_parts<'w>(&self, at: &Level, workspace: &'w mut Self::Workspace) -> LinearParts<'w, M, P, L> {
        workspace.refresh(self, at);
        (self.weights(&workspace.weights), &mut workspace.prior, &mut workspace.local)
    }
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalScores<M>> LinearComposition<M, P, L>
    for FactorizedDiffusedComposition
{
    fn linear_parts<'w>(&self, _: &Level, workspace: &'w mut Self::Workspace) -> LinearParts<'w, M, P, L> {
        (Weights::Identity, &mut workspace.prior, &mut workspace.local)
    }
}
