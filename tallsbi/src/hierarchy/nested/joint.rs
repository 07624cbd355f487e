//! Join a level and the level below it into one: the ancestors of a third.

use crate::{
    model::{Dimension, Label, Parameters, join},
    prior::{ConditionalPrior, DeclaredPrior, FamilyError, MvNormal, PriorError, PriorWalk, Univariate},
};

/// Parameters of a level (`M` of them) and of the level below it (`L`), seen as one level of M + L parameters whose prior is
/// p(outer) p(inner | outer).
#[derive(Clone, Debug, PartialEq)]
pub struct Joint<A, B, const M: usize, const L: usize> {
    /// The level above.
    pub outer: A,
    /// The level below it.
    pub inner: B,
}

#[diagnostic::do_not_recommend]
impl<A, B, const M: usize, const L: usize> Dimension for Joint<A, B, M, L> {
    const DIM: usize = M + L;
}

#[diagnostic::do_not_recommend]
impl<A: Parameters<M>, B: Parameters<L>, const M: usize, const L: usize, const ML: usize> Parameters<ML>
    for Joint<A, B, M, L>
{
    fn labels() -> [Label; ML] {
        const { assert!(ML == M + L, "two levels have the parameters of both: ML = M + L") };
        join(&A::labels(), &B::labels())
    }
    fn to_array(&self) -> [f64; ML] {
        join(&self.outer.to_array(), &self.inner.to_array())
    }
    fn from_array(values: [f64; ML]) -> Self {
        Self {
            outer: A::from_array(std::array::from_fn(|k| values[k])),
            inner: B::from_array(std::array::from_fn(|k| values[M + k])),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<A: DeclaredPrior<M>, B: ConditionalPrior<A, L>, const M: usize, const L: usize, const ML: usize> DeclaredPrior<ML>
    for Joint<A, B, M, L>
{
    fn declare<W: PriorWalk>(walk: &mut W) -> Result<(), PriorError> {
        let mut remembered = Remembered { walk, values: Vec::with_capacity(M) };
        A::declare(&mut remembered)?;
        let Remembered { walk, values } = remembered;
        let count = |values: Vec<f64>| PriorError::ComponentCount { declared: values.len(), expected: M };
        B::declare_given(&A::from_array(values.try_into().map_err(count)?), walk)
    }
}

/// A walk, and the values that it gave.
struct Remembered<'a, W> {
    walk: &'a mut W,
    values: Vec<f64>,
}

impl<W: PriorWalk> PriorWalk for Remembered<'_, W> {
    fn scalar<F: Univariate>(&mut self, family: Result<F, FamilyError>) -> Result<f64, PriorError> {
        let value = self.walk.scalar(family)?;
        self.values.push(value);
        Ok(value)
    }
    fn array<F: Univariate, const K: usize>(&mut self, family: Result<F, FamilyError>) -> Result<[f64; K], PriorError> {
        let values = self.walk.array(family)?;
        self.values.extend(values);
        Ok(values)
    }
    fn multivariate<const K: usize>(
        &mut self,
        family: Result<MvNormal<K>, FamilyError>,
    ) -> Result<[f64; K], PriorError> {
        let values = self.walk.multivariate(family)?;
        self.values.extend(values);
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::Joint;
    use crate::{
        model::{Dimension, Label, Parameters},
        prior::{
            ConditionalPrior, Declared, DeclaredPrior, Given, HalfNormal, LatentPrior, Normal, PriorError, PriorWalk,
        },
    };

    #[derive(Clone)]
    struct Above([f64; 2]);
    #[derive(Clone)]
    struct Below([f64; 2]);
    macro_rules! parameters {
        ($name:ident, $first:literal, $second:literal) => {
            impl Dimension for $name {
                const DIM: usize = 2;
            }
            impl Parameters<2> for $name {
                fn labels() -> [Label; 2] {
                    [Label::scalar($first, "", ""), Label::scalar($second, "", "")]
                }
                fn to_array(&self) -> [f64; 2] {
                    self.0
                }
                fn from_array(values: [f64; 2]) -> Self {
                    Self(values)
                }
            }
        };
    }
    parameters!(Above, "mean", "spread");
    parameters!(Below, "level", "twice");
    impl DeclaredPrior<2> for Above {
        fn declare<W: PriorWalk>(walk: &mut W) -> Result<(), PriorError> {
            walk.scalar(Normal::new(1.0, 2.0))?;
            walk.scalar(HalfNormal::new(3.0))?;
            Ok(())
        }
    }
    impl ConditionalPrior<Above, 2> for Below {
        fn declare_given<W: PriorWalk>(above: &Above, walk: &mut W) -> Result<(), PriorError> {
            let level = walk.scalar(Normal::new(above.0[0], above.0[1]))?;
            walk.scalar(Normal::new(2.0 * level, above.0[1]))?;
            Ok(())
        }
    }

    /// The map of both levels at once is the map of the outer level, then that of the inner one given it.
    #[test]
    fn both_levels_at_once_are_one_after_the_other() {
        type Both = Joint<Above, Below, 2, 2>;
        let prior = Declared::<Both>::new();
        for z in [[0.0; 4], [0.3, -1.2, 0.7, 2.0], [-2.5, 2.5, -0.1, -1.9]] {
            let theta: [f64; 4] = prior.from_latent(&z).expect("a valid prior");
            let above = Declared::<Above>::new().from_latent(&[z[0], z[1]]).expect("a valid prior");
            let given = Above(above);
            let below = Given::<Below, _>::new(&given).from_latent(&[z[2], z[3]]).expect("a valid prior");
            assert_eq!(theta, [above[0], above[1], below[0], below[1]]);
            let back: [f64; 4] = prior.to_latent(&theta).expect("inside the support");
            assert!(z.iter().zip(back).all(|(z, back)| (z - back).abs() < 1e-9), "{z:?} {back:?}");
            let both = Both::from_array(theta);
            assert_eq!((both.outer.0, both.inner.0), (above, below));
            assert_eq!(Parameters::<4>::to_array(&both), theta);
        }
        let names = <Both as Parameters<4>>::labels().map(|label| label.name);
        assert_eq!(names, ["mean", "spread", "level", "twice"]);
    }
}
