//! Draw the excess distance on toys by perturbation, number of observations and dimension.

use std::io::Write;

use tallsbi::report::LinePlot;

use super::figure::{Figure, drawn, with_errors};
use super::published::{self, ToyRow};
use super::toy::{ALGORITHMS, Kind, Size};
use super::{PaperError, Settings, mean_and_sd, shown, spread};
use crate::toy::mixture::MixtureWeights;

/// Gaussian toy in ten dimensions.
pub(super) fn fig2(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let epsilons = [0.0, 1e-3, 1e-2, 1e-1];
    by_perturbation(settings, out, Kind::Gaussian, "fig2", &[10], &epsilons, &published::TOY)
}

/// Gaussian toy in more and more dimensions.
pub(super) fn dimension(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let dimensions: &[usize] = if settings.quick { &[2, 10] } else { &[2, 10, 32] };
    by_perturbation(settings, out, Kind::Gaussian, "dimension", dimensions, &[1e-2, 1e-1], &published::TOY)
}

/// Mixture toy with the weights of Bayes' theorem.
pub(super) fn mixture(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let kind = Kind::Mixture(MixtureWeights::Correct);
    by_perturbation(settings, out, kind, "mixture", &[10], &[0.0, 1e-2, 1e-1, 1.0], &published::MIXTURE)
}

/// Mixture toy with the weights of the published code.
pub(super) fn mixture_published(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let kind = Kind::Mixture(MixtureWeights::Published);
    by_perturbation(settings, out, kind, "mixture-published", &[10], &[0.0, 1e-2, 1e-1, 1.0], &published::MIXTURE)
}

fn by_perturbation(
    settings: &Settings<'_>,
    out: &mut dyn Write,
    kind: Kind,
    name: &str,
    dimensions: &[usize],
    epsilons: &[f64],
    published: &[ToyRow],
) -> Result<(), PaperError> {
    let size = Size::of(settings);
    let mut cells = kind.cells(settings)?;
    let steps = if settings.quick { [100, 50, 50] } else { [1000, 400, 400] };
    let numbers: &[usize] = if settings.quick { &[2, 16] } else { &[2, 4, 8, 16, 32, 64, 90] };
    let ticks: Vec<f64> = numbers.iter().map(|n| *n as f64).collect();
    writeln!(
        out,
        "{:>4}{:>14}{:>5}{:>10}{:>18}{:>14}{:>12}",
        "m", "perturbation", "n", "algorithm", "excess", "published", "lost"
    )?;
    let mut figure = Figure::default();
    for &m in dimensions {
        let mut plots = Vec::new();
        for &epsilon in epsilons {
            let mut plot = LinePlot::new("number of observations n", "excess max-sliced Wasserstein");
            plot = plot.logarithmic([true, false]).ticks(&ticks).title(&format!("m = {m}, perturbation {epsilon}"));
            let mut curves: [Vec<(f64, Vec<f64>)>; 3] = std::array::from_fn(|_| Vec::new());
            for &n in numbers {
                for (k, algorithm) in ALGORITHMS.into_iter().enumerate() {
                    let (mut excess, mut lost) = (Vec::new(), 0.0);
                    for seed in 0..size.seeds {
                        let at = (n, epsilon, settings.seed + seed);
                        let values = kind.cell_in(m, &mut cells, &size, at, algorithm, steps[k])?;
                        excess.push(values[2]);
                        lost += values[3];
                    }
                    let known = published.iter().find(|row| row.m == m && row.epsilon == epsilon && row.n == n);
                    let known = shown(known.map(|row| row.excess[k]));
                    let ours = spread(mean_and_sd(&excess), 3);
                    writeln!(out, "{m:>4}{epsilon:>14}{n:>5}{algorithm:>10}{ours:>18}{known:>14}{lost:>12}")?;
                    curves[k].push((n as f64, drawn(excess, MOST)));
                }
                out.flush()?;
            }
            for (k, algorithm) in ALGORITHMS.into_iter().enumerate() {
                plot = with_errors(plot, algorithm, &curves[k]);
                let known = published.iter().filter(|row| row.m == m && row.epsilon == epsilon);
                let dots: Vec<[f64; 2]> = known
                    .filter(|row| row.excess[k] < MOST && numbers.contains(&row.n))
                    .map(|row| [row.n as f64, row.excess[k]])
                    .collect();
                if !dots.is_empty() {
                    plot = plot.dots(algorithm, &dots);
                }
            }
            plots.push(plot);
        }
        figure.row(plots);
    }
    settings.draw(&figure, name, out)?;
    writeln!(out, "means over {} seeds; in the picture lines are ours and dots published", size.seeds)?;
    Ok(())
}

/// Larger values are not drawn.
const MOST: f64 = 100.0;
