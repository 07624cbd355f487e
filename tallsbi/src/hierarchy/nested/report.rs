//! Report a posterior of three levels: the page of its outer two, with what is known of the innermost.

use std::path::Path;

use super::{InnerLevels, NestedHierarchy, NestedPosterior, OuterLevels};
use crate::{
    hierarchy::{HierarchicalReport, report::level_facts},
    net::ScoreNetwork,
};

impl<
    H,
    NG,
    NL,
    NI,
    const M: usize,
    const L: usize,
    const K: usize,
    const D: usize,
    const N: usize,
    const ML: usize,
    const W: usize,
    const E: usize,
    const F: usize,
> NestedPosterior<H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    /// Starts a report: one self-contained HTML page with the model and its graph, priors, training and calibration of all
    /// three levels, the population, and every group of the outer plate by name. Give it the draws of the outer two levels:
    /// `posterior.report("report.html").draws(draws.outer()).groups(draws.outer(), &names)?.study(&study).save()?`.
    pub fn report(&self, path: impl AsRef<Path>) -> HierarchicalReport<OuterLevels<H, K, D, N>, M, L, W> {
        let inner = level_facts::<InnerLevels<H, M, L>, NI, ML, K, D, F>(&self.inner, &self.model().graph(), 2);
        self.outer.report(path).with_level(inner)
    }
}
