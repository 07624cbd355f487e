//! Say what is known of a group before it is observed: covariates that the prior of its parameters may name.

use std::any::TypeId;

use super::Hierarchy;
use crate::model::{SimulationError, Stream};

/// What is known of a group of a model with global parameters `G` and observations `O`: the age of a patient, the size of a school. `()` where
/// nothing is.
///
/// It is told to networks with every observation of the group. `#[design(plate = ...)]` on a struct in a module with `#[simulator]` implements
/// it; `docs/hierarchical.md` has it by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what is known of a group whose observations are `{O}`",
    note = "a group's design is part of every observation: `Observed<X, {Self}, DX, DZ>`; where nothing is known of groups, it is `()`"
)]
pub trait GroupDesign<G, O>: Clone + Send + Sync + 'static {
    /// What the parameters of a group are given: `G`, or [`InGroup`] of it and this.
    type Above: Clone + Send + Sync;
    /// What is known of a simulated group, from its declared distribution.
    ///
    /// # Errors
    /// It cannot be drawn.
    fn draw(rng: &mut Stream) -> Result<Self, SimulationError>;
    /// What is known of the group that this was observed in.
    fn of(x: &O) -> Self;
    /// Whether the same is known here and there, component by component.
    fn agrees(&self, other: &Self) -> bool;
    /// What the parameters of a group of which this is known are given.
    fn above(global: &G, design: &Self) -> Self::Above;
}

impl<G: Clone + Send + Sync, O> GroupDesign<G, O> for () {
    type Above = G;
    fn draw(_: &mut Stream) -> Result<Self, SimulationError> {
        Ok(())
    }
    fn of(_: &O) -> Self {}
    fn agrees(&self, (): &Self) -> bool {
        true
    }
    fn above(global: &G, (): &Self) -> G {
        global.clone()
    }
}

/// Nothing is known of a group: `()`.
#[diagnostic::on_unimplemented(
    message = "a new group needs what is known of it: write `draws.new_group_with(&design)`",
    label = "`{Self}` is known of every group of this model"
)]
pub trait NothingKnown {
    /// Nothing.
    fn nothing() -> Self;
}

impl NothingKnown for () {
    fn nothing() -> Self {}
}

/// The global parameters, and what is known of a group: what the group's parameters are given.
#[derive(Clone, Debug, PartialEq)]
pub struct InGroup<G, Z> {
    /// The global parameters.
    pub global: G,
    /// What is known of the group.
    pub design: Z,
}

/// Whether anything is known of groups before they are observed.
pub(super) fn something_is_known<Z: 'static>() -> bool {
    TypeId::of::<Z>() != TypeId::of::<()>()
}

/// What the parameters of a group of the model `H` are given.
pub(super) type Above<H, const M: usize, const L: usize, const D: usize> =
    <<H as Hierarchy<M, L, D>>::Design as GroupDesign<
        <H as Hierarchy<M, L, D>>::Global,
        <H as Hierarchy<M, L, D>>::Observation,
    >>::Above;
