//! Test posteriors at single sets of observations. An exact posterior's p-value is uniform on 1/100, 2/100 … 1 with 99 null
//! classifiers, so p ≤ 0.02 is a false alarm with probability 2 %.

use super::*;
use crate::calibrate::{CalibrationError, LocalC2st, LocalC2stOptions, Study, StudyOptions, stretch};

/// Summed over a few sets of observations, exchangeable with its null: one p-value.
fn p_value(altered: Altered, n: usize) -> f64 {
    let options = StudyOptions { observations: n, sets: 6_000, draws: 60, seed: 12, ..StudyOptions::default() };
    let study = Study::run(&LineModel, &altered.posterior(), &options).expect("a study");
    let mut options = LocalC2stOptions { null: 99, ..LocalC2stOptions::default() };
    options.classifier.epochs = 10;
    let test = LocalC2st::train(&study, &options).expect("trained");
    let mut sums = vec![0.0; 100];
    for set in 0..4 {
        let mut rng = stream(77, "observed", set);
        let theta = Line(LinePrior.sample(&mut rng));
        let x: Vec<[f64; 3]> = (0..n).map(|_| LineModel.simulate(&theta, &mut rng).expect("simulated")).collect();
        let draws = altered.draw(&x, 1_059, set).expect("draws");
        let report = test.test(&x, &draws).expect("tested");
        eprintln!("n = {n}, scale {}: statistic {:.2e}, p = {:.2}", altered.scale, report.statistic, report.p_value());
        for (sum, value) in sums.iter_mut().zip([&[report.statistic][..], &report.null].concat()) {
            *sum += value;
        }
    }
    sums[1..].iter().filter(|null| **null >= sums[0]).count() as f64 / 100.0 + 0.01
}

#[test]
fn exact_posteriors_pass_where_they_are_tested_and_narrow_ones_fail() {
    for n in [1, 20] {
        let [exact, narrow] = [EXACT, NARROW].map(|altered| p_value(altered, n));
        eprintln!("n = {n}: exact p = {exact:.2}, narrow p = {narrow:.2}");
        assert!(exact > 0.02 + 1e-9, "n = {n}: exact p = {exact}");
        assert!(narrow < 0.02 + 1e-9, "n = {n}: narrow p = {narrow}");
    }
}

/// A negative control made of a study: its draws half as far from their mean.
#[test]
fn a_stretched_study_is_refused() {
    let options = StudyOptions { observations: 2, sets: 400, draws: 30, seed: 13, ..StudyOptions::default() };
    let study = Study::run(&LineModel, &EXACT.posterior(), &options).expect("a study");
    let mut rng = stream(78, "observed", 0);
    let theta = Line(LinePrior.sample(&mut rng));
    let x: Vec<[f64; 3]> = (0..2).map(|_| LineModel.simulate(&theta, &mut rng).expect("simulated")).collect();
    let draws = EXACT.draw(&x, 1_029, 1).expect("draws");
    let p = |factor: f64| {
        let mut draws = draws.clone();
        stretch(&mut draws, factor);
        let test = LocalC2st::train(&study.stretched(factor), &LocalC2stOptions::default()).expect("trained");
        test.test(&x, &draws).expect("tested").p_value()
    };
    let (exact, narrow) = (p(1.0), p(0.5));
    eprintln!("exact p = {exact:.3}, half as wide p = {narrow:.3}");
    assert!(exact > 0.02 && narrow < 0.02, "{exact} {narrow}");
}

#[test]
fn nonsense_is_refused() {
    let options = StudyOptions { observations: 2, sets: 30, draws: 9, ..StudyOptions::default() };
    let study = Study::run(&LineModel, &EXACT.posterior(), &options).expect("a study");
    let train = |options: &LocalC2stOptions| LocalC2st::train(&study, options);
    let default = || LocalC2stOptions { null: 2, ..LocalC2stOptions::default() };
    assert!(matches!(train(&LocalC2stOptions { null: 0, ..default() }), Err(CalibrationError::Zero { .. })));
    let mut untrained = default();
    untrained.classifier.epochs = 0;
    assert!(train(&untrained).is_err());
    let test = train(&default()).expect("trained");
    let draws = EXACT.draw(&[[0.0; 3]; 2], 20, 1).expect("draws");
    assert!(matches!(test.test(&[[0.0; 3]; 3], &draws), Err(CalibrationError::SetSize { found: 3, expected: 2 })));
    assert!(test.test(&[[0.0; 3]; 2], &draws[..8]).is_err());
    let report = test.test(&[[0.0; 3]; 2], &draws).expect("tested");
    assert!(report.null.len() == 2 && report.p_value() >= 1.0 / 3.0);
}
