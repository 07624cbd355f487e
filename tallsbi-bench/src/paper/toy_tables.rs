//! Tabulate time and distance on the Gaussian toy by steps and by dimension.

use std::io::Write;

use tallsbi::report::LinePlot;

use super::figure::{Figure, MOST, drawn, with_errors};
use super::toy::{ALGORITHMS, Kind, Size};
use super::{PaperError, Settings, mean_and_sd, published, shown, spread};

/// Time and distance by number of steps.
pub(super) fn table1(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let (kind, size) = (Kind::Gaussian, Size::of(settings));
    let mut cells = kind.cells(settings)?;
    let all = [50, 150, 400, 1000];
    let steps: &[usize] = if settings.quick { &all[..2] } else { &all };
    let missing = shown(None);
    writeln!(
        out,
        "{:<10}{:>6}{:>16}{:>20}{:>18}{:>14}",
        "algorithm", "steps", "seconds", "max-sW", "published s", "max-sW"
    )?;
    let ticks: Vec<f64> = steps.iter().map(|steps| *steps as f64).collect();
    let plot = |label: &str| LinePlot::new("steps", label).logarithmic([true, true]).ticks(&ticks);
    let (mut distance_plot, mut seconds_plot) = (plot("max-sliced Wasserstein"), plot("time [s]").title("Time"));
    for algorithm in ALGORITHMS {
        let (mut by_seconds, mut by_distance) = (Vec::new(), Vec::new());
        for &steps in steps {
            let (mut seconds, mut distances) = (Vec::new(), Vec::new());
            for seed in 0..size.seeds {
                let at = (32, 1e-2, settings.seed + seed);
                let values = kind.cell_in(10, &mut cells, &size, at, algorithm, steps)?;
                seconds.push(values[0]);
                distances.push(values[1]);
            }
            let (mean, _) = mean_and_sd(&seconds);
            let distance = spread(mean_and_sd(&distances), 3);
            writeln!(out, "{algorithm:<10}{steps:>6}{mean:>16.2}{distance:>20}{missing:>18}{missing:>14}")?;
            out.flush()?;
            by_seconds.push((steps as f64, seconds));
            by_distance.push((steps as f64, drawn(distances, MOST)));
        }
        distance_plot = with_errors(distance_plot, algorithm, &by_distance);
        seconds_plot = with_errors(seconds_plot, algorithm, &by_seconds);
    }
    let mut figure = Figure::default();
    figure.row(vec![distance_plot.title("Gaussian toy, m = 10, n = 32"), seconds_plot]);
    settings.draw(&figure, "table1", out)?;
    writeln!(
        out,
        "means over {} seeds, ± standard deviation; published: mean ± 1.96 standard errors of 5",
        size.seeds
    )?;
    Ok(())
}

/// Time relative to Langevin.
pub(super) fn table2(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let (kind, size) = (Kind::Gaussian, Size::of(settings));
    let mut cells = kind.cells(settings)?;
    let steps = if settings.quick { 50 } else { 400 };
    let dimensions = [2, 4, 10, 32];
    let mut curves: [Vec<[f64; 2]>; 2] = [Vec::new(), Vec::new()];
    writeln!(out, "{:>4}{:>10}{:>16}{:>20}", "m", "algorithm", "time/Langevin", "published")?;
    for m in dimensions {
        let mut means = [0.0; 3];
        for (mean, algorithm) in means.iter_mut().zip(ALGORITHMS) {
            for seed in 0..size.seeds {
                let at = (8, 1e-2, settings.seed + seed);
                *mean += kind.cell_in(m, &mut cells, &size, at, algorithm, steps)?[0] / size.seeds as f64;
            }
        }
        for (k, (algorithm, [low, high])) in published::RELATIVE_TIME.into_iter().enumerate() {
            let (range, ours) = (format!("{low} to {high}"), means[k] / means[2]);
            writeln!(out, "{m:>4}{algorithm:>10}{ours:>16.2}{range:>20}")?;
            curves[k].push([m as f64, ours]);
        }
        out.flush()?;
    }
    let ends = [dimensions[0] as f64, dimensions[3] as f64];
    let mut plot = LinePlot::new("dimension m", "time relative to Langevin").logarithmic([true, false]);
    plot = plot.ticks(&dimensions.map(|m| m as f64)).title(&format!("Time of {steps} steps; bands: published"));
    for ((algorithm, [low, high]), curve) in published::RELATIVE_TIME.into_iter().zip(&curves) {
        plot = plot.line(algorithm, curve).dots(algorithm, curve).band(algorithm, &ends.map(|m| [m, low, high]));
    }
    let mut figure = Figure::default();
    figure.row(vec![plot.level("Langevin", 1.0)]);
    settings.draw(&figure, "table2", out)?;
    writeln!(out, "n = 8, {steps} steps; published: the range over m = 2 to 32 on a graphics card")?;
    writeln!(out, "the time of GAUSS has 1,000 draws of 100 steps given each observation in it, also in a quick run")?;
    Ok(())
}
