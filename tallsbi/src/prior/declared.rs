//! Interpret a declared prior: one declaration, walked to sample, to map, to evaluate and to describe.

use std::marker::PhantomData;

use super::{FamilyError, PriorError, Univariate};
use crate::model::Parameters;

/// One pass over a declared prior. Each call stands for the next field and returns the field's value, so that later
/// fields can name earlier ones.
pub trait PriorWalk {
    /// The next scalar field.
    ///
    /// # Errors
    /// The family's arguments are invalid, or the value at hand is outside its support.
    fn scalar<F: Univariate>(&mut self, family: Result<F, FamilyError>) -> Result<f64, PriorError>;
    /// The next array field, every component with the same family.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    fn array<F: Univariate, const K: usize>(&mut self, family: Result<F, FamilyError>) -> Result<[f64; K], PriorError>;
}

/// A parameter struct whose fields declare their priors. `#[derive(Parameters)]` implements it.
pub trait DeclaredPrior<const M: usize>: Parameters<M> {
    /// Walks the fields in declared order.
    ///
    /// # Errors
    /// What the walk refuses.
    fn declare<W: PriorWalk>(walk: &mut W) -> Result<(), PriorError>;
}

/// The prior that the fields of `P` declare.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared<P>(PhantomData<fn() -> P>);
