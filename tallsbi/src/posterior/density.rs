//! Evaluate the log-density of a posterior given any number of observations.

use super::{NetworkScores, Result, Sampling, coordinates::Coordinates};
use crate::{
    compose::{Composed, Composer, CompositionJacobians, DiffusedPrior},
    model::{Parameters, Simulator},
    net::{EngineJacobians, ScoreNetwork},
    prior::PriorError,
    sample::Flow,
};

impl<'a, S, N, const M: usize, const D: usize, K, C, A> Sampling<'a, S, N, M, D, K, C, A>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
{
    /// ln q(θ | all observations) of every θ, natural units, normalised: the density of what the probability-flow ODE
    /// draws (see [`Flow`] for its accuracy). −∞ outside the prior's support, NaN where the integration became non-finite.
    ///
    /// The plan and its steps do not matter here; composer and seed do (pilot draws). It costs about 160 network
    /// evaluations with Jacobians for each θ and observation.
    ///
    /// # Errors
    /// The composition cannot be prepared, or the network fails.
    pub fn log_density(&self, theta: &[S::Parameters]) -> Result<Vec<f64>>
    where
        N::Engine: EngineJacobians,
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
            >,
    {
        let posterior = self.observations.posterior;
        let (mut inside, mut latent, mut ln_density) = (Vec::new(), Vec::new(), vec![f64::NEG_INFINITY; theta.len()]);
        for (index, theta) in theta.iter().enumerate() {
            let theta = theta.to_array();
            let mapped = posterior
                .coordinates
                .to_latent(&posterior.simulator, &theta)
                .and_then(|z| Ok((z, posterior.coordinates.ln_jacobian(&posterior.simulator, &theta)?)));
            match mapped {
                Ok((z, ln_jacobian)) => {
                    inside.push((index, ln_jacobian));
                    latent.push(z);
                }
                Err(PriorError::OutOfSupport { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let prior = self.observations.prior()?;
        let pilot = self.observations.pilot(&prior, self.seed);
        let composition = self.composer.prepare(&prior, &pilot)?;
        let local = pilot.scores()?;
        let score = Composed { composition: &composition, prior: &prior, local: &local };
        let block = (BLOCK_ROWS / self.observations.n_factors()).clamp(1, 64);
        let flow = Flow { block, ..Flow::default() };
        let values = flow.ln_density(&score, &posterior.schedule, self.observations.narrowest(), &latent)?;
        for ((index, ln_jacobian), value) in inside.into_iter().zip(values) {
            ln_density[index] = value + ln_jacobian;
        }
        Ok(ln_density)
    }
}

/// Network rows with Jacobians that a block brings at once.
const BLOCK_ROWS: usize = 512;
