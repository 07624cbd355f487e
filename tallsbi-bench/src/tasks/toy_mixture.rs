//! Observe the centre of a wide and a narrow Gaussian of uneven variances: the mixture toy of arXiv:2404.07593 as a task.

use tallsbi::model::Stream;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

use crate::toy::mixture::{FACTORS, variances};

/// The common centre of both Gaussians.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct UnevenCentre {
    /// centre
    #[prior(Normal(0.0, 1.0))]
    pub theta: [f64; 10],
}

/// One observation of ½ N(theta, 2.25 V) + ½ N(theta, V/9), V diagonal from 0.6 to 1.4.
#[simulator]
pub fn toy_mixture(theta: &UnevenCentre, rng: &mut Stream) -> [f32; 10] {
    let factor = FACTORS[usize::from(rng.random_bool(0.5))];
    let variances = variances::<10>();
    std::array::from_fn(|k| {
        let noise: f64 = StandardNormal.sample(rng);
        (theta.theta[k] + (factor * variances[k]).sqrt() * noise) as f32
    })
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;
    use tallsbi::prior::Prior;

    use super::{ToyMixture, UnevenCentre};
    use crate::toy::mixture::{MixtureWeights, draws, variances};

    /// Second moments ½ (2.25 + 1/9) v, and the coin that all components share.
    #[test]
    fn moments() {
        let n = 40_000;
        let (mut second, mut product) = (0.0, 0.0);
        let theta = UnevenCentre { theta: [0.5; 10] };
        for i in 0..n {
            let x = ToyMixture.simulate(&theta, &mut stream(93, "test", i)).expect("it cannot fail");
            let [a, b] = [0, 9].map(|k| f64::from(x[k]) - 0.5);
            second += a * a / n as f64;
            product += a * a * b * b / n as f64;
        }
        let [v, w] = [variances::<10>()[0], variances::<10>()[9]];
        let power = |p: i32| 0.5 * (2.25_f64.powi(p) + 9.0_f64.powi(-p));
        let error = |variance: f64| 4.9 * (variance / n as f64).sqrt();
        let bound = error(3.0 * power(2) * v * v - (power(1) * v).powi(2));
        assert!((second - power(1) * v).abs() < bound && (1.1 * second - power(1) * v).abs() > bound, "{second}");
        let bound = error(9.0 * power(4) * v * v * w * w);
        assert!((product - power(2) * v * w).abs() < bound, "{product}");
        assert!((power(1).powi(2) - power(2)) * v * w < -bound, "coins of their own would be seen");
    }

    /// The rank of a component of the truth among exact draws is uniform; that of another set's truth is not.
    #[test]
    fn the_exact_draws_are_calibrated() {
        let off = |another: bool| {
            let n = 300;
            let mut z2 = 0.0;
            for i in 0..n {
                let mut rng = stream(94, "test", i);
                let values = ToyMixture.prior().sample(&mut rng);
                let theta = UnevenCentre::from_array(values);
                let x = ToyMixture.simulate(&theta, &mut rng).expect("it cannot fail").map(f64::from);
                let draws = draws(&[x], MixtureWeights::Correct, 99, i);
                let values = if another { ToyMixture.prior().sample(&mut rng) } else { values };
                for k in 0..10 {
                    let rank = draws.iter().filter(|draw| draw[k] < values[k]).count() as f64;
                    z2 += ((rank + 0.5) / 100.0 - 0.5).powi(2) * 12.0 / (10 * n) as f64;
                }
            }
            // Mean of 12 u² is 1; its components share a coin, so that a set counts once: variance 0.8 of each.
            (z2 - 1.0).abs() / (0.8 / n as f64).sqrt()
        };
        assert!(off(false) < 4.9 && off(true) > 4.9, "{} {}", off(false), off(true));
    }
}
