//! Bind a composition to its prior and factors: the score that a sampler sees.

use super::{ComposeError, Composition};
use crate::{diffusion::Level, sample::Score};

/// The score of all observations: a prepared composition with the prior and the factors it composes.
#[derive(Debug)]
pub struct Composed<'a, C: ?Sized, P: ?Sized, L: ?Sized> {
    /// What composes.
    pub composition: &'a C,
    /// The diffused prior.
    pub prior: &'a P,
    /// The increments of the factors.
    pub local: &'a L,
}

impl<const M: usize, C, P, L> Score<M> for Composed<'_, C, P, L>
where
    C: Composition<M, P, L> + ?Sized,
    P: Sync + ?Sized,
    L: Sync + ?Sized,
{
    type Workspace = C::Workspace;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        self.composition.score_into(at, theta, self.prior, self.local, workspace, out)
    }

    fn constrain(&self, theta: &mut [[f64; M]]) -> u64 {
        self.composition.constrain(theta)
    }
}
