//! Observe ten Gaussian means with variance 0.1 under a uniform prior: the posterior is a truncated Gaussian.

use tallsbi::model::Stream;
use tallsbi::prelude::*;

use super::gaussian_linear_single::observe;

/// Ten unknown means.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct BoxedMeans {
    /// mean
    #[prior(Uniform(-1.0, 1.0))]
    pub mu: [f64; 10],
}

/// One observation, N(mu, 0.1 I).
#[simulator]
pub fn gaussian_linear_uniform(theta: &BoxedMeans, rng: &mut Stream) -> [f32; 10] {
    observe(&theta.mu, rng)
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;

    use super::{BoxedMeans, GaussianLinearUniform};
    use crate::tasks::Task;
    use crate::tasks::gaussian_linear_single::{VARIANCE, log_likelihood};
    use crate::tasks::stein::{box_weight, check_single};

    #[test]
    fn moments() {
        let (n, theta) = (4_000, BoxedMeans { mu: std::array::from_fn(|k| k as f64 / 5.0 - 0.9) });
        let mut second = 0.0;
        for i in 0..n {
            let x = GaussianLinearUniform.simulate(&theta, &mut stream(32, "test", i)).expect("it cannot fail");
            second += (0..10).map(|k| (f64::from(x[k]) - theta.mu[k]).powi(2)).sum::<f64>() / (10 * n) as f64;
        }
        let bound = 4.9 * VARIANCE * (2.0 / (10 * n) as f64).sqrt();
        assert!((second - VARIANCE).abs() < bound && (1.08 * second - VARIANCE).abs() > bound, "{second}");
    }

    /// The weight vanishes at the borders, where the truncated posterior does not.
    #[test]
    fn the_reference_posteriors() {
        let log_density = |precision: f64| move |theta: &[f64; 10], x: &[f64; 10]| precision * log_likelihood(x, theta);
        check_single(Task::GaussianLinearUniform, box_weight(1.0), log_density(1.0), log_density(0.8));
    }
}
