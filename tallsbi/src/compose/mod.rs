//! Combine the scores of single observations into the score of all of them.
//!
//! Everything here works on *increments* δ_j = s_j − s_λ, what observation j adds to the score of the diffused prior,
//! on blocks of draws, in latent coordinates. Lemma 3.2 of arXiv:2404.07593 reads in increments
//! s = s_λ + Λ⁻¹ Σ_j P_j δ_j with Λ = P_λ + Σ_j (P_j − P_λ).

mod error;
mod traits;

pub use error::ComposeError;
pub use traits::{
    CleanPriorScore, Composer, Composition, CompositionReport, DiffusedPrior, LocalJacobians, LocalScores, Pilot,
    Weights,
};
