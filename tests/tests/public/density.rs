//! Check that log-densities of trained posteriors are normalised in natural units and are those of the draws. Neither depends
//! on how well the network is trained.

use tallsbi::calibrate::{SetDensity, TallPosterior};
use tallsbi::net::Mlp;
use tallsbi::prelude::*;
use tallsbi::rand_distr::StandardNormal;

/// A rate with a skewed prior, so that the map to latent coordinates matters.
#[derive(Parameters, Clone, Debug)]
struct Rate {
    /// rate [1/s]
    #[prior(LogNormal(0.0, 0.7))]
    rate: f64,
}

#[simulator(network = Mlp<1, 1, 32>)]
fn reading(theta: &Rate, rng: &mut impl Rng) -> [f64; 1] {
    let z: f64 = rng.sample(StandardNormal);
    [theta.rate + 0.6 * z]
}

#[test]
fn densities_integrate_to_one_and_are_those_of_the_draws() {
    const DRAWS: usize = 4_000;
    const CELLS: usize = 600;
    let posterior =
        Reading::npse().simulations(1_500).epochs(15).seed(1).head_options(tallsbi::train::TrainOptions::head(), 32);
    let posterior = posterior.quiet().train().expect("training");
    for n in [1, 12] {
        let x: Vec<[f64; 1]> = (0..n).map(|j| [1.2 + 0.5 * f64::from(j % 5 - 2)]).collect();
        let sampling = posterior.observe(&x).expect("finite").compose(Gauss::default()).seed(3).quiet();
        let draws = sampling.sample(DRAWS).expect("draws");
        let mut drawn = draws.column("rate").expect("a column");
        drawn.sort_by(f64::total_cmp);
        let high = 2.0 * drawn[DRAWS - 1];
        let step = high / CELLS as f64;
        let grid: Vec<Rate> = (0..CELLS).map(|i| Rate { rate: (i as f64 + 0.5) * step }).collect();
        let ln_density = sampling.log_density(&grid).expect("densities");
        let cumulative: Vec<f64> = ln_density
            .iter()
            .scan(0.0, |sum: &mut f64, ln_density| {
                *sum += step * ln_density.exp();
                Some(*sum)
            })
            .collect();
        let total = cumulative[CELLS - 1];
        // Kolmogorov and Smirnov's distance of the draws from the density's distribution function at cell edges.
        let distance = cumulative
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let below = drawn.partition_point(|value| *value < (i + 1) as f64 * step);
                (below as f64 / DRAWS as f64 - c / total).abs()
            })
            .fold(0.0, f64::max);
        eprintln!("n = {n}: total {total:.4}, distance {distance:.4}");
        // Midpoint rule on 600 cells and a kinked network: half a percent.
        assert!((total - 1.0).abs() < 0.01, "n = {n}: the density integrates to {total}");
        // P(√N D > 2.69) = 1e-6; and half a percent for the last step, which takes σ² (1 % of the variance) away.
        assert!(distance < 2.69 / (DRAWS as f64).sqrt() + 0.005, "n = {n}: distance {distance}");

        // The mode is the top of the same density, natural units: to half a cell, and no cell is denser.
        let mode = sampling.mode().expect("a mode");
        let (cell, densest) =
            ln_density.iter().copied().enumerate().fold((0, f64::NEG_INFINITY), |a, b| if b.1 > a.1 { b } else { a });
        eprintln!("n = {n}: {mode:?}, densest cell {:.4}", grid[cell].rate);
        assert!(mode.converged && (mode.theta.rate - grid[cell].rate).abs() < 1.5 * step, "{mode:?}");
        assert!(mode.ln_density >= densest - 1e-4 && mode.ln_density < densest + 0.01, "{mode:?} {densest}");

        // Outside the support the density is zero.
        assert_eq!(sampling.log_density(&[Rate { rate: -1.0 }]).expect("a density"), [f64::NEG_INFINITY]);
        // The handle that studies use gives the density of the default seed: same up to pilot draws.
        let handle = TallPosterior::new(&posterior).ln_density(&x, &[[1.2]]).expect("a density")[0];
        let direct = posterior.observe(&x).expect("finite").compose(Gauss::default()).quiet();
        assert_eq!(direct.log_density(&[Rate { rate: 1.2 }]).expect("a density"), [handle]);
    }
}
