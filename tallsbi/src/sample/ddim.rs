//! Step by DDIM with a chosen amount of noise, Eqs. (31)–(34) of arXiv:2404.07593.

use super::{NoiseSource, SampleError, Sampler, Score, Scratch};
use crate::diffusion::Level;

/// DDIM(η): η = 0 is a first-order solver of the probability-flow ODE, η = 1 ancestral sampling.
///
/// # Equation   θ̂_0 = (θ + σ² s)/√α, ε̂ = −σ s, σ_b² = η² (σ'²/σ²)(σ² − (α/α') σ'²),
/// θ' = √α' θ̂_0 + √(σ'² − σ_b²) ε̂ + σ_b z, primes at the level with less noise.
/// # Accuracy   First order. A last step to t = 0 has no noise and returns the Tweedie mean θ̂_0, whose covariance is too
/// small by about σ² of the level before: let the grid end at a small t where that matters.
/// Without a floor on σ² this is the published formula; with one, the floor is part of σ² everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ddim {
    /// Share of the ancestral noise, 0 to 1.
    pub eta: f64,
}

impl Ddim {
    /// The η that arXiv:2404.07593 pairs with a number of steps: (50, 0.2), (150, 0.5), (400, 0.8), (1000, 1), and
    /// linear in between; constant outside.
    pub fn for_steps(steps: usize) -> Self {
        const PAIRS: [(f64, f64); 4] = [(50.0, 0.2), (150.0, 0.5), (400.0, 0.8), (1000.0, 1.0)];
        let steps = (steps as f64).clamp(PAIRS[0].0, PAIRS[3].0);
        let mut eta = PAIRS[0].1;
        for pair in PAIRS.windows(2) {
            let ((low, eta_low), (high, eta_high)) = (pair[0], pair[1]);
            if steps >= low {
                eta = eta_low + (eta_high - eta_low) * (steps - low) / (high - low);
            }
        }
        Self { eta }
    }
}

impl<const M: usize> Sampler<M> for Ddim {
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
        state.fit(theta.len());
        score.score_into(from, theta, workspace, &mut state.score)?;
        let (before, after) = (from.sigma * from.sigma, to.sigma * to.sigma);
        let forward = (before - from.alpha / to.alpha * after).max(0.0);
        let added = (self.eta * self.eta * after / before * forward).min(after);
        let ratio = to.mean() / from.mean();
        // √α' σ²/√α from θ̂_0, less √(σ'² − σ_b²) σ from ε̂.
        let drift = ratio * before - (after - added).sqrt() * from.sigma;
        let added = added.sqrt();
        if added > 0.0 {
            noise.fill(&mut state.noise);
        } else {
            state.noise.fill([0.0; M]);
        }
        for ((theta, score), z) in theta.iter_mut().zip(&state.score).zip(&state.noise) {
            for k in 0..M {
                theta[k] = ratio * theta[k] + drift * score[k] + added * z[k];
            }
        }
        Ok(())
    }
}
