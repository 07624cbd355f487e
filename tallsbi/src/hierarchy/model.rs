//! Say what a hierarchical model is: global parameters, local parameters given them, and observations of a group.

use super::{GlobalQuantities, Graph, GroupDesign, LocalQuantities, design::Above};
use crate::{
    model::{Observation, SimulationError, Stream},
    prior::{ConditionalPrior, DeclaredPrior},
};

/// A model of groups: `M` global parameters, `L` local parameters of every group, observations of `D` components (design
/// included).
///
/// `#[simulator]` on a module implements it for a unit struct; `docs/hierarchical.md` writes one by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hierarchical model with {M} global and {L} local parameters",
    label = "put `#[simulator]` on a module, or implement `Hierarchy<{M}, {L}, {D}>`"
)]
pub trait Hierarchy<const M: usize, const L: usize, const D: usize>: Clone + Send + Sync + 'static {
    /// Parameters of the population.
    type Global: DeclaredPrior<M>;
    /// What is known of a group before it is observed; `()` where nothing is.
    type Design: GroupDesign<Self::Global, Self::Observation>;
    /// Parameters of one group, given the global ones and what is known of the group.
    type Local: ConditionalPrior<<Self::Design as GroupDesign<Self::Global, Self::Observation>>::Above, L>;
    /// What is observed in a group, any number of times, with its design where there is one, and what is known of the group.
    type Observation: Observation<D>;

    /// One observation of a group. Where the observation has a design of its own, it is drawn here from its declared distribution.
    /// `above` is what the group's parameters are given: the global parameters, or [`InGroup`](super::InGroup).
    ///
    /// # Errors
    /// This simulation failed. Failures are counted by the caller, never repaired.
    fn simulate(
        &self,
        above: &Above<Self, M, L, D>,
        local: &Self::Local,
        rng: &mut Stream,
    ) -> Result<Self::Observation, SimulationError>;

    /// `n` observations of one group: [`simulate`](Self::simulate) so many times, as provided. Where a group is observed as a whole too, that is
    /// simulated once, and stands beside each of them.
    ///
    /// # Errors
    /// This simulation failed.
    fn simulate_group(
        &self,
        above: &Above<Self, M, L, D>,
        local: &Self::Local,
        n: usize,
        rng: &mut Stream,
    ) -> Result<Vec<Self::Observation>, SimulationError> {
        (0..n).map(|_| self.simulate(above, local, rng)).collect()
    }

    /// As [`simulate_group`](Self::simulate_group), with the gradient, for the latent coordinates `z` of the global parameters, of the
    /// log-density of everything that was drawn between the local parameters and the observations, such as the parameters of groups in the
    /// group. Zero, as provided, where there is no such thing; not a number in a component of which it is not known.
    ///
    /// # Errors
    /// This simulation failed.
    fn simulate_group_with_score(
        &self,
        _z: &[f64; M],
        above: &Above<Self, M, L, D>,
        local: &Self::Local,
        n: usize,
        rng: &mut Stream,
    ) -> Result<(Vec<Self::Observation>, [f64; M]), SimulationError> {
        Ok((self.simulate_group(above, local, n, rng)?, [0.0; M]))
    }

    /// The fields of the global parameters that observations depend on themselves, not only through the local parameters; `None`, as provided,
    /// where that is not known.
    ///
    /// Of every other field, unless a field that is read has a prior that names it, the local parameters of a simulated group say all that the group can, in closed form: the score of
    /// p(λ | φ), from which the network of the global level learns ([`CompleteData`](crate::train::CompleteData)).
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
}
