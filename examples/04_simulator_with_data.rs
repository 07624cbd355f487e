//! Write a simulator by hand that carries data of its own: a river's discharge after measured rain.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::model::stream;
use tallsbi::net::Mlp;
use tallsbi::posterior::Npse;
use tallsbi::prelude::*;
use tallsbi::prior::{Declared, LatentPrior};
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// A catchment that empties like a leaking bucket.
#[derive(Parameters, Clone, Debug)]
struct Catchment {
    /// share of the rain that reaches the river
    #[prior(Beta(4.0, 4.0))]
    runoff: f64,
    /// time in which the storage falls by a factor e [day]
    #[prior(LogNormal(1.0, 0.4))]
    residence: f64,
}

/// The simulator and its data: rain of every day.
struct River {
    rain: Vec<f64>,
}

/// Relative error of a gauge.
const NOISE: f64 = 0.2;

impl River {
    /// Discharge on every third day, without error.
    fn discharge(&self, theta: &Catchment) -> [f64; 8] {
        let keep = (-1.0 / theta.residence).exp();
        let mut storage = 1.0;
        let mut daily = self.rain.iter().map(|rain| {
            storage = keep * storage + theta.runoff * rain;
            (1.0 - keep) * storage
        });
        std::array::from_fn(|_| daily.nth(2).unwrap_or(0.0))
    }
}

impl Simulator<2, 8> for River {
    type Parameters = Catchment;
    type Observation = [f64; 8];
    type Prior = Declared<Catchment>;

    fn prior(&self) -> Self::Prior {
        Declared::new()
    }
    fn simulate(&self, theta: &Catchment, rng: &mut Stream) -> Result<[f64; 8], SimulationError> {
        if self.rain.len() < 24 {
            return Err(SimulationError::new(format!("24 days of rain are needed, not {}", self.rain.len())));
        }
        // The logarithm of what a gauge shows.
        Ok(self.discharge(theta).map(|discharge| {
            let z: f64 = StandardNormal.sample(rng);
            discharge.ln() + NOISE * z
        }))
    }
}

/// Posterior means and standard deviations by summation over a grid that is uniform in the prior's probability.
fn by_grid(river: &River, x: &[[f64; 8]]) -> tallsbi::Result<[(f64, f64); 2]> {
    let side: Vec<f64> = (0..400).map(|i| -4.0 + 8.0 * (f64::from(i) + 0.5) / 400.0).collect();
    let mut sums = [[0.0; 2]; 2];
    let mut total = 0.0;
    // Offset that keeps the exponential in range.
    let mut largest = f64::NEG_INFINITY;
    let mut points = Vec::new();
    for &a in &side {
        for &b in &side {
            let theta = Catchment::from_array(river.prior().from_latent(&[a, b])?);
            let mean = river.discharge(&theta).map(f64::ln);
            let misfit: f64 = x.iter().flat_map(|x| x.iter().zip(&mean)).map(|(x, mean)| (x - mean).powi(2)).sum();
            let log_weight = -0.5 * (a * a + b * b) - 0.5 * misfit / (NOISE * NOISE);
            largest = largest.max(log_weight);
            points.push((log_weight, theta.to_array()));
        }
    }
    for (log_weight, theta) in points {
        let weight = (log_weight - largest).exp();
        total += weight;
        for k in 0..2 {
            sums[k][0] += weight * theta[k];
            sums[k][1] += weight * theta[k] * theta[k];
        }
    }
    Ok(sums.map(|[first, second]| (first / total, (second / total - (first / total).powi(2)).sqrt())))
}

fn main() -> tallsbi::Result<()> {
    let rain = vec![
        12.0, 0.0, 3.0, 0.0, 0.0, 25.0, 8.0, 0.0, 0.0, 0.0, 1.0, 0.0, 17.0, 4.0, 0.0, 0.0, 0.0, 0.0, 6.0, 30.0, 2.0,
        0.0, 0.0, 0.0,
    ];
    let truth = Catchment { runoff: 0.35, residence: 4.0 };
    let gauges = (0..5).map(|j| River { rain: rain.clone() }.simulate(&truth, &mut stream(1, "gauges", j)));
    let gauges: Vec<[f64; 8]> = gauges.map(|x| x.unwrap_or_else(|error| unreachable!("{error}"))).collect();

    let posterior = Npse::<_, Mlp<2, 8>, 2, 8>::new(River { rain }).simulations(6_000).seed(1).train()?;
    let draws = posterior.observe(&gauges)?.sample(2_000)?;
    println!("{}", draws.summary());
    let exact = by_grid(posterior.simulator(), &gauges)?;
    for (component, (mean, sd)) in draws.summary().components.iter().zip(exact) {
        let (off, ratio) = ((component.mean - mean) / sd, component.sd / sd);
        println!(
            "{}: exact mean {mean:.3}, sd {sd:.3}; off by {off:+.2} sd, sd ratio {ratio:.2}",
            component.label.name
        );
        assert!(off.abs() < 0.5 && (0.8..1.25).contains(&ratio));
    }
    Ok(())
}
