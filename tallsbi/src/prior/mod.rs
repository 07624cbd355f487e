//! Declare priors: families, the exact map to and from latent coordinates, and diffused priors.
//!
//! Every declarable prior is a chain of one-dimensional conditionals in declared order (or a multivariate normal
//! block), so a monotone triangular map takes it to N(0, I) exactly: z_k = Φ⁻¹(F_k(θ_k | earlier)).
//!
//! # Example
//! What `#[derive(Parameters)]` writes, written by hand: a scale, and a location that depends on it.
//! ```
//! use tallsbi::model::{Dimension, Label, Parameters, stream};
//! use tallsbi::prior::{Declared, DeclaredPrior, HalfNormal, LatentPrior, Normal, Prior, PriorError, PriorWalk};
//!
//! #[derive(Clone)]
//! struct Theta {
//!     scale: f64,
//!     location: f64,
//! }
//! impl Dimension for Theta {
//!     const DIM: usize = 2;
//! }
//! impl Parameters<2> for Theta {
//!     fn labels() -> [Label; 2] {
//!         [Label::scalar("scale", "", "mV"), Label::scalar("location", "", "mV")]
//!     }
//!     fn to_array(&self) -> [f64; 2] {
//!         [self.scale, self.location]
//!     }
//!     fn from_array([scale, location]: [f64; 2]) -> Self {
//!         Self { scale, location }
//!     }
//! }
//! impl DeclaredPrior<2> for Theta {
//!     fn declare<W: PriorWalk>(walk: &mut W) -> Result<(), PriorError> {
//!         let scale = walk.scalar(HalfNormal::new(2.0))?;
//!         walk.scalar(Normal::new(0.0, scale))?;
//!         Ok(())
//!     }
//! }
//!
//! let prior = Declared::<Theta>::new();
//! let draw = prior.sample(&mut stream(1, "example", 0));
//! let z = prior.to_latent(&draw)?;
//! let back = prior.from_latent(&z)?;
//! assert!((back[0] - draw[0]).abs() < 1e-12 && (back[1] - draw[1]).abs() < 1e-12);
//! assert_eq!(prior.describe()?[1].name, "location");
//! # Ok::<(), PriorError>(())
//! ```
// `to_latent` and `from_latent` are the two directions of a map that a prior owns, not conversions of the prior.
#![allow(clippy::wrong_self_convention)]

mod closed_form;
mod coordinates;
mod declared;
mod diffused;
mod diffused_marginal;
mod error;
mod family;
mod given;
mod special;
#[cfg(test)]
mod tests;
mod walk;

pub use closed_form::{ClosedForm, ClosedFormDiffusion};
pub use coordinates::PaperCoordinates;
pub use declared::{ComponentPrior, Declared, DeclaredPrior, PriorWalk};
pub use diffused::PaperPrior;
pub use error::{FamilyError, PriorError};
pub use family::{
    Beta, Cauchy, Exponential, Gamma, HalfCauchy, HalfNormal, InverseGamma, LogNormal, LogUniform, Mixture, MvNormal,
    Normal, StudentT, TruncatedNormal, Uniform,
};
pub(crate) use given::score_of_ancestors;
pub use given::{ConditionalPrior, Given};
pub(crate) use special::normal_quantile;

use rand::Rng;

/// A prior that can be drawn from. With nothing more, the score of its diffusion must be learned.
pub trait Prior<const M: usize>: Send + Sync {
    /// One draw, natural units. A draw that failed (a conditional prior with an invalid computed argument) is all NaN.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; M];
    /// Family and arguments of every component, as a table shows them and a file compares them; empty where unknown.
    fn families(&self) -> Vec<String> {
        Vec::new()
    }
    /// Checks computed arguments before any simulation.
    ///
    /// # Errors
    /// A component's family has an invalid argument.
    fn validate(&self) -> Result<(), PriorError> {
        Ok(())
    }
}

/// A prior with an exact monotone map to N(0, I) (capability).
#[diagnostic::on_unimplemented(
    message = "the prior `{Self}` has no map to N(0, I)",
    label = "this prior can only be sampled",
    note = "learn its score with `.standardised_coordinates().learned_prior()`, or implement `LatentPrior` for it"
)]
pub trait LatentPrior<const M: usize>: Prior<M> {
    /// Natural to latent coordinates.
    ///
    /// # Errors
    /// A component is outside the support or not finite.
    fn to_latent(&self, theta: &[f64; M]) -> Result<[f64; M], PriorError>;
    /// Latent to natural coordinates.
    ///
    /// # Errors
    /// A conditional prior's computed argument is invalid.
    fn from_latent(&self, z: &[f64; M]) -> Result<[f64; M], PriorError>;
    /// ln p(θ), natural units; −∞ outside the support.
    fn ln_density(&self, theta: &[f64; M]) -> f64;
    /// ln |det dz/dθ| at θ, natural units.
    ///
    /// # Errors
    /// As [`to_latent`](Self::to_latent).
    fn ln_jacobian(&self, theta: &[f64; M]) -> Result<f64, PriorError>;
    /// [`to_latent`](Self::to_latent) of every row.
    ///
    /// # Errors
    /// The first row refused.
    fn to_latent_block(&self, theta: &[[f64; M]]) -> Result<Vec<[f64; M]>, PriorError> {
        theta.iter().map(|row| self.to_latent(row)).collect()
    }
    /// [`from_latent`](Self::from_latent) of every row.
    ///
    /// # Errors
    /// The first row refused.
    fn from_latent_block(&self, z: &[[f64; M]]) -> Result<Vec<[f64; M]>, PriorError> {
        z.iter().map(|row| self.from_latent(row)).collect()
    }
}

/// A one-dimensional family: what a scalar `#[prior(...)]` names.
pub trait Univariate: Clone + std::fmt::Debug + Send + Sync {
    /// Lower and upper end of the support (±∞ where unbounded).
    fn support(&self) -> (f64, f64);
    /// ln p(x); −∞ outside the support, never NaN for a finite x. At a closed end where the density is infinite or zero by
    /// convention, that of the nearest representable interior point.
    fn ln_density(&self, x: f64) -> f64;
    /// z = Φ⁻¹(F(x)), accurate in both tails; NaN outside the support. A closed end counts as the nearest representable
    /// interior point: its z is finite.
    fn to_latent(&self, x: f64) -> f64;
    /// x = F⁻¹(Φ(z)), always finite and inside the support.
    fn from_latent(&self, z: f64) -> f64;
    /// Name and arguments, as a table shows them: `LogNormal(-0.916, 0.5)`.
    fn describe(&self) -> String;
    /// The family as one that diffuses in closed form, where it is one.
    fn closed_form(&self) -> Option<ClosedForm> {
        None
    }
}
