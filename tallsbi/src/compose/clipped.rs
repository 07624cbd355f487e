//! Clip the draws to a box after every step (the paper's JAC-clip), around any composer.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{ComposeError, Composer, Composition, CompositionReport, Pilot};
use crate::diffusion::Level;

/// A composer whose draws are clipped to [−bound, bound] in latent (standardised) coordinates after every step, as the
/// code of arXiv:2404.07593 does with JAC. Every clipped component is counted.
///
/// # Accuracy   Biased where the posterior reaches the box; 3 standard deviations of the prior by default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped<C> {
    /// The composer.
    pub composer: C,
    /// Half the width of the box, latent coordinates.
    pub bound: f64,
}

impl<C> Clipped<C> {
    /// Clips to [−3, 3], the published bound.
    pub fn new(composer: C) -> Self {
        Self { composer, bound: 3.0 }
    }
}

impl<C: Default> Default for Clipped<C> {
    fn default() -> Self {
        Self::new(C::default())
    }
}

/// [`Clipped`] prepared for one set of observations.
#[derive(Debug)]
pub struct ClippedComposition<C> {
    inner: C,
    bound: f64,
    clipped: AtomicU64,
}

impl<const M: usize, P: ?Sized, L: ?Sized, C: Composer<M, P, L>> Composer<M, P, L> for Clipped<C> {
    type Composition = ClippedComposition<C::Composition>;

    fn prepare(&self, prior: &P, pilot: &dyn Pilot<M>) -> Result<Self::Composition, ComposeError> {
        Ok(ClippedComposition {
            inner: self.composer.prepare(prior, pilot)?,
            bound: self.bound.abs(),
            clipped: AtomicU64::new(0),
        })
    }
}

impl<const M: usize, P: ?Sized, L: ?Sized, C: Composition<M, P, L>> Composition<M, P, L> for ClippedComposition<C> {
    type Workspace = C::Workspace;

    fn score_into(
        &self,
        at: &Level,
        theta: &[[f64; M]],
        prior: &P,
        local: &L,
        workspace: &mut Self::Workspace,
        out: &mut [[f64; M]],
    ) -> Result<(), ComposeError> {
        self.inner.score_into(at, theta, prior, local, workspace, out)
    }

    fn constrain(&self, theta: &mut [[f64; M]]) -> u64 {
        let mut count = self.inner.constrain(theta);
        for x in theta.iter_mut().flatten() {
            // NaN is not repaired: the driver counts it.
            if x.abs() > self.bound {
                *x = self.bound.copysign(*x);
                count += 1;
            }
        }
        self.clipped.fetch_add(count, Ordering::Relaxed);
        count
    }

    fn report(&self) -> CompositionReport {
        let mut report = self.inner.report();
        report.clipped_components = self.clipped.load(Ordering::Relaxed);
        report
    }
}
