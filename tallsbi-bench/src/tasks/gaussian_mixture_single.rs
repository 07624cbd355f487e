//! Observe the centre of a wide and a narrow Gaussian in the plane: the mixture of the single-observation benchmark.

use tallsbi::model::Stream;
use tallsbi::prelude::*;

use super::gaussian_mixture::observe;

/// The standard deviations of the two Gaussians, chosen with equal probability.
pub const SPREADS: [f64; 2] = [1.0, 0.1];

/// The common centre of both Gaussians.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct PlaneCentre {
    /// centre
    #[prior(Uniform(-10.0, 10.0))]
    pub mu: [f64; 2],
}

/// One observation: ½ N(mu, I) + ½ N(mu, 0.1² I).
#[simulator]
pub fn gaussian_mixture_single(theta: &PlaneCentre, rng: &mut Stream) -> [f32; 2] {
    observe(&theta.mu, SPREADS, rng)
}

#[cfg(test)]
mod tests {
    use super::SPREADS;
    use crate::tasks::Task;
    use crate::tasks::gaussian_mixture::log_likelihood;
    use crate::tasks::gaussian_mixture::tests::check_moments;
    use crate::tasks::stein::{box_weight, check_single};

    #[test]
    fn moments() {
        check_moments::<2>(SPREADS);
    }

    #[test]
    fn the_reference_posteriors() {
        let log_density =
            |scale: f64| move |theta: &[f64; 2], x: &[f64; 2]| log_likelihood(x, theta, SPREADS.map(|s| scale * s));
        check_single(Task::GaussianMixtureSingle, box_weight(10.0), log_density(1.0), log_density(1.1));
    }
}
