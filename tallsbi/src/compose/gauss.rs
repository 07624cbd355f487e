//! Compose with one constant covariance per factor (GAUSS), in the form that never cancels.
//!
//! # Equation   P_j = Σ̂_j⁻¹ + (α/σ²) I, P_λ = Σ_λ⁻¹ + (α/σ²) I, Λ = A + (α/σ²) I with the t-free
//! A = Σ_λ⁻¹ + Σ_j (Σ̂_j⁻¹ − Σ_λ⁻¹) = Q diag(a) Qᵀ   (arXiv:2404.07593, Lemma 3.2 and Section 3.2).
//! With u = σ²/α the weights are W_j = Λ⁻¹ P_j = Q diag(u/(1 + a u)) Qᵀ Σ̂_j⁻¹ + Q diag(1/(1 + a u)) Qᵀ, where u = 0
//! (no noise) gives the identity and u → ∞ gives A⁻¹ Σ̂_j⁻¹: nothing is subtracted, nothing overflows.

use nalgebra::{SMatrix, SVector};

use super::matrix::{cholesky, from_eigen, invert_lower, symmetric_eigen, symmetrised};
use super::{ComposeError, Composer, Composition, CompositionReport, DiffusedPrior, LocalScores, Pilot, Weights};
use crate::diffusion::Level;

/// GAUSS: the covariance of every single-observation posterior is taken from the Gaussian head, or estimated once from
/// pilot draws.
///
/// # Accuracy   Exact where prior and single-observation posteriors are Gaussian; elsewhere an approximation that is
/// exact in both limits of the noise. Identity for one factor.
/// # Errors     [`ComposeError::NoObservations`]; [`ComposeError::IndefiniteCovariance`] and
/// [`ComposeError::IndefinitePrecision`], the latter only without the floor, both before any sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauss {
    /// Where the covariances come from.
    pub covariances: Covariances,
    /// Raises a precision to the prior's in every direction where it falls below it (generalised eigenvalues of
    /// (Σ̂_j⁻¹, Σ_λ⁻¹) clipped at 1; counted). The composition is then positive definite for any number of
    /// observations. For estimates see [`GaussComposition::from_estimates`].
    pub floor: bool,
}

/// Draws and steps of the pilot where there is no head.
const PILOT_WITHOUT_HEAD: (usize, usize) = (1_000, 30);

/// Where GAUSS takes the covariances of the single-observation posteriors from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Covariances {
    /// From the Gaussian head that the posterior was trained with, at no cost; where it has none, from 1,000 pilot draws of
    /// 30 steps. The default: the head's covariances carry no scatter of draws and no error of the solver
    /// (`docs/benchmarks.md` compares both).
    #[default]
    Amortised,
    /// From draws of every factor's posterior, as published.
    Pilot {
        /// Draws per factor.
        draws: usize,
        /// Solver steps of a draw.
        steps: usize,
    },
}

impl Default for Gauss {
    fn default() -> Self {
        Self { covariances: Covariances::Amortised, floor: true }
    }
}

impl Gauss {
    /// GAUSS with covariances of `draws` pilot draws per factor, of `steps` solver steps each.
    pub fn pilot(draws: usize, steps: usize) -> Self {
        Self { covariances: Covariances::Pilot { draws, steps }, ..Self::default() }
    }
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalScores<M>> Composer<M, P, L> for Gauss {
    type Composition = GaussComposition<M>;

    fn prepare(&self, prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError> {
        match pilot.n_factors() {
            0 => Err(ComposeError::NoObservations),
            1 => Ok(GaussComposition::identity()),
            _ => {
                let amortised = match self.covariances {
                    Covariances::Amortised => pilot.amortised(),
                    Covariances::Pilot { .. } => None,
                };
                let prior = prior.covariance();
                if let Some(covariances) = amortised {
                    return GaussComposition::from_covariances(&prior, &covariances, self.floor);
                }
                let (draws, steps) = match self.covariances {
                    Covariances::Amortised => PILOT_WITHOUT_HEAD,
                    Covariances::Pilot { draws, steps } => (draws, steps),
                };
                let covariances = pilot.covariances(draws, steps)?;
                match pilot.estimated_from(draws) {
                    None => GaussComposition::from_covariances(&prior, &covariances, self.floor),
                    Some(draws) => GaussComposition::from_estimates(&prior, &covariances, draws, self.floor),
                }
            }
        }
    }
}

/// GAUSS prepared for one set of observations. The weights of a level are θ-free and computed once per step.
#[derive(Clone, Debug)]
pub struct GaussComposition<const M: usize> {
    /// Σ̂_j⁻¹ after the floor; empty for a single factor.
    precisions: Vec<SMatrix<f64, M, M>>,
    eigenvalues: SVector<f64, M>,
    eigenvectors: SMatrix<f64, M, M>,
    report: CompositionReport,
}

impl<const M: usize> GaussComposition<M> {
    /// From known covariances: the prior's and one per factor, latent coordinates.
    ///
    /// # Errors
    /// As [`Gauss`].
    pub fn from_covariances(
        prior: &SMatrix<f64, M, M>,
        factors: &[SMatrix<f64, M, M>],
        floor: bool,
    ) -> Result<Self, ComposeError> {
        Self::build(prior, factors, 1.0, floor.then_some(1.0))
    }

    /// From covariances that were each estimated from `draws` draws, with both of their small errors taken out, which
    /// n observations would add up:
    /// - E[Σ̂⁻¹] is Σ⁻¹ (N − 1)/(N − M − 2) (inverse Wishart), so every precision is divided by that;
    /// - the estimate for an observation that says nothing scatters around the prior's precision, down to about
    ///   (1 + √(M/N))⁻² of it (Marchenko and Pastur's edge). Raising all that is below 1 would turn scatter into
    ///   information; only what is below the edge is raised, to the edge, and the *sum* is kept at or above the prior's.
    ///
    /// # Errors
    /// As [`Gauss`]; [`ComposeError::IndefiniteCovariance`] too where `draws` ≤ M + 2.
    pub fn from_estimates(
        prior: &SMatrix<f64, M, M>,
        factors: &[SMatrix<f64, M, M>],
        draws: usize,
        floor: bool,
    ) -> Result<Self, ComposeError> {
        if draws <= M + 2 && factors.len() > 1 {
            return Err(ComposeError::IndefiniteCovariance { index: 0 });
        }
        let (n, m) = (draws as f64, M as f64);
        let scale = (n - 1.0) / (n - m - 2.0);
        let edge = (1.0 + (m / n).sqrt()).powi(-2) / scale;
        Self::build(prior, factors, scale, floor.then_some(edge))
    }

    /// Multiplies the covariances by `scale`; raises relative precisions to `edge` and their sum to the prior's.
    fn build(
        prior: &SMatrix<f64, M, M>,
        factors: &[SMatrix<f64, M, M>],
        scale: f64,
        edge: Option<f64>,
    ) -> Result<Self, ComposeError> {
        // Rounding leaves a direction without information within this of the prior's precision: nothing to report.
        const ROUNDING: f64 = 1e-9;
        match factors.len() {
            0 => return Err(ComposeError::NoObservations),
            1 => return Ok(Self::identity()),
            _ => {}
        }
        // Whitened by the prior, Σ_λ = L Lᵀ, a relative precision is 1 over an eigenvalue of L⁻¹ Σ̂_j L⁻ᵀ.
        let whiten = invert_lower(&cholesky(prior).ok_or(ComposeError::IndefinitePriorCovariance)?);
        let mut report = CompositionReport::default();
        let mut raise = |gains: &mut SVector<f64, M>, edge: f64| {
            report.examined_directions += M as u64;
            for gain in gains.iter_mut().filter(|gain| **gain < edge) {
                report.floored_directions += u64::from(*gain < edge - ROUNDING);
                *gain = edge;
            }
        };
        let mut precisions = Vec::with_capacity(factors.len());
        let mut total = SMatrix::<f64, M, M>::identity();
        for (index, covariance) in factors.iter().enumerate() {
            let relative = whiten * (symmetrised(covariance) * scale) * whiten.transpose();
            let (values, vectors) = symmetric_eigen(&relative);
            if !values.iter().all(|value| *value > 0.0 && value.is_finite()) {
                return Err(ComposeError::IndefiniteCovariance { index });
            }
            let mut gains = values.map(f64::recip);
            if let Some(edge) = edge {
                raise(&mut gains, edge);
            }
            total += from_eigen(&gains.map(|gain| gain - 1.0), &vectors);
            precisions.push(symmetrised(&(whiten.transpose() * from_eigen(&gains, &vectors) * whiten)));
        }
        // Where every factor is at or above the prior, so is the sum.
        if edge.is_some_and(|edge| edge < 1.0) {
            let (mut values, vectors) = symmetric_eigen(&total);
            raise(&mut values, 1.0);
            total = from_eigen(&values, &vectors);
        }
        let (eigenvalues, eigenvectors) = symmetric_eigen(&(whiten.transpose() * total * whiten));
        let directions = eigenvalues.iter().filter(|value| value.is_nan() || **value <= 0.0).count();
        if directions > 0 {
            return Err(ComposeError::IndefinitePrecision { n_factors: factors.len(), directions });
        }
        Ok(Self { precisions, eigenvalues, eigenvectors, report })
    }

    /// The composition of one factor: its own score.
    fn identity() -> Self {
        Self {
            precisions: Vec::new(),
            eigenvalues: SVector::zeros(),
            eigenvectors: SMatrix::identity(),
            report: CompositionReport::default(),
        }
    }

    /// The precision of θ_0 given θ_t where noise alone gives `noise` = α/σ², under the prior, whose precisions are `prior`, and given all factors:
    /// geometric means over directions.
    pub(super) fn typical_precisions(&self, noise: f64, prior: &SVector<f64, M>) -> (f64, f64) {
        let typical = |precisions: &SVector<f64, M>| precisions.map(|p| (p + noise).ln()).mean().exp();
        (typical(prior), typical(&self.eigenvalues))
    }

    /// What was floored.
    pub(super) fn own_report(&self) -> &CompositionReport {
        &self.report
    }

    /// The θ-free weights W_j(t), one per factor. Empty for a single factor, whose weight is the identity.
    pub fn weights_into(&self, at: &Level, out: &mut Vec<SMatrix<f64, M, M>>) {
        let u = at.sigma * at.sigma / at.alpha;
        let damping = from_eigen(&self.eigenvalues.map(|a| 1.0 / (1.0 + a * u)), &self.eigenvectors);
        let spread = from_eigen(&self.eigenvalues.map(|a| u / (1.0 + a * u)), &self.eigenvectors);
        out.clear();
        out.extend(self.precisions.iter().map(|precision| spread * precision + damping));
    }
}

/// Buffers of one thread: the weights of the level last seen, and those of the prior and the factors.
#[derive(Clone, Debug, Default)]
pub struct GaussWorkspace<const M: usize, P, L> {
    pub(super) prior: P,
    pub(super) local: L,
    level: Option<Level>,
    /// Empty for a single factor, whose weight is the identity.
    pub(super) weights: Vec<SMatrix<f64, M, M>>,
    prior_scores: Vec<[f64; M]>,
}

impl<const M: usize, P, L> GaussWorkspace<M, P, L> {
    /// Makes `weights` those of this level.
    pub(super) fn refresh(&mut self, composition: &GaussComposition<M>, at: &Level) {
        if self.level != Some(*at) {
            if !composition.precisions.is_empty() {
                composition.weights_into(at, &mut self.weights);
            }
            self.level = Some(*at);
        }
    }
}

impl<const M: usize> GaussComposition<M> {
    /// The weights of a level, of which a workspace has the matrices; a single factor is its own score.
    pub(super) fn weights<'w>(&self, matrices: &'w [SMatrix<f64, M, M>]) -> Weights<'w, M> {
        if self.precisions.is_empty() { Weights::Identity } else { Weights::Each(matrices) }
    }
}

impl<const M: usize, P: DiffusedPrior<M>, L: LocalScores<M>> Composition<M, P, L> for GaussComposition<M> {
    type Workspace = GaussWorkspace<M, P::Workspace, L::Workspace>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        workspace.refresh(self, at);
        local.weighted_sum_into(at, self.weights(&workspace.weights), theta, &mut workspace.local, out)?;
        workspace.prior_scores.resize(theta.len(), [0.0; M]);
        prior.score_into(at, theta, &mut workspace.prior, &mut workspace.prior_scores)?;
        add_rows(out, &workspace.prior_scores);
        Ok(())
    }

    fn report(&self) -> CompositionReport {
        self.report.clone()
    }
}

/// `out[i] += rows[i]`.
pub(super) fn add_rows<const M: usize>(out: &mut [[f64; M]], rows: &[[f64; M]]) {
    for (out, row) in out.iter_mut().zip(rows) {
        for k in 0..M {
            out[k] += row[k];
        }
    }
}
