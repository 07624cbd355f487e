//! Hold what training gave for both levels: a posterior for any number of groups.

use super::{GlobalLevel, Group, GroupDesign, Groups, Hierarchy, LocalLevel, design::something_is_known};
use crate::{
    dataset::{DataError, check_observations},
    model::Observation,
    net::ScoreNetwork,
    posterior::{Posterior, Result},
};

/// A trained posterior of the hierarchical model `H`: give it groups.
#[derive(Clone, Debug)]
pub struct HierarchicalPosterior<
    H,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
    const M: usize,
    const L: usize,
    const D: usize,
    const E: usize,
> {
    pub(super) global: Posterior<GlobalLevel<H, L>, NG, M, D>,
    pub(super) local: Posterior<LocalLevel<H, M, D>, NL, L, E>,
}

impl<H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize>
    HierarchicalPosterior<H, NG, NL, M, L, D, E>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    /// The model.
    pub fn model(&self) -> &H {
        self.global.simulator().model()
    }

    /// The global level alone: the posterior of φ, whose factors are groups.
    pub fn global_level(&self) -> &Posterior<GlobalLevel<H, L>, NG, M, D> {
        &self.global
    }

    /// The local level alone: the posterior of z of one group, whose observations have φ as a covariate.
    pub fn local_level(&self) -> &Posterior<LocalLevel<H, M, D>, NL, L, E> {
        &self.local
    }

    /// Binds groups of observations, natural units: any number of groups, of 1 to n_max observations each. Any permutation
    /// of the groups, or of the observations in a group, gives the same draws of the global level.
    ///
    /// # Errors
    /// No group was given; a group is empty or larger than n_max; an observation has a component that is not finite or
    /// outside its transform's domain; different things are said to be known of one group ([`DataError::TwoDesigns`]).
    pub fn observe<G: Group<H::Observation>>(&self, groups: &[G]) -> Result<Groups<'_, H, NG, NL, M, L, D, E>> {
        let sets = checked_groups::<H::Observation, G, D>(groups, NG::N_MAX)?;
        one_design::<H, M, L, D>(&sets)?;
        Ok(Groups { posterior: self, bound: self.global.observe_sets(sets.clone())?, sets })
    }
}

/// All observations of a group know the same of it.
pub(super) fn one_design<H: Hierarchy<M, L, D>, const M: usize, const L: usize, const D: usize>(
    sets: &[Vec<[f64; D]>],
) -> std::result::Result<(), DataError> {
    if !something_is_known::<H::Design>() {
        return Ok(());
    }
    for (group, set) in sets.iter().enumerate() {
        let mut designs = set.iter().map(|x| H::Design::of(&H::Observation::from_array(*x)));
        let first = designs.next();
        if first.is_some_and(|first| designs.any(|other| !first.agrees(&other))) {
            return Err(DataError::TwoDesigns { group });
        }
    }
    Ok(())
}

/// The observations of groups as arrays, checked.
pub(super) fn checked_groups<O: Observation<D>, G: Group<O>, const D: usize>(
    groups: &[G],
    n_max: usize,
) -> std::result::Result<Vec<Vec<[f64; D]>>, DataError> {
    if groups.is_empty() {
        return Err(DataError::NoGroups);
    }
    let checked = groups.iter().enumerate().map(|(group, observations)| {
        let observations = observations.observations();
        for sizes in observations.iter().map(Observation::set_sizes).filter(|sizes| !sizes.is_empty()) {
            if let Some(&(found, n_max)) = sizes.iter().find(|(found, n_max)| found > n_max) {
                return Err(DataError::GroupTooLarge { group, found, n_max });
            }
            if sizes.iter().all(|(found, _)| *found == 0) {
                return Err(DataError::EmptyGroup { group });
            }
        }
        let set: Vec<[f64; D]> = observations.iter().map(Observation::to_array).collect();
        if set.is_empty() {
            return Err(DataError::EmptyGroup { group });
        }
        if set.len() > n_max {
            return Err(DataError::GroupTooLarge { group, found: set.len(), n_max });
        }
        check_observations::<O, D>(&set).map_err(|error| DataError::InGroup { group, error: Box::new(error) })?;
        Ok(set)
    });
    checked.collect()
}
