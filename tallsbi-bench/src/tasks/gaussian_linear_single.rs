//! Observe ten Gaussian means with variance 0.1 under a prior of variance 0.1: the single-observation benchmark's variant.

use tallsbi::model::Stream;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// The variance of the prior and that of the noise.
pub const VARIANCE: f64 = 0.1;

/// Ten unknown means.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct NarrowMeans {
    /// mean
    #[prior(Normal(0.0, VARIANCE.sqrt()))]
    pub mu: [f64; 10],
}

/// One observation, N(mu, 0.1 I).
#[simulator]
pub fn gaussian_linear_single(theta: &NarrowMeans, rng: &mut Stream) -> [f32; 10] {
    observe(&theta.mu, rng)
}

/// `mu` with noise of [`VARIANCE`].
pub(super) fn observe(mu: &[f64; 10], rng: &mut Stream) -> [f32; 10] {
    mu.map(|mu| {
        let noise: f64 = StandardNormal.sample(rng);
        (mu + VARIANCE.sqrt() * noise) as f32
    })
}

/// ln p(x | mu) but for a constant.
pub fn log_likelihood(x: &[f64; 10], mu: &[f64; 10]) -> f64 {
    -0.5 * x.iter().zip(mu).map(|(x, mu)| (x - mu).powi(2)).sum::<f64>() / VARIANCE
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;
    use tallsbi::prior::Prior;

    use super::{GaussianLinearSingle, NarrowMeans, VARIANCE, log_likelihood};
    use crate::tasks::Task;
    use crate::tasks::stein::{check_single, no_weight};

    /// Prior and noise have equal variances: x is N(0, 0.2), and θ − x/2 is N(0, 0.05) independent of x.
    #[test]
    fn moments() {
        let n = 4_000;
        let mut sums = [0.0; 3];
        for i in 0..n {
            let mut rng = stream(31, "test", i);
            let theta = NarrowMeans::from_array(GaussianLinearSingle.prior().sample(&mut rng));
            let x = GaussianLinearSingle.simulate(&theta, &mut rng).expect("it cannot fail");
            for k in 0..10 {
                let (x, residual) = (f64::from(x[k]), theta.mu[k] - 0.5 * f64::from(x[k]));
                let z = [x / (2.0 * VARIANCE).sqrt(), residual / (0.5 * VARIANCE).sqrt()];
                for (sum, term) in sums.iter_mut().zip([z[0] * z[0] - 1.0, z[1] * z[1] - 1.0, z[0] * z[1]]) {
                    *sum += term / (10 * n) as f64;
                }
            }
        }
        // z² has variance 2 and the product 1; 4.9 standard errors.
        let bound = 4.9 * (2.0 / (10 * n) as f64).sqrt();
        assert!(sums.iter().all(|sum| sum.abs() < bound), "{sums:?} {bound}");
        // Negative control: 5 % more noise on the scale of x would be seen.
        assert!(((sums[0] + 1.0) * 1.05 - 1.0).abs() > bound - sums[0].abs());
    }

    #[test]
    fn the_reference_posteriors() {
        let log_density = |precision: f64| {
            move |theta: &[f64; 10], x: &[f64; 10]| {
                let prior = -0.5 * theta.iter().map(|mu| mu * mu).sum::<f64>() / VARIANCE;
                prior + precision * log_likelihood(x, theta)
            }
        };
        check_single(Task::GaussianLinearSingle, no_weight(), log_density(1.0), log_density(0.9));
    }
}
