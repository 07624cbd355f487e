//! Check log-densities through the flow against the exact density of Gaussian posteriors.

use super::*;
use crate::sample::{Flow, ScoreJacobian};

/// ln N(θ; m, S).
fn exact(target: &Gaussian<2>, theta: &[f64; 2]) -> f64 {
    let off = SVector::from(*theta) - target.mean();
    let precision = target.covariance().try_inverse().expect("definite");
    -0.5 * (off.transpose() * precision * off)[(0, 0)]
        - 0.5 * target.covariance().determinant().ln()
        - (2.0 * std::f64::consts::PI).ln()
}

/// The mean, and points one to three standard deviations from it.
fn points(target: &Gaussian<2>) -> Vec<[f64; 2]> {
    let lower = target.covariance().cholesky().expect("definite").l();
    [[0.0, 0.0], [1.0, -1.0], [-2.0, 0.5], [0.3, 3.0]]
        .map(|z| (target.mean() + lower * SVector::from(z)).into())
        .to_vec()
}

/// The largest error of the log-density at the points, with `steps` steps.
fn worst<S: ScoreJacobian<2>>(score: &S, target: &Gaussian<2>, steps: usize) -> f64 {
    let theta = points(target);
    let narrowest = target.covariance().symmetric_eigenvalues().min().sqrt();
    let flow = Flow { steps, ..Flow::default() };
    let found = flow.ln_density(score, &Schedule::default(), Some(narrowest), &theta).expect("densities");
    theta.iter().zip(found).fold(0.0, |worst: f64, (theta, found)| {
        let error = (found - exact(target, theta)).abs();
        // NaN must not pass.
        if error > worst || error.is_nan() { error } else { worst }
    })
}

/// What starting from N(0, I) instead of N(√α m, α S + σ² I) at t = 1 changes: √α_1 = e⁻⁸ = 3.4e-4 times mean and
/// deviation, each of order one in standard deviations. 80 steps add less than a tenth of the default's error below.
const START: f64 = 3e-3;

#[test]
fn densities_of_exact_tall_posteriors_are_exact() {
    for n in [1, 8, 30] {
        let oracle = model(standard::<2>(), n, 1);
        let composition =
            Composer::<2, _, GaussianOracle<2>>::prepare(&Gauss::default(), oracle.prior(), &oracle).expect("prepared");
        let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
        let [composed, direct] = [worst(&score, oracle.tall(), 80), worst(oracle.tall(), oracle.tall(), 80)];
        println!("n = {n}: error {composed:.1e} composed, {direct:.1e} direct");
        assert!(composed < START && direct < START, "n = {n}: {composed:e} {direct:e}");
        // Negative control: the density of a posterior ten percent wider.
        let wide = Gaussian::new((*oracle.tall().mean()).into(), oracle.tall().covariance() * 1.21).expect("definite");
        assert!(worst(&wide, oracle.tall(), 40) > 0.1);
    }
}

#[test]
fn the_flow_converges_at_fourth_order() {
    let oracle = model(standard::<2>(), 8, 1);
    let (tall, theta) = (oracle.tall(), points(oracle.tall()));
    let at = |steps| {
        let flow = Flow { steps, ..Flow::default() };
        flow.ln_density(tall, &Schedule::default(), None, &theta).expect("densities")
    };
    // Against a fine solution of the same problem: the error of the start cancels.
    let fine = at(1_000);
    let error = |steps| -> f64 { at(steps).iter().zip(&fine).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) };
    let errors = [20, 40, 80, 160].map(error);
    println!("errors with 20, 40, 80, 160 steps: {errors:.1?}", errors = errors.map(|e| format!("{e:.1e}")));
    let order = (errors[1] / errors[3]).log2() / 2.0;
    println!("order {order:.2}");
    assert!((order - 4.0).abs() < 0.3, "order {order}");
}

#[test]
fn blocks_do_not_matter_and_nothing_is_refused() {
    let oracle = model(standard::<2>(), 3, 1);
    let theta = points(oracle.tall());
    let at = |block| {
        Flow { block, ..Flow::default() }
            .ln_density(oracle.tall(), &Schedule::default(), None, &theta)
            .expect("densities")
    };
    assert_eq!(at(1), at(32));
    let none = Flow { steps: 0, ..Flow::default() }.ln_density(oracle.tall(), &Schedule::default(), None, &theta);
    assert!(matches!(none, Err(SampleError::Zero { .. })));
    let nan = Flow::default().ln_density(oracle.tall(), &Schedule::default(), None, &[[f64::NAN, 0.0]]);
    assert!(nan.expect("counted by the caller")[0].is_nan());
}
