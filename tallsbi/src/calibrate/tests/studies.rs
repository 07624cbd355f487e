//! Run studies: their determinism, their failures and their cancellation.

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::{
    calibrate::{CalibrationError, Study, StudyOptions},
    compose::{Composed, Composer, Gauss},
    diffusion::Schedule,
    sample::{DpmSolver, DriveOptions, Grid, drive},
};

fn options() -> StudyOptions<'static> {
    StudyOptions { observations: 3, sets: 40, draws: 9, seed: 1, ..StudyOptions::default() }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| Study::run(&LineModel, &EXACT.posterior(), &options()).expect("a study"))
    };
    let (one, three) = (run(1), run(3));
    assert_eq!(one, three);
    assert_eq!(one.ranks(), three.ranks());
    let other = Study::run(&LineModel, &EXACT.posterior(), &StudyOptions { seed: 2, ..options() }).expect("a study");
    assert_ne!(one.sets()[0].theta, other.sets()[0].theta);
    assert_ne!(one.sets()[0].draws, one.sets()[1].draws);
}

#[test]
fn the_first_of_a_study_are_its_own() {
    let study = Study::run(&LineModel, &EXACT.posterior(), &options()).expect("a study");
    let few = study.first(7, 4).expect("some");
    assert_eq!((few.sets().len(), few.n_draws(), few.seed()), (7, 4, study.seed()));
    for (few, all) in few.sets().iter().zip(study.sets()) {
        assert_eq!((&few.theta, &few.draws[..], few.index), (&all.theta, &all.draws[..4], all.index));
    }
    assert_eq!(study.first(1_000, 1_000).expect("all"), study);
    assert!(matches!(study.first(0, 4), Err(CalibrationError::Zero { .. })));
    assert!(matches!(study.first(4, 0), Err(CalibrationError::Zero { .. })));
}

/// Means stay, deviations are multiplied, and nothing else moves.
#[test]
fn a_stretched_study_is_wider() {
    let study = Study::run(&LineModel, &EXACT.posterior(), &options()).expect("a study");
    let wide = study.stretched(1.5);
    for (wide, set) in wide.sets().iter().zip(study.sets()) {
        assert_eq!((&wide.theta, &wide.observations, wide.index), (&set.theta, &set.observations, set.index));
        for k in 0..2 {
            let mean = |draws: &[[f64; 2]]| draws.iter().map(|draw| draw[k]).sum::<f64>() / draws.len() as f64;
            let (before, after) = (mean(&set.draws), mean(&wide.draws));
            assert!((before - after).abs() < 1e-12 * (1.0 + before.abs()));
            for (a, b) in wide.draws.iter().zip(&set.draws) {
                assert!((a[k] - after - 1.5 * (b[k] - before)).abs() < 1e-12 * (1.0 + b[k].abs()));
            }
        }
    }
    assert_ne!(wide.ranks(), study.ranks());
}

#[test]
fn failures_are_counted_and_too_many_are_an_error() {
    // Sets fail by their seed: about a quarter refuse, a quarter give NaN.
    let posterior = |x: &[[f64; 3]], draws: usize, seed: u64| match seed % 4 {
        0 => Err("refused".to_owned()),
        1 => Ok(vec![[f64::NAN, 0.0]; draws]),
        _ => EXACT.draw(x, draws, seed).map_err(|error| error.to_string()),
    };
    let allowed = StudyOptions { max_failures: 0.9, ..options() };
    let study = Study::run(&LineModel, &posterior, &allowed).expect("allowed");
    let failures = study.failures();
    assert!(failures.sampling > 0 && failures.non_finite > 0 && failures.simulation == 0, "{failures:?}");
    assert_eq!(study.sets().len() + failures.total(), 40);
    let error = Study::run(&LineModel, &posterior, &options()).expect_err("too many").to_string();
    assert!(error.contains("of 40 data sets gave no ranks, more than the allowed share of 0.1"), "{error}");
    let nothing = |_: &[[f64; 3]], _: usize, _: u64| Err::<Vec<[f64; 2]>, _>("never");
    let error = Study::run(&LineModel, &nothing, &StudyOptions { max_failures: 1.0, ..options() }).expect_err("none");
    assert!(matches!(error, CalibrationError::TooManyFailures { failed: 40, .. }), "{error}");
}

#[test]
fn nonsense_is_refused_and_cancelling_stops() {
    for bad in [
        StudyOptions { observations: 0, ..options() },
        StudyOptions { sets: 0, ..options() },
        StudyOptions { draws: 0, ..options() },
    ] {
        let error = Study::run(&LineModel, &EXACT.posterior(), &bad).expect_err("zero");
        assert!(matches!(error, CalibrationError::Zero { .. }), "{error}");
    }
    let calls = AtomicUsize::new(0);
    let cancel = |_: usize, total: usize| {
        assert_eq!(total, 40);
        if calls.fetch_add(1, Ordering::Relaxed) >= 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let error = Study::run(&LineModel, &EXACT.posterior(), &StudyOptions { progress: Some(&cancel), ..options() });
    assert_eq!(error.expect_err("cancelled"), CalibrationError::Cancelled);
    assert!(calls.load(Ordering::Relaxed) < 40);
}

#[test]
fn ties_are_broken_at_random() {
    // A quantity that takes one value only: ranks must still be uniform.
    let study =
        Study::run(&LineModel, &EXACT.posterior(), &StudyOptions { sets: 1_000, ..options() }).expect("a study");
    let test = study.ranks_of(Label::scalar("sign", "", ""), |theta| theta[0].signum()).uniformity();
    assert!(test.p_value() > 1e-6, "{test:?}");
    let constant = study.ranks_of(Label::scalar("constant", "", ""), |_| 1.0).uniformity();
    assert!(constant.p_value() > 1e-6, "{constant:?}");
}

/// GAUSS and the default sampler on exact scores: what a trained posterior does, without the network's error.
fn sampled(x: &[[f64; 3]], draws: usize, seed: u64) -> Result<Vec<[f64; 2]>, String> {
    let oracle = oracle(x).map_err(|error| error.to_string())?;
    let composition = Composer::<2, _, GaussianOracle<2>>::prepare(&Gauss::default(), oracle.prior(), &oracle)
        .map_err(|error| error.to_string())?;
    let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
    let levels = Grid::log_snr(60).levels(&Schedule::default()).map_err(|error| error.to_string())?;
    // The prior has standard deviations 1 and 2, and at t = 1 nothing of it is left: start from N(0, I).
    let driven = drive(&score, &DpmSolver, &levels, &DriveOptions { draws, seed, ..DriveOptions::default() });
    Ok(driven.map_err(|error| error.to_string())?.draws)
}

#[test]
fn composition_and_sampler_are_calibrated_on_exact_scores() {
    for n in [1, 20] {
        let options = StudyOptions { observations: n, sets: 1_000, seed: 8, ..StudyOptions::default() };
        let study = Study::run(&LineModel, &sampled, &options).expect("a study");
        let table = study.table();
        eprintln!("{table}\n");
        assert!(table.p_value() > 1e-6, "{table}");
    }
}
