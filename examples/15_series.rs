//! Summarise a series by networks of several kinds, and compare each posterior with the exact one.
#![allow(clippy::print_stdout)] // reason: a program talks on standard output

use tallsbi::model::stream;
use tallsbi::net::{Conv1d, EngineJacobians, Gru, Mlp, ScoreNetwork, Summarised, Transformer, summarised};
use tallsbi::prelude::*;
use tallsbi::rand_distr::StandardNormal;

const STEPS: usize = 200;

#[derive(Parameters, Clone, Debug)]
struct Process {
    /// log of the correlation time [log steps]
    #[prior(Normal(2.0, 1.0))]
    log_time: f64,
    /// log of the standard deviation
    #[prior(Normal(0.0, 0.5))]
    log_scale: f64,
}

/// An Ornstein–Uhlenbeck process, seen at equal distances in its stationary state.
#[simulator]
#[summary(Gru)]
fn series(theta: &Process, rng: &mut impl Rng) -> [f32; STEPS] {
    let (kept, scale) = ((-(-theta.log_time).exp()).exp(), theta.log_scale.exp());
    let mut x: f64 = rng.sample(StandardNormal);
    std::array::from_fn(|_| {
        let seen = scale * x;
        x = kept * x + (1.0 - kept * kept).sqrt() * rng.sample::<f64, _>(StandardNormal);
        seen as f32
    })
}

/// ln p(θ) p(x | θ), of a series with these sums: of squares of the first, of all others, of all but the last, and of neighbours' products.
fn ln_joint([log_time, log_scale]: [f64; 2], [first, after, before, products]: [f64; 4]) -> f64 {
    let (kept, sd) = ((-(-log_time).exp()).exp(), log_scale.exp());
    let variance = sd * sd * (1.0 - kept * kept);
    let residuals = (after - 2.0 * kept * products + kept * kept * before) / variance;
    let steps = (STEPS - 1) as f64 * variance.ln() + residuals + 2.0 * log_scale + first / (sd * sd);
    -0.5 * ((log_time - 2.0).powi(2) + (log_scale / 0.5).powi(2) + steps)
}

/// ln p(θ | x) by a sum over a grid of five prior standard deviations each way.
fn ln_exact(theta: &Process, x: &[f32; STEPS]) -> f64 {
    let x = x.map(f64::from);
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
    let (after, before) = (&x[1..], &x[..STEPS - 1]);
    let sums = [x[0] * x[0], sum(after, after), sum(before, before), sum(after, before)];
    let axis = |i: i32| f64::from(i) / 40.0;
    let grid = (-200..=200).flat_map(|i| (-200..=200).map(move |k| [2.0 + axis(i), 0.5 * axis(k)]));
    let at: Vec<f64> = grid.map(|theta| ln_joint(theta, sums)).collect();
    let largest = at.iter().copied().fold(f64::MIN, f64::max);
    let evidence = at.iter().map(|value| (value - largest).exp()).sum::<f64>() * (0.5 / 1600.0);
    ln_joint([theta.log_time, theta.log_scale], sums) - largest - evidence.ln()
}

/// Trains a network and prints by how many nats its log-density of true parameters falls short of the exact one, on the average over new series.
fn compare<N: ScoreNetwork<2, STEPS>>(
    name: &str,
    simulations: usize,
    known: &[(Process, [f32; STEPS], f64)],
) -> tallsbi::Result<()>
where
    N::Engine: EngineJacobians,
{
    let posterior = Series::npse().network::<N>().simulations(simulations).seed(1).quiet().train()?;
    let gap = |(theta, x, exact): &(Process, [f32; STEPS], f64)| -> tallsbi::Result<f64> {
        Ok(exact - posterior.observe(&[*x])?.compose(Gauss::default()).log_density(std::slice::from_ref(theta))?[0])
    };
    let gaps = known.iter().map(gap).collect::<tallsbi::Result<Vec<f64>>>()?;
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    let error = (variance / gaps.len() as f64).sqrt();
    println!("| {name} | {mean:.3} ± {error:.3} | {:.0} s |", posterior.training().seconds);
    Ok(())
}

type Behind<S> = Summarised<S, Mlp<2, { summarised::<Gru<[f32; STEPS]>>(STEPS) }>>;

fn main() -> tallsbi::Result<()> {
    // As many simulations as are asked for on the command line.
    let asked = std::env::args().nth(1);
    let simulations = asked.map_or(10_000, |n| n.parse().expect("a number of simulations"));
    let mut rng = stream(2, "truth", 0);
    let mut truth = || {
        let mut normal = || rng.sample::<f64, _>(StandardNormal);
        let theta = Process { log_time: 2.0 + normal(), log_scale: 0.5 * normal() };
        let x = series(&theta, &mut rng);
        let exact = ln_exact(&theta, &x);
        (theta, x, exact)
    };
    let known: Vec<_> = (0..200).map(|_| truth()).collect();
    println!("| network | nats from the exact posterior | training |\n|---|---|---|");
    compare::<Mlp<2, STEPS>>("Mlp", simulations, &known)?;
    compare::<Behind<Gru<[f32; STEPS]>>>("Gru", simulations, &known)?;
    compare::<Behind<Conv1d<[f32; STEPS]>>>("Conv1d", simulations, &known)?;
    compare::<Behind<Transformer<[f32; STEPS]>>>("Transformer", simulations, &known)
}
