//! Hold joint draws of three levels, each given its ancestors' draws: the population, a group, an inner group of it.

use std::fmt;

use super::{Joint, NestedHierarchy, NestedPosterior, OuterLevels};
use crate::{
    dataset::DataError,
    hierarchy::{
        HierarchicalDraws,
        draws::{AncestorRows, GroupRow, GroupRows, draw_group, draw_new, group_seed},
        quantity::with_quantities,
    },
    model::{Parameters, join},
    net::ScoreNetwork,
    posterior::{Draws, Result, RowOptions},
    sample::{DpmSolver, Plan},
};

/// Joint draws of a hierarchy of three levels, ancestral. An inner group's parameters are drawn from its group's draws, which
/// are drawn from the population's: ask a group ([`group`](Self::group)) for its inner groups.
///
/// Local draws are made when they are asked for, from a random stream of the group's own: asking twice, or in another order,
/// gives the same draws.
#[derive(Clone)]
pub struct NestedDraws<
    'a,
    H: NestedHierarchy<M, L, K, D>,
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
    pub(super) posterior: &'a NestedPosterior<H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>,
    pub(super) outer: HierarchicalDraws<'a, OuterLevels<H, K, D, N>, NG, NL, M, L, W, E>,
    pub(super) sets: Vec<Vec<Vec<[f64; D]>>>,
    pub(super) plan: Plan<DpmSolver>,
    pub(super) seed: u64,
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
> NestedDraws<'_, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    /// Number of draws.
    pub fn len(&self) -> usize {
        self.outer.len()
    }

    /// Whether there is no draw.
    pub fn is_empty(&self) -> bool {
        self.outer.is_empty()
    }

    /// Number of groups observed.
    pub fn n_groups(&self) -> usize {
        self.sets.len()
    }

    /// The draws of the outer two levels alone: what [`report`](NestedPosterior::report) takes.
    pub fn outer(&self) -> &HierarchicalDraws<'_, OuterLevels<H, K, D, N>, NG, NL, M, L, W, E> {
        &self.outer
    }

    /// Draws of the global parameters.
    pub fn global(&self) -> &Draws<H::Global, M> {
        self.outer.global()
    }

    /// Draws of the parameters of one group (in the order of `observe`, from 0), each given the global draw of the same
    /// index and the group's data. To go on to its inner groups, keep [`group`](Self::group).
    ///
    /// # Errors
    /// There is no such group; the network fails; every draw is non-finite.
    pub fn local(&self, group: usize) -> Result<Draws<H::Local, L>> {
        self.outer.local(group)
    }

    /// Draws of the parameters of a group that was not observed, each from the prior given a global draw.
    ///
    /// # Errors
    /// A computed argument of the prior is invalid.
    pub fn new_group(&self) -> Result<Draws<H::Local, L>> {
        self.outer.new_group()
    }

    /// Draws the parameters of one group: what its inner groups are drawn from.
    ///
    /// # Errors
    /// As [`local`](Self::local).
    pub fn group(&self, group: usize) -> Result<GroupDraws<'_, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>> {
        let rows = self.outer.rows(group)?;
        let above = self.outer.ancestors();
        let natural = rows.rows.iter().map(|row| join(&above.natural[row.draw], &row.natural)).collect();
        let latent = rows.rows.iter().map(|row| join(&above.latent[row.draw], &row.latent)).collect();
        Ok(GroupDraws { draws: self, group, local: self.outer.local_draws(rows), natural, latent })
    }
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
> fmt::Debug for NestedDraws<'_, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NestedDraws")
            .field("draws", &self.len())
            .field("groups", &self.n_groups())
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// Draws of one group's parameters with its ancestors' beside them: ask it for the draws of its inner groups.
#[derive(Clone, Debug)]
pub struct GroupDraws<
    'a,
    H: NestedHierarchy<M, L, K, D>,
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
    pub(super) draws: &'a NestedDraws<'a, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>,
    pub(super) group: usize,
    local: Draws<H::Local, L>,
    /// Draws of both ancestors of an inner group, natural units.
    natural: Vec<[f64; ML]>,
    /// The same in latent coordinates.
    latent: Vec<[f64; ML]>,
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
> GroupDraws<'_, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    /// Draws of the group's parameters.
    pub fn local(&self) -> &Draws<H::Local, L> {
        &self.local
    }

    /// Number of inner groups observed in this group.
    pub fn n_inner_groups(&self) -> usize {
        self.draws.sets[self.group].len()
    }

    /// Draws of the parameters of one inner group (in the order of `observe`, from 0), each given the draw of its group's
    /// parameters of the same index, the global draw that one belongs to, and the inner group's observations.
    ///
    /// # Errors
    /// There is no such inner group; the network fails; every draw is non-finite.
    pub fn inner(&self, inner: usize) -> Result<Draws<H::Inner, K>> {
        let rows = self.rows(inner)?;
        let above: Vec<usize> = rows.rows.iter().map(|row| row.draw).collect();
        Ok(self.with_derived(rows.into_draws(), |draw| above[draw]))
    }

    /// Joint draws of the global parameters, those of the group and those of one of its inner groups.
    ///
    /// # Errors
    /// As [`inner`](Self::inner).
    #[allow(clippy::type_complexity)] // reason: a draw of three levels is a triple of the user's structs
    pub fn joint(&self, inner: usize) -> Result<Vec<(H::Global, H::Local, H::Inner)>> {
        let triple = |row: GroupRow<K>| {
            let Joint { outer, inner } = self.above(row.draw);
            (outer, inner, H::Inner::from_array(row.natural))
        };
        Ok(self.rows(inner)?.rows.into_iter().map(triple).collect())
    }

    /// Draws of the parameters of an inner group of this group that was not observed, each from the prior given a draw of its
    /// ancestors.
    ///
    /// # Errors
    /// A computed argument of the prior is invalid.
    pub fn new_inner(&self) -> Result<Draws<H::Inner, K>> {
        let above = (0..self.natural.len()).map(|draw| self.above(draw));
        Ok(self.with_derived(draw_new::<H::Inner, _, K>(above, self.seed())?, |draw| draw))
    }

    /// Adds the derived quantities of an inner group's draws, each of which belongs to draw `above` of its ancestors.
    fn with_derived(&self, draws: Draws<H::Inner, K>, above: impl Fn(usize) -> usize) -> Draws<H::Inner, K> {
        let inner: Vec<H::Inner> = draws.iter().collect();
        with_quantities(draws, H::derived_inner(), |quantity, draw| {
            let Joint { outer, inner: local } = self.above(above(draw));
            quantity(&outer, &local, &inner[draw])
        })
    }

    /// Draw `draw` of both ancestors of an inner group.
    pub(super) fn above(&self, draw: usize) -> Joint<H::Global, H::Local, M, L> {
        Parameters::<ML>::from_array(self.natural[draw])
    }

    /// The seed of everything drawn in this group. Its own draws take it through the outer levels, for another purpose.
    fn seed(&self) -> u64 {
        group_seed(self.draws.seed, "inner groups", self.group)
    }

    pub(super) fn rows(&self, inner: usize) -> Result<GroupRows<K>> {
        let sets = &self.draws.sets[self.group];
        let missing = DataError::NoSuchGroup { group: inner, groups: sets.len() };
        let set = sets.get(inner).ok_or(DataError::InGroup { group: self.group, error: Box::new(missing) })?;
        let ancestors = AncestorRows { natural: &self.natural, latent: &self.latent };
        let options = RowOptions { plan: self.draws.plan.clone(), seed: group_seed(self.seed(), "group", inner) };
        draw_group(&self.draws.posterior.inner, ancestors, set, &options)
    }
}
