//! See the data of a whole inner group as one observation: its members in order, padded to the largest group, and their number.

use std::marker::PhantomData;

use super::WholeGroup;
use crate::{
    dataset::canonical_order,
    model::{Dimension, Label, Observation, Transform},
};

/// The observations `X`, at most `N` of them (`D` components each, design included), of an inner group or of one kind in a group, as one observation of
/// W = N·D + 1 components.
///
/// # Equation
/// (x_(1) … x_(n), x̄ … x̄, n): members are sorted, so that their order says nothing; a member that is absent stands at the
/// average of those present, inside the domain of every transform, and adds nothing that their number does not say.
#[derive(Debug)]
pub struct GroupData<X, const D: usize, const N: usize> {
    rows: Vec<[f64; D]>,
    observation: PhantomData<fn() -> X>,
}

impl<X, const D: usize, const N: usize> GroupData<X, D, N> {
    /// The data of a group with these members, natural units. Posteriors refuse more than N.
    pub fn new(mut rows: Vec<[f64; D]>) -> Self {
        canonical_order(&[], &mut rows);
        Self { rows, observation: PhantomData }
    }

    /// The data of a group with these observations.
    pub(super) fn of(members: &[X]) -> Self
    where
        X: Observation<D>,
    {
        Self::new(members.iter().map(Observation::to_array).collect())
    }

    /// The members in order, natural units.
    pub fn rows(&self) -> &[[f64; D]] {
        &self.rows
    }
}

impl<X, const D: usize, const N: usize> Clone for GroupData<X, D, N> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), observation: PhantomData }
    }
}

#[diagnostic::do_not_recommend]
impl<X, const D: usize, const N: usize> Dimension for GroupData<X, D, N> {
    const DIM: usize = N * D + 1;
}

/// The components, one after the other.
impl<X: Observation<D>, const D: usize, const N: usize> GroupData<X, D, N> {
    pub(super) fn label(k: usize) -> Label {
        if k == N * D {
            return Label::scalar("members", "number of members", "");
        }
        let Label { name, description, unit } = X::labels()[k % D].clone();
        Label { name: format!("{name} of member {}", k / D), description, unit }
    }

    pub(super) fn transform(k: usize) -> Transform {
        if k == N * D { Transform::Identity } else { X::transforms()[k % D] }
    }

    /// Where a member stands that is absent.
    pub(super) fn average(&self) -> [f64; D] {
        let transforms = X::transforms();
        std::array::from_fn(|k| {
            // Without members there is no average: somewhere inside the transform's domain.
            if self.rows.is_empty() {
                transforms[k].invert(0.0)
            } else {
                self.rows.iter().map(|row| row[k]).sum::<f64>() / self.rows.len() as f64
            }
        })
    }

    pub(super) fn component(&self, average: &[f64; D], k: usize) -> f64 {
        if k == N * D { self.rows.len() as f64 } else { self.rows.get(k / D).unwrap_or(average)[k % D] }
    }

    /// How many observations the members are.
    pub(super) fn observations(&self) -> usize {
        self.rows.iter().map(|row| X::from_array(*row).count()).sum()
    }

    pub(super) fn read(values: &[f64]) -> Self {
        // A number of members that is not one of 0 to N cannot come from components.
        let n = (values[N * D].round().clamp(0.0, N as f64)) as usize;
        Self::new((0..n).map(|row| std::array::from_fn(|k| values[row * D + k])).collect())
    }
}

#[diagnostic::do_not_recommend]
impl<X: Observation<D>, const D: usize, const N: usize, const W: usize> Observation<W> for GroupData<X, D, N> {
    fn labels() -> [Label; W] {
        const { assert!(W == N * D + 1, "the data of a group are N members of D components and their number: W = N D + 1") };
        std::array::from_fn(Self::label)
    }
    fn transforms() -> [Transform; W] {
        std::array::from_fn(Self::transform)
    }
    fn to_array(&self) -> [f64; W] {
        let average = self.average();
        std::array::from_fn(|k| self.component(&average, k))
    }
    fn from_array(values: [f64; W]) -> Self {
        Self::read(&values)
    }
    fn set_sizes(&self) -> Vec<(usize, usize)> {
        vec![(self.rows.len(), N)]
    }
    fn count(&self) -> usize {
        self.observations()
    }
}

impl<X: Observation<D>, const D: usize, const N: usize> WholeGroup for GroupData<X, D, N> {
    const COMPONENTS: usize = N * D + 1;
    fn labels() -> Vec<Label> {
        let of_whole = |k| {
            let Label { name, description, unit } = Self::label(k);
            Label { name: format!("{name} of the whole group"), description, unit }
        };
        (0..=N * D).map(of_whole).collect()
    }
    fn transforms() -> Vec<Transform> {
        (0..=N * D).map(Self::transform).collect()
    }
    fn values(&self) -> Vec<f64> {
        let average = self.average();
        (0..=N * D).map(|k| self.component(&average, k)).collect()
    }
    fn from_values(values: &[f64]) -> Self {
        Self::read(values)
    }
    fn size(&self) -> (usize, usize) {
        (self.rows.len(), N)
    }
}

#[cfg(test)]
mod tests {
    use super::GroupData;
    use crate::model::Observation;

    type Pairs = GroupData<[f64; 2], 2, 3>;

    #[test]
    fn members_are_sorted_padded_and_counted() {
        let data = Pairs::new(vec![[3.0, 1.0], [1.0, 5.0]]);
        let array: [f64; 7] = data.to_array();
        assert_eq!(array, [1.0, 5.0, 3.0, 1.0, 2.0, 3.0, 2.0]);
        assert_eq!(Pairs::from_array(array).rows(), data.rows());
        let turned: [f64; 7] = Pairs::new(vec![[1.0, 5.0], [3.0, 1.0]]).to_array();
        assert_eq!(array, turned);
        // Another number of members is seen, whatever the average.
        let one: [f64; 7] = Pairs::new(vec![[2.0, 3.0]]).to_array();
        assert_eq!(one, [2.0, 3.0, 2.0, 3.0, 2.0, 3.0, 1.0]);
        let names = <Pairs as Observation<7>>::labels().map(|label| label.name);
        assert_eq!((names[3].as_str(), names[6].as_str()), ("x[1] of member 1", "members"));
    }
}
