//! Take a model of one's own from its declaration to a report that a person can read: train, sample, calibrate.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::calibrate::{LocalC2st, LocalC2stOptions, Study, StudyOptions, TallPosterior};
use tallsbi::calibrate::{
    Misspecification, MisspecificationOptions as FitOptions, PredictiveCheck, PredictiveStatistics,
};
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::{model::stream, report::LinePlot};

/// A signal that decays.
#[derive(Parameters, Clone, Debug)]
struct Decay {
    /// amplitude at the start [mV]
    #[prior(LogNormal(1.0, 0.4))]
    amplitude: f64,
    /// decay rate [1/s]
    #[prior(LogNormal(-0.5, 0.4))]
    rate: f64,
}

const TIMES: [f64; 4] = [0.5, 1.0, 2.0, 4.0];

/// The signal after 0.5, 1, 2 and 4 seconds, with noise. A small network: every data set of the study is sampled anew.
#[simulator(network = tallsbi::net::Mlp<2, 4, 64>)]
fn signal(theta: &Decay, rng: &mut impl Rng) -> [f64; 4] {
    TIMES.map(|time| {
        let z: f64 = StandardNormal.sample(rng);
        theta.amplitude * (-theta.rate * time).exp() + 0.3 * z
    })
}

fn main() -> tallsbi::Result<()> {
    // In place of an experiment; yours comes from `read_csv("observed.csv")?`.
    let truth = Decay { amplitude: 3.0, rate: 0.7 };
    let observed: Vec<[f64; 4]> = (0..10).map(|j| signal(&truth, &mut stream(1, "experiment", j))).collect();

    let posterior = Signal::npse().simulations(20_000).seed(1).train()?;
    let first = posterior.observe(&observed[..1])?.sample(2_000)?;
    let all = posterior.observe(&observed)?.sample(2_000)?;
    println!("{}", all.summary());

    let check = PredictiveCheck::run(&Signal, all.rows(), &observed, &PredictiveStatistics::default(), 1)?;
    let fit = Misspecification::prepare(&Signal, 10, &FitOptions::default())?.test(&observed)?;
    let tall = TallPosterior::new(&posterior).compose(Gauss::default()).sampler(TallPlan::of_steps(30));
    let study = Study::run(&Signal, &tall, &StudyOptions { observations: 10, sets: 300, ..StudyOptions::default() })?;
    println!("\n{}", study.table());
    let few = study.first(100, 19)?;
    let local = LocalC2st::train(&study, &LocalC2stOptions::default())?.test(&observed, all.rows())?;
    let simulated: Vec<[f64; 4]> =
        all.iter().zip(0..).map(|(theta, i)| signal(&theta, &mut stream(2, "replicate", i))).collect();
    let bands = LinePlot::predictive(&TIMES, &simulated, &observed).labels("time [s]", "signal [mV]");
    let report = posterior.report("report.html").observations(&observed).draws(&first).draws(&all).truth(&truth);
    let report = report.check(&check).misspecification(&fit).study(&study).local_c2st(&local);
    let report = report.coverage(&few, &few.density_ranks(&tall)?);
    report.plot("What the posterior predicts, and what was observed.", &bands).save()?;
    Ok(())
}
