//! Step the probability-flow ODE by the third-order multistep exponential solver in data-prediction form.

use super::{NoiseSource, SampleError, Sampler, Score};
use crate::diffusion::Level;

/// The third-order multistep solver in data-prediction form: one score evaluation per step but for the first, no noise.
///
/// # Equation   θ' = (σ'/σ) θ + √α' e^{−h} ∫₀ʰ eˢ p(s) ds, which is exact where the data prediction x_0 = (θ + σ² s)/√α is p along the path;
/// p is the parabola through the last three data predictions, as functions of λ = ln(√α/σ). With a line in its place this is
/// [`DpmSolver`](super::DpmSolver) up to terms of higher order (arXiv:2211.01095, Eq. (14), with k = 3).
/// # Accuracy   Third order on any grid with finite steps. Its first step evaluates the score twice, so that it is of second order;
/// the second step has a line only. A last step to t = 0, where h is infinite, returns the data prediction (the Tweedie mean).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DpmSolver3;

/// The last two data predictions and the steps that followed them.
#[derive(Clone, Debug, Default)]
pub struct Dpm3State<const M: usize> {
    score: Vec<[f64; M]>,
    start: Vec<[f64; M]>,
    /// The last data prediction, and the one before.
    previous: [Vec<[f64; M]>; 2],
    /// The steps that followed them, as many as there are.
    steps: [Option<f64>; 2],
}

/// e^{−h} ∫₀ʰ sᵏ eˢ ds for k = 0, 1, 2; by the series where differences would cancel.
fn integrals(h: f64) -> [f64; 3] {
    if h.abs() < 0.05 {
        // Σ_j (−1)ʲ k! h^{k+1+j} / (k + 1 + j)!, from repeated integration by parts.
        return std::array::from_fn(|k| {
            let mut term = h.powi(k as i32 + 1) / (k as f64 + 1.0);
            let mut sum = 0.0;
            for j in 0..10 {
                sum += term;
                term *= -h / (k + j + 2) as f64;
            }
            sum
        });
    }
    let first = -(-h).exp_m1();
    let second = h - first;
    [first, second, h * h - 2.0 * second]
}

/// θ ← (σ'/σ) θ + √α' (a_0 x_0 + a_1 p' + a_2 p''/2), where `slopes` gives p' and p''/2 of a draw's components.
fn advance<const M: usize>(
    (from, to): (&Level, &Level),
    weights: [f64; 3],
    start: &[[f64; M]],
    data: &[[f64; M]],
    slopes: impl Fn(usize, usize) -> [f64; 2],
    theta: &mut [[f64; M]],
) {
    let (keep, mean) = (to.sigma / from.sigma, to.mean());
    for (i, ((theta, start), data)) in theta.iter_mut().zip(start).zip(data).enumerate() {
        for k in 0..M {
            let [slope, bend] = slopes(i, k);
            theta[k] = keep * start[k] + mean * (weights[0] * data[k] + weights[1] * slope + weights[2] * bend);
        }
    }
}

/// Turns scores at `theta` into data predictions.
fn predict<const M: usize>(at: &Level, theta: &[[f64; M]], score: &mut [[f64; M]]) {
    let (variance, mean) = (at.sigma * at.sigma, at.mean());
    for (score, theta) in score.iter_mut().zip(theta) {
        for k in 0..M {
            score[k] = (theta[k] + variance * score[k]) / mean;
        }
    }
}

impl<const M: usize> Sampler<M> for DpmSolver3 {
    type State = Dpm3State<M>;

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
        let Dpm3State { score: data, start, previous, steps } = state;
        for buffer in [&mut *data, &mut *start].into_iter().chain(&mut *previous) {
            buffer.resize(theta.len(), [0.0; M]);
        }
        score.score_into(from, theta, workspace, data)?;
        predict(from, theta, data);
        let h = to.half_log_snr() - from.half_log_snr();
        if !h.is_finite() {
            theta.copy_from_slice(data);
            *steps = [None; 2];
            return Ok(());
        }
        let weights = integrals(h);
        start.copy_from_slice(theta);
        match *steps {
            [None, _] => {
                // A step with a constant, and with what it shows of the slope once more.
                advance((from, to), weights, start, data, |_, _| [0.0; 2], theta);
                let ahead = &mut previous[1];
                score.score_into(to, theta, workspace, ahead)?;
                predict(to, theta, ahead);
                let slope = |i: usize, k: usize| [(ahead[i][k] - data[i][k]) / h, 0.0];
                advance((from, to), weights, start, data, slope, theta);
            }
            [Some(first), None] => {
                let slope = |i: usize, k: usize| [(data[i][k] - previous[0][i][k]) / first, 0.0];
                advance((from, to), weights, start, data, slope, theta);
            }
            [Some(first), Some(second)] => {
                let slopes = |i: usize, k: usize| {
                    let near = (data[i][k] - previous[0][i][k]) / first;
                    let far = (previous[0][i][k] - previous[1][i][k]) / second;
                    let bend = (near - far) / (first + second);
                    [near + bend * first, bend]
                };
                advance((from, to), weights, start, data, slopes, theta);
            }
        }
        previous.swap(0, 1);
        std::mem::swap(&mut previous[0], data);
        *steps = [Some(h).filter(|h| *h > 0.0), steps[0]];
        Ok(())
    }

    fn forget(&self, state: &mut Self::State) {
        state.steps = [None; 2];
    }
}

#[cfg(test)]
mod tests {
    use super::integrals;

    #[test]
    fn integrals_are_those_of_their_definition() {
        for h in [1e-6, 1e-3, 0.049, 0.051, 0.3, 2.0, 20.0] {
            // Simpson's rule on e^{s − h} sᵏ.
            let n = 20_000;
            let width = h / f64::from(n);
            for (k, value) in integrals(h).into_iter().enumerate() {
                let at = |i: i32| {
                    let s = f64::from(i) * width;
                    (s - h).exp() * s.powi(k as i32)
                };
                let inner: f64 = (1..n).map(|i| at(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
                let exact = (at(0) + at(n) + inner) * width / 3.0;
                assert!((value - exact).abs() < 1e-10 * exact, "h = {h}, k = {k}: {value} against {exact}");
            }
        }
    }
}
