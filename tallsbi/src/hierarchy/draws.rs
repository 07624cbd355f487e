//! Hold joint draws of a hierarchy: draws of the global parameters, and of every group's given each of them.

use std::time::Instant;

use rand::Rng;

use super::{
    GroupDesign, HierarchicalPosterior, Hierarchy, LocalLevel, NothingKnown, levels::standard_normal,
    quantity::with_quantities, simulations::joined,
};
use crate::{
    compose::Gauss,
    dataset::{DataError, canonical_order},
    model::{Observation, Parameters, stream},
    net::ScoreNetwork,
    posterior::{Draws, DrawsReport, Posterior, Result, RowOptions},
    prior::{ConditionalPrior, Declared, Given, LatentPrior},
    sample::{DpmSolver, Plan},
};

/// Draws of one group's parameters: the finite ones, and what happened.
pub(super) struct GroupRows<const L: usize> {
    pub(super) rows: Vec<GroupRow<L>>,
    pub(super) report: DrawsReport,
}

/// One draw of a group's parameters.
pub(super) struct GroupRow<const L: usize> {
    /// The index of its ancestors' draw.
    pub(super) draw: usize,
    /// Natural units.
    pub(super) natural: [f64; L],
    /// Coordinates in which the prior given the ancestors is N(0, I).
    pub(super) latent: [f64; L],
}

impl<const L: usize> GroupRows<L> {
    pub(super) fn into_draws<P: Parameters<L>>(self) -> Draws<P, L> {
        Draws::new(self.rows.into_iter().map(|row| row.natural).collect(), self.report)
    }
}

/// Draws of the parameters of ancestors, natural units and latent coordinates: `[draws]` each.
#[derive(Clone, Copy)]
pub(super) struct AncestorRows<'a, const M: usize> {
    pub(super) natural: &'a [[f64; M]],
    pub(super) latent: &'a [[f64; M]],
}

/// Draws the parameters of a group with these observations, one draw given each of its ancestors' draws.
pub(super) fn draw_group<H, NL, const M: usize, const L: usize, const D: usize, const E: usize>(
    level: &Posterior<LocalLevel<H, M, D>, NL, L, E>,
    ancestors: AncestorRows<'_, M>,
    set: &[[f64; D]],
    options: &RowOptions,
) -> Result<GroupRows<L>>
where
    H: Hierarchy<M, L, D>,
    NL: ScoreNetwork<L, E>,
{
    let (start, asked) = (Instant::now(), ancestors.latent.len());
    let design = design_of::<H, M, L, D>(set)?;
    let covariates = |draw: usize, out: &mut Vec<[f64; E]>| {
        out.extend(set.iter().map(|x| joined::<M, D, E>(x, &ancestors.latent[draw])));
    };
    let driven = level.draw_each(asked, &covariates, options)?;
    let mut lost = driven.non_finite.iter().peekable();
    let finite = (0..asked).filter(|draw| lost.next_if_eq(&draw).is_none());
    let rows = finite
        .zip(&driven.draws)
        .map(|(draw, z)| {
            let above = H::Design::above(&H::Global::from_array(ancestors.natural[draw]), &design);
            Ok(GroupRow { draw, natural: Given::<H::Local, _>::new(&above).from_latent(z)?, latent: *z })
        })
        .collect::<Result<_>>()?;
    let report = DrawsReport {
        n_observations: count::<H::Observation, D>(set),
        asked,
        non_finite: driven.non_finite.len(),
        seconds: start.elapsed().as_secs_f64(),
        ..DrawsReport::default()
    };
    Ok(GroupRows { rows, report })
}

/// What is known of a group with these observations: each of them tells.
pub(super) fn design_of<H: Hierarchy<M, L, D>, const M: usize, const L: usize, const D: usize>(
    set: &[[f64; D]],
) -> Result<H::Design> {
    let first = set.first().ok_or(DataError::EmptyGroup { group: 0 })?;
    Ok(H::Design::of(&H::Observation::from_array(*first)))
}

/// Number of observations of a group, those that are held together counted one by one.
fn count<O: Observation<D>, const D: usize>(set: &[[f64; D]]) -> usize {
    set.iter().map(|x| O::from_array(*x).count()).sum()
}

/// The seed of one group's draws.
pub(super) fn group_seed(seed: u64, purpose: &str, group: usize) -> u64 {
    stream(seed, purpose, group as u64).next_u64()
}

/// Draws of the parameters of a group that was not observed, one from the prior given each of its ancestors' draws.
pub(super) fn draw_new<P: ConditionalPrior<A, L>, A: Sync, const L: usize>(
    ancestors: impl ExactSizeIterator<Item = A>,
    seed: u64,
) -> Result<Draws<P, L>> {
    let report = DrawsReport { asked: ancestors.len(), ..DrawsReport::default() };
    let rows: Result<Vec<[f64; L]>> = ancestors
        .zip(0..)
        .map(|(above, draw)| {
            let z = standard_normal(&mut stream(seed, "new group", draw));
            Ok(Given::<P, _>::new(&above).from_latent(&z)?)
        })
        .collect();
    Ok(Draws::new(rows?, report))
}

/// Joint draws of a hierarchical model, ancestral: draw d of a group's parameters is given draw d of the global ones.
///
/// Local draws are made when they are asked for, group by group, from a random stream of the group's own: asking twice, or
/// in another order, gives the same draws.
#[derive(Clone, Debug)]
pub struct HierarchicalDraws<
    'a,
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
    const M: usize,
    const L: usize,
    const D: usize,
    const E: usize,
> {
    posterior: &'a HierarchicalPosterior<H, NG, NL, M, L, D, E>,
    sets: Vec<Vec<[f64; D]>>,
    global: Draws<H::Global, M>,
    /// The global draws in latent coordinates.
    latent: Vec<[f64; M]>,
    plan: Plan<DpmSolver>,
    seed: u64,
}

impl<'a, H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize>
    HierarchicalDraws<'a, H, NG, NL, M, L, D, E>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    pub(super) fn new(
        posterior: &'a HierarchicalPosterior<H, NG, NL, M, L, D, E>,
        mut sets: Vec<Vec<[f64; D]>>,
        global: Draws<H::Global, M>,
        plan: Plan<DpmSolver>,
        seed: u64,
    ) -> Result<Self> {
        for set in &mut sets {
            canonical_order(&H::Observation::exchangeable(), set);
        }
        let latent = Declared::<H::Global>::new().to_latent_block(global.rows())?;
        let global = global.given(sets.iter().map(|set| count::<H::Observation, D>(set)).sum());
        let above: Vec<H::Global> = global.iter().collect();
        let global = with_quantities(global, H::derived_global(), |quantity, draw| quantity(&above[draw]));
        Ok(Self { posterior, sets, global, latent, plan, seed })
    }

    /// Number of draws.
    pub fn len(&self) -> usize {
        self.latent.len()
    }

    /// Whether there is no draw.
    pub fn is_empty(&self) -> bool {
        self.latent.is_empty()
    }

    /// Number of groups observed.
    pub fn n_groups(&self) -> usize {
        self.sets.len()
    }

    /// Draws of the global parameters.
    pub fn global(&self) -> &Draws<H::Global, M> {
        &self.global
    }

    /// Draws of the parameters of one group (in the order of `observe`, from 0), each given the global draw of the same
    /// index and the group's observations.
    ///
    /// # Errors
    /// There is no such group; the network fails; every draw is non-finite.
    pub fn local(&self, group: usize) -> Result<Draws<H::Local, L>> {
        Ok(self.local_draws(self.rows(group)?))
    }

    /// Joint draws of the global parameters and those of one group.
    ///
    /// # Errors
    /// As [`local`](Self::local).
    pub fn joint(&self, group: usize) -> Result<Vec<(H::Global, H::Local)>> {
        let pair =
            |row: GroupRow<L>| (H::Global::from_array(self.global.rows()[row.draw]), H::Local::from_array(row.natural));
        Ok(self.rows(group)?.rows.into_iter().map(pair).collect())
    }

    /// Draws of the parameters of a group that was not observed, each from the prior given a global draw: what the
    /// population says of its next member. Where something is known of groups, [`new_group_with`](Self::new_group_with).
    ///
    /// # Errors
    /// A computed argument of the prior is invalid.
    pub fn new_group(&self) -> Result<Draws<H::Local, L>>
    where
        H::Design: NothingKnown,
    {
        self.new_group_with(&H::Design::nothing())
    }

    /// As [`new_group`](Self::new_group), of a group of which this is known.
    ///
    /// # Errors
    /// A computed argument of the prior is invalid.
    pub fn new_group_with(&self, design: &H::Design) -> Result<Draws<H::Local, L>> {
        self.new_groups(|_| design)
    }

    /// Draws of the parameters of new groups like those observed: of each the same is known as of one of them, in turn.
    pub(super) fn new_group_like_others(&self) -> Result<Draws<H::Local, L>> {
        let designs = self.designs()?;
        self.new_groups(|draw| &designs[draw % designs.len()])
    }

    fn new_groups<'z>(&self, design: impl Fn(usize) -> &'z H::Design) -> Result<Draws<H::Local, L>> {
        let above = self.global.iter().enumerate().map(|(draw, global)| H::Design::above(&global, design(draw)));
        let new = draw_new::<H::Local, _, L>(above.collect::<Vec<_>>().into_iter(), self.seed)?;
        Ok(self.with_derived(new, |draw| draw))
    }

    /// What is known of every group.
    fn designs(&self) -> Result<Vec<H::Design>> {
        self.sets.iter().map(|set| design_of::<H, M, L, D>(set)).collect()
    }

    /// The global draws, natural units and latent coordinates.
    pub(super) fn ancestors(&self) -> AncestorRows<'_, M> {
        AncestorRows { natural: self.global.rows(), latent: &self.latent }
    }

    /// Draws of a group's parameters with their derived quantities.
    pub(super) fn local_draws(&self, rows: GroupRows<L>) -> Draws<H::Local, L> {
        let above: Vec<usize> = rows.rows.iter().map(|row| row.draw).collect();
        self.with_derived(rows.into_draws(), |draw| above[draw])
    }

    /// Adds the derived quantities of local draws, each of which belongs to the global draw `above` of it.
    fn with_derived(&self, draws: Draws<H::Local, L>, above: impl Fn(usize) -> usize) -> Draws<H::Local, L> {
        let local: Vec<H::Local> = draws.iter().collect();
        with_quantities(draws, H::derived_local(), |quantity, draw| {
            quantity(&H::Global::from_array(self.global.rows()[above(draw)]), &local[draw])
        })
    }

    /// The model.
    pub(super) fn model(&self) -> &H {
        self.posterior.model()
    }

    /// Everything observed, natural units, group after group.
    pub(super) fn observations(&self) -> Vec<[f64; D]> {
        self.sets.concat()
    }

    /// The middle of the population as groups like this one see it: for each global draw, the medians of a group's parameters under their
    /// prior.
    pub(super) fn middles(&self, group: usize) -> Result<Vec<[f64; L]>> {
        let design = design_of::<H, M, L, D>(self.set(group)?)?;
        let middle = |global: H::Global| {
            Ok(Given::<H::Local, _>::new(&H::Design::above(&global, &design)).from_latent(&[0.0; L])?)
        };
        self.global.iter().map(middle).collect()
    }

    /// What was observed of a group.
    pub(super) fn set(&self, group: usize) -> Result<&[[f64; D]]> {
        let set = self.sets.get(group).ok_or(DataError::NoSuchGroup { group, groups: self.sets.len() })?;
        Ok(set)
    }

    /// Draws of a group's parameters had it been the only one observed.
    pub(super) fn alone(&self, group: usize, draws: usize) -> Result<Vec<[f64; L]>> {
        let set = self.set(group)?;
        let seed = group_seed(self.seed, "group alone", group);
        // One group is one factor, which every composer leaves as it is.
        let global = self.posterior.global.observe_sets(vec![set.to_vec()])?.compose(Gauss::default());
        let global = global.seed(seed).quiet().sample(draws)?;
        let latent = Declared::<H::Global>::new().to_latent_block(global.rows())?;
        let above = AncestorRows { natural: global.rows(), latent: &latent };
        let rows = draw_group(&self.posterior.local, above, set, &RowOptions { plan: self.plan.clone(), seed })?;
        Ok(rows.rows.into_iter().map(|row| row.natural).collect())
    }

    /// The finite draws of a group.
    pub(super) fn rows(&self, group: usize) -> Result<GroupRows<L>> {
        let set = self.set(group)?;
        let options = RowOptions { plan: self.plan.clone(), seed: group_seed(self.seed, "group", group) };
        draw_group(&self.posterior.local, self.ancestors(), set, &options)
    }
}
