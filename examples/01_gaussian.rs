//! Compare a learned posterior with the exact one: two Gaussian means, given 1, 5 and 25 observations.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::model::stream;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

const PRIOR_MEAN: f64 = 10.0;
const PRIOR_SD: f64 = 2.0;
/// Standard deviation of the measurement.
const NOISE: f64 = 1.5;

/// Two unknown means.
#[derive(Parameters, Clone, Debug)]
struct Means {
    /// potential at two electrodes [mV]
    #[prior(Normal(PRIOR_MEAN, PRIOR_SD))]
    mu: [f64; 2],
}

/// One noisy measurement of both.
#[simulator]
fn measure(theta: &Means, rng: &mut impl Rng) -> [f64; 2] {
    theta.mu.map(|mu| {
        let z: f64 = StandardNormal.sample(rng);
        mu + NOISE * z
    })
}

/// Mean and standard deviation of the exact posterior of component `k`.
fn exact(x: &[[f64; 2]], k: usize) -> (f64, f64) {
    let (prior, noise) = (PRIOR_SD.powi(-2), NOISE.powi(-2));
    let precision = prior + noise * x.len() as f64;
    let sum: f64 = x.iter().map(|x| x[k]).sum();
    ((prior * PRIOR_MEAN + noise * sum) / precision, precision.sqrt().recip())
}

fn main() -> tallsbi::Result<()> {
    const DRAWS: usize = 1_000;
    // What the network may add, in posterior standard deviations: an error that all single-observation posteriors share
    // is √n times as large relative to the tall posterior.
    const NETWORK: f64 = 0.05;
    let truth = Means { mu: [9.0, 12.5] };
    let x = (0..25).map(|j| Measure.simulate(&truth, &mut stream(1, "observations", j)));
    let x: Vec<[f64; 2]> = x.map(|x| x.unwrap_or_else(|error| unreachable!("{error}"))).collect();

    let posterior = Measure::npse().simulations(20_000).seed(1).train()?;
    for n in [1, 5, 25] {
        let draws = posterior.observe(&x[..n])?.sample(DRAWS)?;
        println!("{}", draws.summary());
        for (k, component) in draws.summary().components.iter().enumerate() {
            let (mean, sd) = exact(&x[..n], k);
            let off = (component.mean - mean) / sd;
            let ratio = component.sd / sd;
            println!("{:6} exact: mean {mean:.3}, sd {sd:.4}; off by {off:+.2} sd, sd ratio {ratio:.3}", "");
            // Monte Carlo: 4.9 standard errors, 1e-6 two-sided.
            let draws = DRAWS as f64;
            assert!(off.abs() < 4.9 / draws.sqrt() + NETWORK * (n as f64).sqrt(), "n = {n}: the mean is off");
            assert!((ratio - 1.0).abs() < 4.9 / (2.0 * draws).sqrt() + NETWORK, "n = {n}: the sd is off");
        }
        println!();
    }
    Ok(())
}
