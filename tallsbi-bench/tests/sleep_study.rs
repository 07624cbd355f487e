//! Make the reference posterior of the sleep study (`examples/data/sleep_study_reference.csv`), or check that it is what NUTS gives.

use tallsbi::report::{read_columns, write_columns};
use tallsbi_bench::nuts::{LogDensity, NutsOptions, nuts};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/sleep_study.csv");
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/sleep_study_reference.csv");
const NAMES: [&str; 7] = ["mean_start", "sd_start", "mean_slope", "sd_slope", "noise", "slope of 308", "slope of 335"];
/// Positions of the last two columns' subjects in the data.
const SUBJECTS: [usize; 2] = [0, 8];

/// The model of `examples/12_sleep_study.rs`, in coordinates without bounds: standardised means, log standard deviations, and
/// non-centred starts and slopes of each subject.
struct SleepStudy {
    /// Reaction times of each subject on days 0 to 9.
    subjects: Vec<Vec<f64>>,
}

/// The population of a position: mean and sd of starts, mean and sd of slopes, noise.
fn population(u: &[f64]) -> [f64; 5] {
    [250.0 + 50.0 * u[0], u[1].exp(), 10.0 + 10.0 * u[2], u[3].exp(), u[4].exp()]
}

impl LogDensity for SleepStudy {
    fn dim(&self) -> usize {
        5 + 2 * self.subjects.len()
    }

    fn value_and_gradient(&self, u: &[f64], gradient: &mut [f64]) -> f64 {
        let [mean_start, sd_start, mean_slope, sd_slope, noise] = population(u);
        gradient.iter_mut().zip(u).for_each(|(gradient, u)| *gradient = -u);
        let mut value = -0.5 * u.iter().map(|u| u * u).sum::<f64>();
        for (k, mean, sd) in [(1, 3.2, 0.6), (3, 1.8, 0.6), (4, 3.2, 0.5)] {
            let z = (u[k] - mean) / sd;
            value += 0.5 * (u[k] * u[k] - z * z);
            gradient[k] = -z / sd;
        }
        for (subject, reactions) in self.subjects.iter().enumerate() {
            let [a, b] = [5 + 2 * subject, 6 + 2 * subject];
            let (start, slope) = (mean_start + sd_start * u[a], mean_slope + sd_slope * u[b]);
            for (day, reaction) in reactions.iter().enumerate() {
                let z = (reaction - start - slope * day as f64) / noise;
                value -= 0.5 * z * z + u[4];
                gradient[4] += z * z - 1.0;
                let (of_start, of_slope) = (z / noise, z / noise * day as f64);
                gradient[0] += 50.0 * of_start;
                gradient[1] += of_start * sd_start * u[a];
                gradient[2] += 10.0 * of_slope;
                gradient[3] += of_slope * sd_slope * u[b];
                gradient[a] += of_start * sd_start;
                gradient[b] += of_slope * sd_slope;
            }
        }
        value
    }
}

fn study() -> SleepStudy {
    let table = read_columns(DATA).expect("the data");
    SleepStudy { subjects: table.rows.iter().map(|row| row[1..].to_vec()).collect() }
}

/// The pooled least-squares line and the components of variance of a balanced design are the published ones of these data
/// (251.41 ms, 10.47 ms/day; sd of starts 24.74, of slopes 5.92, residual 25.59).
#[test]
fn the_data_are_the_published_ones() {
    let subjects = study().subjects;
    assert_eq!((subjects.len(), subjects.iter().map(Vec::len).sum::<usize>()), (18, 180));
    // Days 0 to 9: mean 4.5, sum of squares about it 82.5.
    let lines: Vec<[f64; 2]> = (subjects.iter())
        .map(|y| {
            let slope = y.iter().enumerate().map(|(day, y)| (day as f64 - 4.5) * y).sum::<f64>() / 82.5;
            [y.iter().sum::<f64>() / 10.0 - 4.5 * slope, slope]
        })
        .collect();
    let squares: f64 = (subjects.iter().zip(&lines))
        .flat_map(|(y, [a, b])| y.iter().enumerate().map(move |(day, y)| (y - a - b * day as f64).powi(2)))
        .sum();
    let residual = squares / (18.0 * 8.0);
    let near = |found: f64, published: f64| assert!((found - published).abs() < 0.006, "{found} {published}");
    near(residual.sqrt(), 25.59);
    for (k, mean, sd, own) in [(0, 251.405, 24.74, 0.1 + 4.5 * 4.5 / 82.5), (1, 10.467, 5.92, 1.0 / 82.5)] {
        let average = lines.iter().map(|line| line[k]).sum::<f64>() / 18.0;
        let variance = lines.iter().map(|line| (line[k] - average).powi(2)).sum::<f64>() / 17.0;
        near(average, mean);
        near((variance - residual * own).sqrt(), sd);
    }
}

#[test]
fn the_gradient_is_that_of_the_density() {
    let target = study();
    let mut u: Vec<f64> = (0..target.dim()).map(|k| (k as f64 * 0.7).sin()).collect();
    (u[1], u[3], u[4]) = (3.0, 1.5, 3.3);
    let mut gradient = vec![0.0; u.len()];
    target.value_and_gradient(&u, &mut gradient);
    for k in 0..u.len() {
        let at = |step: f64| {
            let mut moved = u.clone();
            moved[k] += step;
            target.value_and_gradient(&moved, &mut vec![0.0; u.len()])
        };
        let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        assert!((slope - gradient[k]).abs() < 1e-5 * (1.0 + slope.abs()), "{k}: {slope} {}", gradient[k]);
    }
}

/// A correlated Gaussian: x ~ N(2, 3²), y ~ N(x/2, 1).
struct Pair;

impl LogDensity for Pair {
    fn dim(&self) -> usize {
        2
    }
    fn value_and_gradient(&self, u: &[f64], gradient: &mut [f64]) -> f64 {
        let (x, y) = ((u[0] - 2.0) / 3.0, u[1] - 0.5 * u[0]);
        gradient[0] = -x / 3.0 + 0.5 * y;
        gradient[1] = -y;
        -0.5 * (x * x + y * y)
    }
}

/// Means and standard deviations within what 4 × 2,000 draws, taken as a quarter as many independent ones, allow with probability
/// 1 − 1e-6 (4.9 standard errors).
#[test]
fn a_gaussian_target_is_met() {
    let options = NutsOptions { chains: 4, warm_up: 500, draws: 2_000, seed: 1 };
    let draws = nuts(&Pair, &[1.0, -1.0], &options).expect("draws");
    assert!(draws.largest_rhat() < 1.02, "{}", draws.largest_rhat());
    for (k, mean, sd) in [(0, 2.0, 3.0), (1, 1.0, (2.25_f64 + 1.0).sqrt())] {
        let all: Vec<f64> = draws.chains.iter().flatten().map(|draw| draw[k]).collect();
        let (found, spread) = moments(&all);
        assert!((found - mean).abs() < 4.9 * sd / 2_000.0_f64.sqrt(), "{k}: {found}");
        assert!((spread / sd - 1.0).abs() < 4.9 / 4_000.0_f64.sqrt(), "{k}: {spread}");
    }
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// The stored draws are 2,000 of 4 chains × 5,000, every tenth, with four significant digits or so. `TALLSBI_BLESS=1` writes them. Runs on
/// other machines differ in the last bits and so in the draws, not in the posterior: means within 4.9 standard errors of both.
#[test]
fn the_reference_is_the_posterior() {
    let target = study();
    // No component of the gradient is zero there: the first metric is made of it.
    let mut start = vec![0.1; target.dim()];
    (start[1], start[3], start[4]) = (3.2, 1.8, 3.2);
    let draws =
        nuts(&target, &start, &NutsOptions { chains: 4, warm_up: 1_000, draws: 5_000, seed: 2003 }).expect("draws");
    assert!(draws.largest_rhat() < 1.01, "{}", draws.largest_rhat());
    assert!(draws.divergences < 20, "{} of 20,000", draws.divergences);
    let row = |draw: &[f64]| -> Vec<f64> {
        let population = population(draw);
        let slopes = SUBJECTS.map(|subject| population[2] + population[3] * draw[6 + 2 * subject]);
        population.into_iter().chain(slopes).map(|value| (value * 1e3).round() / 1e3).collect()
    };
    let thinned: Vec<Vec<f64>> =
        draws.chains.iter().flat_map(|chain| chain.iter().step_by(10)).map(|draw| row(draw)).collect();
    if std::env::var_os("TALLSBI_BLESS").is_some() {
        write_columns(REFERENCE, &NAMES, &thinned.concat()).expect("written");
    }
    let reference = read_columns(REFERENCE).expect("the reference");
    assert_eq!(reference.names, NAMES);
    for k in 0..NAMES.len() {
        let column = |rows: &[Vec<f64>]| moments(&rows.iter().map(|row| row[k]).collect::<Vec<_>>());
        let ((a, sd), (b, other)) = (column(&thinned), column(&reference.rows));
        eprintln!("{:>14}: {b:8.3} ± {other:.3}", NAMES[k]);
        // Every tenth draw, taken as half as many independent ones.
        assert!((a - b).abs() < 4.9 * sd * (2.0 / 1_000.0_f64).sqrt(), "{}: {a} {b}", NAMES[k]);
        assert!((sd / other).ln().abs() < 4.9 / 1_000.0_f64.sqrt(), "{}: {sd} {other}", NAMES[k]);
    }
}
