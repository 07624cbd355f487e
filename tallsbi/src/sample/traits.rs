//! Say what a sampler sees: a score, an interval, and noise.

use crate::{compose::ComposeError, diffusion::Level};

/// Everything a sampler may know of a posterior: its diffused score on blocks of draws.
pub trait Score<const M: usize>: Sync {
    /// Buffers that one thread reuses from step to step.
    type Workspace: Default + Send;

    /// ∇ log p_t(θ) for a block of draws, latent coordinates.
    ///
    /// # Errors
    /// The score could not be evaluated.
    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError>;

    /// Constrains draws after a step; returns how many components changed.
    fn constrain(&self, _theta: &mut [[f64; M]]) -> u64 {
        0
    }
}

impl<S: Score<M>, const M: usize> Score<M> for &S {
    type Workspace = S::Workspace;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        (**self).score_into(at, theta, workspace, out)
    }

    fn constrain(&self, theta: &mut [[f64; M]]) -> u64 {
        (**self).constrain(theta)
    }
}

/// Standard normal noise for a block of draws, each draw from its own stream.
pub trait NoiseSource<const M: usize> {
    /// Fills `out[draw]` with independent N(0, 1).
    fn fill(&mut self, out: &mut [[f64; M]]);
}

/// One step of an integrator. It owns no grid, no loop and no noise.
pub trait Sampler<const M: usize>: Sync {
    /// Buffers and history of one block of draws.
    type State: Default + Send;

    /// Moves `theta` from level `from` to level `to` (less noise).
    ///
    /// # Errors
    /// The score could not be evaluated.
    #[allow(clippy::too_many_arguments)] // reason: a step is over an interval, of a score, with state and noise
    fn step<S: Score<M>, N: NoiseSource<M>>(
        &self,
        score: &S,
        from: &Level,
        to: &Level,
        theta: &mut [[f64; M]],
        state: &mut Self::State,
        workspace: &mut S::Workspace,
        noise: &mut N,
    ) -> Result<(), SampleError>;

    /// Drops what a multistep method remembers, after the draws were moved by something else. Nothing to do for the
    /// others.
    fn forget(&self, _state: &mut Self::State) {}
}

/// What can go wrong when a posterior is sampled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The score could not be evaluated.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// Zero draws or steps were asked for.
    #[error("{what} must be at least 1")]
    Zero {
        /// What was zero.
        what: &'static str,
    },
    /// The levels do not lead from noise towards data.
    #[error(
        "level {index} of the grid does not have less noise than the one before it; times must fall strictly, within [0, 1]"
    )]
    NotDescending {
        /// Index of the level.
        index: usize,
    },
    /// Every draw became non-finite.
    #[error(
        "all {draws} draws became non-finite: try another composer or sampler, or check that the observations resemble simulations"
    )]
    AllNonFinite {
        /// How many draws.
        draws: usize,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Of draws that a composer asked for: the pilot's.
impl From<SampleError> for ComposeError {
    fn from(error: SampleError) -> Self {
        match error {
            SampleError::Compose(error) => error,
            other => Self::Pilot { reason: other.to_string() },
        }
    }
}
