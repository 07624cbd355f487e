//! Check a population and its groups by what they predict: replicate a group's observations and compare statistics of them.

use super::{
    Group, GroupDesign, HierarchicalDraws, Hierarchy,
    design::Above,
    draws::design_of,
    levels::{draw_local, standard_normal},
    posterior::{checked_groups, one_design},
};
use crate::{
    calibrate::{PredictiveCheck, PredictiveStatistics},
    dataset::{DataError, canonical_order},
    model::{Observation, Parameters, SimulationError, Stream},
    net::ScoreNetwork,
    posterior::Result,
};

impl<H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize>
    HierarchicalDraws<'_, H, NG, NL, M, L, D, E>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    /// Replicates what was observed of one group (in the order of `observe`, from 0) once from every joint draw of the population and the
    /// group, and compares: whether the model can make these data ([`PredictiveCheck`]).
    ///
    /// A group is a set: statistics see observations, and exchangeable points in them, sorted, both observed and replicated ones.
    /// What is known of the group stays as it is. Where observations have designs of their own, replicates draw theirs from the declared
    /// distribution, not the observed one: choose statistics that do not depend on it.
    ///
    /// # Errors
    /// There is no such group; every draw is non-finite; more than half of the replicates fail. [`DataError::HoldsSets`]: with several kinds of
    /// observation, or inner groups, which are checked by [`GroupDraws::check_inner`](super::GroupDraws::check_inner).
    pub fn check_group(
        &self,
        group: usize,
        statistics: &PredictiveStatistics<'_, D>,
        seed: u64,
    ) -> Result<PredictiveCheck> {
        let rows = self.rows(group)?.rows;
        let design = design_of::<H, M, L, D>(self.set(group)?)?;
        let parameters = |index: usize, _: &mut Stream| {
            let row = &rows[index];
            let global = H::Global::from_array(self.global().rows()[row.draw]);
            Ok((H::Design::above(&global, &design), H::Local::from_array(row.natural)))
        };
        self.compare(self.set(group)?, rows.len(), &parameters, statistics, seed)
    }

    /// Simulates as many observations as `observed` has of a *new* group for every draw of the population, and compares: whether a group that
    /// was not among those observed is one that this population predicts.
    ///
    /// Designs are treated as by [`check_group`](Self::check_group).
    ///
    /// # Errors
    /// The group is empty or larger than n_max, or one of its observations is not finite or outside its transform's domain, or two are said to be
    /// of different groups; more than half of the replicates fail; [`DataError::HoldsSets`].
    pub fn check_new_group<G: Group<H::Observation>>(
        &self,
        observed: &G,
        statistics: &PredictiveStatistics<'_, D>,
        seed: u64,
    ) -> Result<PredictiveCheck> {
        let sets = checked_groups::<H::Observation, G, D>(std::slice::from_ref(observed), NG::N_MAX)?;
        one_design::<H, M, L, D>(&sets)?;
        let design = design_of::<H, M, L, D>(&sets.concat())?;
        let parameters = |index: usize, rng: &mut Stream| {
            let above = H::Design::above(&H::Global::from_array(self.global().rows()[index]), &design);
            let local = draw_local::<H::Local, _, L>(&above, &standard_normal(rng))?;
            Ok((above, local))
        };
        self.compare(&sets.concat(), self.len(), &parameters, statistics, seed)
    }

    /// Compares a group with replicates under the parameters of `n` draws.
    fn compare(
        &self,
        observed: &[[f64; D]],
        n: usize,
        parameters: &OfDraw<'_, Above<H, M, L, D>, H::Local>,
        statistics: &PredictiveStatistics<'_, D>,
        seed: u64,
    ) -> Result<PredictiveCheck> {
        // Replicates would have other sizes, and every statistic would tell them apart.
        if observed.iter().any(|x| !H::Observation::from_array(*x).set_sizes().is_empty()) {
            return Err(DataError::HoldsSets.into());
        }
        let points = H::Observation::exchangeable();
        let mut observed = observed.to_vec();
        canonical_order(&points, &mut observed);
        let replicate = |index: usize, rng: &mut Stream| {
            let (above, local) = parameters(index, rng)?;
            let group = self.model().simulate_group(&above, &local, observed.len(), rng)?;
            let mut group: Vec<[f64; D]> = group.iter().map(Observation::to_array).collect();
            canonical_order(&points, &mut group);
            Ok(group)
        };
        Ok(PredictiveCheck::of_replicates::<H::Observation, D>(&observed, n, &replicate, statistics, seed)?)
    }
}

/// What a group's parameters are given at one draw, and the parameters.
pub(super) type OfDraw<'a, A, P> =
    dyn Fn(usize, &mut Stream) -> std::result::Result<(A, P), SimulationError> + Sync + 'a;
