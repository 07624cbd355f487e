//! Say what a hierarchy of three levels is, and see it as two hierarchies of two.

use rand::RngExt;

use super::{GroupData, InnerGroupData, Joint, WholeGroup};
use crate::{
    hierarchy::{
        GlobalQuantities, Graph, Hierarchy, InnerQuantities, LocalQuantities,
        levels::{draw_global, draw_local, standard_normal},
    },
    model::{Observation, SimulationError, Stream},
    prior::{ConditionalPrior, DeclaredPrior, score_of_ancestors},
};

/// A model of groups in groups: `M` global parameters, `L` parameters of every group, `K` of every inner group, observations
/// of `D` components (design included) in the inner groups.
///
/// `#[simulator]` on a module with two local levels implements it for a unit struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hierarchical model of three levels with {M}, {L} and {K} parameters",
    label = "put `#[simulator]` on a module, or implement `NestedHierarchy<{M}, {L}, {K}, {D}>`"
)]
pub trait NestedHierarchy<const M: usize, const L: usize, const K: usize, const D: usize>:
    Clone + Send + Sync + 'static
{
    /// Parameters of the population.
    type Global: DeclaredPrior<M>;
    /// Parameters of one group.
    type Local: ConditionalPrior<Self::Global, L>;
    /// Parameters of one group in a group.
    type Inner: ConditionalPrior<Joint<Self::Global, Self::Local, M, L>, K>;
    /// What is observed in an inner group, any number of times, with its design where there is one.
    type Observation: Observation<D>;
    /// What is observed of a whole group, beside its inner groups; `()` where nothing is.
    type Whole: WholeGroup;

    /// One observation of an inner group. Where the model has a design, it is drawn here from its declared distribution.
    ///
    /// # Errors
    /// This simulation failed. Failures are counted by the caller, never repaired.
    fn simulate(
        &self,
        global: &Self::Global,
        local: &Self::Local,
        inner: &Self::Inner,
        rng: &mut Stream,
    ) -> Result<Self::Observation, SimulationError>;

    /// What is observed of a whole group, in any of the numbers that there may be.
    ///
    /// # Errors
    /// This simulation failed.
    fn simulate_whole(
        &self,
        global: &Self::Global,
        local: &Self::Local,
        rng: &mut Stream,
    ) -> Result<Self::Whole, SimulationError>;

    /// The fields of the global parameters that observations depend on themselves, not only through the parameters of groups and inner groups;
    /// `None`, as provided, where that is not known. See [`Hierarchy::observed_directly`].
    fn observed_directly() -> Option<&'static [&'static str]> {
        None
    }

    /// What depends on what, for people to read.
    fn graph(&self) -> Graph;

    /// Deterministic quantities of the global parameters, which stand beside their draws. None unless declared.
    fn derived_global() -> GlobalQuantities<Self::Global> {
        Vec::new()
    }

    /// Deterministic quantities of a group's parameters and the global ones. None unless declared.
    fn derived_local() -> LocalQuantities<Self::Global, Self::Local> {
        Vec::new()
    }

    /// Deterministic quantities of an inner group's parameters and both their ancestors. None unless declared.
    fn derived_inner() -> InnerQuantities<Self::Global, Self::Local, Self::Inner> {
        Vec::new()
    }
}

/// The outer two levels of `H`: one observation of a group is a whole inner group of 1 to `N` observations, all sizes equally
/// likely in simulations, beside what is observed of the group itself, which is the same for all of its inner groups.
#[derive(Clone, Copy, Debug, Default)]
pub struct OuterLevels<H, const K: usize, const D: usize, const N: usize>(pub(super) H);

/// The innermost level of `H` below one level of both its ancestors.
#[derive(Clone, Copy, Debug, Default)]
pub struct InnerLevels<H, const M: usize, const L: usize>(pub(super) H);

impl<H, const M: usize, const L: usize, const K: usize, const D: usize, const N: usize, const W: usize>
    Hierarchy<M, L, W> for OuterLevels<H, K, D, N>
where
    H: NestedHierarchy<M, L, K, D>,
{
    type Global = H::Global;
    type Design = ();
    type Local = H::Local;
    type Observation = InnerGroupData<H::Observation, H::Whole, D, N>;

    fn simulate(
        &self,
        global: &H::Global,
        local: &H::Local,
        rng: &mut Stream,
    ) -> Result<Self::Observation, SimulationError> {
        let whole = self.0.simulate_whole(global, local, rng)?;
        let (_, members) = inner_group(&self.0, global, local, N, rng)?;
        Ok(InnerGroupData { inner: GroupData::of(&members), whole })
    }

    fn simulate_group(
        &self,
        global: &H::Global,
        local: &H::Local,
        n: usize,
        rng: &mut Stream,
    ) -> Result<Vec<Self::Observation>, SimulationError> {
        let whole = self.0.simulate_whole(global, local, rng)?;
        let one = |_| {
            let (_, members) = inner_group(&self.0, global, local, N, rng)?;
            Ok(InnerGroupData { inner: GroupData::of(&members), whole: whole.clone() })
        };
        (0..n).map(one).collect()
    }

    fn simulate_group_with_score(
        &self,
        z: &[f64; M],
        global: &H::Global,
        local: &H::Local,
        n: usize,
        rng: &mut Stream,
    ) -> Result<(Vec<Self::Observation>, [f64; M]), SimulationError> {
        let whole = self.0.simulate_whole(global, local, rng)?;
        let above = |z: &[f64; M]| Some(Joint { outer: draw_global::<H::Global, M>(z).ok()?, inner: local.clone() });
        let mut score = [0.0; M];
        let one = |_| {
            let (inner, members) = inner_group(&self.0, global, local, N, rng)?;
            score.iter_mut().zip(score_of_ancestors(z, &inner, above)).for_each(|(score, between)| *score += between);
            Ok(InnerGroupData { inner: GroupData::of(&members), whole: whole.clone() })
        };
        let group = (0..n).map(one).collect::<Result<_, SimulationError>>()?;
        Ok((group, score))
    }

    fn observed_directly() -> Option<&'static [&'static str]> {
        H::observed_directly()
    }

    fn graph(&self) -> Graph {
        self.0.graph()
    }

    fn derived_global() -> GlobalQuantities<Self::Global> {
        H::derived_global()
    }

    fn derived_local() -> LocalQuantities<Self::Global, Self::Local> {
        H::derived_local()
    }
}

impl<H, const M: usize, const L: usize, const K: usize, const D: usize, const ML: usize> Hierarchy<ML, K, D>
    for InnerLevels<H, M, L>
where
    H: NestedHierarchy<M, L, K, D>,
{
    type Global = Joint<H::Global, H::Local, M, L>;
    type Design = ();
    type Local = H::Inner;
    type Observation = H::Observation;

    fn simulate(
        &self,
        above: &Self::Global,
        inner: &H::Inner,
        rng: &mut Stream,
    ) -> Result<Self::Observation, SimulationError> {
        self.0.simulate(&above.outer, &above.inner, inner, rng)
    }

    fn graph(&self) -> Graph {
        self.0.graph()
    }
}

/// Parameters of an inner group and its observations.
type InnerGroup<P, O> = (P, Vec<O>);

/// Simulates an inner group of 1 to `n_max` observations, all sizes equally likely.
pub(super) fn inner_group<
    H: NestedHierarchy<M, L, K, D>,
    const M: usize,
    const L: usize,
    const K: usize,
    const D: usize,
>(
    model: &H,
    global: &H::Global,
    local: &H::Local,
    n_max: usize,
    rng: &mut Stream,
) -> Result<InnerGroup<H::Inner, H::Observation>, SimulationError> {
    let above = Joint { outer: global.clone(), inner: local.clone() };
    let inner = draw_local::<H::Inner, _, K>(&above, &standard_normal(rng))?;
    let members = (0..rng.random_range(1..=n_max)).map(|_| model.simulate(global, local, &inner, rng));
    let members = members.collect::<Result<_, _>>()?;
    Ok((inner, members))
}
