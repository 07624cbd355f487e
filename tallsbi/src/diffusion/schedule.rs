//! Give √α_t and σ_t of a variance-preserving forward process at a diffusion time t in [0, 1].

use serde::{Deserialize, Serialize};

/// One point of the forward process: θ_t = √α θ_0 + σ ε with ε ~ N(0, I).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Diffusion time, 0 (data) to 1 (noise).
    pub t: f64,
    /// α_t, the *squared* mean factor, as in arXiv:2404.07593.
    pub alpha: f64,
    /// σ_t, the standard deviation of the noise.
    pub sigma: f64,
}

impl Level {
    /// √α_t, the mean factor.
    pub fn mean(&self) -> f64 {
        self.alpha.sqrt()
    }

    /// λ_t = ln(√α_t / σ_t), half the log signal-to-noise ratio.
    pub fn half_log_snr(&self) -> f64 {
        0.5 * self.alpha.ln() - self.sigma.ln()
    }
}

/// How noise grows with diffusion time. α_t = exp(−∫β), σ_t² = 1 − α_t.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Schedule {
    /// α_t = exp(−rate t²), i.e. β(t) = 2 rate t. `rate` = 16 is the schedule of arXiv:2404.07593; `floor` is added to
    /// σ_t² (its code adds e⁻¹⁶; 0 keeps the process exactly variance preserving).
    Quadratic {
        /// Factor of t².
        rate: f64,
        /// Added to σ².
        floor: f64,
    },
    /// α_t = exp(−(β_min t + ½ (β_max − β_min) t²)).
    Linear {
        /// β at t = 0.
        beta_min: f64,
        /// β at t = 1.
        beta_max: f64,
    },
}

impl Default for Schedule {
    fn default() -> Self {
        Self::Quadratic { rate: 16.0, floor: 0.0 }
    }
}

impl Schedule {
    /// The schedule of the published code of arXiv:2404.07593: α_t = exp(−16 t²), σ_t² = 1 − α_t + e⁻¹⁶.
    pub fn published() -> Self {
        Self::Quadratic { rate: 16.0, floor: (-16.0_f64).exp() }
    }

    /// The level at diffusion time `t`.
    pub fn level(&self, t: f64) -> Level {
        let (exponent, floor) = match *self {
            Self::Quadratic { rate, floor } => (rate * t * t, floor),
            Self::Linear { beta_min, beta_max } => (t * (beta_min + 0.5 * (beta_max - beta_min) * t), 0.0),
        };
        // −expm1 keeps σ's digits near t = 0, where 1 − exp(−x) would lose them.
        Level { t, alpha: (-exponent).exp(), sigma: (floor - (-exponent).exp_m1()).sqrt() }
    }

    /// β(t) = −d ln α_t / dt, the rate of the forward process dθ = −½ β θ dt + √β dw.
    pub fn beta(&self, t: f64) -> f64 {
        match *self {
            Self::Quadratic { rate, .. } => 2.0 * rate * t,
            Self::Linear { beta_min, beta_max } => beta_min + (beta_max - beta_min) * t,
        }
    }

    /// The diffusion time at which ln(√α/σ) is `half_log_snr`, with the floor disregarded.
    pub fn time_at(&self, half_log_snr: f64) -> f64 {
        // α = 1 / (1 + exp(−2λ)), so −ln α = ln(1 + exp(−2λ)), computed without overflow.
        let u = -2.0 * half_log_snr;
        let exponent = if u > 0.0 { u + (-u).exp().ln_1p() } else { u.exp().ln_1p() };
        match *self {
            Self::Quadratic { rate, .. } => (exponent / rate).sqrt(),
            Self::Linear { beta_min, beta_max } => {
                let slope = beta_max - beta_min;
                // The stable root of ½ slope t² + β_min t − exponent = 0.
                2.0 * exponent / (beta_min + (beta_min * beta_min + 2.0 * slope * exponent).sqrt())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn time_inverts_log_snr_and_beta_is_the_rate() {
        for schedule in [Schedule::default(), Schedule::Linear { beta_min: 0.1, beta_max: 20.0 }] {
            for t in [1e-4, 1e-2, 0.3, 0.9, 1.0] {
                let level = schedule.level(t);
                assert!((schedule.time_at(level.half_log_snr()) - t).abs() < 1e-9 * t.max(1e-3), "{schedule:?} {t}");
                assert!((level.alpha + level.sigma * level.sigma - 1.0).abs() < 1e-14);
                let h = 1e-6 * t;
                let slope = (schedule.level(t - h).alpha.ln() - schedule.level(t + h).alpha.ln()) / (2.0 * h);
                assert!((slope - schedule.beta(t)).abs() < 1e-5 * schedule.beta(t).max(1.0), "{schedule:?} {t}");
            }
        }
    }
}
