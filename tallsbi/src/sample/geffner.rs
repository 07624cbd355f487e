//! Step by the Gaussian sampler of F-NPSE's Appendix D.

use super::{NoiseSource, SampleError, Sampler, Score, Scratch};
use crate::{
    compose::{DiffusedPrior, StandardNormal},
    diffusion::Level,
};

/// The sampler of arXiv:2209.14249, Appendix D (Algorithm 2 there; `DET_GEF` in the code of arXiv:2404.07593): the
/// backward kernels of single observations, each Gaussian, are multiplied. Despite that name it adds noise.
///
/// # Equation   With γ = α/α' and N factors, v = (1 − γ)/(N − γ(N − 1)) and
/// μ = [(N θ + (1 − γ) Σ_j s_j)/√γ − (N − 1) √γ θ]/(N − γ(N − 1)) + v (1 − N) s_λ, θ' = μ + √v z. The terms in θ add up to
/// θ/√γ exactly, and with F-NPSE's diffused score s = s_λ + Σ_j δ_j (so Σ_j s_j = s + (N − 1) s_λ)
///
///   μ = θ/√γ + v [s/√γ + (N − 1)(1/√γ − 1) s_λ],
///
/// which is what is computed: give it the score of [`FactorizedDiffused`](crate::compose::FactorizedDiffused).
/// # Accuracy   First order in 1 − γ; at large noise it inherits F-NPSE's bridge. Not to be confused with a
/// deterministic sampler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geffner<P = StandardNormal> {
    /// N, the number of factors composed.
    pub n_factors: usize,
    /// The diffused prior, whose score enters once more on its own.
    pub prior: P,
}

impl Geffner {
    /// In prior-Gaussian coordinates.
    pub fn new(n_factors: usize) -> Self {
        Self { n_factors, prior: StandardNormal }
    }
}

/// Buffers of one block.
#[derive(Clone, Debug, Default)]
pub struct GeffnerState<const M: usize, W> {
    scratch: Scratch<M>,
    prior_scores: Vec<[f64; M]>,
    prior: W,
}

impl<const M: usize, P: DiffusedPrior<M>> Sampler<M> for Geffner<P> {
    type State = GeffnerState<M, P::Workspace>;

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
        let scratch = &mut state.scratch;
        scratch.fit(theta.len());
        state.prior_scores.resize(theta.len(), [0.0; M]);
        score.score_into(from, theta, workspace, &mut scratch.score)?;
        self.prior.score_into(from, theta, &mut state.prior, &mut state.prior_scores)?;
        noise.fill(&mut scratch.noise);
        let gamma = from.alpha / to.alpha;
        let n = self.n_factors as f64;
        let variance = (1.0 - gamma) / (n - gamma * (n - 1.0));
        let (grow, spread) = (1.0 / gamma.sqrt(), variance.sqrt());
        let of_prior = variance * (n - 1.0) * (grow - 1.0);
        let rows = scratch.score.iter().zip(&state.prior_scores).zip(&scratch.noise);
        for (theta, ((score, prior), z)) in theta.iter_mut().zip(rows) {
            for k in 0..M {
                theta[k] = grow * (theta[k] + variance * score[k]) + of_prior * prior[k] + spread * z[k];
            }
        }
        Ok(())
    }
}
