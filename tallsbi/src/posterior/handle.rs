//! Hold what training gave: a posterior for any number of observations.

use std::marker::PhantomData;

use super::{Observations, Result, coordinates::Coordinates, coordinates::PriorGaussian};
use crate::{
    dataset::{DataError, Standardisation, check_observations},
    diffusion::{GaussianBaseline, Parameterisation, Schedule},
    model::{IntoObservation, Observation, Simulator},
    net::{FusedEngine, ScoreNetwork},
    train::{TrainingReport, baselines},
};

/// A trained posterior of simulator `S` with network `N`, in coordinates `K`: give it observations.
#[derive(Clone, Debug)]
pub struct Posterior<S, N: ScoreNetwork<M, D>, const M: usize, const D: usize, K = PriorGaussian> {
    pub(super) simulator: S,
    pub(super) engine: N::Engine,
    pub(super) head: Option<FusedEngine>,
    pub(super) standardisation: Standardisation,
    pub(super) coordinates: K,
    pub(super) schedule: Schedule,
    pub(super) parameterisation: Parameterisation,
    pub(super) report: TrainingReport,
    pub(super) seed: u64,
    pub(super) network: PhantomData<fn() -> N>,
}

impl<S, N, const M: usize, const D: usize, K> Posterior<S, N, M, D, K>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
{
    /// How training went.
    pub fn training(&self) -> &TrainingReport {
        &self.report
    }

    /// The simulator.
    pub fn simulator(&self) -> &S {
        &self.simulator
    }

    /// The trained network's engine.
    pub fn engine(&self) -> &N::Engine {
        &self.engine
    }

    /// Binds observations, natural units: one, thirty or ten thousand, in any order. Sets of more than n_max are split
    /// into blocks of n_max (partial factorisation), the last of which may be smaller. Observations are put into a
    /// canonical order first, so that any permutation of them gives the same draws.
    ///
    /// # Errors
    /// None was given, or one has a component that is not finite or outside its transform's domain.
    pub fn observe<O: IntoObservation<S::Observation>>(
        &self,
        observations: &[O],
    ) -> Result<Observations<'_, S, N, M, D, K>> {
        let x: Vec<[f64; D]> = observations.iter().map(|x| x.clone().into_observation().to_array()).collect();
        if x.is_empty() {
            return Err(DataError::NoObservations.into());
        }
        check_observations::<S::Observation, D>(&x)?;
        let mut sorted = x;
        sorted.sort_by(|a, b| {
            a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        let labels = S::Observation::labels();
        let mut features = Vec::with_capacity(sorted.len() * 2 * D);
        for (row, x) in sorted.iter().enumerate() {
            self.standardisation.features_into(x, row, &labels, &mut features)?;
        }
        let sizes: Vec<u32> = sorted.chunks(N::N_MAX).map(|set| set.len() as u32).collect();
        // Slots beyond the last set's size are never read.
        features.resize(sizes.len() * N::N_MAX * 2 * D, 0.0);
        let baselines = match &self.head {
            Some(head) => baselines(head, &features, &sizes)?,
            None => vec![GaussianBaseline::standard(); sizes.len()],
        };
        Ok(Observations { posterior: self, n: sorted.len(), features, sizes, baselines })
    }
}
