//! Compose by adding scores (F-NPSE), with the published prior correction or with the diffused prior's score.

use super::gauss::add_rows;
use super::{
    CleanPriorScore, ComposeError, Composer, Composition, CompositionReport, DiffusedPrior, LocalScores, Pilot, Weights,
};
use crate::diffusion::Level;

/// F-NPSE as published.
///
/// # Equation   s = (1 − n)(1 − t) ∇log λ(θ) + Σ_j s_j with the *undiffused* prior score   (arXiv:2209.14249, Section 3).
/// # Accuracy   A bridge of densities that is the posterior at t = 0 only: use annealed Langevin, not a reverse process.
/// Exact for one factor.
/// # Errors     [`ComposeError::NoObservations`].
/// # Not to be confused with   [`FactorizedDiffused`], which the code of arXiv:2404.07593 calls by the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factorized;

/// F-NPSE with the diffused prior's score in the place of the fading undiffused one.
///
/// # Equation   s = (1 − n) s_λ + Σ_j s_j = s_λ + Σ_j δ_j   (the code of arXiv:2404.07593).
/// # Accuracy   As [`Factorized`].
/// # Errors     [`ComposeError::NoObservations`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactorizedDiffused;

/// [`Factorized`] prepared for one set of observations.
#[derive(Clone, Copy, Debug)]
pub struct FactorizedComposition {
    n_factors: usize,
}

/// [`FactorizedDiffused`] prepared for one set of observations.
#[derive(Clone, Copy, Debug)]
pub struct FactorizedDiffusedComposition(());

/// Buffers of one thread.
#[derive(Clone, Debug, Default)]
pub struct FactorizedWorkspace<const M: usize, P, L> {
    pub(super) prior: P,
    pub(super) local: L,
    prior_scores: Vec<[f64; M]>,
}

impl<const M: usize, P: DiffusedPrior<M> + CleanPriorScore<M>, L: LocalScores<M>> Composer<M, P, L> for Factorized {
    type Composition = FactorizedComposition;

    fn prepare(&self, _prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError> {
        match pilot.n_factors() {
            0 => Err(ComposeError::NoObservations),
            n_factors => Ok(FactorizedComposition { n_factors }),
        }
    }
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalScores<M>> Composer<M, P, L> for FactorizedDiffused {
    type Composition = FactorizedDiffusedComposition;

    fn prepare(&self, _prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError> {
        match pilot.n_factors() {
            0 => Err(ComposeError::NoObservations),
            _ => Ok(FactorizedDiffusedComposition(())),
        }
    }
}

impl<const M: usize, P: DiffusedPrior<M> + CleanPriorScore<M>, L: LocalScores<M>> Composition<M, P, L>
    for FactorizedComposition
{
    type Workspace = FactorizedWorkspace<M, P::Workspace, L::Workspace>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        // Σ_j s_j = n s_λ + Σ_j δ_j.
        local.weighted_sum_into(at, Weights::Identity, theta, &mut workspace.local, out)?;
        let scores = &mut workspace.prior_scores;
        scores.resize(theta.len(), [0.0; M]);
        prior.score_into(at, theta, &mut workspace.prior, scores)?;
        if self.n_factors == 1 {
            add_rows(out, scores);
            return Ok(());
        }
        let n = self.n_factors as f64;
        add_scaled(out, n, scores);
        prior.clean_score_into(theta, scores);
        add_scaled(out, (1.0 - n) * (1.0 - at.t), scores);
        Ok(())
    }

    fn report(&self) -> CompositionReport {
        CompositionReport::default()
    }
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalScores<M>> Composition<M, P, L> for FactorizedDiffusedComposition {
    type Workspace = FactorizedWorkspace<M, P::Workspace, L::Workspace>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        local.weighted_sum_into(at, Weights::Identity, theta, &mut workspace.local, out)?;
        workspace.prior_scores.resize(theta.len(), [0.0; M]);
        prior.score_into(at, theta, &mut workspace.prior, &mut workspace.prior_scores)?;
        add_rows(out, &workspace.prior_scores);
        Ok(())
    }

    fn report(&self) -> CompositionReport {
        CompositionReport::default()
    }
}

/// `out[i] += factor * rows[i]`.
fn add_scaled<const M: usize>(out: &mut [[f64; M]], factor: f64, rows: &[[f64; M]]) {
    for (out, row) in out.iter_mut().zip(rows) {
        for k in 0..M {
            out[k] += factor * row[k];
        }
    }
}
