//! Check observed data: posterior predictive checks and the test of misspecification. False alarm rate of an assertion: 1e-6.

use super::*;
use crate::calibrate::{
    CalibrationError, Misspecification, MisspecificationOptions, PredictiveCheck, PredictiveStatistics,
};

/// Observations of a line with noise multiplied by `noise`.
fn observed(n: usize, noise: f64, item: u64) -> Vec<[f64; 3]> {
    let mut rng = stream(4, "observed", item);
    let theta = LinePrior.sample(&mut rng);
    let mean = design() * SVector::from(theta);
    (0..n)
        .map(|_| {
            std::array::from_fn(|i| {
                let z: f64 = Normal.sample(&mut rng);
                mean[i] + noise * NOISE * z
            })
        })
        .collect()
}

/// The largest difference of the distribution of p-values from the uniform one.
fn distance(p_values: &mut [f64]) -> f64 {
    p_values.sort_by(f64::total_cmp);
    let n = p_values.len() as f64;
    let off = |(i, p): (usize, &f64)| ((i as f64 + 1.0) / n - p).abs().max((i as f64 / n - p).abs());
    p_values.iter().enumerate().map(off).fold(0.0, f64::max)
}

#[test]
fn p_values_of_misspecification_are_uniform_under_the_model_and_small_off_it() {
    const SETS: u64 = 400;
    for n in [1, 10] {
        let options = MisspecificationOptions { seed: 2, ..MisspecificationOptions::default() };
        let test = Misspecification::prepare(&LineModel, n, &options).expect("prepared");
        let run = |noise: f64| -> Vec<f64> {
            (0..SETS).map(|set| test.test(&observed(n, noise, set)).expect("tested").p_value).collect()
        };
        let mut right = run(1.0);
        // P(√N D > 2.69) = 1e-6 for the tested sets and for the null sets that they share.
        let tolerance = 2.69 * (1.0 / (SETS as f64).sqrt() + 1.0 / (options.null as f64).sqrt());
        let d = distance(&mut right);
        // One observation of a line has one number left to tell its noise by: |z| > 2.6/8 in 3 of 4.
        let mut wrong = run(if n == 1 { 8.0 } else { 2.0 });
        let small = wrong.iter().filter(|p| **p < 0.01).count() as f64 / SETS as f64;
        eprintln!(
            "n = {n}: distance {d:.3} of {tolerance:.3} allowed; off the model {small:.2} of p-values below 0.01"
        );
        assert!(d < tolerance, "n = {n}: {d}");
        assert!(distance(&mut wrong) > 2.0 * tolerance && small > 0.5, "n = {n}: {small}");
    }
}

#[test]
fn the_report_names_what_is_off() {
    let test = Misspecification::prepare(&LineModel, 5, &MisspecificationOptions::default()).expect("prepared");
    let mut x = observed(5, 1.0, 0);
    for x in &mut x {
        x[1] += 300.0;
    }
    let report = test.test(&x).expect("tested");
    assert!(report.p_value < 0.0011 && report.features[0].0.starts_with("mean of x[1]"), "{:?}", report.features[0]);
    assert!(matches!(test.test(&x[..2]), Err(CalibrationError::SetSize { found: 2, expected: 5 })));
    assert!(matches!(test.test(&[[f64::NAN; 3]; 5]), Err(CalibrationError::Data(_))));
    let none = MisspecificationOptions { null: 0, ..MisspecificationOptions::default() };
    assert!(matches!(Misspecification::prepare(&LineModel, 5, &none), Err(CalibrationError::Zero { .. })));
    // The seed gives the same test, whatever the number of threads.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("a pool");
    let again = pool.install(|| Misspecification::prepare(&LineModel, 5, &MisspecificationOptions::default()));
    assert_eq!(again.expect("prepared").test(&x).expect("tested"), report);
}

#[test]
fn predictive_checks_pass_under_the_model_and_find_what_is_wrong() {
    for n in [1, 20] {
        let check = |noise: f64, item: u64| {
            let x = observed(n, noise, item);
            let draws = EXACT.draw(&x, 500, item).expect("draws");
            let statistics = PredictiveStatistics::default()
                .and("curvature", |x: &[[f64; 3]]| x.iter().map(|x| x[0] - 3.0 * x[1] + 2.0 * x[2]).sum::<f64>());
            PredictiveCheck::run(&LineModel, &draws, &x, &statistics, item).expect("checked")
        };
        let right = check(1.0, 1);
        eprintln!("{right}\n");
        assert_eq!(right.rows.len(), if n == 1 { 4 } else { 22 });
        assert_eq!(right, check(1.0, 1));
        // Predictive p-values are conservative: of 40 data sets at most 10 are below 0.1 (binomial, 1e-3 for uniform ones,
        // less for these).
        let p = |noise: f64| -> Vec<f64> {
            (0..40).map(|item| check(noise, item).rows.last().expect("a row").p_value()).collect()
        };
        let below = |p: &[f64]| p.iter().filter(|p| **p < 0.1).count();
        assert!(below(&p(1.0)) <= 10);
        if n == 20 {
            // Twice the noise: every standard deviation lies above what the model predicts.
            let wrong = check(2.0, 1);
            for row in wrong.rows.iter().filter(|row| row.name.starts_with("sd of")) {
                assert!(row.upper() < 0.01 && row.p_value() < 0.02, "{row:?}");
            }
            assert!(wrong.p_value() < 0.2, "{wrong}");
        }
    }
}

#[test]
fn nonsense_is_refused_and_failures_are_counted() {
    let statistics = PredictiveStatistics::default();
    let run = |draws: &[[f64; 2]], x: &[[f64; 3]]| PredictiveCheck::run(&LineModel, draws, x, &statistics, 1);
    assert!(matches!(run(&[], &[[0.0; 3]]), Err(CalibrationError::Zero { .. })));
    assert!(matches!(run(&[[0.0; 2]], &[]), Err(CalibrationError::Zero { .. })));
    let none = PredictiveCheck::run(&LineModel, &[[0.0; 2]], &[[0.0; 3]], &PredictiveStatistics::only(), 1);
    assert!(matches!(none, Err(CalibrationError::Zero { .. })));
    let some = run(&[[0.0; 2], [f64::NAN; 2], [0.1; 2]], &[[0.0; 3]; 2]).expect("one of three failed");
    assert_eq!((some.failed, some.n_replicates), (1, 2));
    assert!(matches!(run(&[[f64::NAN; 2]], &[[0.0; 3]]), Err(CalibrationError::TooManyFailures { .. })));
}
