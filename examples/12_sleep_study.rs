//! Fit random intercepts and slopes to a public data set: reaction times of 18 subjects deprived of sleep.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::calibrate::CalibrationError;
use tallsbi::diagnose::{Rows, c2st};
use tallsbi::hierarchy::GroupStudyOptions;
use tallsbi::net::SetMlp;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::report::read_columns;
use tallsbi::train::TrainOptions;

/// Reaction times grow with the days of too little sleep, in each subject at a rate of its own.
#[simulator]
mod sleep_study {
    #[global]
    struct Population {
        /// mean reaction time on day 0 [ms]
        #[prior(Normal(250.0, 50.0))]
        mean_start: f64,
        /// its standard deviation between subjects [ms]
        #[prior(LogNormal(3.2, 0.6))]
        sd_start: f64,
        /// mean increase [ms/day]
        #[prior(Normal(10.0, 10.0))]
        mean_slope: f64,
        /// its standard deviation between subjects [ms/day]
        #[prior(LogNormal(1.8, 0.6))]
        sd_slope: f64,
        /// standard deviation of one measurement [ms]
        #[prior(LogNormal(3.2, 0.5))]
        noise: f64,
    }

    #[local(plate = subjects)]
    struct Subject {
        /// reaction time on day 0 [ms]
        #[prior(Normal(population.mean_start, population.sd_start))]
        start: f64,
        /// increase [ms/day]
        #[prior(Normal(population.mean_slope, population.sd_slope))]
        slope: f64,
    }

    #[observe(plate = subjects, n_max = 10)]
    fn reaction(population: &Population, subject: &Subject, day: &Day, rng: &mut impl Rng) -> [f64; 1] {
        let z: f64 = StandardNormal.sample(rng);
        [subject.start + subject.slope * day.days + population.noise * z]
    }
}

#[derive(Design, Clone, Debug)]
struct Day {
    /// days of sleep deprivation [days]
    #[design(Uniform(0.0, 9.0))]
    days: f64,
}

fn main() -> tallsbi::Result<()> {
    // Global: 5 parameters, a reaction and a day, 10 of them. Local: 2 parameters, 2 + 5 components.
    let builder = SleepStudy::npse().networks::<SetMlp<5, 2, 10, 128, 3, 64>, SetMlp<2, 7, 10, 128, 3, 64>>();
    let mut head = TrainOptions::head();
    head.epochs = 40;
    let posterior = builder.head_options(head, 64).simulations(100_000).epochs(30).seed(1).train()?;

    let table = read_columns(concat!(env!("CARGO_MANIFEST_DIR"), "/data/sleep_study.csv"))?;
    let subjects: Vec<Vec<([f64; 1], Day)>> = (table.rows.iter())
        .map(|row| row[1..].iter().zip(0..).map(|(y, day)| ([*y], Day { days: f64::from(day) })).collect())
        .collect();
    // How much a subject says of the standard deviations depends on what they are.
    let draws = posterior.observe(&subjects)?.compose(Focused::default()).sample(1_000)?;
    println!("{}", draws.global().summary());

    // The same on 100 simulated populations of as many subjects: ranks of true values at both levels.
    let options = GroupStudyOptions { groups: 18, observations: Some(10), sets: 100, ..GroupStudyOptions::default() };
    let study = posterior.study(&Focused::default(), &TallPlan::of_steps(30), &options)?;

    // A page for people: every subject by name, given all subjects, against its slope by least squares alone.
    let names: Vec<String> = table.rows.iter().map(|row| row[0].to_string()).collect();
    let slope = |row: &Vec<f64>| row[1..].iter().zip(0..).map(|(y, day)| (f64::from(day) - 4.5) * y / 82.5).sum();
    let slopes: Vec<f64> = table.rows.iter().map(slope).collect();
    let report = posterior.report("sleep_study.html").draws(&draws).groups(&draws, &names)?;
    report.alone("slope", &slopes)?.study(&study).save()?;

    // Against draws by the no-U-turn sampler, in log standard deviations: 0.5 is indistinguishable.
    let reference = read_columns(concat!(env!("CARGO_MANIFEST_DIR"), "/data/sleep_study_reference.csv"))?;
    let row = |row: &[f64]| [row[0], row[1].ln(), row[2], row[3].ln(), row[4].ln()];
    let reference: Vec<[f64; 5]> = reference.rows.iter().step_by(2).map(|draw| row(draw)).collect();
    let ours: Vec<[f64; 5]> = draws.global().rows().iter().map(|draw| row(draw)).collect();
    let rows = |draws| Rows::from_arrays(draws).map_err(CalibrationError::from);
    println!("C2ST {:.3}", c2st(rows(&reference)?, rows(&ours)?, 1).map_err(CalibrationError::from)?);
    Ok(())
}
