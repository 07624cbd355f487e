//! Correct a sampler's draws by Langevin steps at the level it reached.

use super::langevin::langevin_step;
use super::{NoiseSource, SampleError, Sampler, Score, Scratch};
use crate::diffusion::Level;

/// Moves draws at one level such that the level's density stays what it is.
pub trait Corrector<const M: usize>: Sync {
    /// Buffers of one block of draws.
    type State: Default + Send;

    /// Corrects `theta` at level `at`.
    ///
    /// # Errors
    /// The score could not be evaluated.
    #[allow(clippy::too_many_arguments)] // reason: as `Sampler::step`
    fn correct<S: Score<M>, N: NoiseSource<M>>(
        &self,
        score: &S,
        at: &Level,
        theta: &mut [[f64; M]],
        state: &mut Self::State,
        workspace: &mut S::Workspace,
        noise: &mut N,
    ) -> Result<(), SampleError>;
}

/// Langevin steps of a size that is a fixed share of the level's noise.
///
/// # Equation   δ = 2 r² σ², `steps` times θ ← θ + δ s + √(2δ) z. The rule of arXiv:2011.13456 (Algorithm 4), δ = 2 α (r ‖z‖/‖s‖)²,
/// has random norms in it, so that its step depends on the draw and the density is not kept; here they are replaced by
/// their values under pure noise, ‖s‖ = ‖z‖/σ, and its α by 1.
/// # Accuracy   Exact up to the bias of unadjusted steps: variances too large by a factor of at most 1/(1 − r²).
/// At a level without noise (t = 0) there is nothing to correct with: no step is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LangevinCorrector {
    /// Steps per level.
    pub steps: usize,
    /// r, the signal-to-noise ratio of one step.
    pub snr: f64,
}

impl Default for LangevinCorrector {
    /// One step with r = 0.16, as arXiv:2011.13456 on images.
    fn default() -> Self {
        Self { steps: 1, snr: 0.16 }
    }
}

impl<const M: usize> Corrector<M> for LangevinCorrector {
    type State = Scratch<M>;

    fn correct<S: Score<M>, N: NoiseSource<M>>(
        &self,
        score: &S,
        at: &Level,
        theta: &mut [[f64; M]],
        state: &mut Self::State,
        workspace: &mut S::Workspace,
        noise: &mut N,
    ) -> Result<(), SampleError> {
        let delta = 2.0 * self.snr * self.snr * at.sigma * at.sigma;
        if delta > 0.0 {
            for _ in 0..self.steps {
                langevin_step(score, at, delta, theta, state, workspace, noise)?;
            }
        }
        Ok(())
    }
}

/// A sampler whose draws are corrected after each step, or after the last ones only.
///
/// # Accuracy   That of the predictor, improved where its error lies in what a few Langevin steps can mend. A multistep
/// predictor forgets its history at a correction, so with corrections at every level DPM-Solver++ is of first order; with
/// [`only_below`](Self::only_below) it keeps its order down to there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictorCorrector<P, C = LangevinCorrector> {
    /// Moves from level to level.
    pub predictor: P,
    /// Moves within the level reached.
    pub corrector: C,
    /// Corrects at levels with σ up to this.
    pub max_sigma: f64,
}

impl<P, C> PredictorCorrector<P, C> {
    /// Corrects after every step.
    pub fn new(predictor: P, corrector: C) -> Self {
        Self { predictor, corrector, max_sigma: f64::INFINITY }
    }

    /// Corrects only at low noise, σ ≤ `max_sigma`: a few stochastic steps at the end.
    pub fn only_below(predictor: P, corrector: C, max_sigma: f64) -> Self {
        Self { predictor, corrector, max_sigma }
    }
}

impl<const M: usize, P: Sampler<M>, C: Corrector<M>> Sampler<M> for PredictorCorrector<P, C> {
    type State = (P::State, C::State);

    fn step<S: Score<M>, N: NoiseSource<M>>(
        &self,
        score: &S,
        from: &Level,
        to: &Level,
        theta: &mut [[f64; M]],
        state: &mut Self::State,
        workspace: &mut S::Workspace,
        noise: &mut N,
    ) -> Result<(), SampleError> {
        self.predictor.step(score, from, to, theta, &mut state.0, workspace, noise)?;
        if to.sigma > 0.0 && to.sigma <= self.max_sigma {
            self.corrector.correct(score, to, theta, &mut state.1, workspace, noise)?;
            self.predictor.forget(&mut state.0);
        }
        Ok(())
    }

    fn forget(&self, state: &mut Self::State) {
        self.predictor.forget(&mut state.0);
    }
}
