//! Step by annealed Langevin dynamics, the sampler of F-NPSE.

use super::{NoiseSource, SampleError, Sampler, Score, Scratch};
use crate::diffusion::Level;

/// Unadjusted Langevin steps at every level, with a step size tied to the interval.
///
/// # Equation   γ = α/α', δ = τ (1 − γ)/√γ, then L times θ ← θ + δ s(θ, t) + √(2δ) z, all at the noisier end t of the
/// interval   (arXiv:2209.14249, Algorithm 1; step size as in the code of arXiv:2404.07593).
/// # Accuracy   The draws follow the score's density at the last interval's noisier end t (1/K on a uniform grid), up
/// to the bias of unadjusted steps. A score of curvature above 2/δ diverges: many observations need small steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Langevin {
    /// L, steps per level.
    pub inner: usize,
    /// τ, step size relative to (1 − γ)/√γ.
    pub tau: f64,
}

impl Default for Langevin {
    /// L = 5, τ = 0.5, as published.
    fn default() -> Self {
        Self { inner: 5, tau: 0.5 }
    }
}

impl<const M: usize> Sampler<M> for Langevin {
    type State = Scratch<M>;

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
        let gamma = from.alpha / to.alpha;
        let delta = self.tau * (1.0 - gamma) / gamma.sqrt();
        for _ in 0..self.inner {
            langevin_step(score, from, delta, theta, state, workspace, noise)?;
        }
        Ok(())
    }
}

/// θ ← θ + δ s + √(2δ) z.
pub(super) fn langevin_step<const M: usize, S: Score<M>, N: NoiseSource<M>>(
    score: &S,
    at: &Level,
    delta: f64,
    theta: &mut [[f64; M]],
    state: &mut Scratch<M>,
    workspace: &mut S::Workspace,
    noise: &mut N,
) -> Result<(), SampleError> {
    state.fit(theta.len());
    score.score_into(at, theta, workspace, &mut state.score)?;
    noise.fill(&mut state.noise);
    let spread = (2.0 * delta).sqrt();
    for ((theta, score), z) in theta.iter_mut().zip(&state.score).zip(&state.noise) {
        for k in 0..M {
            theta[k] += delta * score[k] + spread * z[k];
        }
    }
    Ok(())
}
