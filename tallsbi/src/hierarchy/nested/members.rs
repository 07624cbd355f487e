//! See the data of a whole inner group as one observation: its members in order, padded to the largest group, and their number.

use std::marker::PhantomData;

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

#[diagnostic::do_not_recommend]
impl<X: Observation<D>, const D: usize, const N: usize, const W: usize> Observation<W> for GroupData<X, D, N> {
    fn labels() -> [Label; W] {
        const { assert!(W == N * D + 1, "the data of a group are N members of D components and their number: W = N D + 1") };
        let of_member = X::labels();
        std::array::from_fn(|k| {
            if k == N * D {
                return Label::scalar("members", "number of members", "");
            }
            let Label { name, description, unit } = of_member[k % D].clone();
            Label { name: format!("{name} of member {}", k / D), description, unit }
        })
    }
    fn transforms() -> [Transform; W] {
        let of_member = X::transforms();
        std::array::from_fn(|k| if k == N * D { Transform::Identity } else { of_member[k % D] })
    }
    fn to_array(&self) -> [f64; W] {
        let n = self.rows.len() as f64;
        let transforms = X::transforms();
        let average: [f64; D] = std::array::from_fn(|k| {
            // Without members there is no average: somewhere inside the transform's domain.
            if self.rows.is_empty() {
                transforms[k].invert(0.0)
            } else {
                self.rows.iter().map(|row| row[k]).sum::<f64>() / n
            }
        });
        std::array::from_fn(|k| if k == N * D { n } else { self.rows.get(k / D).unwrap_or(&average)[k % D] })
    }
    fn from_array(values: [f64; W]) -> Self {
        // A number of members that is not one of 0 to N cannot come from `to_array`.
        let n = (values[N * D].round().clamp(0.0, N as f64)) as usize;
        Self::new((0..n).map(|row| std::array::from_fn(|k| values[row * D + k])).collect())
    }
    fn set_sizes(&self) -> Vec<(usize, usize)> {
        vec![(self.rows.len(), N)]
    }
    fn count(&self) -> usize {
        self.rows.iter().map(|row| X::from_array(*row).count()).sum()
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
