//! Do a fixed amount of the scalar work of tall sampling, for `.ci/instructions` to count its instructions.
//!
//! `compose` prepares GAUSS for 30 exact Gaussian factors; `sample` draws with it, every step with its weights, scores and
//! update; `nothing` is what a process costs. No network and one thread.

use std::process::ExitCode;

use tallsbi::compose::oracle::{Gaussian, GaussianOracle};
use tallsbi::compose::{Composed, Composer, Gauss};
use tallsbi::diffusion::Schedule;
use tallsbi::nalgebra::SMatrix;
use tallsbi::sample::{Ddim, DriveOptions, Grid, drive};

type Outcome = Result<f64, Box<dyn std::error::Error>>;

/// 30 factors in five dimensions, and 40 draws of 20 steps if `draws`.
fn work(draws: bool) -> Outcome {
    let observe = SMatrix::<f64, 5, 5>::from_fn(|i, j| if i == j { 1.0 } else { 0.1 * (i as f64 - j as f64) });
    let xs: Vec<[f64; 5]> = (0..30).map(|n| std::array::from_fn(|i| (f64::from(n) * 0.7 + i as f64).sin())).collect();
    let noise = SMatrix::<f64, 5, 5>::identity() * 0.3;
    let prior = Gaussian::new([0.0; 5], SMatrix::identity())?;
    let oracle = GaussianOracle::linear(prior, &observe, &noise, &xs)?;
    let gauss = Gauss::default();
    let composition = Composer::<5, _, GaussianOracle<5>>::prepare(&gauss, oracle.prior(), &oracle)?;
    if !draws {
        let mut weights = Vec::new();
        composition.weights_into(&Schedule::default().level(0.3), &mut weights);
        return Ok(weights.iter().map(SMatrix::sum).sum());
    }
    let score = Composed { composition: &composition, prior: oracle.prior(), local: &oracle };
    let levels = Grid::Uniform { steps: 20 }.levels(&Schedule::default())?;
    let options = DriveOptions { draws: 40, ..DriveOptions::default() };
    let driven = drive(&score, &Ddim { eta: 1.0 }, &levels, &options)?;
    Ok(driven.draws.iter().flatten().sum())
}

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("nothing") => Ok(0.0),
        Some("compose") => work(false),
        Some("sample") => work(true),
        _ => Err("name the work: nothing, compose or sample".into()),
    };
    match outcome {
        Ok(sum) if sum.is_finite() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "scalar-work: {error}");
            ExitCode::FAILURE
        }
    }
}
