//! Check inner groups by what they predict, and show it in the report.

use tallsbi::calibrate::PredictiveStatistics;
use tallsbi::compose::Gauss;
use tallsbi::prelude::*;

use crate::nested::{CLASSES, PUPILS, simulate, train};

/// A class that was observed, and one that its school would have, are predicted; negative control: one from far outside is not. The same seed
/// gives the same check, and the page says what was checked of whom.
#[test]
fn inner_groups_are_checked_by_what_they_predict() {
    let posterior = train(3, 1_000, 10);
    let (schools, _) = simulate(6, 9);
    let draws = posterior.observe(&schools).expect("schools").compose(Gauss::default()).sampler(Plan::dpm(20));
    let draws = draws.local_sampler(Plan::dpm(20)).quiet().sample(300).expect("draws");
    let statistics = PredictiveStatistics::default();
    let school = draws.group(2).expect("a school");
    let check = school.check_inner(0, &statistics, 1).expect("a check");
    assert_eq!((check.n_observations, check.n_replicates, check.failed), (schools[2][0].len(), 300, 0));
    assert!(check.p_value() > 0.01, "{check}");
    assert_eq!(check, school.check_inner(0, &statistics, 1).expect("a check"));
    assert_ne!(check, school.check_inner(0, &statistics, 2).expect("a check"));

    let center = school.local().rows().iter().map(|row| row[0]).sum::<f64>() / 300.0;
    let class = |level: f64| vec![[level - PUPILS], [level + 0.5 * PUPILS], [level]];
    let new = school.check_new_inner(&class(center + CLASSES), &statistics, 1).expect("a check");
    assert!(new.p_value() > 0.01, "{new}");
    let far = school.check_new_inner(&class(center + 10.0 * CLASSES), &statistics, 1).expect("a check");
    assert!(far.rows[0].p_value() < 0.01 && far.rows[0].name == "mean of x[0]", "{far}");

    // Of a whole school replicates would have other numbers of pupils.
    let whole = draws.outer().check_group(2, &PredictiveStatistics::default(), 1).expect_err("refused").to_string();
    assert!(whole.contains("check_inner"), "{whole}");

    let missing = school.check_inner(9, &statistics, 1).expect_err("there is no such class").to_string();
    assert!(missing.contains("no inner group 9"), "{missing}");
    let empty = school.check_new_inner(&Vec::<[f64; 1]>::new(), &statistics, 1).expect_err("empty").to_string();
    assert!(empty.starts_with("group 0 is empty"), "{empty}");

    let report = posterior.report("x.html").draws(draws.outer());
    let page = report.check("class A", &check).check("class B", &far).to_html();
    assert!(page.contains("What the posterior predicts of class A") && page.contains("class B: The model with this"));
}
