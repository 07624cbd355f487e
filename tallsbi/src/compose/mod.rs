//! Combine the scores of single observations into the score of all of them.
//!
//! Everything here works on *increments* δ_j = s_j − s_λ, what observation j adds to the score of the diffused prior,
//! on blocks of draws, in latent coordinates. Lemma 3.2 of arXiv:2404.07593 reads in increments
//! s = s_λ + Λ⁻¹ Σ_j P_j δ_j with Λ = P_λ + Σ_j (P_j − P_λ).

mod clipped;
mod composed;
mod curvature;
mod damped;
mod error;
mod factorized;
mod focused;
mod gauss;
mod jac;
mod jacobian;
mod linear;
pub(crate) mod matrix;
mod minibatch;
pub mod oracle;
mod prior;
mod scatter;
mod traits;

pub use clipped::{Clipped, ClippedComposition};
pub use composed::Composed;
pub use curvature::CurvatureWorkspace;
pub use damped::{Damped, DampedComposition, DampedWorkspace, Damping};
pub use error::ComposeError;
pub use factorized::{
    Factorized, FactorizedComposition, FactorizedDiffused, FactorizedDiffusedComposition, FactorizedWorkspace,
};
pub use focused::{Focused, FocusedComposition, FocusedWorkspace};
pub use gauss::{Covariances, Gauss, GaussComposition, GaussWorkspace};
pub use jac::{Jac, JacComposition, JacWorkspace};
pub use jacobian::CompositionJacobians;
pub use linear::{LinearComposition, LinearParts};
pub use matrix::covariance_of;
pub(crate) use matrix::symmetric_eigen;
pub use minibatch::{Batch, Estimate, LocalBatches, MiniBatch, MiniBatchComposition, MiniBatchWorkspace};
pub use prior::StandardNormal;
pub use traits::{
    CleanPriorScore, Composer, Composition, CompositionReport, DiffusedPrior, LocalJacobians, LocalScores, Pilot,
    Weights,
};

#[cfg(test)]
pub(crate) mod tests;
