//! Check what composers make of exact scores of factors that are not Gaussian: groups of a population with unknown mean and scatter.

use super::*;
use crate::compose::oracle::ScatterOracle;

/// Thirty groups of a population: (y_j, v_j).
fn oracle(set: u64) -> ScatterOracle {
    let mut rng = stream(set, "scatter-test", 0);
    let [mean, log_scatter]: [f64; 2] = normal(&mut rng);
    let scatter = (-1.2 + 0.6 * log_scatter).exp();
    let groups = (0..30).map(|j| {
        let noise: f64 = 0.06 / f64::from(1 + j % 4);
        let [z]: [f64; 1] = normal(&mut rng);
        (0.5 * mean + (scatter * scatter + noise).sqrt() * z, noise)
    });
    ScatterOracle::new(0.5, (-1.2, 0.6), groups.collect())
}

/// By how much the mean of θ_0 given θ_t and all groups is off, in its exact standard deviations, at draws typical of each level: root mean
/// square and largest. No draw is made and nothing is random but where it is looked.
fn errors<C: Composer<2, StandardNormal, ScatterOracle>>(composer: &C) -> (f64, f64) {
    let (mut squares, mut count, mut largest) = (0.0, 0.0, 0.0_f64);
    for set in 0..3 {
        let oracle = oracle(set);
        let tall = oracle.tall();
        let mut rng = stream(set, "scatter-test-theta", 0);
        for t in [0.9, 0.6, 0.4, 0.25, 0.15] {
            let at = Schedule::default().level(t);
            let mut typical = || -> [f64; 2] {
                let (posterior, noise): ([f64; 2], [f64; 2]) = (normal(&mut rng), normal(&mut rng));
                std::array::from_fn(|k| at.mean() * (tall[k].0 + tall[k].1 * posterior[k]) + at.sigma * noise[k])
            };
            let theta: Vec<[f64; 2]> = (0..6).map(|_| typical()).collect();
            let scores = composed(composer, &StandardNormal, &oracle, &at, &theta);
            for (theta, score) in theta.iter().zip(scores) {
                for (k, (mean, sd)) in oracle.denoised(&at, theta).into_iter().enumerate() {
                    let error = ((theta[k] + at.sigma * at.sigma * score[k]) / at.mean() - mean) / sd;
                    squares += error * error;
                    count += 1.0;
                    largest = largest.max(if error.is_nan() { f64::INFINITY } else { error.abs() });
                }
            }
        }
    }
    (f64::sqrt(squares / count), largest)
}

/// The mean that a right score implies is off by nothing. A Gaussian approximation of skewed factors is off by a part of the posterior's width
/// where it is made within that width, and by multiples of it where it is made under the noise of the level.
#[test]
fn focused_follows_the_posterior_where_gauss_and_jac_do_not() {
    let [focused, jac, gauss] = [errors(&Focused::default()), errors(&Jac::default()), errors(&Gauss::default())];
    assert!(focused.0 < 0.4 && focused.1 < 1.5, "focused {focused:.3?}");
    // Negative controls.
    assert!(jac.0 > 3.0 * focused.0, "JAC {jac:.3?}");
    assert!(gauss.0 > 3.0 * focused.0, "GAUSS {gauss:.3?}");
}

/// Without rounds it is JAC, whatever the factors.
#[test]
fn no_round_is_jac() {
    let (oracle, at) = (oracle(1), Schedule::default().level(0.3));
    let theta = [[0.3, -0.2], [2.0, 1.0]];
    let focused = composed(&Focused { rounds: 0, ..Focused::default() }, &StandardNormal, &oracle, &at, &theta);
    let jac = composed(&Jac::default(), &StandardNormal, &oracle, &at, &theta);
    assert!(worst(&focused, &jac) < 1e-12, "{:e}", worst(&focused, &jac));
    // Negative control: a round is not nothing.
    let one = composed(&Focused { rounds: 1, ..Focused::default() }, &StandardNormal, &oracle, &at, &theta);
    assert!(worst(&one, &jac) > 1e-3);
}

/// At little noise every composer adds what the factors say.
#[test]
fn near_data_increments_add_up() {
    let (oracle, at) = (oracle(2), Schedule::default().level(1e-4));
    let theta = [[0.3, -0.2], [-0.5, 0.8]];
    let sum = composed(&FactorizedDiffused, &StandardNormal, &oracle, &at, &theta);
    let focused = composed(&Focused::default(), &StandardNormal, &oracle, &at, &theta);
    assert!(worst(&focused, &sum) < 1e-4, "{:e}", worst(&focused, &sum));
}
