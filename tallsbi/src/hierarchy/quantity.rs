//! Say what a deterministic quantity of a hierarchy is, and compute it beside the draws of its level.

use crate::{
    model::{Label, Parameters},
    posterior::{Derived, Draws},
};

/// A deterministic quantity: its name, description and unit, and the function of the levels it depends on.
///
/// `#[derived]` in a module with `#[simulator]` makes one of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity<F> {
    /// Name, description and unit.
    pub label: Label,
    /// Its value given a draw of every level it may depend on.
    pub value: F,
}

/// Quantities of global parameters.
pub type GlobalQuantities<G> = Vec<Quantity<fn(&G) -> f64>>;
/// Quantities of a group's parameters and the global ones.
pub type LocalQuantities<G, P> = Vec<Quantity<fn(&G, &P) -> f64>>;
/// Quantities of an inner group's parameters and both their ancestors.
pub type InnerQuantities<G, P, Q> = Vec<Quantity<fn(&G, &P, &Q) -> f64>>;

/// Adds quantities to draws; `value(quantity, draw)` computes one.
pub(super) fn with_quantities<P: Parameters<M>, F, const M: usize>(
    draws: Draws<P, M>,
    quantities: Vec<Quantity<F>>,
    value: impl Fn(&F, usize) -> f64,
) -> Draws<P, M> {
    quantities.into_iter().fold(draws, |draws, Quantity { label, value: function }| {
        let values = (0..draws.len()).map(|draw| value(&function, draw)).collect();
        draws.with_derived(Derived { label, values })
    })
}
