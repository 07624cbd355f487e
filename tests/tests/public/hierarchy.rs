//! Infer a hierarchy whose posterior is known at both levels, with 8, 100 and 1,000 groups of 1 to 3 observations.
//!
//! mean ~ N(0, PRIOR²), level_j ~ N(mean, BETWEEN²), x_ji ~ N(level_j, WITHIN²): everything is normal.

use tallsbi::calibrate::PredictiveStatistics;
use tallsbi::compose::Gauss;
use tallsbi::dataset::{DataError, FailurePolicy};
use tallsbi::hierarchy::{GroupSimulations, GroupStudyOptions, HierarchicalNpse, HierarchicalPosterior};
use tallsbi::model::stream;
use tallsbi::net::SetMlp;
use tallsbi::posterior::Error;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

const PRIOR: f64 = 2.0;
const BETWEEN: f64 = 1.0;
const WITHIN: f64 = 1.5;
const N_MAX: usize = 3;

/// Members of a population, each measured up to three times.
#[simulator]
mod members {
    #[global]
    struct Population {
        /// mean level [mV]
        #[prior(Normal(0.0, PRIOR))]
        mean: f64,
    }

    #[local(plate = members)]
    struct Member {
        /// level of this member [mV]
        #[prior(Normal(population.mean, BETWEEN))]
        level: f64,
    }

    #[observe(plate = members, n_max = 3)]
    fn measure(member: &Member, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [member.level + WITHIN * z]
    }
}

type Small = HierarchicalPosterior<Members, SetMlp<1, 1, N_MAX, 64, 2, 32>, SetMlp<1, 2, N_MAX, 64, 2, 32>, 1, 1, 1, 2>;
type Group = Vec<[f64; 1]>;

fn train(seed: u64, simulations: usize, epochs: usize) -> Small {
    finish(Members::npse().networks().simulations(simulations), seed, epochs)
}

fn train_on(simulations: GroupSimulations<1, 1, 1>, seed: u64, epochs: usize) -> Small {
    finish(Members::npse().networks().from_simulations(simulations), seed, epochs)
}

type Builder = HierarchicalNpse<Members, SetMlp<1, 1, N_MAX, 64, 2, 32>, SetMlp<1, 2, N_MAX, 64, 2, 32>, 1, 1, 1, 2>;

fn finish(npse: Builder, seed: u64, epochs: usize) -> Small {
    npse.seed(seed).head_options(TrainOptions::head(), 64).epochs(epochs).quiet().train().expect("training")
}

/// A normal distribution.
#[derive(Clone, Copy, Debug)]
struct Normal {
    mean: f64,
    sd: f64,
}

/// The posterior of the population's mean, where groups are believed to differ by `between`.
fn exact_global(groups: &[Group], between: f64) -> Normal {
    let (mut precision, mut shift) = (1.0 / (PRIOR * PRIOR), 0.0);
    for group in groups {
        let n = group.len() as f64;
        let p = 1.0 / (between * between + WITHIN * WITHIN / n);
        precision += p;
        shift += p * average(group);
    }
    Normal { mean: shift / precision, sd: precision.sqrt().recip() }
}

/// The posterior of one group's level: a mean of the population's and the group's own.
fn exact_local(group: &Group, global: Normal) -> Normal {
    let (of_prior, of_data) = (1.0 / (BETWEEN * BETWEEN), group.len() as f64 / (WITHIN * WITHIN));
    let share = of_prior / (of_prior + of_data);
    let variance = 1.0 / (of_prior + of_data) + (share * global.sd).powi(2);
    Normal { mean: share * global.mean + (1.0 - share) * average(group), sd: variance.sqrt() }
}

fn average(group: &Group) -> f64 {
    group.iter().map(|x| x[0]).sum::<f64>() / group.len() as f64
}

fn simulate(groups: usize, seed: u64) -> Vec<Group> {
    let mut rng = stream(seed, "truth", groups as u64);
    let z: f64 = StandardNormal.sample(&mut rng);
    (0..groups)
        .map(|_| {
            let between: f64 = StandardNormal.sample(&mut rng);
            let member = members::Member { level: PRIOR * z + BETWEEN * between };
            (0..rng.random_range(1..=N_MAX)).map(|_| members::measure(&member, &mut rng)).collect()
        })
        .collect()
}

/// (mean − exact mean)/exact sd and sd/exact sd of draws.
fn compare(draws: &[[f64; 1]], exact: Normal) -> (f64, f64) {
    let n = draws.len() as f64;
    let mean = draws.iter().map(|draw| draw[0]).sum::<f64>() / n;
    let variance = draws.iter().map(|draw| (draw[0] - mean).powi(2)).sum::<f64>() / (n - 1.0);
    ((mean - exact.mean) / exact.sd, variance.sqrt() / exact.sd)
}

fn root_mean_square(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
}

/// Both levels against the exact posteriors. What a single group's posterior is off by, e standard deviations, is measured
/// first; J groups must then be off by no more than its propagation through the exact composition,
/// e Σ_j √p_j / √(1 + Σ_j (p_j − 1)) with the precisions p_j of single groups relative to the prior (all errors alike), and by
/// the scatter of a mean of draws, 4/√draws.
#[test]
fn both_levels_are_near_the_exact_posterior() {
    const DRAWS: usize = 400;
    let posterior = train(1, 4_000, 60);
    let gauss = Gauss::default();
    let draw = |groups: &[Group], draws: usize, seed: u64| {
        let sampling = posterior.observe(groups).expect("groups").compose(gauss).sampler(Plan::dpm(30));
        sampling.local_sampler(Plan::dpm(30)).seed(seed).quiet().sample(draws).expect("draws")
    };
    let single: Vec<f64> = (0..60)
        .map(|seed| {
            let groups = simulate(1, 1_000 + seed);
            compare(draw(&groups, 2_000, seed).global().rows(), exact_global(&groups, BETWEEN)).0
        })
        .collect();
    let e = root_mean_square(&single);
    eprintln!("a single group: mean off by {e:.3} sd");
    // Half of what ignoring the spread between groups would do to a group of three.
    assert!(e < 0.15, "{e}");

    for (n_groups, sets) in [(8, 12), (100, 4), (1_000, 1)] {
        let (mut means, mut logs, mut control) = (Vec::new(), Vec::new(), Vec::new());
        let mut others = Vec::new();
        let (mut local_means, mut local_logs, mut local_control) = (Vec::new(), Vec::new(), Vec::new());
        let mut allowed: f64 = 0.0;
        for set in 0..sets {
            let groups = simulate(n_groups, set);
            let draws = draw(&groups, DRAWS, set);
            assert_eq!((draws.len(), draws.n_groups()), (DRAWS, n_groups));
            let exact = exact_global(&groups, BETWEEN);
            let (mean, spread) = compare(draws.global().rows(), exact);
            means.push(mean);
            logs.push(spread.ln());
            // Negative controls: the posterior given other groups, and one in which groups differ twice as much.
            others.push(compare(draws.global().rows(), exact_global(&simulate(n_groups, set + 100), BETWEEN)).0);
            control.push((exact.sd / exact_global(&groups, 2.0 * BETWEEN).sd).ln());
            let relative = groups
                .iter()
                .map(|group| 1.0 + PRIOR * PRIOR / (BETWEEN * BETWEEN + WITHIN * WITHIN / group.len() as f64));
            let (roots, gains) = relative.fold((0.0, 0.0), |(roots, gains), p| (roots + p.sqrt(), gains + p - 1.0));
            allowed = allowed.max(e * roots / (1.0 + gains).sqrt() + 4.0 / (DRAWS as f64).sqrt());
            for group in [0, n_groups / 2, n_groups - 1] {
                let local = draws.local(group).expect("draws");
                assert_eq!((local.len(), local.report().n_observations), (DRAWS, groups[group].len()));
                // The local level alone: given the global draws as they are.
                let given = Normal {
                    mean: draws.global().rows().iter().map(|row| row[0]).sum::<f64>() / DRAWS as f64,
                    sd: exact.sd * spread,
                };
                let (mean, spread) = compare(local.rows(), exact_local(&groups[group], given));
                local_means.push(mean);
                local_logs.push(spread.ln());
                // Negative control: the group beside it.
                let other = exact_local(&groups[(group + 1) % n_groups], given);
                local_control.push(compare(local.rows(), other).0);
            }
        }
        let (mean, local) = (root_mean_square(&means), root_mean_square(&local_means));
        let average = |logs: &[f64]| logs.iter().sum::<f64>() / logs.len() as f64;
        eprintln!(
            "J = {n_groups}: global mean off by {mean:.2} sd (allowed {allowed:.2}), spread {:.2}; local {local:.3} sd, spread {:.3}",
            average(&logs).exp(),
            average(&local_logs).exp(),
        );
        assert!(mean < allowed, "J = {n_groups}: {means:?}");
        assert!(root_mean_square(&others) > 2.0 * allowed, "J = {n_groups}: {others:?}");
        // Local draws: what a single factor may be off by, and the scatter of 400 draws.
        assert!(local < 0.15 + 2.0 / (DRAWS as f64).sqrt(), "J = {n_groups}: {local_means:?}");
        assert!(average(&local_logs).abs() < 0.1, "J = {n_groups}: {local_logs:?}");
        assert!(root_mean_square(&local_control) > 0.5, "J = {n_groups}: {local_control:?}");
        if n_groups <= 100 {
            assert!(average(&logs).abs() < 0.25, "J = {n_groups}: {logs:?}");
            assert!(average(&control).abs() > 0.3, "{control:?}");
        }
    }
}

/// Training on complete data brings the mean of 1,000 groups nearer: half the error of training on noise alone, which is the control.
#[test]
fn complete_data_bring_many_groups_nearer() {
    let off = |complete_data: bool| {
        let mut options = TrainOptions::default();
        (options.epochs, options.enough_steps, options.complete_data) = (20, None, complete_data);
        let mut head = TrainOptions::head();
        head.epochs = 20;
        let npse = Members::npse().networks().head_options(head, 32);
        let posterior: Small =
            npse.train_options(options).simulations(10_000).seed(4).quiet().train().expect("trained");
        let errors: Vec<f64> = (0..6)
            .map(|seed| {
                let groups = simulate(1_000, 500 + seed);
                let sampling = posterior.observe(&groups).expect("groups").compose(Gauss::default()).minibatch(100);
                let draws = sampling.sampler(Plan::dpm(20)).quiet().sample(100).expect("draws");
                compare(draws.global().rows(), exact_global(&groups, BETWEEN)).0
            })
            .collect();
        root_mean_square(&errors)
    };
    let (complete, noise) = (off(true), off(false));
    eprintln!("1,000 groups: mean off by {complete:.2} sd, {noise:.2} from noise alone");
    assert!(complete < 0.5 * noise, "{complete} {noise}");
}

/// Ranks of the true parameters among joint draws of simulated populations are uniform at both levels. Negative control:
/// scores that are simply added up, which is not the diffused posterior of ten groups, are caught. So few populations that the
/// error of a network trained in seconds (a fifth of a standard deviation for ten groups) is below what they can show.
#[test]
fn both_levels_are_calibrated() {
    let posterior = train(5, 4_000, 60);
    let options = GroupStudyOptions { groups: 10, sets: 80, draws: 49, seed: 2, ..GroupStudyOptions::default() };
    let study = posterior.study(&Gauss::default(), &Plan::dpm(20), &options).expect("ranks");
    let table = study.table();
    eprintln!("{table}");
    assert_eq!(table.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["mean", "level"]);
    assert_eq!((study.failures().total(), study.global()[0].values().len()), (0, 80));
    assert!(table.p_value() > 1e-3, "{table}");

    let wrong = posterior.study(&FactorizedDiffused, &Plan::dpm(20), &options).expect("ranks").table();
    eprintln!("{wrong}");
    assert!(wrong.rows[0].test.p_value() < 1e-3, "{wrong}");

    let nothing = GroupStudyOptions { groups: 0, ..options };
    let error = posterior.study(&Gauss::default(), &Plan::dpm(20), &nothing).expect_err("no groups").to_string();
    assert_eq!(error, "the number of groups in a population must be at least 1");
}

/// A permutation of groups or of observations changes no global draw, groups keep their own local draws, and a draw asked
/// for twice is the same. Another seed gives others.
#[test]
fn draws_are_reproducible_and_belong_to_their_groups() {
    let posterior = train(2, 300, 3);
    let groups = simulate(5, 3);
    let draw = |groups: &[Group], seed: u64| {
        let sampling = posterior.observe(groups).expect("groups").compose(Gauss::default());
        sampling.sampler(Plan::dpm(10)).seed(seed).quiet().sample(40).expect("draws")
    };
    let draws = draw(&groups, 4);
    let mut turned: Vec<Group> = groups.iter().rev().cloned().collect();
    for group in &mut turned {
        group.reverse();
    }
    let of_turned = draw(&turned, 4);
    assert_eq!(draws.global().rows(), of_turned.global().rows());
    assert_ne!(draws.global().rows(), draw(&groups, 5).global().rows());

    let last = draws.local(4).expect("draws");
    assert_eq!(last.rows(), draws.local(4).expect("draws").rows());
    assert_ne!(last.rows(), draws.local(3).expect("draws").rows());
    // Two equal groups are drawn independently of each other.
    let twice = [groups[0].clone(), groups[0].clone()];
    let twice = draw(&twice, 4);
    assert_ne!(twice.local(0).expect("draws").rows(), twice.local(1).expect("draws").rows());

    let joint = draws.joint(4).expect("draws");
    for (((population, member), global), local) in joint.iter().zip(draws.global().iter()).zip(last.iter()) {
        assert_eq!((population.mean, member.level), (global.mean, local.level));
    }
    let new = draws.new_group().expect("draws");
    assert_eq!(new.len(), 40);
    let off: Vec<f64> = new.rows().iter().zip(draws.global().rows()).map(|(new, mean)| new[0] - mean[0]).collect();
    // 40 draws of N(0, BETWEEN²): a spread within 4 standard errors, 1/√(2·40) each.
    assert!((root_mean_square(&off) / BETWEEN - 1.0).abs() < 4.0 / 80.0_f64.sqrt(), "{off:?}");
    assert!(draws.local(4).expect("draws").summary().to_string().contains("level"));
}

/// A group that was observed, and one that the population would make, are predicted; negative control: one from far outside is not. The same
/// seed gives the same check.
#[test]
fn groups_are_checked_by_what_they_predict() {
    let posterior = train(3, 1_000, 10);
    let groups = simulate(20, 9);
    let draws = posterior.observe(&groups).expect("groups").compose(Gauss::default()).sampler(Plan::dpm(20));
    let draws = draws.local_sampler(Plan::dpm(20)).quiet().sample(300).expect("draws");
    let statistics = PredictiveStatistics::default().and("range", |x: &[[f64; 1]]| {
        let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x[0]), h.max(x[0])));
        high - low
    });
    let largest = (0..20).max_by_key(|group| groups[*group].len()).expect("groups");
    let check = draws.check_group(largest, &statistics, 1).expect("a check");
    assert_eq!((check.n_observations, check.n_replicates, check.failed), (groups[largest].len(), 300, 0));
    assert!(check.p_value() > 0.01, "{check}");
    assert_eq!(check, draws.check_group(largest, &statistics, 1).expect("a check"));
    assert_ne!(check, draws.check_group(largest, &statistics, 2).expect("a check"));

    let center = draws.global().rows().iter().map(|row| row[0]).sum::<f64>() / 300.0;
    let group = |level: f64| vec![[level - WITHIN], [level + 0.5 * WITHIN], [level]];
    let new = draws.check_new_group(&group(center + BETWEEN), &statistics, 1).expect("a check");
    assert!(new.p_value() > 0.01, "{new}");
    let far = draws.check_new_group(&group(center + 8.0 * BETWEEN), &statistics, 1).expect("a check");
    assert!(far.rows[0].p_value() < 0.01 && far.rows[0].name == "mean of x[0]", "{far}");
    // The range of that group is as expected: only its place is wrong.
    assert!(far.rows.last().is_some_and(|row| row.name == "range" && row.p_value() > 0.01), "{far}");

    let missing = draws.check_group(20, &statistics, 1).expect_err("twenty groups").to_string();
    assert_eq!(missing, "there is no group 20: 20 were observed, counted from 0");
    // Statistics see observations sorted, observed ones and replicates.
    let order = PredictiveStatistics::only().and("last minus first", |x: &[[f64; 1]]| x[x.len() - 1][0] - x[0][0]);
    let order = draws.check_new_group(&group(center), &order, 1).expect("a check");
    assert!(order.rows[0].observed > 0.0 && order.rows[0].replicated[0] > 0.0, "{order}");
    let empty = draws.check_new_group(&Vec::<[f64; 1]>::new(), &statistics, 1).expect_err("empty").to_string();
    assert!(empty.starts_with("group 0 is empty"), "{empty}");
}

#[test]
fn a_saved_posterior_gives_the_same_draws() {
    let posterior = train(3, 300, 3);
    let path = std::env::temp_dir().join(format!("tallsbi-hierarchy-{}.tallsbi", std::process::id()));
    posterior.save(&path).expect("a file");
    let loaded = Small::load(Members, &path).expect("the same model");
    let groups = simulate(4, 1);
    let rows = |posterior: &Small| {
        let draws = posterior.observe(&groups).expect("groups").sample(20).expect("draws");
        (draws.global().rows().to_vec(), draws.local(2).expect("draws").rows().to_vec())
    };
    assert_eq!(rows(&posterior), rows(&loaded));
    // Trained on the same groups, simulated before.
    let go_on = |_| std::ops::ControlFlow::Continue(());
    let simulated = GroupSimulations::simulate(&Members, 300, N_MAX, 3, FailurePolicy::default(), &go_on);
    assert_eq!(rows(&posterior), rows(&train_on(simulated.expect("groups"), 3, 3)));
    // Another network, and the same file taken for a model without groups.
    let other = Members::load(&path).expect_err("the default networks are wider").to_string();
    assert!(other.contains("network"), "{other}");
    std::fs::remove_file(&path).expect("the file");
}

#[test]
fn bad_groups_are_refused() {
    let posterior = train(4, 100, 1);
    let error = |groups: &[Group]| match posterior.observe(groups) {
        Err(Error::Data(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{groups:?} was accepted"),
    };
    let good = vec![[0.5]];
    assert_eq!(error(&[]), DataError::NoGroups);
    assert_eq!(error(&[good.clone(), Vec::new()]), DataError::EmptyGroup { group: 1 });
    let large = error(&[vec![[0.0]; N_MAX + 1]]);
    assert_eq!(large, DataError::GroupTooLarge { group: 0, found: 4, n_max: 3 });
    assert!(large.to_string().contains("raise `n_max`"), "{large}");
    let nan = error(&[good.clone(), good.clone(), vec![[0.0], [f64::NAN]]]).to_string();
    assert!(nan.contains("group 2, observation 1: `x[0]` = NaN"), "{nan}");
    let draws = posterior.observe(&[good]).expect("a group").sample(5).expect("draws");
    let missing = draws.local(1).expect_err("there is one group").to_string();
    assert_eq!(missing, "there is no group 1: 1 were observed, counted from 0");
}
