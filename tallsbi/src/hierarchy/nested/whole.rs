//! See what was observed of a whole group as part of every observation of an inner group of it.

use super::GroupData;
use crate::model::{Dimension, Label, Observation, Transform};

/// What is observed of a whole group of a hierarchy of three levels, beside what is observed in its inner groups: how a school was
/// inspected, beside the marks of its pupils. `()` where nothing is; else [`GroupData`], up to `N` observations of one type.
///
/// Networks of the outer two levels see it with the data of every inner group. `#[observe(plate = ...)]` on a function of the outer level's
/// parameters makes it; `docs/hierarchical.md` has it by hand.
pub trait WholeGroup: Clone + Send + Sync + 'static {
    /// Number of components.
    const COMPONENTS: usize;
    /// Names of the components.
    fn labels() -> Vec<Label>;
    /// How the components are transformed before they are standardised.
    fn transforms() -> Vec<Transform>;
    /// The components, natural units.
    fn values(&self) -> Vec<f64>;
    /// From components, of which there are [`COMPONENTS`](Self::COMPONENTS).
    fn from_values(values: &[f64]) -> Self;
    /// How many observations it has, and may have.
    fn size(&self) -> (usize, usize);
}

impl WholeGroup for () {
    const COMPONENTS: usize = 0;
    fn labels() -> Vec<Label> {
        Vec::new()
    }
    fn transforms() -> Vec<Transform> {
        Vec::new()
    }
    fn values(&self) -> Vec<f64> {
        Vec::new()
    }
    fn from_values(_: &[f64]) -> Self {}
    fn size(&self) -> (usize, usize) {
        (0, 0)
    }
}

/// The data of an inner group, followed by what was observed of the whole group it is in, as one observation of
/// W = N·D + 1 + G components.
#[derive(Clone, Debug)]
pub struct InnerGroupData<X, Z, const D: usize, const N: usize> {
    /// The inner group.
    pub inner: GroupData<X, D, N>,
    /// Of the whole group.
    pub whole: Z,
}

#[diagnostic::do_not_recommend]
impl<X, Z: WholeGroup, const D: usize, const N: usize> Dimension for InnerGroupData<X, Z, D, N> {
    const DIM: usize = N * D + 1 + Z::COMPONENTS;
}

#[diagnostic::do_not_recommend]
impl<X: Observation<D>, Z: WholeGroup, const D: usize, const N: usize, const W: usize> Observation<W>
    for InnerGroupData<X, Z, D, N>
{
    fn labels() -> [Label; W] {
        const {
            assert!(
                W == N * D + 1 + Z::COMPONENTS,
                "an inner group is N members of D components and their number, with the G components of the whole group: W = N D + 1 + G"
            );
        };
        let whole = Z::labels();
        std::array::from_fn(|k| if k <= N * D { GroupData::<X, D, N>::label(k) } else { whole[k - N * D - 1].clone() })
    }
    fn transforms() -> [Transform; W] {
        let whole = Z::transforms();
        std::array::from_fn(|k| if k <= N * D { GroupData::<X, D, N>::transform(k) } else { whole[k - N * D - 1] })
    }
    fn to_array(&self) -> [f64; W] {
        let (average, whole) = (self.inner.average(), self.whole.values());
        std::array::from_fn(|k| if k <= N * D { self.inner.component(&average, k) } else { whole[k - N * D - 1] })
    }
    fn from_array(values: [f64; W]) -> Self {
        let (inner, whole) = values.split_at(N * D + 1);
        Self { inner: GroupData::read(inner), whole: Z::from_values(whole) }
    }
    fn set_sizes(&self) -> Vec<(usize, usize)> {
        // A group is as large as its inner groups are; what is observed of the whole may be missing.
        vec![(self.inner.rows().len(), N)]
    }
    fn count(&self) -> usize {
        self.inner.observations()
    }
}

#[cfg(test)]
mod tests {
    use super::{InnerGroupData, WholeGroup};
    use crate::{hierarchy::GroupData, model::Observation};

    type Whole = GroupData<[f64; 1], 1, 2>;
    type Data = InnerGroupData<[f64; 2], Whole, 2, 2>;
    type Without = InnerGroupData<[f64; 2], (), 2, 2>;

    #[test]
    fn what_is_observed_of_the_whole_comes_last() {
        let data = |inspections: Vec<[f64; 1]>| Data {
            inner: GroupData::new(vec![[3.0, 1.0], [1.0, 5.0]]),
            whole: GroupData::new(inspections),
        };
        // Two members of two components and their number; up to two inspections and theirs.
        let array: [f64; 8] = data(vec![[7.0]]).to_array();
        assert_eq!(array, [1.0, 5.0, 3.0, 1.0, 2.0, 7.0, 7.0, 1.0]);
        let none: [f64; 8] = data(Vec::new()).to_array();
        assert_eq!(none[5..], [0.0, 0.0, 0.0]);
        let Data { inner, whole } = Data::from_array(array);
        assert_eq!((inner.rows().len(), whole.rows()), (2, [[7.0]].as_slice()));
        assert_eq!((whole.size(), Observation::<8>::count(&data(vec![[7.0]]))), ((1, 2), 2));
        let names = <Data as Observation<8>>::labels().map(|label| label.name);
        assert_eq!((names[4].as_str(), names[5].as_str()), ("members", "x[0] of member 0 of the whole group"));

        let without = Without { inner: GroupData::new(vec![[1.0, 5.0], [3.0, 1.0]]), whole: () };
        assert_eq!(Observation::<5>::to_array(&without), array[..5]);
    }
}
