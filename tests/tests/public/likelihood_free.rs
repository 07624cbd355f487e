//! Infer a population without any likelihood, drift-diffusion decisions of subjects, and check both levels by ranks.

use tallsbi::hierarchy::{GroupStudyOptions, HierarchicalPosterior};
use tallsbi::net::SetMlp;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

/// Evidence drifts and diffuses until it reaches one of two boundaries; subjects differ in their drift.
#[simulator]
mod decisions {
    #[global]
    struct Population {
        #[prior(Normal(1.0, 1.0))]
        mean_drift: f64,
        #[prior(Normal(0.4, 0.3))]
        log_boundary: f64,
    }

    #[local(plate = subjects)]
    struct Subject {
        #[prior(Normal(population.mean_drift, 0.5))]
        drift: f64,
    }

    #[observe(plate = subjects, n_max = 10)]
    fn trial(population: &Population, subject: &Subject, rng: &mut impl Rng) -> Trial {
        let (mut evidence, mut time, half) = (0.0, 0.3, 0.5 * population.log_boundary.exp());
        while f64::abs(evidence) < half && time < 8.0 {
            let z: f64 = StandardNormal.sample(rng);
            evidence += 0.02 * subject.drift + 0.02_f64.sqrt() * z;
            time += 0.02;
        }
        Trial { choice: evidence.signum(), time }
    }
}

#[derive(Observation, Clone, Debug)]
struct Trial {
    choice: f64,
    #[transform(log)]
    time: f64,
}

type Small = HierarchicalPosterior<Decisions, SetMlp<2, 2, 10, 64, 2, 32>, SetMlp<1, 4, 10, 64, 2, 32>, 2, 1, 2, 4>;

/// Ranks of both levels are uniform for 5 subjects; 80 populations are too few to show the error of a network trained in seconds. Negative
/// control: scores that are simply added up, which is not the diffused posterior of five subjects, are caught.
#[test]
fn both_levels_are_calibrated_without_a_likelihood() {
    let builder = Decisions::npse().networks().head_options(TrainOptions::head(), 32);
    let posterior: Small = builder.simulations(4_000).epochs(40).seed(2).quiet().train().expect("training");
    let options =
        GroupStudyOptions { groups: 5, observations: Some(10), sets: 80, draws: 49, seed: 4, ..Default::default() };
    let table = posterior.study(&Gauss::default(), &Plan::dpm(20), &options).expect("ranks").table();
    eprintln!("{table}");
    let names: Vec<&str> = table.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["mean_drift", "log_boundary", "drift"]);
    assert!(table.p_value() > 1e-3, "{table}");

    let wrong = posterior.study(&FactorizedDiffused, &Plan::dpm(20), &options).expect("ranks").table();
    eprintln!("{wrong}");
    assert!(wrong.p_value() < 1e-3, "{wrong}");

    let none = GroupStudyOptions { observations: Some(0), ..options };
    let error = posterior.study(&Gauss::default(), &Plan::dpm(20), &none).expect_err("no observation").to_string();
    assert_eq!(error, "the number of observations of a group must be at least 1");
}
