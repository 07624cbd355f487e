//! Check that every fault is said in words, and nothing is said where there is none.

use super::*;
use crate::{
    calibrate::{CalibrationTable, Discrepancy, MisspecificationReport, PredictiveCheck, TableRow},
    diagnose::Ranks,
    hierarchy::Graph,
    model::{Label, Transform},
    posterior::DrawsReport,
    report::{GroupsPart, HierarchyFacts, LevelFacts, ModelFacts, Summary},
    train::{Epoch, TrainingReport},
};

const RATE: (&str, &str) = ("rate", "1/s");

fn label() -> Label {
    Label::scalar(RATE.0, "", RATE.1)
}

/// Ranks of a posterior that is right, or that has only the lower half of them.
fn ranks(name: &str, right: bool) -> Ranks {
    let values = (0..1000).map(|i| if right { (i * 37) % 100 } else { i % 50 }).collect();
    Ranks::new(Label::scalar(name, "", ""), values, 99).expect("valid")
}

fn study(right: bool) -> StudyPart {
    let all = [ranks(RATE.0, right), ranks("distance (TARP)", right)];
    let rows = all.iter().map(|r| TableRow { name: r.label().name.clone(), test: r.uniformity() }).collect();
    let table = CalibrationTable { n_observations: 10, n_sets: 1000, n_draws: 99, failed: 0, rows };
    let [ranks, tarp] = all;
    StudyPart {
        table,
        ranks: vec![vec![ranks]],
        tarp: Some(tarp),
        seed: 1,
        first_failure: String::new(),
        made_of: String::new(),
    }
}

/// A report in which nothing is wrong.
fn right() -> Content<1, 1> {
    let rows: Vec<[f64; 1]> = (0..1000).map(|i| [f64::from(i)]).collect();
    let posterior: Vec<[f64; 1]> = (0..1000).map(|i| [0.1 * f64::from(i)]).collect();
    let summary = Summary::new(&[label()], &posterior);
    let report = DrawsReport { n_observations: 10, asked: 1000, ..DrawsReport::default() };
    Content {
        title: String::new(),
        model: ModelFacts {
            name: "Model".to_owned(),
            parameters: [label()],
            families: Vec::new(),
            prior_draws: rows,
            observation: [Label::scalar("x", "", "")],
            transforms: [Transform::Identity],
            ranges: vec![(0.0, 1.0)],
            n_max: 1,
            coordinates: String::new(),
            network: String::new(),
            parameterisation: String::new(),
            schedule: String::new(),
            training: TrainingReport {
                epochs: vec![Epoch { training: 1.0, validation: 1.0 }; 50],
                best_epoch: 20,
                training_rows: 9_000,
                validation_rows: 1_000,
                ..TrainingReport::default()
            },
            seed: 1,
        },
        hierarchy: None,
        groups: Vec::new(),
        observations: vec![[0.0], [1.0]],
        draws: vec![DrawsPart { rows: posterior, report, summary }],
        truth: None,
        studies: vec![study(true)],
        coverage: Vec::new(),
        local: Vec::new(),
        growth: None,
        checks: Vec::new(),
        misspecification: Vec::new(),
        plots: Vec::new(),
    }
}

/// The weight and words of the one warning that `fault` brings.
#[track_caller]
fn check(fault: impl Fn(&mut Content<1, 1>), weight: &str, words: &str) {
    let mut content = right();
    fault(&mut content);
    let before = warnings(&right());
    let new: Vec<_> = warnings(&content).into_iter().filter(|warning| !before.contains(warning)).collect();
    assert!(new.iter().any(|(found, text)| *found == weight && text.contains(words)), "{words}: {new:?}");
    // Problems come first.
    let all = warnings(&content);
    assert!(all.windows(2).all(|pair| !(pair[0].0 == FINE && pair[1].0 == PROBLEM)), "{all:?}");
}

#[test]
fn nothing_wrong_is_said_of_what_is_right() {
    let mut edge = right();
    edge.observations[1] = [1.0005];
    assert_eq!(warnings(&edge), warnings(&right()), "at the edge of what was simulated");
    let all = warnings(&right());
    assert!(all.len() == 1 && all[0].0 == FINE && all[0].1.contains("with n = 10 look calibrated"), "{all:?}");
}

#[test]
fn every_fault_has_its_words() {
    check(|c| c.model.training.best_epoch = 1, PROBLEM, "best after its first epoch");
    check(|c| c.model.training.best_epoch = 50, NOTE, "best in its last epoch, 50");
    check(|c| c.model.training.training_rows = 500, NOTE, "1500 simulations are few");
    check(|c| c.model.training.dropped = 500, NOTE, "4.8 % of the simulations (500) failed");
    check(|c| c.model.training.dropped = 5_000, PROBLEM, "33 % of the simulations");
    check(|c| c.observations[1] = [1.5], PROBLEM, "Observed values of x lie outside");
    check(|c| c.draws[0].report.non_finite = 3, PROBLEM, "3 of 1000 draws became NaN");
    check(|c| c.draws[0].report.strays = 2, NOTE, "2 of 1000 draws lie far from all others");
    check(|c| c.draws[0].report.strays = 20, PROBLEM, "20 of 1000 draws lie far from all others");
    check(|c| c.draws[0].report.clipped_components = 7, NOTE, "clipped 7 times");
    let floored = |count| {
        move |c: &mut Content<1, 1>| {
            (c.draws[0].report.floored_directions, c.draws[0].report.examined_directions) = (count, 100);
        }
    };
    check(floored(5), NOTE, "in 5 of 100 directions (5.0 %)");
    check(floored(50), NOTE, "the posterior looks calibrated all the same");
    let unchecked = |c: &mut Content<1, 1>| {
        floored(50)(c);
        c.studies[0].table.n_observations = 20;
    };
    check(unchecked, PROBLEM, "single observations say little, or that the network is poor");
    check(|c| c.draws[0].rows.truncate(100), NOTE, "100 draws are few");
    check(|c| c.draws[0].summary.components[0].sd = 1e6, NOTE, "The observations say little about it");
    check(|c| c.draws[0].summary.components[0].quantiles = [-5.0; 5], PROBLEM, "beyond all of 1000 draws of its prior");
    check(|c| c.studies.clear(), NOTE, "Calibration was not checked.");
    check(|c| c.draws[0].report.n_observations = 30, NOTE, "not checked for n = 30");
    check(|c| c.studies[0] = study(false), PROBLEM, "not calibrated in rate: true values lie");
    check(|c| c.studies[0].table.n_sets = 50, NOTE, "has 50 data sets");
    check(|c| c.studies[0].table.failed = 4, NOTE, "4 data sets of the study");
    let by_density = |right| {
        let mut ranks = ranks("posterior density", right);
        if !right {
            // The truth is always among the least dense.
            ranks = Ranks::new(ranks.label().clone(), (0..1000).map(|i| 50 + i % 50).collect(), 99).expect("valid");
        }
        let rows = vec![TableRow { name: ranks.label().name.clone(), test: ranks.uniformity() }];
        let table = CalibrationTable { n_observations: 10, n_sets: 1000, n_draws: 99, failed: 0, rows };
        CoveragePart { table, ranks, seed: 1 }
    };
    check(|c| c.coverage.push(by_density(true)), FINE, "regions with n = 10 hold the truth as often as they say");
    check(|c| c.coverage.push(by_density(false)), PROBLEM, "hold the truth too seldom: posteriors are too narrow");
    let local = |statistic| LocalC2stReport {
        n_observations: 10,
        n_sets: 1000,
        seed: 1,
        statistic,
        null: (0..100).map(f64::from).collect(),
    };
    check(|c| c.local.push(local(50.0)), FINE, "No classifier tells the posterior given these observations");
    check(|c| c.local.push(local(1e3)), PROBLEM, "A classifier tells the posterior given these 10 observations");
    let off = |p_value| MisspecificationReport {
        n_observations: 10,
        distance: 9.0,
        nearest: 9.0,
        p_value,
        null: Vec::new(),
        features: vec![("mean of x".to_owned(), 9.0)],
    };
    check(|c| c.misspecification.push(off(0.001)), PROBLEM, "most of all in mean of x");
    check(|c| c.misspecification.push(off(0.4)), FINE, "look like simulated ones");
    let predicted = |observed| PredictiveCheck {
        n_observations: 10,
        n_replicates: 500,
        failed: 0,
        rows: vec![Discrepancy { name: "sd of x".to_owned(), observed, replicated: (0..500).map(f64::from).collect() }],
    };
    let part = |of: Option<&str>, observed| CheckPart { of: of.map(str::to_owned), check: predicted(observed) };
    check(|c| c.checks.push(part(None, 1e3)), PROBLEM, "sd of x is too large");
    check(|c| c.checks.push(part(None, 250.0)), FINE, "no statistic stands out");
    check(|c| c.checks.push(part(Some("Ada"), 1e3)), PROBLEM, "Ada: The model with this posterior does not");
}

#[test]
fn groups_and_levels_have_their_words() {
    let groups = |lost| {
        move |c: &mut Content<1, 1>| {
            c.groups.push(GroupsPart {
                level: "Subject".to_owned(),
                n_groups: 5,
                asked: 5_000,
                lost,
                fields: Vec::new(),
                new_group: Summary::new::<0>(&[], &[]),
                new_group_pairs: None,
            });
        }
    };
    check(groups((0, 0)), FINE, "Every joint draw of the population");
    check(groups((12, 2)), NOTE, "12 of 5000 draws of groups (0.2 %) became NaN");
    check(groups((500, 4)), PROBLEM, "500 of 5000 draws of groups (10 %) became NaN");
    let of_levels = |c: &mut Content<1, 1>| {
        let level = LevelFacts {
            name: "Subject".to_owned(),
            families: Vec::new(),
            prior: Summary::new::<0>(&[], &[]),
            network: String::new(),
            training: TrainingReport { best_epoch: 1, ..c.model.training.clone() },
        };
        let facts = HierarchyFacts { graph: Graph::default(), global: "Population".to_owned(), below: vec![level] };
        c.hierarchy = Some(facts);
    };
    check(of_levels, PROBLEM, "Subject: Training was best after its first epoch");
    let learned = |names: &[&str]| {
        let complete: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        move |c: &mut Content<1, 1>| {
            of_levels(c);
            c.model.training.complete = Some(complete.clone());
        }
    };
    check(learned(&[]), NOTE, "Population: rate was learned from noise alone");
    let mut content = right();
    learned(&["rate"])(&mut content);
    assert!(warnings(&content).iter().all(|(_, words)| !words.contains("noise alone")));
    let unchecked = |c: &mut Content<1, 1>| {
        of_levels(c);
        c.studies.clear();
    };
    check(unchecked, NOTE, "run `posterior.study(...)` with as many groups as you have");
}
