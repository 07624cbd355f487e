//! Infer a population and its groups at once: eight schools (Rubin 1981), whose standard errors are known.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::model::Label;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::report::PairPlot;

/// Coaching programmes in schools: each school has an effect of its own, drawn from a population of effects.
#[simulator]
mod eight_schools {
    #[global]
    struct Population {
        /// mean effect [points]
        #[prior(Normal(0.0, 5.0))]
        mu: f64,
        /// standard deviation of effects between schools [points]
        #[prior(HalfCauchy(5.0))]
        tau: f64,
    }

    #[local(plate = schools)]
    struct School {
        /// effect of coaching in this school [points]
        #[prior(Normal(population.mu, population.tau))]
        theta: f64,
    }

    /// The estimate of a school's effect, with the standard error of its study.
    #[observe(plate = schools, n_max = 1)]
    fn estimate(school: &School, study: &Study, rng: &mut impl Rng) -> Estimate {
        let z: f64 = StandardNormal.sample(rng);
        Estimate { effect: school.theta + study.standard_error * z }
    }
}

#[derive(Observation, Clone, Debug)]
struct Estimate {
    /// estimated effect [points]
    #[transform(asinh)]
    effect: f64,
}

#[derive(Design, Clone, Debug)]
struct Study {
    /// standard error of the estimate [points]
    #[design(Uniform(8.0, 20.0))]
    standard_error: f64,
}

const SCHOOLS: [(f64, f64); 8] =
    [(28.0, 15.0), (8.0, 10.0), (-3.0, 16.0), (7.0, 11.0), (-1.0, 9.0), (1.0, 11.0), (18.0, 10.0), (12.0, 18.0)];

fn main() -> tallsbi::Result<()> {
    println!("{}", EightSchools::describe());
    let posterior = EightSchools::npse().simulations(30_000).seed(1).train()?;
    let study = |(effect, standard_error)| [(Estimate { effect }, Study { standard_error })];
    let draws = posterior.observe(&SCHOOLS.map(study))?.compose(Gauss::default()).sample(2_000)?;
    println!("{}", draws.global().summary());
    draws.global().pair_plot("eight_schools_population.svg")?;

    for (school, (effect, standard_error)) in SCHOOLS.iter().enumerate() {
        let local = draws.local(school)?;
        let theta = &local.summary().components[0];
        println!(
            "school {school}: estimate {effect:5.1} ± {standard_error:4.1}, effect {:5.1} ± {:4.1}",
            theta.mean, theta.sd
        );
    }
    // The funnel: where tau is near zero, every effect is the population's mean.
    let funnel: Vec<[f64; 2]> =
        draws.joint(0)?.into_iter().map(|(population, school)| [population.tau.ln(), school.theta]).collect();
    let labels = [Label::scalar("log tau", "", ""), Label::scalar("theta[0]", "", "points")];
    PairPlot::new(&labels).series("first school", &funnel).save("eight_schools_funnel.svg")?;

    let theta = &draws.local(0)?.summary().components[0];
    assert!((4.0..9.0).contains(&theta.mean), "the first school is shrunk towards the others");
    Ok(())
}
