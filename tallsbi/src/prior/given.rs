//! Interpret a prior whose arguments name its ancestors' fields: the same walk, made for given ancestors.

use std::marker::PhantomData;

use rand::Rng;
use rand_distr::Distribution;

use super::walk::{Density, Describe, Forward, Inverse, Pass};
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
