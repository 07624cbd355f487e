//! Run the paper's toy experiments: exact scores of a Gaussian model with a perturbation of known size.

use std::io::Write;
use std::time::Instant;

use tallsbi::compose::{ComposeError, Composed, Composer, FactorizedDiffused, Gauss, Jac};
use tallsbi::diagnose::{Rows, max_sliced_wasserstein};
use tallsbi::sample::{Ddim, DriveOptions, Driven, Grid, Langevin, SampleError, Sampler, drive};

use super::{Cells, PaperError, Settings, mean_and_sd, published, shown, spread};
use crate::toy::gaussian::{draws, gaussian_toy};
use crate::toy::{Toy, schedule};

/// The algorithms of the tables.
const ALGORITHMS: [&str; 3] = ["GAUSS", "JAC", "Langevin"];

/// Pairs of exact samples whose distance is what no algorithm can beat.
const FLOOR_PAIRS: u64 = 5;

/// How large an experiment is.
struct Size {
    draws: usize,
    projections: usize,
    seeds: u64,
}

impl Size {
    fn of(settings: &Settings) -> Self {
        if settings.quick {
            Self { draws: 200, projections: 1_000, seeds: 1 }
        } else {
            Self { draws: 1_000, projections: 10_000, seeds: 5 }
        }
    }
}

/// One cell: seconds, max-sliced distance to exact draws, its excess over that of exact draws, draws that were lost.
const VALUES: [&str; 4] = ["seconds", "max_sw", "excess", "non_finite"];
const KEYS: [&str; 6] = ["m", "n", "perturbation", "seed", "algorithm", "steps"];

fn cell<const M: usize>(
    cells: &mut Cells,
    size: &Size,
    (n, epsilon, seed): (usize, f64, u64),
    algorithm: &str,
    steps: usize,
) -> Result<Vec<f64>, PaperError> {
    let key =
        [M.to_string(), n.to_string(), epsilon.to_string(), seed.to_string(), algorithm.to_owned(), steps.to_string()];
    cells.get(&key, || {
        let exact = gaussian_toy::<M>(seed, n, epsilon)?;
        let start = Instant::now();
        let driven = sample(&exact.toy, algorithm, steps, size.draws);
        let seconds = start.elapsed().as_secs_f64();
        let driven = match driven {
            Ok(driven) => driven,
            // That an algorithm diverges is a result.
            Err(SampleError::AllNonFinite { draws }) => return Ok(vec![seconds, f64::NAN, f64::NAN, draws as f64]),
            Err(error) => return Err(error.into()),
        };
        let distance = |a: &[[f64; M]], b: &[[f64; M]]| {
            Ok::<_, PaperError>(max_sliced_wasserstein(
                Rows::from_arrays(a)?,
                Rows::from_arrays(b)?,
                size.projections,
                seed,
            )?)
        };
        let reference = |index: u64| draws(&exact.tall, size.draws, 1_000 + 10 * seed + index);
        let worst = distance(&reference(0)?, &driven.draws)?;
        let mut floor = 0.0;
        for pair in 0..FLOOR_PAIRS {
            floor += distance(&reference(2 * pair)?, &reference(2 * pair + 1)?)? / FLOOR_PAIRS as f64;
        }
        Ok(vec![seconds, worst, worst - floor, driven.non_finite.len() as f64])
    })
}

/// `steps` steps of DDIM with the η that goes with them for GAUSS (covariances from 1,000 draws of 100 steps) and JAC;
/// `steps` levels of five Langevin steps otherwise.
fn sample<const M: usize>(toy: &Toy<M>, algorithm: &str, steps: usize, n: usize) -> Result<Driven<M>, SampleError> {
    let ddim = Ddim::for_steps(steps);
    match algorithm {
        "GAUSS" => composed(toy, &Gauss::pilot(1_000, 100), &ddim, steps, n),
        "JAC" => composed(toy, &Jac::default(), &ddim, steps, n),
        _ => composed(toy, &FactorizedDiffused, &Langevin::default(), steps, n),
    }
}

fn composed<const M: usize, C, A: Sampler<M>>(
    toy: &Toy<M>,
    composer: &C,
    sampler: &A,
    steps: usize,
    n: usize,
) -> Result<Driven<M>, SampleError>
where
    C: Composer<M, tallsbi::compose::oracle::Gaussian<M>, Toy<M>>,
{
    let composition = composer.prepare(&toy.prior, toy).map_err(SampleError::Compose)?;
    let score = Composed { composition: &composition, prior: &toy.prior, local: toy };
    let levels = Grid::Uniform { steps }.levels(&schedule())?;
    drive(&score, sampler, &levels, &DriveOptions { draws: n, seed: toy.seed, ..DriveOptions::default() })
}

/// Time and distance by number of steps.
pub(super) fn table1(settings: &Settings, out: &mut dyn Write) -> Result<(), PaperError> {
    let size = Size::of(settings);
    let mut cells = Cells::open(&settings.cells("toy_gaussian"), &KEYS, &VALUES)?;
    let all = [50, 150, 400, 1000];
    let steps: &[usize] = if settings.quick { &all[..2] } else { &all };
    writeln!(
        out,
        "{:<10}{:>6}{:>16}{:>20}{:>18}{:>14}",
        "algorithm", "steps", "seconds", "max-sW", "published s", "max-sW"
    )?;
    for algorithm in ALGORITHMS {
        for &steps in steps {
            let (mut seconds, mut distances) = (Vec::new(), Vec::new());
            for seed in 0..size.seeds {
                let values = cell::<10>(&mut cells, &size, (32, 1e-2, settings.seed + seed), algorithm, steps)?;
                seconds.push(values[0]);
                distances.push(values[1]);
            }
            let (seconds, _) = mean_and_sd(&seconds);
            let (missing, distance) = (shown(None), spread(mean_and_sd(&distances), 3));
            writeln!(out, "{algorithm:<10}{steps:>6}{seconds:>16.2}{distance:>20}{missing:>18}{missing:>14}")?;
            out.flush()?;
        }
    }
    writeln!(
        out,
        "means over {} seeds, ± standard deviation; published: mean ± 1.96 standard errors of 5",
        size.seeds
    )?;
    Ok(())
}

/// Time relative to Langevin.
pub(super) fn table2(settings: &Settings, out: &mut dyn Write) -> Result<(), PaperError> {
    let size = Size::of(settings);
    let mut cells = Cells::open(&settings.cells("toy_gaussian"), &KEYS, &VALUES)?;
    let steps = if settings.quick { 50 } else { 400 };
    writeln!(out, "{:>4}{:>10}{:>16}{:>20}", "m", "algorithm", "time/Langevin", "published")?;
    for m in [2, 4, 10, 32] {
        let mut means = [0.0; 3];
        for (mean, algorithm) in means.iter_mut().zip(ALGORITHMS) {
            for seed in 0..size.seeds {
                let at = (8, 1e-2, settings.seed + seed);
                let values = match m {
                    2 => cell::<2>(&mut cells, &size, at, algorithm, steps),
                    4 => cell::<4>(&mut cells, &size, at, algorithm, steps),
                    10 => cell::<10>(&mut cells, &size, at, algorithm, steps),
                    _ => cell::<32>(&mut cells, &size, at, algorithm, steps),
                }?;
                *mean += values[0] / size.seeds as f64;
            }
        }
        for ((algorithm, [low, high]), mean) in published::RELATIVE_TIME.into_iter().zip(means) {
            let range = format!("{low} to {high}");
            writeln!(out, "{m:>4}{algorithm:>10}{:>16.2}{range:>20}", mean / means[2])?;
        }
        out.flush()?;
    }
    writeln!(out, "n = 8, {steps} steps; published: the range over m = 2 to 32 on a graphics card")?;
    Ok(())
}

/// Excess distance by perturbation and number of observations.
pub(super) fn fig2(settings: &Settings, out: &mut dyn Write) -> Result<(), PaperError> {
    let size = Size::of(settings);
    let mut cells = Cells::open(&settings.cells("toy_gaussian"), &KEYS, &VALUES)?;
    let steps = if settings.quick { [100, 50, 50] } else { [1000, 400, 400] };
    let numbers: &[usize] = if settings.quick { &[2, 16] } else { &[2, 4, 8, 16, 32, 64, 90] };
    writeln!(
        out,
        "{:>12}{:>5}{:>10}{:>18}{:>14}{:>12}",
        "perturbation", "n", "algorithm", "excess", "published", "lost"
    )?;
    for epsilon in [0.0, 1e-3, 1e-2, 1e-1] {
        for &n in numbers {
            for (k, algorithm) in ALGORITHMS.into_iter().enumerate() {
                let (mut excess, mut lost) = (Vec::new(), 0.0);
                for seed in 0..size.seeds {
                    let at = (n, epsilon, settings.seed + seed);
                    let values = cell::<10>(&mut cells, &size, at, algorithm, steps[k])?;
                    excess.push(values[2]);
                    lost += values[3];
                }
                let published = published::TOY.iter().find(|(e, other, _)| *e == epsilon && *other == n);
                let published = shown(published.map(|(_, _, values)| values[k]));
                let excess = spread(mean_and_sd(&excess), 3);
                writeln!(out, "{epsilon:>12}{n:>5}{algorithm:>10}{excess:>18}{published:>14}{lost:>12}")?;
            }
            out.flush()?;
        }
    }
    Ok(())
}

impl From<ComposeError> for PaperError {
    fn from(error: ComposeError) -> Self {
        Self::Sample(SampleError::Compose(error))
    }
}
