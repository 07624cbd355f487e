//! Draw from every single factor's posterior, for composers that need its covariance.

use std::ops::Range;

use nalgebra::SMatrix;

use super::local::NetworkScores;
use crate::{
    compose::{ComposeError, Composed, Composer, DiffusedPrior, FactorizedDiffused, Pilot, covariance_of},
    diffusion::{GaussianBaseline, Parameterisation, Schedule},
    net::{NetworkError, Precision, ScoreEngine},
    sample::{DpmSolver, DriveOptions, Grid, drive},
};

/// Draws per block of the pilot.
const BLOCK: usize = 128;

/// What pilot draws are made with: the network, the prior and the standardised factors.
#[derive(Debug)]
pub struct NetworkPilot<'a, E, P, const M: usize> {
    /// The network.
    pub engine: &'a E,
    /// The diffused prior.
    pub prior: &'a P,
    /// Whether it is exactly N(0, I).
    pub standard_normal: bool,
    /// What the network predicts.
    pub parameterisation: Parameterisation,
    /// The noise schedule.
    pub schedule: Schedule,
    /// Standardised observations: `[sets × n_max × 3 D]`.
    pub observations: &'a [f32],
    /// Size of each set.
    pub sizes: &'a [u32],
    /// The Gaussian baseline of each set.
    pub baselines: &'a [GaussianBaseline<M>],
    /// How precisely the network is evaluated.
    pub precision: Precision,
    /// Seed of the pilot draws.
    pub seed: u64,
}

impl<'a, E: ScoreEngine, P: DiffusedPrior<M>, const M: usize> NetworkPilot<'a, E, P, M> {
    /// The increments of every factor.
    ///
    /// # Errors
    /// The network does not take these observations.
    pub fn scores(&self) -> Result<NetworkScores<'a, E, P, M>, NetworkError> {
        self.scores_of(0..self.sizes.len())
    }

    fn scores_of(&self, factors: Range<usize>) -> Result<NetworkScores<'a, E, P, M>, NetworkError> {
        let stride = self.observations.len() / self.sizes.len().max(1);
        let observations = &self.observations[factors.start * stride..factors.end * stride];
        let bound = self.engine.bind(observations, &self.sizes[factors.clone()], self.precision)?;
        let baselines = &self.baselines[factors];
        Ok(NetworkScores::new(self.engine, bound, baselines, self.parameterisation, self.prior, self.standard_normal))
    }
}

impl<E: ScoreEngine, P: DiffusedPrior<M>, const M: usize> Pilot<M> for NetworkPilot<'_, E, P, M> {
    fn n_factors(&self) -> usize {
        self.sizes.len()
    }

    fn schedule(&self) -> Schedule {
        self.schedule
    }

    fn amortised(&self) -> Option<Vec<SMatrix<f64, M, M>>> {
        let has_head = matches!(self.parameterisation, Parameterisation::ResidualToGaussian { .. });
        has_head.then(|| self.baselines.iter().map(GaussianBaseline::covariance).collect())
    }

    fn covariances(&self, draws: usize, steps: usize) -> Result<Vec<SMatrix<f64, M, M>>, ComposeError> {
        let levels = Grid::log_snr(steps).levels(&self.schedule)?;
        (0..self.sizes.len())
            .map(|index| {
                let local = self.scores_of(index..index + 1)?;
                let composition =
                    Composer::<M, P, NetworkScores<'_, E, P, M>>::prepare(&FactorizedDiffused, self.prior, self)?;
                let score = Composed { composition: &composition, prior: self.prior, local: &local };
                let options = DriveOptions {
                    draws,
                    // Every observation starts from the same noise: permuting them permutes their covariances.
                    seed: self.seed,
                    block: BLOCK,
                    start_scale: 1.0,
                    progress: None,
                };
                let driven = drive(&score, &DpmSolver, &levels, &options)?;
                if !driven.non_finite.is_empty() {
                    return Err(ComposeError::NonFinitePilot { index, count: driven.non_finite.len() });
                }
                Ok(covariance_of(&driven.draws))
            })
            .collect()
    }
}
