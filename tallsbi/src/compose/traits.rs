//! Say what a composer sees: increments of single observations, a diffused prior, and nothing of any network.

use nalgebra::SMatrix;

use super::ComposeError;
use crate::diffusion::{Level, Schedule};

/// θ-free weights of a linear composition, one matrix per factor.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a, const M: usize> {
    /// Every weight is the identity.
    Identity,
    /// One weight per factor.
    Each(&'a [SMatrix<f64, M, M>]),
}

impl<const M: usize> Weights<'_, M> {
    /// The weight of a factor.
    pub fn of(&self, factor: usize) -> SMatrix<f64, M, M> {
        match self {
            Self::Identity => SMatrix::identity(),
            Self::Each(matrices) => matrices[factor],
        }
    }
}

/// Increments δ_j = s_j − s_λ of `n` factors (single observations, or sets of at most `n_max`).
pub trait LocalScores<const M: usize>: Sync {
    /// Buffers that one thread reuses from step to step.
    type Workspace: Default + Send;

    /// Number of factors.
    fn n_factors(&self) -> usize;

    /// All increments: `out[draw * n_factors + factor]`. `theta: [draws]`, latent coordinates at `at`.
    ///
    /// # Errors
    /// The network failed.
    fn increments_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError>;

    /// Σ_j W_j δ_j per draw, without ever holding draws × factors × M numbers: `out[draw]`.
    ///
    /// # Errors
    /// The network failed.
    fn weighted_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, M>,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError>;
}

/// Increments with their Jacobians ∇_θ δ_j (capability that JAC needs).
pub trait LocalJacobians<const M: usize>: LocalScores<M> {
    /// As [`LocalScores::increments_into`], with `jacobians[draw * n_factors + factor]`, row = component of δ.
    ///
    /// # Errors
    /// The network failed.
    fn increments_and_jacobians_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
        jacobians: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError>;
}

/// A prior whose diffusion has a known score (capability). In prior-Gaussian coordinates every declared prior has it.
#[diagnostic::on_unimplemented(
    message = "this composer needs the score of the diffused prior, and `{Self}` has none",
    label = "no diffused prior score",
    note = "declare the prior by families, or train with `.learned_prior()`"
)]
pub trait DiffusedPrior<const M: usize>: Sync {
    /// Buffers that one thread reuses from step to step.
    type Workspace: Default + Send;

    /// s_λ(θ, t) for a block of draws.
    ///
    /// # Errors
    /// A learned prior's network failed.
    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError>;

    /// ∇_θ s_λ(θ, t) for a block of draws.
    ///
    /// # Errors
    /// A learned prior's network failed.
    fn jacobian_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError>;

    /// (α/σ²) Cov(θ_0 | θ_t) = I + σ² ∇s_λ(θ, t) for a block of draws: what JAC divides by.
    ///
    /// Provided from [`jacobian_into`](Self::jacobian_into). Near t = 1 it is of size α and that sum loses digits, so a
    /// prior that knows it in closed form should give it.
    ///
    /// # Errors
    /// A learned prior's network failed.
    fn relative_covariance_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        self.jacobian_into(at, theta, workspace, out)?;
        for matrix in out {
            *matrix = SMatrix::identity() + *matrix * (at.sigma * at.sigma);
        }
        Ok(())
    }

    /// Covariance of the undiffused prior (moment-matched where it is not Gaussian), latent coordinates.
    fn covariance(&self) -> SMatrix<f64, M, M>;
}

/// A prior whose *undiffused* score ∇ log λ(θ) is known (capability that F-NPSE as published needs).
#[diagnostic::on_unimplemented(
    message = "this composer needs the score of the undiffused prior, and `{Self}` has none",
    label = "no prior score",
    note = "declare the prior by families"
)]
pub trait CleanPriorScore<const M: usize>: Sync {
    /// ∇ log λ(θ) for a block of draws, latent coordinates.
    fn clean_score_into(&self, theta: &[[f64; M]], out: &mut [[f64; M]]);
}

/// Draws of single-factor posteriors, for composers that need their covariances.
pub trait Pilot<const M: usize> {
    /// Number of factors.
    fn n_factors(&self) -> usize;
    /// The number of draws behind [`covariances`](Self::covariances), or `None` where they are exact and need no
    /// correction for it.
    fn estimated_from(&self, draws: usize) -> Option<usize> {
        Some(draws)
    }

    /// The schedule that levels must be from: a network's is the one that it was trained with. Factors in closed form take any level, so
    /// it is the default schedule unless said otherwise.
    fn schedule(&self) -> Schedule {
        Schedule::default()
    }

    /// The covariances that a Gaussian head gives without any draw, or `None` where there is no head.
    fn amortised(&self) -> Option<Vec<SMatrix<f64, M, M>>> {
        None
    }

    /// Centred covariance (divisor `draws` − 1) of `draws` draws (with `steps` solver steps each) of every factor's posterior at t = 0.
    ///
    /// # Errors
    /// Draws were not finite.
    fn covariances(&self, draws: usize, steps: usize) -> Result<Vec<SMatrix<f64, M, M>>, ComposeError>;
}

/// What a composition did to its inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompositionReport {
    /// Directions in which an estimated posterior precision was raised to the prior's.
    pub floored_directions: u64,
    /// Directions examined.
    pub examined_directions: u64,
    /// Per-draw precisions that were not positive definite and were solved as they are (JAC without its floor).
    pub indefinite_solves: u64,
    /// Draw components clipped to the box of [`Clipped`](super::Clipped), over all steps.
    pub clipped_components: u64,
}

/// A way to combine scores of single observations. It says here what it needs of the prior `P` and of the factors `L`.
pub trait Composer<const M: usize, P: ?Sized, L: ?Sized>: Sync {
    /// The composition for one set of observations.
    type Composition: Composition<M, P, L>;

    /// Prepares for these factors. `n_draws × factors` numbers are never held.
    ///
    /// # Errors
    /// No observations, or unusable covariances.
    fn prepare(&self, prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError>;
}

/// A composer prepared for one set of observations: the score of all of them.
pub trait Composition<const M: usize, P: ?Sized, L: ?Sized>: Sync {
    /// Buffers that one thread reuses from step to step.
    type Workspace: Default + Send;

    /// The composed score of a block of draws.
    ///
    /// # Errors
    /// A network failed, or a precision is not positive definite.
    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError>;

    /// Called after each sampler step: a composer may constrain the draws (JAC-clip does). Returns how many components
    /// it changed.
    fn constrain(&self, _theta: &mut [[f64; M]]) -> u64 {
        0
    }

    /// What was floored so far.
    fn report(&self) -> CompositionReport;
}
