//! Draw once from each of many posteriors: every draw is given a set of observations of its own.
//!
//! The local level of a hierarchy needs it: a group's parameters are drawn given the group's data and one draw of the
//! global parameters each, which the network sees as known covariates of every observation.

use std::ops::Range;

use nalgebra::SVector;

use super::{Posterior, Result, coordinates::Coordinates, factor::FactorMap};
use crate::{
    compose::{ComposeError, symmetric_eigen},
    diffusion::{GaussianBaseline, Level, Parameterisation},
    model::{Observation, Simulator},
    net::{NetworkError, Precision, ScoreEngine, ScoreNetwork},
    sample::{DpmSolver, DriveOptions, Driven, Plan, SamplingPlan, Score, drive_each},
};

/// Draws that a thread moves at a time: enough rows for the network's products to be efficient.
const BLOCK: usize = 256;

/// The scores of a block of draws, each given its own set of observations.
#[derive(Debug)]
pub struct RowScores<'a, E: ScoreEngine, const M: usize> {
    engine: &'a E,
    /// One bound set per draw.
    bound: E::Bound,
    baselines: &'a [GaussianBaseline<M>],
    parameterisation: Parameterisation,
}

/// Buffers of one thread: the affine maps of the level last seen, and those of the network.
#[derive(Debug, Default)]
pub struct RowWorkspace<I, const M: usize> {
    inference: I,
    level: Option<Level>,
    maps: Vec<FactorMap<M>>,
}

impl<'a, E: ScoreEngine, const M: usize> RowScores<'a, E, M> {
    /// Binds a set of standardised observations to every draw (`observations: [draws × n_max × 3 D]`, `sizes: [draws]`)
    /// with a baseline each.
    ///
    /// # Errors
    /// The network failed.
    pub fn bind(
        engine: &'a E,
        observations: &[f32],
        sizes: &[u32],
        baselines: &'a [GaussianBaseline<M>],
        parameterisation: Parameterisation,
    ) -> std::result::Result<Self, NetworkError> {
        Ok(Self {
            engine,
            bound: engine.bind(observations, sizes, Precision::for_factors(1))?,
            baselines,
            parameterisation,
        })
    }
}

impl<E: ScoreEngine, const M: usize> Score<M> for RowScores<'_, E, M> {
    type Workspace = RowWorkspace<E::Inference, M>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> std::result::Result<(), ComposeError> {
        let RowWorkspace { inference, level, maps } = workspace;
        if *level != Some(*at) {
            maps.clear();
            maps.extend(self.baselines.iter().map(|baseline| FactorMap::new(self.parameterisation, baseline, at)));
            *level = Some(*at);
        }
        let width = Parameterisation::n_features(M);
        // To the engine these are the sets of a single draw, whose θ features differ from set to set.
        self.engine.evaluate(
            &self.bound,
            at.t,
            1,
            inference,
            &mut |_, rows, features| {
                for (row, features) in rows.zip(features.chunks_exact_mut(width)) {
                    maps[row].write_features(self.parameterisation, &theta[row].into(), features);
                }
            },
            &mut |_, first, outputs| {
                for (row, output) in (first..).zip(outputs.chunks_exact(M)) {
                    out[row] = maps[row].score(&SVector::from(theta[row]), output).into();
                }
            },
        )?;
        Ok(())
    }
}

/// How [`Posterior::draw_each`] samples.
#[derive(Clone, Debug)]
pub(crate) struct RowOptions {
    pub(crate) plan: Plan<DpmSolver>,
    pub(crate) seed: u64,
}

impl<S, N, const M: usize, const D: usize, K> Posterior<S, N, M, D, K>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
{
    /// One draw given each of `rows` sets of 1 to n_max observations, latent coordinates; `set_into(row, set)` gives a row's
    /// observations in natural units, which the caller has checked. Draw i takes its randomness from stream i of the seed.
    ///
    /// # Errors
    /// The network fails, or every draw is non-finite.
    pub(crate) fn draw_each(
        &self,
        rows: usize,
        set_into: &(dyn Fn(usize, &mut Vec<[f64; D]>) + Sync),
        options: &RowOptions,
    ) -> Result<Driven<M>> {
        let (features, sizes) = self.row_features(0..rows, set_into)?;
        let baselines = self.baselines(&features, &sizes)?;
        let narrowest = self.head.as_ref().and_then(|_| {
            let widths = baselines.iter().map(|baseline| symmetric_eigen(&baseline.covariance()).0.min().sqrt());
            widths.min_by(f64::total_cmp)
        });
        let levels = SamplingPlan::<M>::levels(&options.plan, &self.schedule, narrowest)?;
        let stride = features.len() / rows.max(1);
        let score_of = |rows: Range<usize>| {
            let observations = &features[rows.start * stride..rows.end * stride];
            let (sizes, baselines) = (&sizes[rows.clone()], &baselines[rows]);
            Ok(RowScores::bind(&self.engine, observations, sizes, baselines, self.parameterisation)?)
        };
        let drive = DriveOptions { draws: rows, seed: options.seed, block: BLOCK, start_scale: 1.0, progress: None };
        Ok(drive_each(score_of, &SamplingPlan::<M>::sampler(&options.plan, 1), &levels, &drive)?)
    }

    fn row_features(
        &self,
        rows: Range<usize>,
        set_into: &(dyn Fn(usize, &mut Vec<[f64; D]>) + Sync),
    ) -> Result<(Vec<f32>, Vec<u32>)> {
        let labels = S::Observation::labels();
        let (mut features, mut sizes, mut set) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            set.clear();
            set_into(row, &mut set);
            self.set_features_into(&set, &labels, &mut features)?;
            sizes.push(set.len() as u32);
        }
        Ok((features, sizes))
    }
}
