//! Hold what training gave: a posterior for any number of observations.

use std::marker::PhantomData;

use super::{Observations, Result, coordinates::Coordinates, coordinates::PriorGaussian};
use crate::{
    dataset::{DataError, FEATURES, Standardisation, by_components, canonical_order, check_observations},
    diffusion::{GaussianBaseline, Parameterisation, Schedule},
    model::{IntoObservation, Label, Observation, Simulator},
    net::{FusedEngine, Precision, ScoreEngine, ScoreNetwork},
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

    /// Whether a few factors at a step can stand for many: what the network adds to their Gaussian baselines is small, and adding it up for
    /// all of them is dear.
    pub(crate) fn gains_from_batches(&self) -> bool {
        self.head.is_some() && !self.engine.sums_first()
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
        canonical_order(self.standardisation.points(), &mut sorted);
        self.bind(sorted.chunks(N::N_MAX))
    }

    /// Binds sets of observations, natural units, each of which is one factor: of 1 to n_max observations that were made
    /// together (a group). The caller has checked them. Sets and the observations in them are put into a canonical order.
    ///
    /// # Errors
    /// The network failed.
    pub(crate) fn observe_sets(&self, mut sets: Vec<Vec<[f64; D]>>) -> Result<Observations<'_, S, N, M, D, K>> {
        for set in &mut sets {
            canonical_order(self.standardisation.points(), set);
        }
        sets.sort_by(|a, b| {
            let first_difference = a.iter().zip(b).map(|(a, b)| by_components(a, b)).find(|order| order.is_ne());
            first_difference.unwrap_or_else(|| a.len().cmp(&b.len()))
        });
        self.bind(sets.iter().map(Vec::as_slice))
    }

    fn bind<'x>(&self, sets: impl Iterator<Item = &'x [[f64; D]]>) -> Result<Observations<'_, S, N, M, D, K>> {
        let labels = S::Observation::labels();
        let (mut features, mut sizes) = (Vec::new(), Vec::new());
        for set in sets {
            self.set_features_into(set, &labels, &mut features)?;
            sizes.push(set.len() as u32);
        }
        let n = sizes.iter().sum::<u32>() as usize;
        let baselines = self.baselines(&features, &sizes)?;
        let precision = Precision::for_factors(sizes.len());
        Ok(Observations { posterior: self, n, features, sizes, baselines, precision })
    }

    /// Appends the network's features of one set: `[n_max × 3 D]`.
    pub(super) fn set_features_into(
        &self,
        set: &[[f64; D]],
        labels: &[Label; D],
        features: &mut Vec<f32>,
    ) -> Result<()> {
        let end = features.len() + N::N_MAX * FEATURES * D;
        for (row, x) in set.iter().enumerate() {
            self.standardisation.features_into(x, row, labels, features)?;
        }
        // Slots beyond the set's size are never read.
        features.resize(end, 0.0);
        Ok(())
    }

    /// The Gaussian baseline of every set; N(0, I) where the parameterisation has none.
    pub(super) fn baselines(&self, features: &[f32], sizes: &[u32]) -> Result<Vec<GaussianBaseline<M>>> {
        Ok(match &self.head {
            Some(head) => baselines(head, features, sizes)?,
            None => vec![GaussianBaseline::standard(); sizes.len()],
        })
    }
}
