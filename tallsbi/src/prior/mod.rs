//! Declare priors: families, the exact map to and from latent coordinates, and diffused priors.
//!
//! Every declarable prior is a chain of one-dimensional conditionals in declared order (or a multivariate normal
//! block), so a monotone triangular map takes it to N(0, I) exactly: z_k = Φ⁻¹(F_k(θ_k | earlier)).

mod declared;
mod error;

pub use declared::{Declared, DeclaredPrior, PriorWalk};
pub use error::{FamilyError, PriorError};

use rand::Rng;

/// A prior that can be drawn from. With nothing more, the score of its diffusion must be learned.
pub trait Prior<const M: usize>: Send + Sync {
    /// One draw, natural units.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; M];
}

/// A prior with an exact monotone map to N(0, I) (capability).
#[diagnostic::on_unimplemented(
    message = "the prior `{Self}` has no map to N(0, I)",
    label = "this prior can only be sampled",
    note = "learn its score with `.learned_prior()`, or implement `LatentPrior` for it"
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
}

/// A one-dimensional family: what a scalar `#[prior(...)]` names.
pub trait Univariate: Clone + std::fmt::Debug + Send + Sync {
    /// Lower and upper end of the support (±∞ where unbounded).
    fn support(&self) -> (f64, f64);
    /// ln p(x); −∞ outside the support, never NaN for a finite x.
    fn ln_density(&self, x: f64) -> f64;
    /// z = Φ⁻¹(F(x)), accurate in both tails; NaN outside the support.
    fn to_latent(&self, x: f64) -> f64;
    /// x = F⁻¹(Φ(z)), always inside the support.
    fn from_latent(&self, z: f64) -> f64;
    /// Name and arguments, as a table shows them: `LogNormal(-0.916, 0.5)`.
    fn describe(&self) -> String;
}
