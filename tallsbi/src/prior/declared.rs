//! Interpret a declared prior: one declaration, walked to sample, to map, to evaluate and to describe.

use std::marker::PhantomData;

use rand::Rng;
use rand_distr::Distribution;

use super::walk::{Density, Describe, Forward, Inverse, Pass};
use super::{FamilyError, LatentPrior, MvNormal, Prior, PriorError, Univariate};
use crate::model::Parameters;

/// One pass over a declared prior. Each call stands for the next field and returns the field's value, so that later
/// fields can name earlier ones.
pub trait PriorWalk {
    /// The next scalar field.
    ///
    /// # Errors
    /// The family's arguments are invalid, or the value at hand is outside its support.
    fn scalar<F: Univariate>(&mut self, family: Result<F, FamilyError>) -> Result<f64, PriorError>;
    /// The next array field, every component with the same family.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    fn array<F: Univariate, const K: usize>(&mut self, family: Result<F, FamilyError>) -> Result<[f64; K], PriorError>;
    /// The next array field, jointly normal.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    fn multivariate<const K: usize>(
        &mut self,
        family: Result<MvNormal<K>, FamilyError>,
    ) -> Result<[f64; K], PriorError>;
}

/// A parameter struct whose fields declare their priors. `#[derive(Parameters)]` implements it.
pub trait DeclaredPrior<const M: usize>: Parameters<M> {
    /// Walks the fields in declared order.
    ///
    /// # Errors
    /// What the walk refuses.
    fn declare<W: PriorWalk>(walk: &mut W) -> Result<(), PriorError>;
}

/// The prior of one component, as a table shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentPrior {
    /// Name of the component.
    pub name: String,
    /// Family and arguments. Where they depend on other fields, at those fields' medians.
    pub family: String,
    /// Whether the arguments depend on other fields.
    pub conditional: bool,
}

/// The prior that the fields of `P` declare.
///
/// # Equation
/// z_k = Φ⁻¹(F_k(θ_k | θ_1 … θ_{k−1})), a monotone triangular map to N(0, I); ln|det dz/dθ| = ln p(θ) − ln φ(z).
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared<P>(PhantomData<fn() -> P>);

impl<P> Declared<P> {
    /// The prior of `P`.
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Family and arguments of every component, in declared order.
    ///
    /// # Errors
    /// An argument is invalid at the medians of the fields it depends on, or a little above.
    pub fn describe<const M: usize>(&self) -> Result<Vec<ComponentPrior>, PriorError>
    where
        P: DeclaredPrior<M>,
    {
        let at = |z: f64| Pass::<Describe, M>::run::<P>(Describe { z, families: Vec::with_capacity(M) });
        // A family whose description moves with the fields above it is conditional.
        let (medians, moved) = (at(0.0)?.families, at(0.1)?.families);
        let labels = P::labels();
        Ok(labels
            .into_iter()
            .zip(medians.into_iter().zip(moved))
            .map(|(label, (family, other))| ComponentPrior { name: label.name, conditional: family != other, family })
            .collect())
    }

    /// Constructs every family at representative values of the fields it depends on (medians, and every combination of
    /// one component or all of them 3 standard deviations out), and counts the components.
    ///
    /// # Errors
    /// The first invalid argument, or a wrong number of components.
    pub fn check<const M: usize>(&self) -> Result<(), PriorError>
    where
        P: DeclaredPrior<M>,
    {
        for extent in [0.0, -3.0, 3.0] {
            self.from_latent(&[extent; M])?;
            for k in 0..M {
                let mut z = [0.0; M];
                z[k] = extent;
                self.from_latent(&z)?;
                z = [-extent; M];
                z[k] = extent;
                self.from_latent(&z)?;
            }
        }
        Ok(())
    }
}

impl<P: DeclaredPrior<M>, const M: usize> Prior<M> for Declared<P> {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; M] {
        let z = std::array::from_fn(|_| rand_distr::StandardNormal.sample(rng));
        self.from_latent(&z).unwrap_or([f64::NAN; M])
    }
    fn families(&self) -> Vec<String> {
        let components = self.describe().unwrap_or_default();
        let given = |conditional| if conditional { " given earlier fields" } else { "" };
        components.into_iter().map(|prior| format!("{}{}", prior.family, given(prior.conditional))).collect()
    }
    fn validate(&self) -> Result<(), PriorError> {
        self.check()
    }
}

impl<P: DeclaredPrior<M>, const M: usize> LatentPrior<M> for Declared<P> {
    fn to_latent(&self, theta: &[f64; M]) -> Result<[f64; M], PriorError> {
        Ok(Pass::<_, M>::run::<P>(Forward { theta: *theta, z: [0.0; M] })?.z)
    }
    fn from_latent(&self, z: &[f64; M]) -> Result<[f64; M], PriorError> {
        Ok(Pass::<_, M>::run::<P>(Inverse { z: *z, theta: [0.0; M] })?.theta)
    }
    fn ln_density(&self, theta: &[f64; M]) -> f64 {
        Pass::<_, M>::run::<P>(Density { theta: *theta, sum: 0.0 }).map_or(f64::NEG_INFINITY, |pass| pass.sum)
    }
    fn ln_jacobian(&self, theta: &[f64; M]) -> Result<f64, PriorError> {
        let z = self.to_latent(theta)?;
        Ok(self.ln_density(theta) - z.iter().map(|&z| super::special::ln_normal(z)).sum::<f64>())
    }
}
