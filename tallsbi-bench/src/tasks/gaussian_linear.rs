//! Observe ten Gaussian means with known variances: the tall posterior is known in closed form.

use tallsbi::model::Stream;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// Number of means, and of components of an observation.
const M: usize = 10;

/// Ten unknown means.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct Means {
    /// mean
    #[prior(Normal(0.0, 1.0))]
    pub mu: [f64; M],
}

/// The variances of one observation's components: equally spaced from 0.6 to 1.4.
pub fn variances() -> [f64; M] {
    std::array::from_fn(|k| 0.6 + 0.8 * k as f64 / (M - 1) as f64)
}

/// One observation, N(mu, diag([`variances`])).
#[simulator]
pub fn gaussian_linear(theta: &Means, rng: &mut Stream) -> [f32; M] {
    let variances = variances();
    std::array::from_fn(|k| {
        let noise: f64 = StandardNormal.sample(rng);
        (theta.mu[k] + variances[k].sqrt() * noise) as f32
    })
}

/// The exact posterior of [`Means`] given any number of observations: independent normals.
#[derive(Clone, Debug, PartialEq)]
pub struct ExactPosterior {
    /// Posterior means.
    pub mean: [f64; M],
    /// Posterior standard deviations.
    pub sd: [f64; M],
}

/// The exact posterior given `observations`: precision 1 + n/v_k, mean Σ_j x_jk / v_k over that. Without observations
/// it is the prior.
pub fn exact_posterior(observations: &[[f32; M]]) -> ExactPosterior {
    let variances = variances();
    let precision = |k: usize| 1.0 + observations.len() as f64 / variances[k];
    let sum = |k: usize| observations.iter().map(|x| f64::from(x[k])).sum::<f64>();
    ExactPosterior {
        mean: std::array::from_fn(|k| sum(k) / variances[k] / precision(k)),
        sd: std::array::from_fn(|k| precision(k).recip().sqrt()),
    }
}

impl ExactPosterior {
    /// One draw.
    pub fn sample(&self, rng: &mut impl Rng) -> [f64; M] {
        std::array::from_fn(|k| {
            let noise: f64 = StandardNormal.sample(rng);
            self.mean[k] + self.sd[k] * noise
        })
    }
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;
    use tallsbi::prior::Prior;

    use super::{GaussianLinear, Means, exact_posterior, variances};
    use crate::tasks::Task;
    use crate::tasks::stein::{check_tall, standard_normal};

    #[test]
    fn the_reference_posteriors() {
        let log_density = |power: f64| {
            move |mu: &[f64; 10], xs: &[[f64; 10]]| {
                let misfit = |x: &[f64; 10]| (0..10).map(|k| (x[k] - mu[k]).powi(2) / variances()[k]).sum::<f64>();
                standard_normal(mu) - 0.5 * power * xs.iter().map(misfit).sum::<f64>()
            }
        };
        check_tall(Task::GaussianLinear, log_density(1.0), log_density(0.7));
    }

    /// Bayes' theorem on a grid, one component at a time, against the closed form.
    #[test]
    fn the_exact_posterior() {
        let theta = Means { mu: std::array::from_fn(|k| k as f64 / 5.0 - 1.0) };
        for n in [0, 1, 7] {
            let xs: Vec<[f32; 10]> = (0..n)
                .map(|j| GaussianLinear.simulate(&theta, &mut stream(1, "test", j)).expect("it cannot fail"))
                .collect();
            let exact = exact_posterior(&xs);
            for k in [0, 4, 9] {
                let log_density = |mu: f64| {
                    let misfit: f64 = xs.iter().map(|x| (f64::from(x[k]) - mu).powi(2)).sum();
                    -0.5 * mu * mu - 0.5 * misfit / variances()[k]
                };
                // The trapezoidal rule converges exponentially on an analytic density that fades before the ends.
                let grid: Vec<f64> = (-800..=800).map(|i| f64::from(i) / 80.0).collect();
                let weights: Vec<f64> = grid.iter().map(|&mu| log_density(mu).exp()).collect();
                let total: f64 = weights.iter().sum();
                let moment =
                    |power: i32| grid.iter().zip(&weights).map(|(mu, w)| mu.powi(power) * w).sum::<f64>() / total;
                assert!((moment(1) - exact.mean[k]).abs() < 1e-12, "n = {n}, component {k}");
                let sd = (moment(2) - moment(1).powi(2)).sqrt();
                assert!((sd - exact.sd[k]).abs() < 1e-10, "n = {n}, component {k}: {sd} {}", exact.sd[k]);
            }
        }
    }

    /// (θ − posterior mean) / posterior sd is standard normal over the joint distribution, whatever n.
    #[test]
    fn the_exact_posterior_is_calibrated() {
        let (draws, n) = (4_000, 3);
        let mut z2 = [0.0; 10];
        for i in 0..draws {
            let mut rng = stream(2, "test", i);
            let values = GaussianLinear.prior().sample(&mut rng);
            let theta = Means::from_array(values);
            let xs: [_; 3] =
                std::array::from_fn(|_| GaussianLinear.simulate(&theta, &mut rng).expect("it cannot fail"));
            assert_eq!(xs.len(), n);
            let exact = exact_posterior(&xs);
            for k in 0..10 {
                z2[k] += ((values[k] - exact.mean[k]) / exact.sd[k]).powi(2) / draws as f64;
            }
        }
        // A mean of χ²₁ has standard deviation √(2/draws); 4.9 of them is 1e-6 two-sided.
        let bound = 4.9 * (2.0 / draws as f64).sqrt();
        assert!(z2.iter().all(|value| (value - 1.0).abs() < bound), "{z2:?} {bound}");
        // Negative control: a standard deviation that is off by 10 % would be seen.
        assert!(z2.iter().all(|value| (value / 1.21 - 1.0).abs() > bound));
    }

    #[test]
    fn names() {
        assert_eq!(Means::labels()[9].name, "mu[9]");
        let v = variances();
        assert!((v[0], v[9]) == (0.6, 1.4));
    }
}
