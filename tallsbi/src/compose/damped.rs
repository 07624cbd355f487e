//! Damp a composed score where errors of many factors add up (the schedules of hierarchical score matching).

use super::{ComposeError, Composer, Composition, CompositionReport, DiffusedPrior, Pilot};
use crate::diffusion::Level;

/// How a composed score is damped along the diffusion. Both forms are published for compositions that add scores; both
/// equal 1 where every factor is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Damping {
    /// s = s_λ + d(t) Σ_j W_j δ_j with d(t) = `middle`^(2t): 1 at the data, `middle` at t = ½, its square at the noise
    /// (arXiv:2505.14429 and its code). What the observations add is damped, the prior is not. The posterior at t = 0
    /// stays what it is; the path to it changes.
    Increments {
        /// d at t = ½, in (0, 1].
        middle: f64,
    },
    /// s = d(t) s_composed with d(t) = `data`^(1−t) · `noise`^t (the bridge of a later implementation of that method, BayesFlow 2).
    /// With `data` below 1 the target itself is tempered: a posterior to the power of `data`.
    Score {
        /// d at t = 0, in (0, 1].
        data: f64,
        /// d at t = 1, in (0, 1].
        noise: f64,
    },
}

impl Damping {
    /// d(t), t in [0, 1].
    pub fn at(&self, t: f64) -> f64 {
        match self {
            Self::Increments { middle } => middle.powf(2.0 * t),
            Self::Score { data, noise } => data.powf(1.0 - t) * noise.powf(t),
        }
    }

    fn check(&self) -> Result<(), ComposeError> {
        let factors = match self {
            Self::Increments { middle } => [("middle", *middle); 2],
            Self::Score { data, noise } => [("data", *data), ("noise", *noise)],
        };
        match factors.into_iter().find(|(_, value)| !(*value > 0.0 && *value <= 1.0)) {
            Some((name, value)) => Err(ComposeError::Damping { name, value: value.to_string() }),
            None => Ok(()),
        }
    }
}

/// A composer whose score is damped.
///
/// # Accuracy   Biased: along a reverse process (`DDIM`, DPM-Solver++) a damped score belongs to another path and does not end in
/// the posterior. Neither form is needed with [`Gauss`](super::Gauss), whose weights keep the sum in proportion;
/// `docs/benchmarks.md` has the bias of each on an exactly solvable hierarchy.
/// # Errors     [`ComposeError::Damping`] for a factor outside (0, 1], before any sampling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Damped<C> {
    /// What composes.
    pub composer: C,
    /// The schedule.
    pub damping: Damping,
}

impl<C> Damped<C> {
    /// Damps this composer.
    pub fn new(composer: C, damping: Damping) -> Self {
        Self { composer, damping }
    }
}

/// [`Damped`] prepared for one set of observations.
#[derive(Clone, Debug)]
pub struct DampedComposition<C> {
    inner: C,
    damping: Damping,
}

/// Buffers of one thread.
#[derive(Clone, Debug, Default)]
pub struct DampedWorkspace<const M: usize, C, P> {
    inner: C,
    prior: P,
    prior_scores: Vec<[f64; M]>,
}

impl<const M: usize, P: DiffusedPrior<M>, L: ?Sized, C: Composer<M, P, L>> Composer<M, P, L> for Damped<C> {
    type Composition = DampedComposition<C::Composition>;

    fn prepare(&self, prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError> {
        self.damping.check()?;
        Ok(DampedComposition { inner: self.composer.prepare(prior, pilot)?, damping: self.damping })
    }
}

impl<const M: usize, P: DiffusedPrior<M>, L: ?Sized, C: Composition<M, P, L>> Composition<M, P, L>
    for DampedComposition<C>
{
    type Workspace = DampedWorkspace<M, C::Workspace, P::Workspace>;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        self.inner.score_into(at, theta, prior, local, &mut workspace.inner, out)?;
        let d = self.damping.at(at.t);
        if d == 1.0 {
            return Ok(());
        }
        match self.damping {
            Damping::Score { .. } => out.iter_mut().flatten().for_each(|score| *score *= d),
            Damping::Increments { .. } => {
                let scores = &mut workspace.prior_scores;
                scores.resize(theta.len(), [0.0; M]);
                prior.score_into(at, theta, &mut workspace.prior, scores)?;
                for (out, prior) in out.iter_mut().flatten().zip(scores.iter().flatten()) {
                    *out = prior + d * (*out - prior);
                }
            }
        }
        Ok(())
    }

    fn constrain(&self, theta: &mut [[f64; M]]) -> u64 {
        self.inner.constrain(theta)
    }

    fn report(&self) -> CompositionReport {
        self.inner.report()
    }
}
