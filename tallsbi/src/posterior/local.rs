//! Read a trained network as the increments that composers compose.

use std::ops::Range;

use nalgebra::{SMatrix, SVector};

use super::factor::FactorMap;
use crate::{
    compose::{Batch, ComposeError, DiffusedPrior, Estimate, LocalBatches, LocalJacobians, LocalScores, Weights},
    diffusion::{GaussianBaseline, Level, Parameterisation},
    net::{EngineJacobians, NetworkError, ScoreEngine},
};

impl From<NetworkError> for ComposeError {
    fn from(error: NetworkError) -> Self {
        Self::Network { reason: error.to_string() }
    }
}

/// A trained network bound to its observations: δ_j = s_j − s_λ with s_j = e_j − E_j θ − B_j o_j.
#[derive(Debug)]
pub struct NetworkScores<'a, E: ScoreEngine, P, const M: usize> {
    engine: &'a E,
    bound: E::Bound,
    baselines: &'a [GaussianBaseline<M>],
    parameterisation: Parameterisation,
    prior: &'a P,
    /// The prior is exactly N(0, I): its score joins the affine part, and where that is the prior's nothing is left.
    standard_normal: bool,
}

/// Buffers of one thread.
#[derive(Debug, Default)]
pub struct NetworkWorkspace<I, B, P, const M: usize> {
    inference: I,
    /// The factors of a mini-batch.
    batch: B,
    batch_maps: Vec<FactorMap<M>>,
    prior: P,
    maps: Vec<FactorMap<M>>,
    outputs: Vec<SMatrix<f64, M, M>>,
    prior_scores: Vec<[f64; M]>,
    prior_jacobians: Vec<SMatrix<f64, M, M>>,
}

impl<'a, E: ScoreEngine, P: DiffusedPrior<M>, const M: usize> NetworkScores<'a, E, P, M> {
    /// The scores given the sets of observations that `bound` binds to `engine` ([`ScoreEngine::bind`]), with a baseline each.
    /// `standard_normal` says that `prior` is exactly N(0, I).
    pub fn new(
        engine: &'a E,
        bound: E::Bound,
        baselines: &'a [GaussianBaseline<M>],
        parameterisation: Parameterisation,
        prior: &'a P,
        standard_normal: bool,
    ) -> Self {
        Self { engine, bound, baselines, parameterisation, prior, standard_normal }
    }

    fn maps_into(&self, at: &Level, maps: &mut Vec<FactorMap<M>>) {
        maps.clear();
        maps.extend(self.baselines.iter().map(|baseline| FactorMap::new(self.parameterisation, baseline, at)));
    }

    /// The prior's score as −p θ where it is N(0, I); elsewhere p = 0 and the scores are evaluated.
    fn prior_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut P::Workspace,
        scores: &mut Vec<[f64; M]>,
    ) -> Result<f64, ComposeError> {
        scores.resize(theta.len(), [0.0; M]);
        if self.standard_normal {
            scores.fill([0.0; M]);
            return Ok(1.0 / (at.alpha + at.sigma * at.sigma));
        }
        self.prior.score_into(at, theta, workspace, scores)?;
        Ok(0.0)
    }

    /// What writes the θ features of a run of rows.
    fn source<'b>(
        &'b self,
        maps: &'b [FactorMap<M>],
        theta: &'b [[f64; M]],
    ) -> impl FnMut(usize, Range<usize>, &mut [f32]) + 'b {
        let width = Parameterisation::n_features(M);
        move |draw, factors, out| {
            let theta = SVector::from(theta[draw]);
            for (map, out) in maps[factors].iter().zip(out.chunks_exact_mut(width)) {
                map.write_features(self.parameterisation, &theta, out);
            }
        }
    }
}

impl<E: ScoreEngine, P: DiffusedPrior<M>, const M: usize> LocalScores<M> for NetworkScores<'_, E, P, M> {
    type Workspace = NetworkWorkspace<E::Inference, E::Bound, P::Workspace, M>;

    fn n_factors(&self) -> usize {
        self.baselines.len()
    }

    fn increments_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let NetworkWorkspace { inference, prior, maps, prior_scores, .. } = workspace;
        self.maps_into(at, maps);
        let p = self.prior_into(at, theta, prior, prior_scores)?;
        self.engine.evaluate(
            &self.bound,
            at.t,
            theta.len(),
            inference,
            &mut self.source(maps, theta),
            &mut |draw, first, outputs| {
                let (x, s) = (SVector::from(theta[draw]), SVector::from(prior_scores[draw]));
                let start = draw * maps.len() + first;
                for ((out, map), output) in out[start..].iter_mut().zip(&maps[first..]).zip(outputs.chunks_exact(M)) {
                    *out = (map.score(&x, output) + x * p - s).into();
                }
            },
        )?;
        Ok(())
    }

    fn weighted_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, M>,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let NetworkWorkspace { inference, prior, maps, outputs: gains, prior_scores, .. } = workspace;
        self.maps_into(at, maps);
        let p = self.prior_into(at, theta, prior, prior_scores)?;
        gains.clear();
        let mut sum = AffineSum::zero();
        for (j, map) in maps.iter().enumerate() {
            let weight = weights.of(j);
            sum.add(&weight, map, p);
            gains.push(weight * map.gain);
        }
        sum.write(theta, prior_scores, out);
        let source = &mut self.source(maps, theta);
        self.engine.subtract_weighted(&self.bound, at.t, gains, inference, source, out)?;
        Ok(())
    }
}

/// Σ_j W_j δ_j = Σ W_j e_j + Σ W_j (p I − E_j) θ − (Σ W_j) s_λ' − Σ_j (W_j B_j) o_j: all but the last sum, which needs the network.
struct AffineSum<const M: usize> {
    pull: SVector<f64, M>,
    slope: SMatrix<f64, M, M>,
    total: SMatrix<f64, M, M>,
}

impl<const M: usize> AffineSum<M> {
    fn zero() -> Self {
        Self { pull: SVector::zeros(), slope: SMatrix::zeros(), total: SMatrix::zeros() }
    }

    /// Adds a factor. −p θ is the part of the prior's score that `write` is not given.
    fn add(&mut self, weight: &SMatrix<f64, M, M>, map: &FactorMap<M>, p: f64) {
        self.pull += weight * map.pull;
        self.slope += weight * (SMatrix::from_diagonal_element(p) - map.precision);
        self.total += weight;
    }

    fn write(&self, theta: &[[f64; M]], prior_scores: &[[f64; M]], out: &mut [[f64; M]]) {
        for ((out, theta), score) in out.iter_mut().zip(theta).zip(prior_scores) {
            *out = (self.pull + self.slope * SVector::from(*theta) - self.total * SVector::from(*score)).into();
        }
    }
}

impl<E: ScoreEngine, P: DiffusedPrior<M>, const M: usize> LocalBatches<M> for NetworkScores<'_, E, P, M> {
    fn estimated_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, M>,
        batch: Batch<'_>,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let NetworkWorkspace { inference, batch: bound, batch_maps, prior, outputs: gains, prior_scores, .. } =
            workspace;
        let p = self.prior_into(at, theta, prior, prior_scores)?;
        let scale = self.baselines.len() as f64 / batch.factors.len() as f64;
        let map = |j: usize| FactorMap::new(self.parameterisation, &self.baselines[j], at);
        let mut sum = AffineSum::zero();
        if batch.estimate == Estimate::Baseline {
            (0..self.baselines.len()).for_each(|j| sum.add(&weights.of(j), &map(j), p));
        }
        batch_maps.clear();
        gains.clear();
        for j in batch.factors {
            let (weight, map) = (weights.of(*j as usize) * scale, map(*j as usize));
            if batch.estimate == Estimate::Plain {
                sum.add(&weight, &map, p);
            }
            gains.push(weight * map.gain);
            batch_maps.push(map);
        }
        sum.write(theta, prior_scores, out);
        self.engine.select(&self.bound, batch.factors, bound);
        let source = &mut self.source(batch_maps, theta);
        self.engine.subtract_weighted(bound, at.t, gains, inference, source, out)?;
        Ok(())
    }
}

impl<E: EngineJacobians, P: DiffusedPrior<M>, const M: usize> LocalJacobians<M> for NetworkScores<'_, E, P, M> {
    fn increments_and_jacobians_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
        jacobians: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        let NetworkWorkspace { inference, prior, maps, prior_scores, prior_jacobians, .. } = workspace;
        self.maps_into(at, maps);
        let p = self.prior_into(at, theta, prior, prior_scores)?;
        prior_jacobians.resize(theta.len(), SMatrix::zeros());
        if self.standard_normal {
            prior_jacobians.fill(SMatrix::zeros());
        } else {
            self.prior.jacobian_into(at, theta, prior, prior_jacobians)?;
        }
        self.engine.evaluate_with_jacobians(
            &self.bound,
            at.t,
            theta.len(),
            inference,
            &mut |draw, set, features, directions| {
                let theta = SVector::from(theta[draw]);
                maps[set].write_features_and_directions(self.parameterisation, &theta, features, directions);
            },
            &mut |draw, set, output, columns| {
                let (row, map) = (draw * maps.len() + set, &maps[set]);
                let (x, s) = (SVector::from(theta[draw]), SVector::from(prior_scores[draw]));
                out[row] = (map.score(&x, output) + x * p - s).into();
                jacobians[row] = map.jacobian(columns) + SMatrix::from_diagonal_element(p) - prior_jacobians[draw];
            },
        )?;
        Ok(())
    }
}
