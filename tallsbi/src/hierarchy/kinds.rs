//! Observe several kinds of things in a group: all of them together are its one observation.

use rand::RngExt;

use super::{Group, GroupData};
use crate::model::{Dimension, IntoObservation, Label, Observation, SimulationError, Stream, Transform, join};

/// Observations of one kind (`A`, DA components), and those of the next (`B`, DB components; `Kinds` again where there are
/// more), as one observation of a group.
///
/// Every kind is a [`GroupData`], and may be missing from a group that has another. `#[simulator]` on a module with several
/// `#[observe]` functions uses it; a group is given as a tuple with a `Vec` for each kind, in declared order.
#[derive(Clone, Debug)]
pub struct Kinds<A, B, const DA: usize, const DB: usize> {
    /// The first kind.
    pub first: A,
    /// The next, or all others.
    pub rest: B,
}

#[diagnostic::do_not_recommend]
impl<A, B, const DA: usize, const DB: usize> Dimension for Kinds<A, B, DA, DB> {
    const DIM: usize = DA + DB;
}

#[diagnostic::do_not_recommend]
impl<A: Observation<DA>, B: Observation<DB>, const DA: usize, const DB: usize, const D: usize> Observation<D>
    for Kinds<A, B, DA, DB>
{
    fn labels() -> [Label; D] {
        const { assert!(D == DA + DB, "several kinds have the components of all: D = DA + DB") };
        let (first, rest) = (A::labels(), B::labels());
        std::array::from_fn(|k| {
            if k < DA {
                return first[k].clone();
            }
            let Label { name, description, unit } = rest[k - DA].clone();
            Label { name: format!("{name} of the next kind"), description, unit }
        })
    }
    fn transforms() -> [Transform; D] {
        join(&A::transforms(), &B::transforms())
    }
    fn to_array(&self) -> [f64; D] {
        join(&self.first.to_array(), &self.rest.to_array())
    }
    fn from_array(values: [f64; D]) -> Self {
        Self {
            first: A::from_array(std::array::from_fn(|k| values[k])),
            rest: B::from_array(std::array::from_fn(|k| values[DA + k])),
        }
    }
    fn set_sizes(&self) -> Vec<(usize, usize)> {
        [self.first.set_sizes(), self.rest.set_sizes()].concat()
    }
    fn count(&self) -> usize {
        self.first.count() + self.rest.count()
    }
}

/// Numbers of observations of every kind in a simulated group: all up to the largest equally likely, and not all zero.
pub(crate) fn kind_sizes<const K: usize>(n_max: [usize; K], rng: &mut Stream) -> [usize; K] {
    let all: usize = n_max.iter().map(|n| n + 1).product();
    // One of the others, as digits of a number in mixed radix: no draw has to be repeated.
    let mut code = 1 + rng.random_range(0..all.saturating_sub(1).max(1));
    n_max.map(|n| {
        let size = code % (n + 1);
        code /= n + 1;
        size
    })
}

/// `n` simulated observations of one kind.
pub(crate) fn simulate_kind<X: Observation<D>, const D: usize, const N: usize>(
    n: usize,
    rng: &mut Stream,
    one: impl Fn(&mut Stream) -> Result<X, SimulationError>,
) -> Result<GroupData<X, D, N>, SimulationError> {
    let rows = (0..n).map(|_| Ok(one(rng)?.to_array())).collect::<Result<_, SimulationError>>()?;
    Ok(GroupData::new(rows))
}

fn kind<T: IntoObservation<X>, X: Observation<D>, const D: usize, const N: usize>(given: Vec<T>) -> GroupData<X, D, N> {
    GroupData::new(given.into_iter().map(|x| x.into_observation().to_array()).collect())
}

/// Two kinds.
type Two<A, B, const DA: usize, const NA: usize, const WA: usize, const DB: usize, const NB: usize, const WB: usize> =
    Kinds<GroupData<A, DA, NA>, GroupData<B, DB, NB>, WA, WB>;

#[diagnostic::do_not_recommend]
impl<
    S: IntoObservation<A>,
    T: IntoObservation<B>,
    A: Observation<DA>,
    B: Observation<DB>,
    const DA: usize,
    const NA: usize,
    const WA: usize,
    const DB: usize,
    const NB: usize,
    const WB: usize,
> IntoObservation<Two<A, B, DA, NA, WA, DB, NB, WB>> for (Vec<S>, Vec<T>)
{
    fn into_observation(self) -> Two<A, B, DA, NA, WA, DB, NB, WB> {
        Kinds { first: kind(self.0), rest: kind(self.1) }
    }
}

#[diagnostic::do_not_recommend]
impl<S: Clone, T: Clone, A, B, const DA: usize, const DB: usize> Group<Kinds<A, B, DA, DB>> for (Vec<S>, Vec<T>)
where
    Self: IntoObservation<Kinds<A, B, DA, DB>>,
{
    fn observations(&self) -> Vec<Kinds<A, B, DA, DB>> {
        vec![self.clone().into_observation()]
    }
}

#[diagnostic::do_not_recommend]
impl<
    S: IntoObservation<A>,
    T: Clone,
    U: Clone,
    A: Observation<DA>,
    B,
    const DA: usize,
    const NA: usize,
    const WA: usize,
    const WB: usize,
> IntoObservation<Kinds<GroupData<A, DA, NA>, B, WA, WB>> for (Vec<S>, Vec<T>, Vec<U>)
where
    (Vec<T>, Vec<U>): IntoObservation<B>,
{
    fn into_observation(self) -> Kinds<GroupData<A, DA, NA>, B, WA, WB> {
        Kinds { first: kind(self.0), rest: (self.1, self.2).into_observation() }
    }
}

#[diagnostic::do_not_recommend]
impl<S: Clone, T: Clone, U: Clone, A, B, const DA: usize, const DB: usize> Group<Kinds<A, B, DA, DB>>
    for (Vec<S>, Vec<T>, Vec<U>)
where
    Self: IntoObservation<Kinds<A, B, DA, DB>>,
{
    fn observations(&self) -> Vec<Kinds<A, B, DA, DB>> {
        vec![self.clone().into_observation()]
    }
}

#[cfg(test)]
mod tests {
    use super::{Kinds, Two, kind_sizes};
    use crate::model::{IntoObservation, Observation, stream};

    #[test]
    fn kinds_stand_side_by_side() {
        type Data = Two<[f64; 1], [f64; 2], 1, 2, 3, 2, 1, 3>;
        let data: Data = (vec![[4.0], [2.0]], Vec::<[f64; 2]>::new()).into_observation();
        let array: [f64; 6] = data.to_array();
        // Sorted, and their number; then nothing of the second kind.
        assert_eq!(array, [2.0, 4.0, 2.0, 0.0, 0.0, 0.0]);
        assert_eq!(Observation::<6>::set_sizes(&data), [(2, 2), (0, 1)]);
        let Kinds { first, rest } = <Data as Observation<6>>::from_array(array);
        assert_eq!((first.rows(), rest.rows().len()), ([[2.0], [4.0]].as_slice(), 0));
        let names = <Data as Observation<6>>::labels().map(|label| label.name);
        assert_eq!((names[0].as_str(), names[5].as_str()), ("x[0] of member 0", "members of the next kind"));
    }

    #[test]
    fn all_sizes_but_none_at_all_are_simulated() {
        let mut counts = [[0; 3]; 4];
        let mut rng = stream(1, "sizes", 0);
        for _ in 0..11_000 {
            let [a, b] = kind_sizes([3, 2], &mut rng);
            counts[a][b] += 1;
        }
        assert_eq!(counts[0][0], 0);
        // 11 cells of 1,000 each: within 5 standard deviations of √(1000·10/11).
        let cells = counts.as_flattened()[1..].iter();
        assert!(cells.clone().all(|&count: &i32| (count - 1_000).abs() < 151), "{counts:?}");
    }
}
