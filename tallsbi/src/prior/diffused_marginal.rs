//! Differentiate the log-density of one diffused component: normal, uniform or a mixture of normals.
//!
//! With θ_t = √α θ_0 + σ ε the diffused density is p_t(θ) = ∫ N(θ; √α θ_0, σ²) p(θ_0) dθ_0.

use super::special::{ln_normal, ln_sum_exp, normal_interval};
use crate::diffusion::Level;

/// A one-dimensional prior in standardised coordinates.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Marginal {
    Normal { mean: f64, sd: f64 },
    Uniform { low: f64, high: f64 },
    Mixture(Vec<(f64, f64, f64)>),
}

/// First and second derivative of a log-density.
#[derive(Clone, Copy, Debug)]
pub(super) struct Derivatives {
    pub(super) score: f64,
    pub(super) slope: f64,
}

impl Marginal {
    /// Derivatives of ln p_t at θ. At σ = 0 those of the prior itself; those of a uniform prior are then 0 everywhere.
    pub(super) fn derivatives(&self, at: &Level, theta: f64) -> Derivatives {
        let noise = at.sigma * at.sigma;
        match self {
            Self::Normal { mean, sd } => {
                let variance = at.alpha * sd * sd + noise;
                Derivatives { score: (at.mean() * mean - theta) / variance, slope: -1.0 / variance }
            }
            Self::Uniform { low, high } => {
                if at.sigma <= 0.0 {
                    return Derivatives { score: 0.0, slope: 0.0 };
                }
                // p_t ∝ Φ(b) − Φ(a) with a = (θ − √α high)/σ and b = (θ − √α low)/σ, so that
                // σ ∂ ln p_t = (φ(b) − φ(a)) / (Φ(b) − Φ(a)).
                let (near, far) = ((theta - at.mean() * high) / at.sigma, (theta - at.mean() * low) / at.sigma);
                let interval = normal_interval(near, far, at.mean() * (high - low) / at.sigma);
                Derivatives { score: interval.slope / at.sigma, slope: interval.curvature / noise }
            }
            Self::Mixture(components) => {
                let terms: Vec<(f64, f64, f64)> = components
                    .iter()
                    .map(|&(weight, mean, sd)| {
                        let variance = at.alpha * sd * sd + noise;
                        let offset = at.mean() * mean - theta;
                        let ln_term = weight.ln() + ln_normal(offset / variance.sqrt()) - 0.5 * variance.ln();
                        (ln_term, offset / variance, 1.0 / variance)
                    })
                    .collect();
                let ln_total = ln_sum_exp(&terms.iter().map(|term| term.0).collect::<Vec<_>>());
                let mean_of = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
                    terms
                        .iter()
                        .map(|&(ln_term, score, precision)| (ln_term - ln_total).exp() * f(score, precision))
                        .sum()
                };
                let score = mean_of(&|score, _| score);
                // Centred, so that components which agree leave no rounding error.
                Derivatives { score, slope: mean_of(&|each, precision| (each - score).powi(2) - precision) }
            }
        }
    }

    /// Variance of the undiffused prior.
    pub(super) fn variance(&self) -> f64 {
        match self {
            Self::Normal { sd, .. } => sd * sd,
            Self::Uniform { low, high } => (high - low).powi(2) / 12.0,
            Self::Mixture(components) => {
                let mean: f64 = components.iter().map(|(weight, mean, _)| weight * mean).sum();
                components.iter().map(|(weight, each, sd)| weight * (sd * sd + (each - mean).powi(2))).sum()
            }
        }
    }
}
