//! Step by tamed unadjusted Langevin dynamics, whose drift cannot overshoot.

use super::{NoiseSource, SampleError, Sampler, Score, Scratch};
use crate::diffusion::Level;

/// Langevin steps with a bounded drift, at the level with less noise.
///
/// # Equation   e = r √α' σ'², then L times θ ← θ + e/(1 + e ‖s‖) s(θ, t') + √(2e) z   (the tamed ULA of the code of
/// arXiv:2404.07593; taming as in Brosse et al., arXiv:1710.05559). The drift is shorter than 1 whatever the score.
/// # Accuracy   Taming biases by e ‖s‖. At t' = 0 without a floor on σ² the step size is zero: nothing is evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TamedLangevin {
    /// L, steps per level.
    pub inner: usize,
    /// r, step size relative to √α σ².
    pub r: f64,
}

impl Default for TamedLangevin {
    /// L = 5, r = 0.5, as in the published code.
    fn default() -> Self {
        Self { inner: 5, r: 0.5 }
    }
}

impl<const M: usize> Sampler<M> for TamedLangevin {
    type State = Scratch<M>;

    fn step<S: Score<M>, N: NoiseSource<M>>(
        &self,
        score: &S,
        _from: &Level,
        to: &Level,
        theta: &mut [[f64; M]],
        state: &mut Self::State,
        workspace: &mut S::Workspace,
        noise: &mut N,
    ) -> Result<(), SampleError> {
        let size = self.r * to.mean() * to.sigma * to.sigma;
        if size <= 0.0 {
            return Ok(());
        }
        let spread = (2.0 * size).sqrt();
        state.fit(theta.len());
        for _ in 0..self.inner {
            score.score_into(to, theta, workspace, &mut state.score)?;
            noise.fill(&mut state.noise);
            for ((theta, score), z) in theta.iter_mut().zip(&state.score).zip(&state.noise) {
                let norm = score.iter().map(|s| s * s).sum::<f64>().sqrt();
                let tamed = size / (1.0 + size * norm);
                for k in 0..M {
                    theta[k] += tamed * score[k] + spread * z[k];
                }
            }
        }
        Ok(())
    }
}
