//! Say what one observation is: a fixed number of real components, with the known design it was made under.

use super::{Dimension, Label, Points, SimulationError, Transform};

/// One observation of `D` real components in natural units. `#[derive(Observation)]` implements it for a struct of
/// scalars and arrays; `[f32; D]` and `[f64; D]` have it already.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an observation",
    label = "return `[f32; D]`, `[f64; D]` or a struct with `#[derive(Observation)]`"
)]
pub trait Observation<const D: usize>: Dimension + Clone + Send + Sync + 'static {
    /// Names, descriptions and units in declared order.
    fn labels() -> [Label; D];
    /// Whether the components have names of their own. Those of arrays have none, and are read from the columns of a file in order.
    fn has_names() -> bool {
        true
    }
    /// The transform of each component, applied before standardisation.
    fn transforms() -> [Transform; D];
    /// The components in declared order, natural units.
    fn to_array(&self) -> [f64; D];
    /// The inverse of [`to_array`](Self::to_array).
    fn from_array(values: [f64; D]) -> Self;
    /// Points whose order tells nothing, each named by its components; none, unless the observation says so. Networks see them in
    /// one order, and their moments. No component may belong to two points. Of the members of inner groups, and of several kinds
    /// of observation, this is not asked.
    fn exchangeable() -> Vec<Points> {
        Vec::new()
    }
    /// Where one observation holds whole sets: the members found and the most allowed of each. None, unless it does.
    fn set_sizes(&self) -> Vec<(usize, usize)> {
        Vec::new()
    }
    /// How many observations this is: one, unless it holds whole sets.
    fn count(&self) -> usize {
        1
    }
}

/// Known covariates of one observation (`Q` real components): dose, time, standard error. `#[derive(Design)]`
/// implements it; each field says with `#[design(...)]` from what distribution training draws it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a design",
    label = "add `#[derive(Design)]` and a `#[design(...)]` distribution to every field"
)]
pub trait Design<const Q: usize>: Dimension + Clone + Send + Sync + 'static {
    /// Names, descriptions and units in declared order.
    fn labels() -> [Label; Q];
    /// The transform of each component, applied before standardisation.
    fn transforms() -> [Transform; Q];
    /// The components in declared order, natural units.
    fn to_array(&self) -> [f64; Q];
    /// The inverse of [`to_array`](Self::to_array).
    fn from_array(values: [f64; Q]) -> Self;
}

/// An observation together with the design it was made under; `(x, design)` converts into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed<X, Z, const DX: usize, const DZ: usize> {
    /// What was observed.
    pub x: X,
    /// Under which known covariates.
    pub design: Z,
}

#[diagnostic::do_not_recommend]
impl<X, Z, const DX: usize, const DZ: usize> Dimension for Observed<X, Z, DX, DZ> {
    const DIM: usize = DX + DZ;
}

#[diagnostic::do_not_recommend]
impl<X: Observation<DX>, Z: Design<DZ>, const DX: usize, const DZ: usize, const D: usize> Observation<D>
    for Observed<X, Z, DX, DZ>
{
    fn labels() -> [Label; D] {
        const { assert!(D == DX + DZ) };
        join(&X::labels(), &Z::labels())
    }
    fn transforms() -> [Transform; D] {
        join(&X::transforms(), &Z::transforms())
    }
    fn to_array(&self) -> [f64; D] {
        join(&self.x.to_array(), &self.design.to_array())
    }
    fn from_array(values: [f64; D]) -> Self {
        Self {
            x: X::from_array(std::array::from_fn(|k| values[k])),
            design: Z::from_array(std::array::from_fn(|k| values[DX + k])),
        }
    }
    fn exchangeable() -> Vec<Points> {
        X::exchangeable()
    }
    fn set_sizes(&self) -> Vec<(usize, usize)> {
        self.x.set_sizes()
    }
    fn count(&self) -> usize {
        self.x.count()
    }
}

/// Components of two things side by side.
pub(crate) fn join<T: Clone, const A: usize, const B: usize, const AB: usize>(a: &[T; A], b: &[T; B]) -> [T; AB] {
    const { assert!(AB == A + B, "two things side by side have the components of both") };
    std::array::from_fn(|k| if k < A { a[k].clone() } else { b[k - A].clone() })
}

/// What can be handed to a posterior as an observation of type `O`: an `O`, or `(x, design)` where there is a design.
#[diagnostic::on_unimplemented(
    message = "this posterior observes `{O}`, not `{Self}`",
    label = "an observation of another model",
    note = "a posterior accepts what its own simulator returns, in the same type of number: write `1.0`, not `1`, and `_f32` or `as f32` where it returns `f32`; with a design, pairs `(observation, design)`; with several kinds of observation, a tuple with a `Vec` for each; where something is known of groups, `(design, group)`"
)]
pub trait IntoObservation<O>: Clone {
    /// The observation.
    fn into_observation(self) -> O;
}

impl<O: Clone> IntoObservation<O> for O {
    fn into_observation(self) -> O {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<X: Clone, Z: Clone, const DX: usize, const DZ: usize> IntoObservation<Observed<X, Z, DX, DZ>> for (X, Z) {
    fn into_observation(self) -> Observed<X, Z, DX, DZ> {
        Observed { x: self.0, design: self.1 }
    }
}

/// What a simulator function may return: an observation, `Option` of one or `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a simulator cannot return `{Self}`",
    label = "return `[f32; D]`, `[f64; D]`, a struct with `#[derive(Observation)]`, or an `Option` or `Result` of one"
)]
pub trait Outcome {
    /// The observation returned on success.
    type Observation;
    /// The observation, or why there is none.
    ///
    /// # Errors
    /// The simulator returned `None` or `Err`.
    fn into_result(self) -> Result<Self::Observation, SimulationError>;
}

#[diagnostic::do_not_recommend]
impl<O: Outcome> Outcome for Option<O> {
    type Observation = O::Observation;
    fn into_result(self) -> Result<O::Observation, SimulationError> {
        self.ok_or_else(|| SimulationError::new("the simulator returned None")).and_then(O::into_result)
    }
}

#[diagnostic::do_not_recommend]
impl<O: Outcome, E: std::fmt::Display> Outcome for Result<O, E> {
    type Observation = O::Observation;
    fn into_result(self) -> Result<O::Observation, SimulationError> {
        self.map_err(|error| SimulationError::new(error.to_string())).and_then(O::into_result)
    }
}

macro_rules! array_observation {
    ($float:ty) => {
        #[diagnostic::do_not_recommend]
        impl<const D: usize> Dimension for [$float; D] {
            const DIM: usize = D;
        }
        #[diagnostic::do_not_recommend]
        impl<const D: usize> Observation<D> for [$float; D] {
            fn labels() -> [Label; D] {
                std::array::from_fn(|k| Label::component("x", k, "", ""))
            }
            fn has_names() -> bool {
                false
            }
            fn transforms() -> [Transform; D] {
                [Transform::Identity; D]
            }
            fn to_array(&self) -> [f64; D] {
                self.map(f64::from)
            }
            fn from_array(values: [f64; D]) -> Self {
                values.map(|value| value as $float)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<const D: usize> Outcome for [$float; D] {
            type Observation = Self;
            fn into_result(self) -> Result<Self, SimulationError> {
                Ok(self)
            }
        }
    };
}
array_observation!(f32);
array_observation!(f64);
