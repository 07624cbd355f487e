//! Hold what training gave for three levels: a posterior for any number of groups of groups.

use super::{
    GroupData, GroupOfGroups, InnerGroupData, InnerLevels, NestedGroups, NestedHierarchy, OuterLevels, WholeGroup,
};
use crate::{
    dataset::{DataError, canonical_order},
    hierarchy::{HierarchicalPosterior, Hierarchy, LocalLevel, posterior::checked_groups},
    net::ScoreNetwork,
    posterior::{Posterior, Result},
};

/// A trained posterior of a hierarchy `H` of three levels: give it groups of groups. The dimensions are those of
/// [`NestedNpse`](super::NestedNpse).
#[derive(Clone, Debug)]
pub struct NestedPosterior<
    H,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
    const M: usize,
    const L: usize,
    const K: usize,
    const D: usize,
    const N: usize,
    const ML: usize,
    const W: usize,
    const E: usize,
    const F: usize,
> {
    pub(super) outer: HierarchicalPosterior<OuterLevels<H, K, D, N>, NG, NL, M, L, W, E>,
    pub(super) inner: Posterior<LocalLevel<InnerLevels<H, M, L>, ML, D>, NI, K, F>,
}

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
    /// The model.
    pub fn model(&self) -> &H {
        &self.outer.model().0
    }

    /// The outer two levels alone: a hierarchy in which one observation of a group is a whole inner group.
    pub fn outer_levels(&self) -> &HierarchicalPosterior<OuterLevels<H, K, D, N>, NG, NL, M, L, W, E> {
        &self.outer
    }

    /// The innermost level alone: the posterior of z of one inner group, whose observations have both ancestors as
    /// covariates.
    pub fn inner_level(&self) -> &Posterior<LocalLevel<InnerLevels<H, M, L>, ML, D>, NI, K, F> {
        &self.inner
    }

    /// Binds groups of groups of observations, natural units: any number of groups, of 1 to as many inner groups and
    /// observations as were declared; where something is observed of whole groups, each after a `Vec` of that, which may be empty. Any permutation of groups, of inner groups in a group, or of observations in an inner
    /// group gives the same draws of the global level.
    ///
    /// # Errors
    /// No group was given; a group or an inner group is empty or larger than declared, or there is more of a whole group; an observation has a component that
    /// is not finite or outside its transform's domain.
    pub fn observe<G: GroupOfGroups<H::Observation, H::Whole>>(
        &self,
        groups: &[G],
    ) -> Result<NestedGroups<'_, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>> {
        let mut sets = Vec::with_capacity(groups.len());
        let mut wholes = Vec::with_capacity(groups.len());
        for (group, inner) in groups.iter().enumerate() {
            let whole = inner.whole();
            let (found, n_max) = whole.size();
            if found > n_max {
                return Err(DataError::TooManyOfGroup { group, found, n_max }.into());
            }
            wholes.push(whole);
            let found = inner.groups().len();
            if found == 0 {
                return Err(DataError::EmptyGroup { group }.into());
            }
            if found > NG::N_MAX {
                return Err(DataError::TooManyInnerGroups { group, found, n_max: NG::N_MAX }.into());
            }
            let mut inner = checked_groups::<H::Observation, _, D>(inner.groups(), N)
                .map_err(|error| DataError::InGroup { group, error: Box::new(error) })?;
            for set in &mut inner {
                canonical_order(&[], set);
            }
            sets.push(inner);
        }
        let as_observations = |(inner, whole): (&Vec<Vec<[f64; D]>>, &H::Whole)| {
            let with_whole = |set| InnerGroupData { inner: GroupData::new(set), whole: whole.clone() };
            inner.iter().cloned().map(with_whole).collect()
        };
        let outer: Vec<Vec<<OuterLevels<H, K, D, N> as Hierarchy<M, L, W>>::Observation>> =
            sets.iter().zip(&wholes).map(as_observations).collect();
        Ok(NestedGroups { posterior: self, outer: self.outer.observe(&outer)?, sets })
    }
}
