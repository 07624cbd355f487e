//! Infer the rates of an epidemic from one, eight and thirty outbreaks, and draw the three posteriors.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::prelude::*;
use tallsbi::rand_distr::{Binomial, BinomialError, Distribution};
use tallsbi::report::PairPlot;

/// Parameters carry their prior, their name and their unit.
#[derive(Parameters, Clone, Debug)]
struct Epidemic {
    /// contact rate [1/day]
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
    /// recovery rate [1/day]
    #[prior(LogNormal(-2.079, 0.2))]
    gamma: f64,
}

/// Positive tests among a thousand people on days 0, 17, ..., 153, in a population of a million with one infected on
/// day 0.
#[simulator]
fn sir(theta: &Epidemic, rng: &mut impl Rng) -> Result<[f32; 10], BinomialError> {
    let (mut susceptible, mut infected) = (1.0 - 1e-6, 1e-6);
    let mut counts = [0.0; 10];
    for count in &mut counts {
        *count = Binomial::new(1_000, infected)?.sample(rng) as f32;
        for _ in 0..17 * STEPS_PER_DAY {
            (susceptible, infected) = step(theta, susceptible, infected);
        }
    }
    Ok(counts)
}

const STEPS_PER_DAY: usize = 4;

/// A quarter of a day of S' = -beta S I, I' = beta S I - gamma I (shares of the population), by the fourth-order method
/// of Runge and Kutta.
fn step(theta: &Epidemic, s: f64, i: f64) -> (f64, f64) {
    let h = 1.0 / STEPS_PER_DAY as f64;
    let slope = |s: f64, i: f64| (-theta.beta * s * i, theta.beta * s * i - theta.gamma * i);
    let k1 = slope(s, i);
    let k2 = slope(s + 0.5 * h * k1.0, i + 0.5 * h * k1.1);
    let k3 = slope(s + 0.5 * h * k2.0, i + 0.5 * h * k2.1);
    let k4 = slope(s + h * k3.0, i + h * k3.1);
    (s + h / 6.0 * (k1.0 + 2.0 * (k2.0 + k3.0) + k4.0), i + h / 6.0 * (k1.1 + 2.0 * (k2.1 + k3.1) + k4.1))
}

fn main() -> tallsbi::Result<()> {
    let outbreaks: Vec<[f32; 10]> = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/data/sir_outbreaks.csv"))?;
    let truth = Epidemic { beta: 0.35, gamma: 0.11 };

    println!("Simulating 10,000 outbreaks and training ...");
    let posterior = Sir::npse().simulations(10_000).seed(1).train()?;
    println!("trained in {:.0} s\n", posterior.training().seconds);

    let mut plot = PairPlot::new(&Epidemic::labels()).title("Rates given 1, 8 and 30 outbreaks");
    for n in [1, 8, 30] {
        let draws = posterior.observe(&outbreaks[..n])?.compose(Gauss::default()).seed(1).sample(1_000)?;
        println!("{}\n", draws.summary());
        plot = plot.series(&format!("n = {n}"), draws.rows());
        for (component, truth) in draws.summary().components.iter().zip(truth.to_array()) {
            let off = (component.mean - truth) / component.sd;
            assert!(off.abs() < 4.0, "n = {n}: {} is {off:.1} standard deviations off", component.label.name);
        }
    }
    plot.truth(&truth.to_array()).save("posterior.svg")?;
    println!("The picture is in posterior.svg; dashed lines mark the truth, beta = 0.35 and gamma = 0.11 per day.");
    Ok(())
}
