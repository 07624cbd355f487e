//! Let a trained posterior, with a composer and a sampling plan, be calibrated on sets of observations.

use super::{DrawError, SetDensity, SetPosterior};
use crate::{
    compose::{Composer, CompositionJacobians, DiffusedPrior, Gauss},
    model::{Parameters, Simulator},
    net::{EngineJacobians, ScoreNetwork},
    posterior::{Coordinates, NetworkScores, Posterior},
    sample::{SamplingPlan, TallPlan},
};

/// A trained posterior that composes and samples in one way whatever the set of observations.
#[derive(Clone, Debug)]
pub struct TallPosterior<'a, S, N: ScoreNetwork<M, D>, const M: usize, const D: usize, K, C = Gauss, A = TallPlan> {
    posterior: &'a Posterior<S, N, M, D, K>,
    composer: C,
    plan: A,
}

impl<'a, S, N: ScoreNetwork<M, D>, const M: usize, const D: usize, K> TallPosterior<'a, S, N, M, D, K> {
    /// Composes and samples by the defaults: GAUSS and [`TallPlan`].
    pub fn new(posterior: &'a Posterior<S, N, M, D, K>) -> Self {
        Self { posterior, composer: Gauss::default(), plan: TallPlan::default() }
    }
}

impl<'a, S, N: ScoreNetwork<M, D>, const M: usize, const D: usize, K, C, A> TallPosterior<'a, S, N, M, D, K, C, A> {
    /// Chooses how scores of single observations become the score of all.
    pub fn compose<B>(self, composer: B) -> TallPosterior<'a, S, N, M, D, K, B, A> {
        TallPosterior { posterior: self.posterior, composer, plan: self.plan }
    }

    /// Chooses the sampler with its grid.
    pub fn sampler<B>(self, plan: B) -> TallPosterior<'a, S, N, M, D, K, C, B> {
        TallPosterior { posterior: self.posterior, composer: self.composer, plan }
    }
}

impl<'a, S, N, const M: usize, const D: usize, K, C, A> SetPosterior<S::Observation, M>
    for TallPosterior<'a, S, N, M, D, K, C, A>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
    K::Prior<'a, N::Engine>: DiffusedPrior<M>,
    C: for<'x> Composer<M, K::Prior<'a, N::Engine>, NetworkScores<'x, N::Engine, K::Prior<'a, N::Engine>, M>> + Clone,
    A: SamplingPlan<M> + Clone + Sync,
{
    fn draw(&self, observations: &[S::Observation], draws: usize, seed: u64) -> Result<Vec<[f64; M]>, DrawError> {
        let sampling = self.posterior.observe(observations).map_err(DrawError::new)?.compose(self.composer.clone());
        let drawn = sampling.sampler(self.plan.clone()).seed(seed).quiet().sample(draws).map_err(DrawError::new)?;
        Ok(drawn.rows().to_vec())
    }
}

impl<'a, S, N, const M: usize, const D: usize, K, C, A> SetDensity<S::Observation, M>
    for TallPosterior<'a, S, N, M, D, K, C, A>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    N::Engine: EngineJacobians,
    K: Coordinates<S, M, D>,
    K::Prior<'a, N::Engine>: DiffusedPrior<M>,
    C: for<'x> Composer<
            M,
            K::Prior<'a, N::Engine>,
            NetworkScores<'x, N::Engine, K::Prior<'a, N::Engine>, M>,
            Composition: CompositionJacobians<
                M,
                K::Prior<'a, N::Engine>,
                NetworkScores<'x, N::Engine, K::Prior<'a, N::Engine>, M>,
            >,
        > + Clone,
    A: Sync,
{
    fn ln_density(&self, observations: &[S::Observation], theta: &[[f64; M]]) -> Result<Vec<f64>, DrawError> {
        let theta: Vec<S::Parameters> = theta.iter().map(|theta| S::Parameters::from_array(*theta)).collect();
        let sampling = self.posterior.observe(observations).map_err(DrawError::new)?.compose(self.composer.clone());
        sampling.log_density(&theta).map_err(DrawError::new)
    }
}
