//! Say what a parameter struct is: a fixed number of named real components.

use super::Label;

/// The number of scalar components of a type, usable in a const expression (`{ <T as Dimension>::DIM }`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not part of a model",
    label = "add `#[derive(Parameters)]`, `#[derive(Observation)]` or `#[derive(Design)]` to this struct"
)]
pub trait Dimension {
    /// Number of scalar components.
    const DIM: usize;
}

/// A struct of `M` real parameters in natural units. `#[derive(Parameters)]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a parameter struct",
    label = "add `#[derive(Parameters)]` and a `#[prior(...)]` to every field"
)]
pub trait Parameters<const M: usize>: Dimension + Clone + Send + Sync + 'static {
    /// Names, descriptions and units in declared order.
    fn labels() -> [Label; M];
    /// The components in declared order, natural units.
    fn to_array(&self) -> [f64; M];
    /// The inverse of [`to_array`](Self::to_array).
    fn from_array(values: [f64; M]) -> Self;
}
