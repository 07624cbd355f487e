//! Find the number of observations at which a posterior that gets worse with n stops being calibrated.

use super::*;
use crate::calibrate::{CalibrationError, ErrorGrowth, Study, StudyOptions, tall_error_growth};

#[test]
fn growing_errors_are_seen_where_they_grow_and_no_others() {
    let options = StudyOptions { sets: 1_000, seed: 2, ..StudyOptions::default() };
    // False alarm rate 1e-6.
    let exact = tall_error_growth(&LineModel, &EXACT.posterior(), &[16, 1, 4, 4], 1e-6, &options).expect("growth");
    eprintln!("{exact}\n");
    let numbers: Vec<usize> = exact.rows.iter().map(|row| row.n_observations).collect();
    assert_eq!((numbers, exact.trustworthy_up_to()), (vec![1, 4, 16], Some(16)));
    // Each observation makes the posterior 3 % too narrow: right at n = 1, 10 % at n = 4, 40 % at n = 16.
    let worse = |x: &[[f64; 3]], draws: usize, seed: u64| {
        Altered { scale: 0.97_f64.powi(x.len() as i32 - 1), ..EXACT }.draw(x, draws, seed)
    };
    let worse = tall_error_growth(&LineModel, &worse, &[1, 4, 16], 1e-6, &options).expect("growth");
    eprintln!("{worse}");
    assert_eq!(worse.trustworthy_up_to(), Some(if worse.passes(&worse.rows[1]) { 4 } else { 1 }));
    assert!(!worse.passes(&worse.rows[2]) && worse.rows[2].spread > 1.3, "{worse}");
}

#[test]
fn a_number_of_observations_that_fails_is_a_row_and_none_is_an_error() {
    let options = StudyOptions { sets: 20, draws: 9, ..StudyOptions::default() };
    let posterior = |x: &[[f64; 3]], draws: usize, seed: u64| {
        if x.len() > 2 { Err("too many".to_owned()) } else { EXACT.draw(x, draws, seed).map_err(|e| e.to_string()) }
    };
    let growth = tall_error_growth(&LineModel, &posterior, &[2, 3], 1e-6, &options).expect("growth");
    assert!(growth.rows[1].table.is_none() && growth.rows[1].failure.contains("too many"), "{growth}");
    assert_eq!(growth.trustworthy_up_to(), Some(2));
    let none = tall_error_growth(&LineModel, &posterior, &[], 0.05, &options).expect_err("none");
    assert!(matches!(none, CalibrationError::Zero { .. }));
}

#[test]
fn studies_side_by_side_are_the_rows_of_growth() {
    let options = StudyOptions { sets: 60, draws: 19, seed: 9, ..StudyOptions::default() };
    let studies = [8, 2].map(|observations| {
        let options = StudyOptions { observations, ..options };
        Study::run(&LineModel, &EXACT.posterior(), &options).expect("a study")
    });
    let growth = ErrorGrowth::of(&studies, 0.05).expect("growth");
    let numbers: Vec<usize> = growth.rows.iter().map(|row| row.n_observations).collect();
    assert_eq!((numbers, growth.level), (vec![2, 8], 0.05));
    assert_eq!(growth.rows[0].table.as_ref(), Some(&studies[1].table()));
    // tall_error_growth seeds each n by itself; from there on the rows are made alike.
    let seed = options.seed.wrapping_add(2_u64.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let same = StudyOptions { observations: 2, seed, ..options };
    let study = Study::run(&LineModel, &EXACT.posterior(), &same).expect("a study");
    let grown = tall_error_growth(&LineModel, &EXACT.posterior(), &[2], 0.05, &options).expect("growth");
    assert_eq!(ErrorGrowth::of(&[study], 0.05).expect("growth"), grown);
    assert!(matches!(ErrorGrowth::of::<2, 3>(&[], 0.05), Err(CalibrationError::Zero { .. })));
}
