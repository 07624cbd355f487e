//! Choose the diffusion times that a sampler visits, from noise to data.

use super::SampleError;
use crate::diffusion::{Level, Schedule};

/// Where a grid in log-SNR stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// One last step from `t_end` to t = 0. DDIM and DPM-Solver++ return the Tweedie mean E[θ_0 | θ_t] there, so the
    /// covariance of the draws is too small by about σ² at `t_end`.
    #[default]
    Denoised,
    /// At `t_end`: the draws carry the noise of that level, and their covariance is too large by σ² there.
    Noisy,
}

/// Diffusion times from noise to data. The schedule travels with the model, the grid with the driver.
#[derive(Clone, Debug, PartialEq)]
pub enum Grid {
    /// t_k = 1 − k/K, K steps down to t = 0, as in arXiv:2404.07593.
    Uniform {
        /// K.
        steps: usize,
    },
    /// Uniform in half the log signal-to-noise ratio ln(√α/σ), from `t_start` to `t_end`.
    LogSnr {
        /// Steps in all, the one to t = 0 included.
        steps: usize,
        /// Where to start, at most 1.
        t_start: f64,
        /// The last time with noise, above 0. `None`: where σ is a tenth of the narrowest standard deviation expected of
        /// the posterior, and 0.001 at most.
        t_end: Option<f64>,
        /// What follows `t_end`.
        finish: Finish,
    },
    /// These times, strictly falling within [0, 1].
    Times(Vec<f64>),
}

impl Grid {
    /// Uniform in log-SNR from t = 1 to a time that suits the posterior's width, then to t = 0.
    ///
    /// With DPM-Solver++(2M) on exact Gaussian scores, the largest error of the posterior's covariance (relative) or mean
    /// (in standard deviations) is 7 %, 2.5 %, 0.6 % and 0.2 % with 15, 30, 60 and 120 steps, as long as the posterior's
    /// variance is well above σ² at the last time with noise (1.6e-5 at t = 0.001, relative to the prior's): hence the
    /// choice by the posterior's width.
    pub fn log_snr(steps: usize) -> Self {
        Self::LogSnr { steps, t_start: 1.0, t_end: None, finish: Finish::Denoised }
    }

    /// The levels where nothing is known of the posterior's width. See [`levels_for`](Self::levels_for).
    ///
    /// # Errors
    /// As [`levels_for`](Self::levels_for).
    pub fn levels(&self, schedule: &Schedule) -> Result<Vec<Level>, SampleError> {
        self.levels_for(schedule, None)
    }

    /// The levels, one more than there are steps, for a posterior whose smallest standard deviation is about `narrowest`
    /// (latent coordinates).
    ///
    /// # Errors
    /// [`SampleError::Zero`] without a step; [`SampleError::NotDescending`] where times are not finite, leave [0, 1] or
    /// do not fall strictly.
    pub fn levels_for(&self, schedule: &Schedule, narrowest: Option<f64>) -> Result<Vec<Level>, SampleError> {
        let times = match self {
            Self::Uniform { steps } => (0..=*steps).map(|k| (*steps - k) as f64 / *steps as f64).collect(),
            Self::LogSnr { steps, t_start, t_end, finish } => {
                let t_end = t_end.unwrap_or_else(|| end_for(schedule, narrowest));
                log_snr_times(schedule, *steps, *t_start, t_end, *finish)
            }
            Self::Times(times) => times.clone(),
        };
        if times.len() < 2 {
            return Err(SampleError::Zero { what: "the number of steps" });
        }
        for (index, t) in times.iter().enumerate() {
            let falls = index == 0 || *t < times[index - 1];
            if !(falls && (0.0..=1.0).contains(t)) {
                return Err(SampleError::NotDescending { index });
            }
        }
        Ok(times.iter().map(|t| schedule.level(*t)).collect())
    }
}

/// The time at which σ is a tenth of `narrowest`, at most 0.001 and at least 1e-6.
fn end_for(schedule: &Schedule, narrowest: Option<f64>) -> f64 {
    const LATEST: f64 = 1e-3;
    match narrowest {
        // Near t = 0, √α = 1 and ln(√α/σ) = −ln σ.
        Some(sd) if sd > 0.0 => schedule.time_at(-(0.1 * sd).ln()).clamp(1e-6, LATEST),
        _ => LATEST,
    }
}

fn log_snr_times(schedule: &Schedule, steps: usize, t_start: f64, t_end: f64, finish: Finish) -> Vec<f64> {
    if steps == 0 {
        return Vec::new();
    }
    let intervals = match finish {
        Finish::Denoised => steps - 1,
        Finish::Noisy => steps,
    };
    // Half the log-SNR without the schedule's floor, which `time_at` disregards too.
    let ratio = |t: f64| {
        let log_alpha = schedule.level(t).alpha.ln();
        0.5 * (log_alpha - (-log_alpha.exp_m1()).ln())
    };
    let (first, last) = (ratio(t_start), ratio(t_end));
    let mut times = vec![t_start];
    for k in 1..intervals {
        times.push(schedule.time_at(first + (last - first) * k as f64 / intervals as f64));
    }
    if intervals > 0 {
        times.push(t_end);
    }
    if finish == Finish::Denoised {
        times.push(0.0);
    }
    times
}
