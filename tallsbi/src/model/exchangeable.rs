//! Say that the points of an observation have no order: networks then see them in one, and their moments.

use super::{Dimension, IntoObservation, Label, Observation, Outcome, SimulationError, Transform};

/// An observation of K points of C components each, `Exchangeable<[f32; C], K>`, whose order tells nothing about the
/// parameters: repeated measurements that were made together, members of a cluster, offspring of one parent.
///
/// Networks are given the points in one order, all standardised alike, and beside them the mean, the standard deviation and
/// the correlations of their components, so that they need not learn from simulations that K! arrays are one observation.
/// Points that are independent given the parameters can be observations of their own instead: there may then be any number of them.
///
/// ```
/// use tallsbi::prelude::*;
///
/// #[derive(Parameters, Clone, Debug)]
/// struct Breed {
///     /// usual weight at birth [g]
///     #[prior(LogNormal(4.6, 0.3))]
///     weight: f64,
/// }
///
/// /// The weights of four kittens, which share a litter's luck.
/// #[simulator]
/// fn litter(theta: &Breed, rng: &mut Stream) -> Exchangeable<[f64; 1], 4> {
///     use tallsbi::rand_distr::{Distribution, StandardNormal};
///     let mut normal = || -> f64 { StandardNormal.sample(rng) };
///     let luck = 0.1 * normal();
///     Exchangeable(std::array::from_fn(|_| [theta.weight * (luck + 0.1 * normal()).exp()]))
/// }
/// # use tallsbi::model::Stream;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exchangeable<P, const K: usize>(
    /// The points, in any order, natural units.
    pub [P; K],
);

impl<P, const K: usize> From<[P; K]> for Exchangeable<P, K> {
    fn from(points: [P; K]) -> Self {
        Self(points)
    }
}

/// The components of points whose order tells nothing, for [`Observation::exchangeable`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Points {
    /// `[points][components]`: which component of the observation each component of each point is.
    pub components: Vec<Vec<usize>>,
}

impl Points {
    /// `points` points of `components` components each, one point after the other, from component `first` of the observation on.
    pub fn contiguous(first: usize, points: usize, components: usize) -> Self {
        let point = |i: usize| (0..components).map(|c| first + i * components + c).collect();
        Self { components: (0..points).map(point).collect() }
    }

    /// `points` points, each a component of every array; the arrays start at these components of the observation.
    pub fn of_arrays(starts: &[usize], points: usize) -> Self {
        Self { components: (0..points).map(|i| starts.iter().map(|start| start + i).collect()).collect() }
    }
}

macro_rules! exchangeable {
    ($float:ty) => {
        #[diagnostic::do_not_recommend]
        impl<const C: usize, const K: usize> Dimension for Exchangeable<[$float; C], K> {
            const DIM: usize = K * C;
        }
        #[diagnostic::do_not_recommend]
        impl<const C: usize, const K: usize, const D: usize> Observation<D> for Exchangeable<[$float; C], K> {
            fn labels() -> [Label; D] {
                const { assert!(D == K * C, "K points of C components are an observation of D = K C components") };
                std::array::from_fn(|k| Label::scalar(&format!("x[{}][{}]", k / C, k % C), "", ""))
            }
            fn has_names() -> bool {
                false
            }
            fn transforms() -> [Transform; D] {
                [Transform::Identity; D]
            }
            fn to_array(&self) -> [f64; D] {
                std::array::from_fn(|k| f64::from(self.0[k / C][k % C]))
            }
            fn from_array(values: [f64; D]) -> Self {
                Self(std::array::from_fn(|i| std::array::from_fn(|c| values[i * C + c] as $float)))
            }
            fn exchangeable() -> Vec<Points> {
                vec![Points::contiguous(0, K, C)]
            }
        }
        #[diagnostic::do_not_recommend]
        impl<const C: usize, const K: usize> IntoObservation<Exchangeable<[$float; C], K>> for [[$float; C]; K] {
            fn into_observation(self) -> Exchangeable<[$float; C], K> {
                Exchangeable(self)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<const C: usize, const K: usize> Outcome for Exchangeable<[$float; C], K> {
            type Observation = Self;
            fn into_result(self) -> Result<Self, SimulationError> {
                Ok(self)
            }
        }
    };
}
exchangeable!(f32);
exchangeable!(f64);
