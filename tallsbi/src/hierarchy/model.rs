//! Say what a hierarchical model is: global parameters, local parameters given them, and observations of a group.

use super::{GlobalQuantities, Graph, LocalQuantities};
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
    /// Parameters of one group.
    type Local: ConditionalPrior<Self::Global, L>;
    /// What is observed in a group, any number of times, with its design where there is one.
    type Observation: Observation<D>;

    /// One observation of a group. Where the model has a design, it is drawn here from its declared distribution.
    ///
    /// # Errors
    /// This simulation failed. Failures are counted by the caller, never repaired.
    fn simulate(
        &self,
        global: &Self::Global,
        local: &Self::Local,
        rng: &mut Stream,
    ) -> Result<Self::Observation, SimulationError>;

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
