//! Say what a network predicts, and what that makes of the score.

use serde::{Deserialize, Serialize};

/// What the network's output means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Parameterisation {
    /// What an observation adds to the prior: ε = σ θ_t + √α v, so s_j = s_λ − (√α/σ) v with s_λ = −θ_t the score of the
    /// diffused N(0, I) prior. v = √α ε − σ θ_0. The network sees θ_t clipped to ±`clip`, the range it was trained on;
    /// the prior part keeps θ_t itself, so that far out the prior's pull wins.
    ResidualToPrior {
        /// Bound on every component of the network's θ.
        clip: f64,
    },
    /// What is left after a Gaussian baseline N(μ(x), C(x)) of the single-observation posterior, which a head network
    /// gives: s_j = −S^(−1/2) (u + G o), see [`GaussianBaseline`](super::GaussianBaseline). The network sees the whitened u
    /// and the signal share, both of order one at every noise level however narrow the posterior, and θ_t itself, in which
    /// the shape of a posterior that is not Gaussian is the same for every observation; u and θ_t clipped to ±`clip`.
    ResidualToGaussian {
        /// Bound on every component of the network's u and θ_t.
        clip: f64,
        /// κ: outputs are velocities where the noise exceeds κ posterior standard deviations, scores below.
        softness: f64,
    },
    /// Plain noise prediction, s_j = −ε/σ, the parameterisation of arXiv:2404.07593.
    Noise,
}

impl Default for Parameterisation {
    fn default() -> Self {
        Self::ResidualToGaussian { clip: 4.0, softness: 0.3 }
    }
}

impl Parameterisation {
    /// θ_t as the network sees it.
    pub fn network_theta(&self, theta: f64) -> f32 {
        match *self {
            Self::ResidualToPrior { clip } | Self::ResidualToGaussian { clip, .. } => theta.clamp(-clip, clip) as f32,
            Self::Noise => theta as f32,
        }
    }

    /// Whether a network input was clipped there (its derivative with respect to θ_t is zero).
    pub fn is_clipped(&self, theta: f64) -> bool {
        matches!(*self, Self::ResidualToPrior { clip } | Self::ResidualToGaussian { clip, .. } if theta.abs() > clip)
    }

    /// Features that a row brings to the network, for M parameters: θ_t in coordinates whitened by the baseline, the
    /// signal share of every component (α_t where there is no baseline), and θ_t in latent coordinates.
    pub const fn n_features(parameters: usize) -> usize {
        3 * parameters
    }
}
