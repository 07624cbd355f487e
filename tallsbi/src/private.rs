//! Gather what expansions of the macros name. Nothing here is part of the public interface.

pub use core;
pub use core::primitive::{f64, usize};
pub use core::result::Result;
pub use std::path::Path;
pub use std::vec::Vec;

pub use crate::hierarchy::{GroupData, Kinds};
pub use crate::model::{
    Channel, Design, Dimension, Label, Observation, Observed, Outcome, Parameters, Points, Sequence, SimulationError,
    Simulator, Stream, Transform, have_one_length,
};
pub use crate::prior::{ClosedFormDiffusion, ConditionalPrior, Declared, DeclaredPrior, PriorError, PriorWalk};

/// The families that `#[prior(...)]` and `#[design(...)]` can name.
pub mod family {
    pub use crate::prior::{
        Beta, Cauchy, Exponential, Gamma, HalfCauchy, HalfNormal, InverseGamma, LogNormal, LogUniform, Mixture,
        MvNormal, Normal, StudentT, TruncatedNormal, Uniform,
    };
}

use rand::RngExt;

use crate::hierarchy::standard_normal;
use crate::prior::{LatentPrior, Prior};

/// The components of all fields in declared order. The macros emit `N` as the sum of the parts' lengths.
pub fn join<T: Clone, const N: usize>(parts: &[&[T]]) -> [T; N] {
    let all = parts.concat();
    std::array::from_fn(|k| all[k].clone())
}

/// The labels of an array field.
pub fn components<const K: usize>(name: &str, description: &str, unit: &str) -> [Label; K] {
    std::array::from_fn(|k| Label::component(name, k, description, unit))
}

/// The components of an array field that starts at `offset`.
pub fn part<const N: usize, const K: usize>(values: &[f64; N], offset: usize) -> [f64; K] {
    std::array::from_fn(|k| values[offset + k])
}

/// A word of a description.
pub fn string(text: &str) -> String {
    text.to_owned()
}

/// Words of a description.
pub fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| string(text)).collect()
}

/// Parts of a description.
pub fn list<T, const N: usize>(items: [T; N]) -> Vec<T> {
    items.into()
}

/// A stored component as statistics use it.
pub fn widen(value: f32) -> f64 {
    f64::from(value)
}

/// Stored components as statistics use them.
pub fn widen_array<const K: usize>(values: [f32; K]) -> [f64; K] {
    values.map(f64::from)
}

/// A component as it is stored: rounded to single precision.
pub fn narrow(value: f64) -> f32 {
    value as f32
}

/// Components as they are stored.
pub fn narrow_array<const K: usize>(values: [f64; K]) -> [f32; K] {
    values.map(narrow)
}

/// A design drawn from its declared distribution.
pub fn draw_design<Z: Design<Q> + DeclaredPrior<Q>, const Q: usize>(rng: &mut Stream) -> Z {
    <Z as Design<Q>>::from_array(Declared::<Z>::new().sample(rng))
}

/// An outcome together with the design it was made under.
///
/// # Errors
/// The simulator failed.
pub fn observed<T: Outcome, Z, const DX: usize, const DZ: usize>(
    outcome: T,
    design: Z,
) -> Result<Observed<T::Observation, Z, DX, DZ>, SimulationError> {
    outcome.into_result().map(|x| Observed { x, design })
}

/// What is known of a simulated group, drawn from its declared distribution.
///
/// # Errors
/// A computed argument of the distribution is invalid.
pub fn draw_group_design<Z: Design<Q> + DeclaredPrior<Q>, const Q: usize>(
    rng: &mut Stream,
) -> Result<Z, SimulationError> {
    let values = Declared::<Z>::new().from_latent(&standard_normal(rng));
    values.map(<Z as Design<Q>>::from_array).map_err(|error| SimulationError::new(error.to_string()))
}

/// An observation together with what is known of the group that it was made in.
///
/// # Errors
/// The simulator failed.
pub fn in_group<X, Z: Clone, const DX: usize, const DZ: usize>(
    x: Result<X, SimulationError>,
    design: &Z,
) -> Result<Observed<X, Z, DX, DZ>, SimulationError> {
    x.map(|x| Observed { x, design: design.clone() })
}

/// Numbers of observations of every kind in a simulated group.
pub fn kind_sizes<const K: usize>(n_max: [usize; K], rng: &mut Stream) -> [usize; K] {
    crate::hierarchy::kind_sizes(n_max, rng)
}

/// What is observed of a whole group, 0 to `N` times: all numbers are equally likely.
///
/// # Errors
/// The simulator failed.
pub fn simulate_whole<X: Observation<D>, const D: usize, const N: usize>(
    rng: &mut Stream,
    one: impl Fn(&mut Stream) -> Result<X, SimulationError>,
) -> Result<GroupData<X, D, N>, SimulationError> {
    let n = rng.random_range(0..=N);
    simulate_kind(n, rng, one)
}

/// `n` observations of one kind.
///
/// # Errors
/// The simulator failed.
pub fn simulate_kind<X: Observation<D>, const D: usize, const N: usize>(
    n: usize,
    rng: &mut Stream,
    one: impl Fn(&mut Stream) -> Result<X, SimulationError>,
) -> Result<GroupData<X, D, N>, SimulationError> {
    crate::hierarchy::simulate_kind(n, rng, one)
}
