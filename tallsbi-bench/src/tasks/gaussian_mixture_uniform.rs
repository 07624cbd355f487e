//! Observe the centre of a wide and a narrow Gaussian as `gaussian_mixture` does, with a uniform prior.

use tallsbi::model::Stream;
use tallsbi::prelude::*;

use super::gaussian_mixture::{SPREADS, observe};

/// The common centre of both Gaussians.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct BoxedCentre {
    /// centre
    #[prior(Uniform(-10.0, 10.0))]
    pub mu: [f64; 10],
}

/// One observation: ½ N(mu, 2.25² I) + ½ N(mu, (1/9)² I).
#[simulator]
pub fn gaussian_mixture_uniform(theta: &BoxedCentre, rng: &mut Stream) -> [f32; 10] {
    observe(&theta.mu, SPREADS, rng)
}

#[cfg(test)]
mod tests {
    use tallsbi::prelude::*;
    use tallsbi::prior::Prior;

    use super::{BoxedCentre, GaussianMixtureUniform};
    use crate::tasks::Task;
    use crate::tasks::gaussian_mixture::{SPREADS, log_likelihood};
    use crate::tasks::stein::{box_weight, check_tall_weighted};

    #[test]
    fn the_reference_posteriors() {
        let log_density = |scale: f64| {
            move |theta: &[f64; 10], xs: &[[f64; 10]]| {
                xs.iter().map(|x| log_likelihood(x, theta, SPREADS.map(|spread| scale * spread))).sum::<f64>()
            }
        };
        check_tall_weighted(Task::GaussianMixtureUniform, box_weight(10.0), log_density(1.0), log_density(1.2));
    }

    #[test]
    fn the_prior() {
        let prior = GaussianMixtureUniform.prior();
        let draws: Vec<[f64; 10]> =
            (0..2_000).map(|i| prior.sample(&mut tallsbi::model::stream(5, "test", i))).collect();
        let largest = draws.as_flattened().iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        // 20,000 uniform numbers: the largest is above 9.99 but with probability (1 − 0.001)^20000 = 2e-9.
        assert!(largest <= 10.0 && largest > 9.99, "{largest}");
        assert_eq!(BoxedCentre::labels()[9].name, "mu[9]");
    }
}
