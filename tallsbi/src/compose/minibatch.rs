//! Evaluate a few factors at every step, and estimate the sum over all of them without bias.
//!
//! # Equation   Σ_j W_j δ_j ≈ (n/b) Σ_{j in batch} W_j δ_j (arXiv:2505.14429, with W_j = I), and with control variates
//! Σ_j W_j a_j + (n/b) Σ_{j in batch} W_j (δ_j − a_j), where a_j is the affine part of δ_j that costs no network: the increment of the
//! factor's Gaussian baseline.

use rand::RngExt;

use super::{
    ComposeError, Composer, Composition, CompositionReport, DiffusedPrior, LinearComposition, LocalScores, Pilot,
    Weights, gauss::add_rows,
};
use crate::{diffusion::Level, model::stream};

/// How a mini-batch stands for all factors. Both are unbiased for the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Estimate {
    /// Every factor's Gaussian baseline is summed exactly; only what the network adds to it is taken from the mini-batch
    /// (control variates). The default: its variance is that of the corrections, not that of the increments.
    #[default]
    Baseline,
    /// The mini-batch alone, scaled to all factors, as published.
    Plain,
}

/// A part of the factors.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Indices of the factors, each once.
    pub factors: &'a [u32],
    /// How they stand for all.
    pub estimate: Estimate,
}

/// Increments whose weighted sum can be estimated from a few factors (capability).
pub trait LocalBatches<const M: usize>: LocalScores<M> {
    /// An estimate of Σ_j W_j δ_j over all factors, unbiased where every factor is equally likely to be in the batch:
    /// `out[draw]`. `weights` are those of all factors.
    ///
    /// # Errors
    /// The network failed.
    fn estimated_sum_into(
        &self,
        at: &Level,
        weights: Weights<'_, M>,
        batch: Batch<'_>,
        theta: &[[f64; M]],
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError>;
}

/// A linear composer that evaluates a mini-batch of factors at every step.
///
/// Every evaluation of the score takes the next mini-batch of a random order of the factors, which is shuffled anew when it is used up:
/// neighbouring steps see different factors, and their errors cancel in part. The order comes from `seed` and is
/// the same for all draws, so that draws are the same whatever the number of threads; the error that is left moves all draws together.
///
/// # Accuracy   Unbiased for the score at every step; the draws are moved by what does not cancel over the steps. See
/// `docs/hierarchical.md` for when it pays, and `docs/benchmarks.md` for how much it moves.
/// # Errors     [`ComposeError::EmptyBatch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MiniBatch<C> {
    /// What weighs the factors.
    pub composer: C,
    /// b, factors of a mini-batch. Where there are no more factors than that, all are evaluated.
    pub size: usize,
    /// How they stand for all.
    pub estimate: Estimate,
    /// Seed of the order.
    pub seed: u64,
}

impl<C> MiniBatch<C> {
    /// Mini-batches of `size` factors, with control variates, seed 0.
    pub fn new(composer: C, size: usize) -> Self {
        Self { composer, size, estimate: Estimate::Baseline, seed: 0 }
    }
}

/// [`MiniBatch`] prepared for one set of observations.
#[derive(Clone, Debug)]
pub struct MiniBatchComposition<C> {
    inner: C,
    size: usize,
    estimate: Estimate,
    seed: u64,
}

/// Buffers of one block of draws.
#[derive(Clone, Debug, Default)]
pub struct MiniBatchWorkspace<const M: usize, C> {
    inner: C,
    /// A random order of the factors.
    order: Vec<u32>,
    /// Orders used before this one.
    pass: u64,
    /// Factors of the order that are used.
    used: usize,
    prior_scores: Vec<[f64; M]>,
}

impl<const M: usize, C> MiniBatchWorkspace<M, C> {
    /// The place of the next mini-batch in the order. The last n mod b factors of an order are left out: which ones is random.
    fn next(&mut self, factors: usize, size: usize, seed: u64) -> std::ops::Range<usize> {
        if self.order.len() != factors {
            self.order.clear();
            self.order.extend(0..factors as u32);
            (self.pass, self.used) = (0, factors);
        }
        if self.used + size > factors {
            let mut rng = stream(seed, "mini-batches", self.pass);
            for last in (1..factors).rev() {
                self.order.swap(last, rng.random_range(0..=last));
            }
            (self.pass, self.used) = (self.pass + 1, 0);
        }
        let first = self.used;
        self.used += size;
        first..self.used
    }
}

impl<const M: usize, P, L, C> Composer<M, P, L> for MiniBatch<C>
where
    P: DiffusedPrior<M>,
    L: LocalBatches<M>,
    C: Composer<M, P, L, Composition: LinearComposition<M, P, L>>,
{
    type Composition = MiniBatchComposition<C::Composition>;

    fn prepare(&self, prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError> {
        if self.size == 0 {
            return Err(ComposeError::EmptyBatch);
        }
        let inner = self.composer.prepare(prior, pilot)?;
        Ok(MiniBatchComposition { inner, size: self.size, estimate: self.estimate, seed: self.seed })
    }
}

impl<const M: usize, P, L, C> Composition<M, P, L> for MiniBatchComposition<C>
where
    P: DiffusedPrior<M>,
    L: LocalBatches<M>,
    C: LinearComposition<M, P, L>,
{
    type Workspace = MiniBatchWorkspace<M, C::Workspace>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        let factors = local.n_factors();
        if self.size >= factors {
            return self.inner.score_into(at, theta, prior, local, &mut workspace.inner, out);
        }
        let place = workspace.next(factors, self.size, self.seed);
        let batch = Batch { factors: &workspace.order[place], estimate: self.estimate };
        let (weights, prior_workspace, local_workspace) = self.inner.linear_parts(at, &mut workspace.inner);
        local.estimated_sum_into(at, weights, batch, theta, local_workspace, out)?;
        workspace.prior_scores.resize(theta.len(), [0.0; M]);
        prior.score_into(at, theta, prior_workspace, &mut workspace.prior_scores)?;
        add_rows(out, &workspace.prior_scores);
        Ok(())
    }

    fn constrain(&self, theta: &mut [[f64; M]]) -> u64 {
        self.inner.constrain(theta)
    }

    fn report(&self) -> CompositionReport {
        self.inner.report()
    }
}
