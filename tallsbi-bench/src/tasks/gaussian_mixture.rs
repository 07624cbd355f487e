//! Observe the centre of a wide and a narrow Gaussian, ten components each, one of the two at a time; normal prior.

use tallsbi::model::Stream;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// Number of components of the centre, and of an observation.
const M: usize = 10;

/// The standard deviations of the two Gaussians, chosen with equal probability.
pub const SPREADS: [f64; 2] = [2.25, 1.0 / 9.0];

/// The common centre of both Gaussians.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct Centre {
    /// centre
    #[prior(Normal(0.0, 1.0))]
    pub mu: [f64; M],
}

/// One observation: ½ N(mu, 2.25² I) + ½ N(mu, (1/9)² I).
#[simulator]
pub fn gaussian_mixture(theta: &Centre, rng: &mut Stream) -> [f32; M] {
    observe(&theta.mu, SPREADS, rng)
}

/// One observation of `centre` through either of two Gaussians of the given standard deviations.
pub fn observe<const K: usize>(centre: &[f64; K], spreads: [f64; 2], rng: &mut Stream) -> [f32; K] {
    let spread = spreads[usize::from(rng.random_bool(0.5))];
    centre.map(|mu| {
        let noise: f64 = StandardNormal.sample(rng);
        (mu + spread * noise) as f32
    })
}

/// ln p(x | centre) of [`observe`].
pub fn log_likelihood<const K: usize>(x: &[f64; K], centre: &[f64; K], spreads: [f64; 2]) -> f64 {
    let squared: f64 = x.iter().zip(centre).map(|(x, mu)| (x - mu).powi(2)).sum();
    let [a, b] = spreads.map(|s| -0.5 * squared / (s * s) - K as f64 * s.ln());
    let normal = 0.5 * K as f64 * std::f64::consts::TAU.ln();
    // ln(½ eᵃ + ½ eᵇ) by the larger of the two, which does not overflow.
    a.max(b) + (0.5 * (1.0 + (-(a - b).abs()).exp())).ln() - normal
}

#[cfg(test)]
pub(crate) mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;

    use super::{GaussianMixture, SPREADS, log_likelihood, observe};
    use crate::tasks::Task;
    use crate::tasks::stein::{check_tall, standard_normal};

    /// Second and fourth moments of x − mu: ½(a² + b²) and 3·½(a⁴ + b⁴), and a coin shared by all components.
    pub(crate) fn check_moments<const K: usize>(spreads: [f64; 2]) {
        let n = 40_000;
        let centre: [f64; K] = std::array::from_fn(|k| k as f64 - 2.0);
        let power = |p: i32| 0.5 * (spreads[0].powi(p) + spreads[1].powi(p));
        let (mut mean, mut second, mut product) = (0.0, 0.0, 0.0);
        for i in 0..n {
            let x = observe(&centre, spreads, &mut stream(21, "test", i));
            let d: [f64; 2] = [0, 1].map(|k| f64::from(x[k]) - centre[k]);
            mean += d[0] / n as f64;
            second += d[0] * d[0] / n as f64;
            product += d[0] * d[0] * d[1] * d[1] / n as f64;
        }
        // 4.9 standard errors each: 1e-6 two-sided.
        let error = |variance: f64| 4.9 * (variance / n as f64).sqrt();
        assert!(mean.abs() < error(power(2)), "{mean}");
        let bound = error(3.0 * power(4) - power(2).powi(2));
        assert!((second - power(2)).abs() < bound, "{second} {}", power(2));
        assert!((1.1 * second - power(2)).abs() > bound, "five percent more spread would be seen");
        // Components that tossed coins of their own would have the product power(2)².
        let bound = error(9.0 * power(8) - power(4).powi(2));
        assert!((product - power(4)).abs() < bound && power(4) - power(2).powi(2) > bound, "{product}");
    }

    #[test]
    fn moments() {
        check_moments::<10>(SPREADS);
    }

    /// The density integrates to one, and at two points is what a calculator says.
    #[test]
    fn density() {
        let total: f64 =
            (-4_000..=4_000).map(|i| (log_likelihood(&[f64::from(i) * 0.005], &[0.3], SPREADS).exp()) * 0.005).sum();
        assert!((total - 1.0).abs() < 1e-10, "{total}");
        let normal = |z: f64, s: f64| (-0.5 * z * z / (s * s)).exp() / (s * std::f64::consts::TAU.sqrt());
        let (a, b) = (normal(0.4, 2.25) * normal(1.0, 2.25), normal(0.4, 1.0 / 9.0) * normal(1.0, 1.0 / 9.0));
        let value = log_likelihood(&[0.4, 1.0], &[0.0, 0.0], SPREADS);
        assert!((value - (0.5 * a + 0.5 * b).ln()).abs() < 1e-12, "{value}");
    }

    #[test]
    fn the_reference_posteriors() {
        let log_density = |scale: f64| {
            move |theta: &[f64; 10], xs: &[[f64; 10]]| {
                let spreads = SPREADS.map(|spread| scale * spread);
                standard_normal(theta) + xs.iter().map(|x| log_likelihood(x, theta, spreads)).sum::<f64>()
            }
        };
        check_tall(Task::GaussianMixture, log_density(1.0), log_density(1.2));
    }

    #[test]
    fn observations_are_reproducible() {
        let theta = super::Centre { mu: [0.5; 10] };
        let x = GaussianMixture.simulate(&theta, &mut stream(3, "test", 4)).expect("it cannot fail");
        assert_eq!(x, observe(&theta.mu, SPREADS, &mut stream(3, "test", 4)));
    }
}
