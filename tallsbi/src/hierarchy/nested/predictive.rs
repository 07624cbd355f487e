//! Check inner groups by what they predict: replicate their observations from joint draws of all three levels.

use super::{GroupDraws, Joint, NestedHierarchy};
use crate::{
    calibrate::{PredictiveCheck, PredictiveStatistics},
    dataset::{DataError, canonical_order},
    hierarchy::{
        Group,
        levels::{draw_local, standard_normal},
        posterior::checked_groups,
        predictive::OfDraw,
    },
    model::{Observation, Parameters, Stream},
    net::ScoreNetwork,
    posterior::Result,
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
> GroupDraws<'_, H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    /// Replicates what was observed in one inner group (in the order of `observe`, from 0) once from every joint draw of all three levels,
    /// and compares ([`PredictiveCheck`]). Order and designs are treated as by
    /// [`check_group`](crate::hierarchy::HierarchicalDraws::check_group).
    ///
    /// # Errors
    /// There is no such inner group; every draw is non-finite; more than half of the replicates fail; [`DataError::HoldsSets`] with several
    /// kinds of observation.
    pub fn check_inner(
        &self,
        inner: usize,
        statistics: &PredictiveStatistics<'_, D>,
        seed: u64,
    ) -> Result<PredictiveCheck> {
        let rows = self.rows(inner)?.rows;
        let parameters = |index: usize, _: &mut Stream| {
            Ok((self.above(rows[index].draw), H::Inner::from_array(rows[index].natural)))
        };
        self.compare(&self.draws.sets[self.group][inner], rows.len(), &parameters, statistics, seed)
    }

    /// Simulates as many observations as `observed` has of a *new* inner group of this group for every draw, and compares: whether an inner group
    /// that was not among those observed is one that this group predicts.
    ///
    /// # Errors
    /// The inner group is empty or larger than declared, or one of its observations is not finite or outside its transform's domain; more
    /// than half of the replicates fail; [`DataError::HoldsSets`].
    pub fn check_new_inner<G: Group<H::Observation>>(
        &self,
        observed: &G,
        statistics: &PredictiveStatistics<'_, D>,
        seed: u64,
    ) -> Result<PredictiveCheck> {
        let sets = checked_groups::<H::Observation, G, D>(std::slice::from_ref(observed), N)?;
        let parameters = |index: usize, rng: &mut Stream| {
            let above = self.above(index);
            let inner = draw_local::<H::Inner, _, K>(&above, &standard_normal(rng))?;
            Ok((above, inner))
        };
        self.compare(&sets.concat(), self.local().len(), &parameters, statistics, seed)
    }

    /// Compares an inner group with replicates under the parameters of `n` draws.
    fn compare(
        &self,
        observed: &[[f64; D]],
        n: usize,
        parameters: &OfDraw<'_, Joint<H::Global, H::Local, M, L>, H::Inner>,
        statistics: &PredictiveStatistics<'_, D>,
        seed: u64,
    ) -> Result<PredictiveCheck> {
        let model = self.draws.posterior.model();
        if observed.iter().any(|x| !H::Observation::from_array(*x).set_sizes().is_empty()) {
            return Err(DataError::HoldsSets.into());
        }
        let points = H::Observation::exchangeable();
        let mut observed = observed.to_vec();
        canonical_order(&points, &mut observed);
        let replicate = |index: usize, rng: &mut Stream| {
            let (Joint { outer, inner: local }, inner) = parameters(index, rng)?;
            let one = |_| model.simulate(&outer, &local, &inner, rng).map(|x| x.to_array());
            let mut group = (0..observed.len()).map(one).collect::<std::result::Result<Vec<[f64; D]>, _>>()?;
            canonical_order(&points, &mut group);
            Ok(group)
        };
        Ok(PredictiveCheck::of_replicates::<H::Observation, D>(&observed, n, &replicate, statistics, seed)?)
    }
}
