//! Observe what `slcp` observes, hidden among 92 numbers that say nothing about the parameters.

use std::sync::OnceLock;

use tallsbi::model::{SimulationError, Stream, stream};
use tallsbi::prelude::*;
use tallsbi::rand::seq::SliceRandom;
use tallsbi::rand_distr::{ChiSquared, Distribution, StandardNormal};

use super::slcp::{Shape, Slcp};

/// Numbers that depend on the parameters.
const INFORMATIVE: usize = 8;
/// Numbers that do not.
const DISTRACTORS: usize = 92;
/// All of them.
const D: usize = INFORMATIVE + DISTRACTORS;
/// Components of the mixture that distractors are drawn from.
const COMPONENTS: usize = 20;
/// Seed of the mixture and of the permutation. They are part of the task's definition.
const SEED: u64 = 42;

/// A mixture of multivariate t distributions with two degrees of freedom, and where each number goes.
///
/// The law of the mixture is that of the published benchmark: locations 15 N(0, I), factors 3 (T + diag(exp z)) with a
/// lower triangle T of standard normals. Its numbers are drawn anew, because the published file is not at hand: distractors
/// of that benchmark's stored observations belong to another mixture.
struct Distraction {
    locations: Vec<[f64; DISTRACTORS]>,
    /// Lower triangles, row by row.
    factors: Vec<Vec<[f64; DISTRACTORS]>>,
    permutation: [usize; D],
}

fn distraction() -> &'static Distraction {
    static DISTRACTION: OnceLock<Distraction> = OnceLock::new();
    DISTRACTION.get_or_init(|| {
        let mut rng = stream(SEED, "slcp distractors", 0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let locations = (0..COMPONENTS).map(|_| std::array::from_fn(|_| 15.0 * normal())).collect();
        let mut factor = || {
            let row = |i: usize, normal: &mut dyn FnMut() -> f64| {
                let mut row: [f64; DISTRACTORS] = std::array::from_fn(|j| if j <= i { 3.0 * normal() } else { 0.0 });
                row[i] += 3.0 * normal().exp();
                row
            };
            (0..DISTRACTORS).map(|i| row(i, &mut normal)).collect()
        };
        let factors = (0..COMPONENTS).map(|_| factor()).collect();
        let mut permutation: [usize; D] = std::array::from_fn(|k| k);
        permutation.shuffle(&mut rng);
        Distraction { locations, factors, permutation }
    })
}

/// The eight numbers of [`slcp`](super::slcp::slcp()) and 92 distractors, in an order that is fixed.
///
/// # Errors
/// None of its own.
#[simulator]
pub fn slcp_distractors(theta: &Shape, rng: &mut Stream) -> Result<[f32; D], SimulationError> {
    let informative: [f64; INFORMATIVE] = Slcp.simulate(theta, rng)?.to_array();
    hide(&informative.map(|value| value as f32), rng)
}

/// `informative` among distractors.
///
/// # Errors
/// None in practice: two is a valid number of degrees of freedom.
pub fn hide(informative: &[f32; INFORMATIVE], rng: &mut Stream) -> Result<[f32; D], SimulationError> {
    let distraction = distraction();
    let component = rng.random_range(0..COMPONENTS);
    let z: [f64; DISTRACTORS] = std::array::from_fn(|_| StandardNormal.sample(rng));
    let squares = ChiSquared::new(2.0).map_err(|error| SimulationError::new(error.to_string()))?;
    let squared: f64 = squares.sample(rng);
    let scale = (2.0 / squared).sqrt();
    let mut all = [0.0; D];
    all[..INFORMATIVE].copy_from_slice(informative);
    let (location, factor) = (&distraction.locations[component], &distraction.factors[component]);
    for (i, row) in factor.iter().enumerate() {
        let sum: f64 = row[..=i].iter().zip(&z).map(|(entry, z)| entry * z).sum();
        all[INFORMATIVE + i] = (location[i] + scale * sum) as f32;
    }
    Ok(distraction.permutation.map(|from| all[from]))
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;

    use super::{COMPONENTS, D, DISTRACTORS, INFORMATIVE, SlcpDistractors, distraction, hide};
    use crate::tasks::slcp::{Shape, Slcp};

    /// Undoes the permutation.
    fn sorted(x: &[f32; D]) -> [f32; D] {
        let mut sorted = [0.0; D];
        for (value, from) in x.iter().zip(distraction().permutation) {
            sorted[from] = *value;
        }
        sorted
    }

    #[test]
    fn the_informative_part_is_slcp() {
        let theta = Shape { theta: [0.5, -1.0, 1.2, -0.8, 0.7] };
        for i in 0..50 {
            let x = SlcpDistractors.simulate(&theta, &mut stream(51, "test", i)).expect("it cannot fail");
            let expected = Slcp.simulate(&theta, &mut stream(51, "test", i)).expect("it cannot fail");
            assert_eq!(sorted(&x)[..INFORMATIVE], *expected.0.as_flattened());
        }
        let mut permutation = distraction().permutation.to_vec();
        permutation.sort_unstable();
        assert_eq!(permutation, (0..D).collect::<Vec<_>>());
    }

    /// A t distribution has no variance here; medians it has. The share of distractors below the weighted share of each
    /// component's location, Σ_c P(x < l) = Σ_c F_t((l − μ_c)/s_c)/20, in closed form for two degrees of freedom.
    #[test]
    fn distractors_have_the_law_of_the_mixture() {
        let n = 20_000;
        let draws: Vec<[f32; D]> =
            (0..n).map(|i| sorted(&hide(&[0.0; INFORMATIVE], &mut stream(52, "test", i)).expect("fine"))).collect();
        for k in [0, 17, DISTRACTORS - 1] {
            for threshold in [-20.0, 0.0, 10.0] {
                let cdf = |scale: f64| -> f64 {
                    (0..COMPONENTS)
                        .map(|c| {
                            let s = distraction().factors[c][k].iter().map(|x| x * x).sum::<f64>().sqrt();
                            let z = (threshold - distraction().locations[c][k]) / (scale * s);
                            0.5 + z / (2.0 * (2.0 + z * z).sqrt())
                        })
                        .sum::<f64>()
                        / COMPONENTS as f64
                };
                let share =
                    draws.iter().filter(|x| f64::from(x[INFORMATIVE + k]) < threshold).count() as f64 / n as f64;
                let p = cdf(1.0);
                assert!((share - p).abs() < 4.9 * (p * (1.0 - p) / n as f64).sqrt(), "{k} {threshold}: {share} {p}");
            }
        }
    }
}
