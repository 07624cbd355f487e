//! Interpret a prior whose arguments name its ancestors' fields: the same walk, made for given ancestors.

use std::marker::PhantomData;

use rand::Rng;
use rand_distr::Distribution;

use super::walk::{Density, Describe, Forward, Inverse, Pass, Supported};
use super::{LatentPrior, Prior, PriorError, PriorWalk};
use crate::model::Parameters;

/// A parameter struct below others in a hierarchy: its fields' priors may name the fields of its ancestors `A`.
/// `#[local(...)]` in a module with `#[simulator]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what its prior is given `{A}`",
    label = "declare it with `#[local(plate = ...)]` in a module with `#[simulator]`, or implement `ConditionalPrior`"
)]
pub trait ConditionalPrior<A, const L: usize>: Parameters<L> {
    /// Walks the fields in declared order, for given ancestors.
    ///
    /// # Errors
    /// What the walk refuses.
    fn declare_given<W: PriorWalk>(ancestors: &A, walk: &mut W) -> Result<(), PriorError>;
}

/// The prior of `P` given its ancestors.
///
/// # Equation
/// z_k = Φ⁻¹(F_k(λ_k | λ_1 … λ_{k−1}, ancestors)): z ~ N(0, I) whatever the ancestors are, so that λ and its ancestors are
/// independent in these coordinates (the non-centred form of a hierarchy).
#[derive(Clone, Copy, Debug)]
pub struct Given<'a, P, A> {
    ancestors: &'a A,
    parameters: PhantomData<fn() -> P>,
}

impl<'a, P, A> Given<'a, P, A> {
    /// The prior of `P` given these ancestors.
    pub const fn new(ancestors: &'a A) -> Self {
        Self { ancestors, parameters: PhantomData }
    }
}

impl<P: ConditionalPrior<A, L>, A: Sync, const L: usize> Prior<L> for Given<'_, P, A> {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; L] {
        let z = std::array::from_fn(|_| rand_distr::StandardNormal.sample(rng));
        self.from_latent(&z).unwrap_or([f64::NAN; L])
    }
    fn families(&self) -> Vec<String> {
        let describe = Describe { z: 0.0, families: Vec::with_capacity(L) };
        let pass = Pass::<_, L>::over(describe, P::labels, |pass| P::declare_given(self.ancestors, pass));
        pass.map(|pass| pass.families).unwrap_or_default()
    }
    fn validate(&self) -> Result<(), PriorError> {
        for extent in [0.0, -3.0, 3.0] {
            self.from_latent(&[extent; L])?;
        }
        Ok(())
    }
}

impl<P: ConditionalPrior<A, L>, A: Sync, const L: usize> LatentPrior<L> for Given<'_, P, A> {
    fn to_latent(&self, theta: &[f64; L]) -> Result<[f64; L], PriorError> {
        let step = Forward { theta: *theta, z: [0.0; L] };
        Ok(Pass::over(step, P::labels, |pass| P::declare_given(self.ancestors, pass))?.z)
    }
    fn from_latent(&self, z: &[f64; L]) -> Result<[f64; L], PriorError> {
        let step = Inverse { z: *z, theta: [0.0; L] };
        Ok(Pass::over(step, P::labels, |pass| P::declare_given(self.ancestors, pass))?.theta)
    }
    fn ln_density(&self, theta: &[f64; L]) -> f64 {
        let step = Density { theta: *theta, sum: 0.0 };
        Pass::<_, L>::over(step, P::labels, |pass| P::declare_given(self.ancestors, pass))
            .map_or(f64::NEG_INFINITY, |pass| pass.sum)
    }
    fn ln_jacobian(&self, theta: &[f64; L]) -> Result<f64, PriorError> {
        let z = self.to_latent(theta)?;
        Ok(self.ln_density(theta) - z.iter().map(|&z| super::special::ln_normal(z)).sum::<f64>())
    }
}

/// Half the widest step of the differences, latent coordinates.
const STEP: f64 = 1e-3;

/// ∂ ln p(λ | above(z)) / ∂z_k: how what is drawn below tells of what is above, as a score. `above` makes the ancestors of their latent
/// coordinates z. A component is not a number where the support of a part of λ moves with it, or the density has no derivative.
///
/// # Equation
/// Central differences of fourth order, Σ ±{8, 1} ln p(λ | above(z ± {1, 2} h)) / 12 h.
pub(crate) fn score_of_ancestors<P, A, const M: usize, const L: usize>(
    z: &[f64; M],
    below: &P,
    above: impl Fn(&[f64; M]) -> Option<A>,
) -> [f64; M]
where
    P: ConditionalPrior<A, L>,
{
    let theta = below.to_array();
    let at = |k: usize, steps: f64| {
        let mut z = *z;
        z[k] += steps * STEP;
        let ancestors = above(&z)?;
        let step = Supported { density: Density { theta, sum: 0.0 }, supports: [UNBOUNDED; L] };
        Pass::<_, L>::over(step, P::labels, |pass| P::declare_given(&ancestors, pass)).ok()
    };
    let score = |k: usize| {
        let [far_below, below, above, far_above] = [-2.0, -1.0, 1.0, 2.0].map(|steps| at(k, steps));
        let (far_below, below, above, far_above) = (far_below?, below?, above?, far_above?);
        let differ = |a: &Supported<L>, b: &Supported<L>| a.density.sum - b.density.sum;
        let fixed = far_below.supports == far_above.supports;
        fixed.then(|| (8.0 * differ(&above, &below) - differ(&far_above, &far_below)) / (12.0 * STEP))
    };
    std::array::from_fn(|k| score(k).unwrap_or(f64::NAN))
}

/// The support of what may lie anywhere.
const UNBOUNDED: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

#[cfg(test)]
mod tests {
    use super::{ConditionalPrior, score_of_ancestors};
    use crate::{
        model::{Dimension, Label, Parameters},
        prior::{LogNormal, Normal, PriorError, PriorWalk, Uniform},
    };

    #[derive(Clone)]
    struct Below([f64; 3]);
    impl Dimension for Below {
        const DIM: usize = 3;
    }
    impl Parameters<3> for Below {
        fn labels() -> [Label; 3] {
            ["level", "rate", "share"].map(|name| Label::scalar(name, "", ""))
        }
        fn to_array(&self) -> [f64; 3] {
            self.0
        }
        fn from_array(values: [f64; 3]) -> Self {
            Self(values)
        }
    }
    /// Given a mean, a scale, and an end of an interval.
    impl ConditionalPrior<[f64; 3], 3> for Below {
        fn declare_given<W: PriorWalk>(above: &[f64; 3], walk: &mut W) -> Result<(), PriorError> {
            let level = walk.scalar(Normal::new(above[0], above[1]))?;
            walk.scalar(LogNormal::new(0.5 * level, above[1]))?;
            walk.scalar(Uniform::new(0.0, above[2]))?;
            Ok(())
        }
    }

    #[test]
    fn scores_are_those_of_the_closed_form_and_moving_supports_have_none() {
        let above = |z: &[f64; 3]| Some([2.0 * z[0], (0.3 * z[1]).exp(), 2.0 + z[2]]);
        for (z, below) in [([0.0; 3], [0.1, 1.2, 0.3]), ([0.7, -1.1, 0.4], [-2.0, 0.2, 1.9])] {
            let score = score_of_ancestors(&z, &Below(below), above);
            let (mean, scale) = (2.0 * z[0], (0.3 * z[1]).exp());
            let first = (below[0] - mean) / scale;
            let second = (f64::ln(below[1]) - 0.5 * below[0]) / scale;
            let expected = [2.0 * first / scale, 0.3 * (first * first + second * second - 2.0)];
            for k in 0..2 {
                assert!((score[k] - expected[k]).abs() < 1e-9 * expected[k].abs().max(1.0), "{score:?} {expected:?}");
            }
            assert!(score[2].is_nan());
        }
    }

    #[test]
    fn what_cannot_be_evaluated_has_no_score() {
        let no_ancestors = |_: &[f64; 1]| None::<[f64; 3]>;
        assert!(score_of_ancestors(&[0.0], &Below([0.0, 1.0, 0.5]), no_ancestors)[0].is_nan());
        let outside = |z: &[f64; 1]| Some([z[0], 1.0, 2.0]);
        assert!(score_of_ancestors(&[0.0], &Below([0.0, 1.0, 3.0]), outside)[0].is_nan());
    }
}
