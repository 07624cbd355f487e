//! Hold joint draws of a hierarchy: draws of the global parameters, and of every group's given each of them.

use std::{cmp::Ordering, time::Instant};

use rand::Rng;

use super::{HierarchicalPosterior, Hierarchy, levels::standard_normal, simulations::joined};
use crate::{
    dataset::DataError,
    model::{Parameters, stream},
    net::ScoreNetwork,
    posterior::{Draws, DrawsReport, Result, RowOptions},
    prior::{Declared, Given, LatentPrior},
    sample::{DpmSolver, Plan},
};

/// A local draw, natural units, and the index of its global draw.
type LocalRow<const L: usize> = (usize, [f64; L]);

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
        // The order of a group's observations must not change its draws in the last bit either.
        for set in &mut sets {
            set.sort_by(|a, b| {
                a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
            });
        }
        let latent = Declared::<H::Global>::new().to_latent_block(global.rows())?;
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
        let (rows, report) = self.rows(group)?;
        Ok(Draws::new(rows.into_iter().map(|(_, row)| row).collect(), report))
    }

    /// Joint draws of the global parameters and those of one group.
    ///
    /// # Errors
    /// As [`local`](Self::local).
    pub fn joint(&self, group: usize) -> Result<Vec<(H::Global, H::Local)>> {
        let (rows, _) = self.rows(group)?;
        let pair = |(draw, row)| (H::Global::from_array(self.global.rows()[draw]), H::Local::from_array(row));
        Ok(rows.into_iter().map(pair).collect())
    }

    /// Draws of the parameters of a group that was not observed, each from the prior given a global draw: what the
    /// population says of its next member.
    ///
    /// # Errors
    /// A computed argument of the prior is invalid.
    pub fn new_group(&self) -> Result<Draws<H::Local, L>> {
        let rows: Result<Vec<[f64; L]>> = (self.global.iter().zip(0..))
            .map(|(global, draw)| {
                let z = standard_normal(&mut stream(self.seed, "new group", draw));
                Ok(Given::<H::Local, _>::new(&global).from_latent(&z)?)
            })
            .collect();
        let report = DrawsReport { asked: self.len(), ..DrawsReport::default() };
        Ok(Draws::new(rows?, report))
    }

    /// The finite draws of a group with the index of their global draw, natural units.
    fn rows(&self, group: usize) -> Result<(Vec<LocalRow<L>>, DrawsReport)> {
        let start = Instant::now();
        let set = self.sets.get(group).ok_or(DataError::NoSuchGroup { group, groups: self.sets.len() })?;
        let seed = stream(self.seed, "group", group as u64).next_u64();
        let covariates = |draw: usize, out: &mut Vec<[f64; E]>| {
            out.extend(set.iter().map(|x| joined::<M, D, E>(x, &self.latent[draw])));
        };
        let options = RowOptions { plan: self.plan.clone(), seed };
        let driven = self.posterior.local.draw_each(self.len(), &covariates, &options)?;
        let mut lost = driven.non_finite.iter().peekable();
        let finite = (0..self.len()).filter(|draw| lost.next_if_eq(&draw).is_none());
        let rows = finite
            .zip(&driven.draws)
            .map(|(draw, z)| {
                let global = H::Global::from_array(self.global.rows()[draw]);
                Ok((draw, Given::<H::Local, _>::new(&global).from_latent(z)?))
            })
            .collect::<Result<_>>()?;
        let report = DrawsReport {
            n_observations: set.len(),
            asked: self.len(),
            non_finite: driven.non_finite.len(),
            seconds: start.elapsed().as_secs_f64(),
            ..DrawsReport::default()
        };
        Ok((rows, report))
    }
}
