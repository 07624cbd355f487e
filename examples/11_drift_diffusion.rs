//! Pool a simulator without a likelihood over subjects: choices and response times of a drift-diffusion model.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::hierarchy::GroupStudyOptions;
use tallsbi::model::stream;
use tallsbi::net::SetMlp;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

/// Evidence drifts and diffuses until it reaches one of two boundaries; subjects differ in all three parameters.
#[simulator]
mod decisions {
    #[global]
    struct Population {
        /// mean drift rate [1/s]
        #[prior(Normal(1.0, 1.0))]
        mean_drift: f64,
        /// its standard deviation between subjects [1/s]
        #[prior(LogNormal(-0.7, 0.4))]
        sd_drift: f64,
        /// mean log distance between the boundaries
        #[prior(Normal(0.4, 0.3))]
        mean_log_boundary: f64,
        /// its standard deviation between subjects
        #[prior(LogNormal(-1.6, 0.4))]
        sd_log_boundary: f64,
        /// mean log time that is not decision [log s]
        #[prior(Normal(-1.2, 0.3))]
        mean_log_rest: f64,
    }

    #[local(plate = subjects)]
    struct Subject {
        /// drift rate of this subject [1/s]
        #[prior(Normal(population.mean_drift, population.sd_drift))]
        drift: f64,
        /// log distance between the boundaries
        #[prior(Normal(population.mean_log_boundary, population.sd_log_boundary))]
        log_boundary: f64,
        /// log time that is not decision [log s]
        #[prior(Normal(population.mean_log_rest, 0.2))]
        log_rest: f64,
    }

    /// One trial by Euler's method, 10 ms a step; who has not decided after 10 s must say what evidence there is.
    #[observe(plate = subjects, n_max = 30)]
    fn trial(subject: &Subject, rng: &mut impl Rng) -> Trial {
        let (mut evidence, mut time, half) = (0.0, 0.0, 0.5 * subject.log_boundary.exp());
        while f64::abs(evidence) < half && time < 10.0 {
            let z: f64 = StandardNormal.sample(rng);
            evidence += 0.01 * subject.drift + 0.1 * z;
            time += 0.01;
        }
        Trial { choice: evidence.signum(), time: subject.log_rest.exp() + time }
    }
}

#[derive(Observation, Clone, Debug)]
struct Trial {
    /// upper (1) or lower (-1) boundary
    choice: f64,
    /// response time [s]
    #[transform(log)]
    time: f64,
}

fn main() -> tallsbi::Result<()> {
    // As many simulated subjects as are asked for on the command line.
    let asked = std::env::args().nth(1);
    let simulations = asked.map_or(60_000, |n| n.parse().expect("a number of simulated subjects"));
    // Global: 5 parameters, 2 observed components, 30 trials. Local: 3 parameters, 2 + 5 components.
    let builder = Decisions::npse().networks::<SetMlp<5, 2, 30, 128, 3, 64>, SetMlp<3, 7, 30, 128, 3, 64>>();
    let mut head = TrainOptions::head();
    head.epochs = 20;
    let posterior = builder.head_options(head, 64).simulations(simulations).epochs(20).seed(1).train()?;
    let seconds = posterior.global_level().training().seconds + posterior.local_level().training().seconds;
    println!("trained in {seconds:.0} s");

    // A hundred subjects of a known population, with thirty trials each.
    let mut rng = stream(1, "subjects", 0);
    let normal = |mean: f64, sd: f64, rng: &mut Stream| mean + sd * rng.sample::<f64, _>(StandardNormal);
    let mut subject = || {
        let (drift, log_boundary) = (normal(1.5, 0.4, &mut rng), normal(0.5, 0.25, &mut rng));
        let subject = decisions::Subject { drift, log_boundary, log_rest: normal(-1.0, 0.2, &mut rng) };
        (0..30).map(|_| decisions::trial(&subject, &mut rng)).collect()
    };
    let subjects: Vec<Vec<Trial>> = (0..100).map(|_| subject()).collect();
    let draws = posterior.observe(&subjects)?.compose(Gauss::default()).sample(1_000)?;
    println!("{}\n{}", draws.global().summary(), draws.local(0)?.summary());

    let options = GroupStudyOptions { observations: Some(30), sets: 100, ..GroupStudyOptions::default() };
    println!("{}", posterior.error_growth(&Gauss::default(), &TallPlan::of_steps(30), &[1, 10, 100], 0.05, &options)?);
    Ok(())
}
