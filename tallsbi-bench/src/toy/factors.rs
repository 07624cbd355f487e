//! Let composers see exact scores with a perturbation: increments, Jacobians and covariances of single observations.

use tallsbi::compose::oracle::Gaussian;
use tallsbi::compose::{ComposeError, DiffusedPrior, LocalJacobians, LocalScores, Pilot, Weights, covariance_of};
use tallsbi::diffusion::Level;
use tallsbi::nalgebra::{SMatrix, SVector};
use tallsbi::sample::{Ddim, DriveOptions, Grid, Score, drive};

use super::{Diffused, Normals, Perturbation, schedule};

/// The η of the draws that covariances are estimated from, as published.
const PILOT_ETA: f64 = 0.5;

/// Exact posteriors of single observations, whose noise predictions −σ s are perturbed by `size` times a random network.
#[derive(Clone, Debug)]
pub struct Toy<const M: usize> {
    /// The prior.
    pub prior: Gaussian<M>,
    /// The exact posterior of each observation.
    pub posteriors: Vec<Normals<M>>,
    /// The observations, which the perturbation sees.
    pub xs: Vec<[f64; M]>,
    /// What is added to noise predictions.
    pub perturbation: Perturbation<M>,
    /// Factor of the perturbation: the paper's ε.
    pub size: f64,
    /// Seed of the draws that covariances are estimated from.
    pub seed: u64,
}

/// What one thread keeps of a level.
#[derive(Debug)]
pub struct ToyWorkspace<const M: usize> {
    level: Option<Level>,
    diffused: Vec<(Diffused<M>, Vec<f64>)>,
    prior: Vec<[f64; M]>,
    prior_jacobian: SMatrix<f64, M, M>,
}

impl<const M: usize> Default for ToyWorkspace<M> {
    fn default() -> Self {
        Self { level: None, diffused: Vec::new(), prior: Vec::new(), prior_jacobian: SMatrix::zeros() }
    }
}

impl<const M: usize> Toy<M> {
    fn prepare(&self, at: &Level, theta: &[[f64; M]], workspace: &mut ToyWorkspace<M>) -> Result<(), ComposeError> {
        if workspace.level != Some(*at) {
            workspace.diffused.clear();
            for (posterior, x) in self.posteriors.iter().zip(&self.xs) {
                workspace.diffused.push((posterior.diffused(at)?, self.perturbation.context(x, at.t)));
            }
            let mut jacobian = [SMatrix::zeros()];
            self.prior.jacobian_into(at, &[[0.0; M]], &mut (), &mut jacobian)?;
            workspace.prior_jacobian = jacobian[0];
            workspace.level = Some(*at);
        }
        workspace.prior.resize(theta.len(), [0.0; M]);
        DiffusedPrior::score_into(&self.prior, at, theta, &mut (), &mut workspace.prior)
    }

    /// s_j, perturbed: −(ε + size · network)/σ.
    fn score(
        &self,
        at: &Level,
        theta: &SVector<f64, M>,
        (diffused, context): &(Diffused<M>, Vec<f64>),
    ) -> SVector<f64, M> {
        let (_, score) = diffused.log_density_and_score(theta);
        if self.size == 0.0 {
            return score;
        }
        score - self.perturbation.evaluate(theta, context, None) * (self.size / at.sigma)
    }
}

impl<const M: usize> LocalScores<M> for Toy<M> {
    type Workspace = ToyWorkspace<M>;

    fn n_factors(&self) -> usize {
        self.posteriors.len()
    }

    fn increments_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut ToyWorkspace<M>,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        self.prepare(at, theta, workspace)?;
        let increments = out.chunks_exact_mut(self.posteriors.len());
        for ((theta, prior), increments) in theta.iter().zip(&workspace.prior).zip(increments) {
            let (theta, prior) = (SVector::from(*theta), SVector::from(*prior));
            for (increment, factor) in increments.iter_mut().zip(&workspace.diffused) {
                *increment = (self.score(at, &theta, factor) - prior).into();
            }
        }
        Ok(())
    }

    fn weighted_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, M>,
        theta: &[[f64; M]],
        workspace: &mut ToyWorkspace<M>,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        self.prepare(at, theta, workspace)?;
        for ((theta, prior), out) in theta.iter().zip(&workspace.prior).zip(out) {
            let (theta, prior) = (SVector::from(*theta), SVector::from(*prior));
            let mut sum = SVector::<f64, M>::zeros();
            for (j, factor) in workspace.diffused.iter().enumerate() {
                sum += weights.of(j) * (self.score(at, &theta, factor) - prior);
            }
            *out = sum.into();
        }
        Ok(())
    }
}

impl<const M: usize> LocalJacobians<M> for Toy<M> {
    fn increments_and_jacobians_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        workspace: &mut ToyWorkspace<M>,
        out: &mut [[f64; M]],
        jacobians: &mut [SMatrix<f64, M, M>],
    ) -> Result<(), ComposeError> {
        self.prepare(at, theta, workspace)?;
        let n = self.posteriors.len();
        let blocks = out.chunks_exact_mut(n).zip(jacobians.chunks_exact_mut(n));
        for ((theta, prior), (increments, jacobians)) in theta.iter().zip(&workspace.prior).zip(blocks) {
            let (theta, prior) = (SVector::from(*theta), SVector::from(*prior));
            for (j, (diffused, context)) in workspace.diffused.iter().enumerate() {
                let (score, jacobian) = diffused.score_and_jacobian(&theta);
                let mut slope = SMatrix::zeros();
                let error = self.perturbation.evaluate(&theta, context, Some(&mut slope));
                let scale = self.size / at.sigma;
                increments[j] = (score - error * scale - prior).into();
                jacobians[j] = jacobian - slope * scale - workspace.prior_jacobian;
            }
        }
        Ok(())
    }
}

/// The score of one observation alone.
struct Single<'a, const M: usize> {
    toy: &'a Toy<M>,
    index: usize,
}

impl<const M: usize> Score<M> for Single<'_, M> {
    type Workspace = ();

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        (): &mut (),
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let context = self.toy.perturbation.context(&self.toy.xs[self.index], at.t);
        let factor = (self.toy.posteriors[self.index].diffused(at)?, context);
        for (theta, out) in theta.iter().zip(out) {
            *out = self.toy.score(at, &SVector::from(*theta), &factor).into();
        }
        Ok(())
    }
}

impl<const M: usize> Pilot<M> for Toy<M> {
    fn n_factors(&self) -> usize {
        self.posteriors.len()
    }

    fn covariances(&self, draws: usize, steps: usize) -> Result<Vec<SMatrix<f64, M, M>>, ComposeError> {
        let levels = Grid::Uniform { steps }.levels(&schedule())?;
        (0..self.posteriors.len())
            .map(|index| {
                let options = DriveOptions { draws, seed: self.seed + index as u64, ..DriveOptions::default() };
                let driven = drive(&Single { toy: self, index }, &Ddim { eta: PILOT_ETA }, &levels, &options)?;
                Ok(covariance_of(&driven.draws))
            })
            .collect()
    }
}
