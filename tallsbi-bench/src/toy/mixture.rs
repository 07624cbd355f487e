//! Observe the centre of a wide and a narrow Gaussian: the toy whose single posteriors are mixtures in closed form.

use tallsbi::compose::ComposeError;
use tallsbi::compose::oracle::Gaussian;
use tallsbi::model::stream;
use tallsbi::nalgebra::{SMatrix, SVector};
use tallsbi::rand::RngExt;
use tallsbi::rand_distr::{Distribution, StandardNormal};

use super::{Normals, Perturbation, Toy};

/// What the base variances are multiplied by in the two components of the noise.
pub const FACTORS: [f64; 2] = [2.25, 1.0 / 9.0];

/// Which weights the posterior's components get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MixtureWeights {
    /// Those of Bayes' theorem: N(x; 0, f v + 1) for a component of variance f v.
    Correct,
    /// Those of the published code: N(x; 0, (√(f v) + 1)²). The target is another distribution than the simulator's posterior.
    Published,
}

/// The base variances: equally spaced from 0.6 to 1.4 (0.6 in one dimension).
pub fn variances<const M: usize>() -> [f64; M] {
    std::array::from_fn(|k| 0.6 + 0.8 * k as f64 / M.saturating_sub(1).max(1) as f64)
}

/// `n_obs` observations of ½ N(θ, 2.25 V) + ½ N(θ, V/9), V = diag([`variances`]), θ and its prior N(0, I).
///
/// # Errors
/// None in practice: every covariance is positive definite.
pub fn mixture_toy<const M: usize>(
    seed: u64,
    n_obs: usize,
    size: f64,
    weights: MixtureWeights,
) -> Result<Toy<M>, ComposeError> {
    let mut rng = stream(seed, "toy mixture", 0);
    let theta: [f64; M] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
    let variances = variances::<M>();
    let xs: Vec<[f64; M]> = (0..n_obs)
        .map(|_| {
            let factor = FACTORS[usize::from(rng.random_bool(0.5))];
            std::array::from_fn(|k| {
                let noise: f64 = StandardNormal.sample(&mut rng);
                theta[k] + (factor * variances[k]).sqrt() * noise
            })
        })
        .collect();
    let prior = Gaussian::new([0.0; M], SMatrix::identity())?;
    let posteriors = xs.iter().map(|x| posterior(x, weights)).collect();
    Ok(Toy { prior, posteriors, xs, perturbation: Perturbation::new(seed), size, seed })
}

/// Sweeps before the first draw, and between draws. Given θ the components are independent and given the components θ is
/// normal, so that the chain forgets its start within a few sweeps.
const SWEEPS: (usize, usize) = (200, 10);

/// `n` draws of the posterior of all observations, by Gibbs sampling of the component behind each: the target of the
/// composition ∏ p(θ | x_j) λ(θ)^(1−n) for either choice of weights.
pub fn draws<const M: usize>(xs: &[[f64; M]], weights: MixtureWeights, n: usize, seed: u64) -> Vec<[f64; M]> {
    let mut rng = stream(seed, "toy mixture reference", 0);
    let variances = variances::<M>();
    // What the chosen weights multiply each component's likelihood by.
    let factors: Vec<[f64; 2]> = xs
        .iter()
        .map(|x| {
            let log = |weights| posterior(x, weights).components.iter().map(|part| part.0).collect::<Vec<f64>>();
            let (chosen, right) = (log(weights), log(MixtureWeights::Correct));
            std::array::from_fn(|k| chosen[k] - right[k])
        })
        .collect();
    let mut theta: [f64; M] = std::array::from_fn(|k| xs.iter().map(|x| x[k]).sum::<f64>() / (xs.len() + 1) as f64);
    let mut draws = Vec::with_capacity(n);
    for sweep in 1..=SWEEPS.0 + n * SWEEPS.1 {
        let (mut precision, mut sum) = ([1.0; M], [0.0; M]);
        for (x, factors) in xs.iter().zip(&factors) {
            let log = |k: usize| {
                let term = |i: usize| {
                    let v = FACTORS[k] * variances[i];
                    -0.5 * (x[i] - theta[i]).powi(2) / v - 0.5 * v.ln()
                };
                factors[k] + (0..M).map(term).sum::<f64>()
            };
            // P(first component) = 1/(1 + e^difference).
            let first = rng.random::<f64>() * (1.0 + (log(1) - log(0)).min(700.0).exp()) < 1.0;
            let factor = FACTORS[usize::from(!first)];
            for i in 0..M {
                precision[i] += 1.0 / (factor * variances[i]);
                sum[i] += x[i] / (factor * variances[i]);
            }
        }
        for i in 0..M {
            let noise: f64 = StandardNormal.sample(&mut rng);
            theta[i] = sum[i] / precision[i] + noise / precision[i].sqrt();
        }
        if sweep > SWEEPS.0 && (sweep - SWEEPS.0).is_multiple_of(SWEEPS.1) {
            draws.push(theta);
        }
    }
    draws
}

/// The posterior of one observation.
pub fn posterior<const M: usize>(x: &[f64; M], weights: MixtureWeights) -> Normals<M> {
    let variances = variances::<M>();
    let component = |factor: f64| {
        let noise = variances.map(|variance| factor * variance);
        let log = |k: usize| {
            let spread = match weights {
                MixtureWeights::Correct => noise[k] + 1.0,
                MixtureWeights::Published => (noise[k].sqrt() + 1.0).powi(2),
            };
            -0.5 * x[k] * x[k] / spread - 0.5 * spread.ln()
        };
        let covariance = noise.map(|noise| noise / (1.0 + noise));
        let mean = SVector::<f64, M>::from_fn(|k, _| covariance[k] * x[k] / noise[k]);
        ((0..M).map(log).sum(), mean, SMatrix::from_diagonal(&SVector::from(covariance)))
    };
    Normals { components: FACTORS.map(component).to_vec() }
}

#[cfg(test)]
mod tests {
    use tallsbi::nalgebra::SVector;

    use super::{FACTORS, MixtureWeights, draws, mixture_toy, posterior, variances};
    use crate::toy::schedule;

    /// The spread over θ of ln posterior − ln prior − ln likelihood, which is constant for the right weights only.
    fn departure<const M: usize>(weights: MixtureWeights) -> f64 {
        let x: [f64; M] = std::array::from_fn(|k| 1.5 - 0.3 * k as f64);
        let diffused = posterior(&x, weights).diffused(&schedule().level(0.0)).expect("definite");
        let constants: Vec<f64> = (0..20)
            .map(|i| {
                // From x, where the narrow component holds, to where the wide one does.
                let away = 0.1 * f64::from(i);
                let theta = SVector::<f64, M>::from_fn(|k, _| x[k] + away * (f64::from(i) + 0.7 * k as f64).sin());
                let likelihood: f64 = FACTORS
                    .iter()
                    .map(|factor| {
                        (0..M)
                            .map(|k| {
                                let v = factor * variances::<M>()[k];
                                (-0.5 * (x[k] - theta[k]).powi(2) / v).exp() / v.sqrt()
                            })
                            .product::<f64>()
                    })
                    .sum();
                diffused.log_density_and_score(&theta).0 + 0.5 * theta.norm_squared() - likelihood.ln()
            })
            .collect();
        let (low, high) = constants.iter().fold((f64::MAX, f64::MIN), |(low, high), c| (low.min(*c), high.max(*c)));
        high - low
    }

    #[test]
    fn bayes_theorem() {
        assert!(departure::<2>(MixtureWeights::Correct) < 1e-10);
        assert!(departure::<10>(MixtureWeights::Correct) < 1e-9);
        assert!(departure::<32>(MixtureWeights::Correct) < 1e-8);
        // The published weights are those of another model.
        assert!(departure::<2>(MixtureWeights::Published) > 1e-2);
        assert!(departure::<10>(MixtureWeights::Published) > 1e-1);
    }

    /// Against the mean and the second moment of the mixture that the posterior of one observation is, and by Stein's
    /// identity E[θ·s(θ)] = −M for three observations, with the score of the product.
    #[test]
    fn draws_of_the_tall_posterior() {
        let n = 20_000;
        let x = [1.1, -0.4];
        for weights in [MixtureWeights::Correct, MixtureWeights::Published] {
            let draws = draws(&[x], weights, n, 5);
            let check = |weights| {
                let parts = posterior(&x, weights).components;
                let log: Vec<f64> = parts.iter().map(|part| part.0).collect();
                let share = 1.0 / (1.0 + (log[1] - log[0]).exp());
                let mix = |f: &dyn Fn(usize) -> f64| share * f(0) + (1.0 - share) * f(1);
                // Distance of the mean of θ_0 in standard errors (successive draws are nearly independent).
                let (mean, second) = (mix(&|k| parts[k].1[0]), mix(&|k| parts[k].2[(0, 0)] + parts[k].1[0].powi(2)));
                let found = draws.iter().map(|draw| draw[0]).sum::<f64>() / n as f64;
                (found - mean).abs() / ((second - mean * mean) / n as f64).sqrt()
            };
            let other = match weights {
                MixtureWeights::Correct => MixtureWeights::Published,
                MixtureWeights::Published => MixtureWeights::Correct,
            };
            assert!(check(weights) < 4.9, "{weights:?}: {}", check(weights));
            assert!(check(other) > 4.9, "{weights:?}: the other weights would be seen, {}", check(other));
        }
        let xs = [x, [0.3, 0.2], [2.0, -1.5]];
        let draws = draws(&xs, MixtureWeights::Correct, n, 6);
        let factors: Vec<_> = xs
            .iter()
            .map(|x| posterior(x, MixtureWeights::Correct).diffused(&schedule().level(0.0)).expect("definite"))
            .collect();
        let stein = |theta: &[f64; 2], prior_power: f64| {
            let theta = SVector::from(*theta);
            let score: SVector<f64, 2> =
                factors.iter().map(|factor| factor.log_density_and_score(&theta).1).sum::<SVector<f64, 2>>()
                    + theta * prior_power;
            theta.dot(&score) + 2.0
        };
        let z = |prior_power: f64| {
            let values: Vec<f64> = draws.iter().map(|theta| stein(theta, prior_power)).collect();
            let mean = values.iter().sum::<f64>() / n as f64;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n as f64;
            mean.abs() / (variance / n as f64).sqrt()
        };
        // s = Σ s_j + (1 − n) s_λ with s_λ = −θ: the prior's power is n − 1 = 2.
        assert!(z(2.0) < 4.9 && z(1.0) > 4.9, "{} {}", z(2.0), z(1.0));
    }

    #[test]
    fn observations() {
        let toy = mixture_toy::<10>(4, 4_000, 0.0, MixtureWeights::Correct).expect("definite");
        let mean: [f64; 10] = std::array::from_fn(|k| toy.xs.iter().map(|x| x[k]).sum::<f64>() / 4_000.0);
        for k in 0..10 {
            let second = toy.xs.iter().map(|x| (x[k] - mean[k]).powi(2)).sum::<f64>() / 4_000.0;
            let v = variances::<10>()[k];
            let (power2, power4) = (v * 0.5 * (2.25 + 1.0 / 9.0), 3.0 * v * v * 0.5 * (2.25 * 2.25 + 1.0 / 81.0));
            let bound = 4.9 * ((power4 - power2 * power2) / 4_000.0).sqrt();
            assert!((second - power2).abs() < bound && (1.5 * second - power2).abs() > bound, "{k}: {second} {power2}");
        }
    }
}
