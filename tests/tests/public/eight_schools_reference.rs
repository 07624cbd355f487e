//! Infer the eight schools (posteriordb `eight_schools_noncentered`) with small networks; compare with 10,000 reference draws.

use tallsbi::diagnose::{Rows, c2st};
use tallsbi::net::Mlp;
use tallsbi::prelude::*;
use tallsbi::prior::{Declared, Prior};
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;
use tallsbi_tests::reference::Reference;

/// Effects of coaching in schools, estimated with known standard errors.
#[simulator]
mod eight_schools {
    #[global]
    struct Population {
        #[prior(Normal(0.0, 5.0))]
        mu: f64,
        #[prior(HalfCauchy(5.0))]
        tau: f64,
    }

    #[local(plate = schools)]
    struct School {
        #[prior(Normal(population.mu, population.tau))]
        theta: f64,
    }

    #[observe(plate = schools, n_max = 1)]
    fn estimate(school: &School, study: &Study, rng: &mut impl Rng) -> Estimate {
        let z: f64 = StandardNormal.sample(rng);
        Estimate { effect: school.theta + study.standard_error * z }
    }
}

#[derive(Observation, Clone, Debug)]
struct Estimate {
    #[transform(asinh)]
    effect: f64,
}

#[derive(Design, Clone, Debug)]
struct Study {
    #[design(Uniform(8.0, 20.0))]
    standard_error: f64,
}

const DRAWS: usize = 1_500;

/// Accuracy of a classifier of both samples.
fn accuracy<const M: usize>(reference: &[[f64; M]], draws: &[[f64; M]]) -> f64 {
    let rows = |rows| Rows::from_arrays(rows).expect("finite draws");
    c2st(rows(reference), rows(draws), 1).expect("two samples")
}

/// The bounds are the project's for this data set: C2ST 0.60 on (mu, log tau) and 0.57 on every school.
#[test]
fn draws_are_near_the_reference() {
    let Some(reference) = Reference::open("hierarchical/eight_schools") else { return };
    let (y, sigma): ([f64; 8], [f64; 8]) = (reference.vector("y"), reference.vector("sigma"));
    let [mu, tau] = ["mu", "tau"].map(|name| reference.tensor(name).1);
    let theta = reference.tensor("theta").1;
    let population: Vec<[f64; 2]> = (0..DRAWS).map(|i| [f64::from(mu[i]), f64::from(tau[i]).ln()]).collect();
    let school = |j: usize| -> Vec<[f64; 1]> { (0..DRAWS).map(|i| [f64::from(theta[8 * i + j])]).collect() };

    let posterior = EightSchools::npse()
        .networks::<Mlp<2, 2, 64>, Mlp<1, 4, 64>>()
        .simulations(10_000)
        .head_options(TrainOptions::head(), 64)
        .epochs(60)
        .seed(1)
        .quiet()
        .train()
        .expect("training");
    let group = |j: usize| [(Estimate { effect: y[j] }, Study { standard_error: sigma[j] })];
    let groups: Vec<_> = (0..8).map(group).collect();
    let sampling = posterior.observe(&groups).expect("groups").compose(Gauss::default()).seed(1).quiet();
    let draws = sampling.sample(DRAWS).expect("draws");

    let logarithmic = |rows: &[[f64; 2]]| -> Vec<[f64; 2]> { rows.iter().map(|[mu, tau]| [*mu, tau.ln()]).collect() };
    let global = accuracy(&population, &logarithmic(draws.global().rows()));
    let locals: Vec<f64> = (0..8).map(|j| accuracy(&school(j), draws.local(j).expect("draws").rows())).collect();
    eprintln!("C2ST of (mu, log tau) {global:.3}; of each school {locals:.3?}");
    assert!(global <= 0.60, "{global}");
    assert!(locals.iter().all(|accuracy| *accuracy <= 0.57), "{locals:?}");

    // Negative controls: the prior of the population, and the effect that the first school's estimate alone would give.
    let mut rng = tallsbi::model::stream(1, "control", 0);
    let prior: Vec<[f64; 2]> =
        (0..DRAWS).map(|_| Declared::<eight_schools::Population>::new().sample(&mut rng)).collect();
    let of_prior = accuracy(&population, &logarithmic(&prior));
    assert!(of_prior > 0.65, "{of_prior}");
    let unpooled: Vec<[f64; 1]> = (0..DRAWS)
        .map(|_| {
            let z: f64 = StandardNormal.sample(&mut rng);
            [y[0] + sigma[0] * z]
        })
        .collect();
    let of_estimate = accuracy(&school(0), &unpooled);
    assert!(of_estimate > 0.65, "{of_estimate}");
}
