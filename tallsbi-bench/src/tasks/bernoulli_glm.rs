//! Observe summaries of a neuron's spikes under a known stimulus: a Bernoulli generalised linear model with ten weights.

use std::sync::OnceLock;

use tallsbi::model::Stream;
use tallsbi::nalgebra::{Cholesky, SMatrix};
use tallsbi::prelude::*;

/// Weights: an offset and a filter of nine.
pub const M: usize = 10;
/// Bins of time.
pub const BINS: usize = 100;
/// Length of the filter.
const FILTER: usize = M - 1;

/// An offset and a temporal filter.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct Weights {
    /// offset (0) and filter (1 to 9)
    #[prior(MvNormal([0.0; M], prior_covariance()))]
    pub beta: [f64; M],
}

/// The stimulus of the published task, one number a bin: `numpy.random.RandomState(42).randn(100)` in single precision.
pub const STIMULUS: [f64; BINS] = [
    0.49671414,
    -0.1382643,
    0.64768857,
    1.5230298,
    -0.23415338,
    -0.23413695,
    1.5792128,
    0.7674347,
    -0.46947438,
    0.54256004,
    -0.46341768,
    -0.46572974,
    0.24196227,
    -1.9132802,
    -1.7249179,
    -0.5622875,
    -1.0128311,
    0.31424734,
    -0.9080241,
    -1.4123037,
    1.4656488,
    -0.2257763,
    0.0675282,
    -1.4247482,
    -0.54438275,
    0.11092259,
    -1.1509936,
    0.37569803,
    -0.6006387,
    -0.29169375,
    -0.6017066,
    1.8522782,
    -0.013497225,
    -1.0577109,
    0.82254493,
    -1.2208437,
    0.2088636,
    -1.9596701,
    -1.328186,
    0.19686124,
    0.73846656,
    0.17136829,
    -0.115648285,
    -0.30110368,
    -1.478522,
    -0.7198442,
    -0.46063876,
    1.0571222,
    0.3436183,
    -1.7630402,
    0.32408398,
    -0.38508227,
    -0.676922,
    0.6116763,
    1.0309995,
    0.93128014,
    -0.83921754,
    -0.3092124,
    0.33126342,
    0.9755451,
    -0.47917423,
    -0.18565898,
    -1.1063349,
    -1.1962066,
    0.8125258,
    1.35624,
    -0.07201012,
    1.0035329,
    0.361636,
    -0.6451197,
    0.3613956,
    1.5380366,
    -0.03582604,
    1.5646436,
    -2.619745,
    0.8219025,
    0.08704707,
    -0.29900736,
    0.09176078,
    -1.9875689,
    -0.21967189,
    0.35711256,
    1.4778941,
    -0.5182702,
    -0.8084936,
    -0.501757,
    0.9154021,
    0.32875112,
    -0.5297602,
    0.51326746,
    0.09707755,
    0.968645,
    -0.70205307,
    -0.32766214,
    -0.39210814,
    -1.4635149,
    0.2961203,
    0.26105526,
    0.005113457,
    -0.23458713,
];

/// Row t of the design: 1, then the stimulus at t, t − 1, …, t − 8 (0 before it begins).
pub fn design_row(t: usize) -> [f64; M] {
    std::array::from_fn(|j| match j {
        0 => 1.0,
        _ if t + 1 >= j => STIMULUS[t + 1 - j],
        _ => 0.0,
    })
}

/// The precision of the prior: ½ for the offset, FᵀF for the filter with F = D² + diag(√(k/9)) and D the first
/// difference, so that neighbours in the filter are similar.
fn prior_precision() -> SMatrix<f64, M, M> {
    let difference = SMatrix::<f64, FILTER, FILTER>::from_fn(|i, j| match i.wrapping_sub(j) {
        0 => 1.0,
        1 => -1.0,
        _ => 0.0,
    });
    let roots =
        SMatrix::<f64, FILTER, FILTER>::from_fn(|i, j| if i == j { (i as f64 / FILTER as f64).sqrt() } else { 0.0 });
    let smooth = difference * difference + roots;
    let mut precision = SMatrix::<f64, M, M>::zeros();
    precision[(0, 0)] = 0.5;
    precision.fixed_view_mut::<FILTER, FILTER>(1, 1).copy_from(&(smooth.transpose() * smooth));
    precision
}

/// The covariance of the prior, the inverse of a matrix that is known to be positive definite.
fn prior_covariance() -> [[f64; M]; M] {
    static COVARIANCE: OnceLock<[[f64; M]; M]> = OnceLock::new();
    *COVARIANCE.get_or_init(|| {
        let inverse = Cholesky::new(prior_precision()).map_or(SMatrix::zeros(), |factor| factor.inverse());
        // Symmetric to the last bit, as a covariance must be.
        std::array::from_fn(|i| std::array::from_fn(|j| 0.5 * (inverse[(i, j)] + inverse[(j, i)])))
    })
}

/// Spike or none in each bin: Bernoulli(1/(1 + exp(−row · beta))).
pub fn spikes(theta: &Weights, rng: &mut Stream) -> [bool; BINS] {
    std::array::from_fn(|t| {
        let drive: f64 = design_row(t).iter().zip(&theta.beta).map(|(x, beta)| x * beta).sum();
        rng.random::<f64>() < 1.0 / (1.0 + (-drive).exp())
    })
}

/// The number of spikes and their correlation with the stimulus at lags 0 to 8: the sufficient statistic Xᵀ y.
pub fn summary(spikes: &[bool; BINS]) -> [f64; M] {
    let mut sums = [0.0; M];
    for (t, _) in spikes.iter().enumerate().filter(|(_, spike)| **spike) {
        sums.iter_mut().zip(design_row(t)).for_each(|(sum, x)| *sum += x);
    }
    sums
}

/// ln p(y | beta) given the summary of y (exact, since it is sufficient).
pub fn log_likelihood(summary: &[f64; M], beta: &[f64; M]) -> f64 {
    let dot = |a: &[f64; M]| a.iter().zip(beta).map(|(a, b)| a * b).sum::<f64>();
    let normaliser: f64 = (0..BINS)
        .map(|t| {
            let drive = dot(&design_row(t));
            drive.max(0.0) + (-drive.abs()).exp().ln_1p()
        })
        .sum();
    dot(summary) - normaliser
}

/// The number of spikes and their correlation with the stimulus at lags 0 to 8.
#[simulator]
pub fn bernoulli_glm(theta: &Weights, rng: &mut Stream) -> [f32; M] {
    summary(&spikes(theta, rng)).map(|value| value as f32)
}

#[cfg(test)]
pub(crate) mod tests {
    use tallsbi::model::stream;
    use tallsbi::nalgebra::{SMatrix, SVector};
    use tallsbi::prelude::*;
    use tallsbi::prior::Prior;

    use super::{
        BINS, BernoulliGlm, M, STIMULUS, Weights, design_row, log_likelihood, prior_covariance, prior_precision,
    };
    use super::{spikes, summary};
    use crate::tasks::Task;
    use crate::tasks::stein::{check_single, check_tall, no_weight};

    #[test]
    fn the_prior() {
        let product = SMatrix::<f64, M, M>::from_fn(|i, j| prior_covariance()[i][j]) * prior_precision();
        assert!((product - SMatrix::identity()).amax() < 1e-10, "{product}");
        // By hand: F's first two columns are (1, −2, 1, 0, …) and (0, 1 + 1/3, −2, 1, …).
        assert_eq!(prior_precision()[(0, 0)], 0.5);
        assert!((prior_precision()[(1, 1)] - 6.0).abs() < 1e-12);
        assert!((prior_precision()[(1, 2)] - (-2.0 * (4.0 / 3.0) - 2.0)).abs() < 1e-12);
        let n = 4_000;
        let mut second = [0.0; M];
        for i in 0..n {
            let beta = BernoulliGlm.prior().sample(&mut stream(61, "test", i));
            second.iter_mut().zip(beta).for_each(|(sum, value)| *sum += value * value / n as f64);
        }
        for k in 0..M {
            let ratio = second[k] / prior_covariance()[k][k];
            assert!((ratio - 1.0).abs() < 4.9 * (2.0 / n as f64).sqrt(), "{k}: {ratio}");
        }
    }

    /// Rates in each bin, and the summary as a correlation written out.
    #[test]
    fn spikes_and_summary() {
        let theta = Weights { beta: [0.3, 1.0, -0.5, 0.4, 0.0, -1.2, 0.2, 0.1, 0.7, -0.3] };
        let n = 4_000;
        let mut counts = [0.0; BINS];
        for i in 0..n {
            let y = spikes(&theta, &mut stream(62, "test", i));
            counts.iter_mut().zip(y).for_each(|(count, spike)| *count += f64::from(u8::from(spike)));
            if i < 20 {
                let lagged = |lag: usize| (lag..BINS).filter(|t| y[*t]).map(|t| STIMULUS[t - lag]).sum::<f64>();
                let s = summary(&y);
                assert_eq!(s[0], y.iter().filter(|spike| **spike).count() as f64);
                assert!((0..9).all(|lag| (s[1 + lag] - lagged(lag)).abs() < 1e-12));
                let x = BernoulliGlm.simulate(&theta, &mut stream(62, "test", i)).expect("it cannot fail");
                assert_eq!(x, s.map(|value| value as f32));
                // The likelihood bin by bin.
                let direct: f64 = (0..BINS)
                    .map(|t| {
                        let drive: f64 = design_row(t).iter().zip(&theta.beta).map(|(x, b)| x * b).sum();
                        let p = 1.0 / (1.0 + (-drive).exp());
                        if y[t] { p.ln() } else { (1.0 - p).ln() }
                    })
                    .sum();
                assert!((direct - log_likelihood(&s, &theta.beta)).abs() < 1e-9);
            }
        }
        for t in 0..BINS {
            let drive: f64 = (SVector::from(design_row(t)).transpose() * SVector::from(theta.beta))[0];
            let p = 1.0 / (1.0 + (-drive).exp());
            let bound = 4.9 * (p * (1.0 - p) / n as f64).sqrt() + 2.0 / n as f64;
            assert!((counts[t] / n as f64 - p).abs() < bound, "bin {t}: {} {p}", counts[t] / n as f64);
        }
    }

    /// ln p(θ) but for a constant.
    pub(crate) fn log_prior(beta: &[f64; M]) -> f64 {
        let beta = SVector::from(*beta);
        -0.5 * (beta.transpose() * prior_precision() * beta)[0]
    }

    /// Σ_j ln p(x_j | beta) with one pass over the bins: summaries add up, and so does the normaliser.
    pub(crate) fn tall_likelihood(xs: &[[f64; M]], beta: &[f64; M]) -> f64 {
        let sum: [f64; M] = std::array::from_fn(|k| xs.iter().map(|x| x[k]).sum());
        log_likelihood(&sum, beta) + (xs.len() as f64 - 1.0) * log_likelihood(&[0.0; M], beta)
    }

    #[test]
    fn the_reference_posteriors() {
        let single =
            |weight: f64| move |beta: &[f64; M], x: &[f64; M]| weight * log_prior(beta) + log_likelihood(x, beta);
        check_single(Task::BernoulliGlm, no_weight(), single(1.0), single(0.8));
        // The reference observes bits; the task observes their summaries (`Task::observed` does it).
        let tall =
            |weight: f64| move |beta: &[f64; M], xs: &[[f64; M]]| log_prior(beta) + weight * tall_likelihood(xs, beta);
        check_tall(Task::BernoulliGlm, tall(1.0), tall(0.7));
    }
}
