//! Forget the type of a score: the driver and the samplers are compiled once for every number of parameters.

use super::Score;
use crate::{compose::ComposeError, diffusion::Level};

/// A score whose type is forgotten. A call through it costs a pointer for a whole block of draws.
pub(super) struct AnyScore<'a, const M: usize>(pub(super) &'a dyn Blocks<M>);

/// Makes what evaluates a score on one thread.
pub(super) trait Blocks<const M: usize>: Sync {
    fn block(&self) -> Box<dyn Block<M> + '_>;
    fn constrain(&self, theta: &mut [[f64; M]]) -> u64;
}

/// A score with its buffers.
pub(super) trait Block<const M: usize>: Send {
    fn score_into(&mut self, at: &Level, theta: &[[f64; M]], out: &mut [[f64; M]]) -> Result<(), ComposeError>;
}

struct Buffered<'a, S, W> {
    score: &'a S,
    workspace: W,
}

impl<const M: usize, S: Score<M>> Block<M> for Buffered<'_, S, S::Workspace> {
    fn score_into(&mut self, at: &Level, theta: &[[f64; M]], out: &mut [[f64; M]]) -> Result<(), ComposeError> {
        self.score.score_into(at, theta, &mut self.workspace, out)
    }
}

impl<const M: usize, S: Score<M>> Blocks<M> for S {
    fn block(&self) -> Box<dyn Block<M> + '_> {
        Box::new(Buffered { score: self, workspace: S::Workspace::default() })
    }
    fn constrain(&self, theta: &mut [[f64; M]]) -> u64 {
        Score::constrain(self, theta)
    }
}

impl<'a, const M: usize> Score<M> for AnyScore<'a, M> {
    type Workspace = Option<Box<dyn Block<M> + 'a>>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        workspace.get_or_insert_with(|| self.0.block()).score_into(at, theta, out)
    }

    fn constrain(&self, theta: &mut [[f64; M]]) -> u64 {
        self.0.constrain(theta)
    }
}
