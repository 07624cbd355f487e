//! Step the probability-flow ODE by DPM-Solver++(2M), the second-order multistep solver in data-prediction form.

use super::{NoiseSource, SampleError, Sampler, Score};
use crate::diffusion::Level;

/// DPM-Solver++(2M): one score evaluation per step, no noise.
///
/// # Equation   x_0 = (θ + σ² s)/√α, h = λ' − λ with λ = ln(√α/σ), r = h_before/h,
/// D = (1 + 1/(2r)) x_0 − 1/(2r) x_0 before, θ' = (σ'/σ) θ − √α' (e^{−h} − 1) D   (arXiv:2211.01095, Algorithm 2).
/// # Accuracy   Second order on a grid uniform in log-SNR; its first step is of first order. A last step to t = 0, where
/// h is infinite, returns the data prediction x_0 (the Tweedie mean) whatever the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DpmSolver;

/// The last data prediction and the step that followed it.
#[derive(Clone, Debug, Default)]
pub struct DpmState<const M: usize> {
    score: Vec<[f64; M]>,
    previous: Vec<[f64; M]>,
    previous_h: Option<f64>,
}

impl<const M: usize> Sampler<M> for DpmSolver {
    type State = DpmState<M>;

    fn step<S: Score<M>, N: NoiseSource<M>>(
        &self,
        score: &S,
        from: &Level,
        to: &Level,
        theta: &mut [[f64; M]],
        state: &mut Self::State,
        workspace: &mut S::Workspace,
        _noise: &mut N,
    ) -> Result<(), SampleError> {
        state.score.resize(theta.len(), [0.0; M]);
        state.previous.resize(theta.len(), [0.0; M]);
        score.score_into(from, theta, workspace, &mut state.score)?;
        let h = to.half_log_snr() - from.half_log_snr();
        // 1/(2r) = h/(2 h_before); first order without history, and towards no noise (h = ∞).
        let extrapolate = match state.previous_h {
            Some(before) if h.is_finite() && before > 0.0 => 0.5 * h / before,
            _ => 0.0,
        };
        let keep = to.sigma / from.sigma;
        let pull = -to.mean() * (-h).exp_m1();
        let (variance, mean) = (from.sigma * from.sigma, from.mean());
        for ((theta, score), previous) in theta.iter_mut().zip(&state.score).zip(&mut state.previous) {
            for k in 0..M {
                let data = (theta[k] + variance * score[k]) / mean;
                // Where there is no history, `previous` is multiplied by zero and finite.
                let direction = data + extrapolate * (data - previous[k]);
                theta[k] = keep * theta[k] + pull * direction;
                previous[k] = data;
            }
        }
        state.previous_h = Some(h).filter(|h| h.is_finite());
        Ok(())
    }

    fn forget(&self, state: &mut Self::State) {
        state.previous_h = None;
    }
}
