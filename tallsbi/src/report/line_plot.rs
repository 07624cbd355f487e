//! Draw curves, bands and points against one axis: losses, concentration with n, predictive bands (SVG).

use std::path::Path;

use super::{PlotError, line_draw::Sheet, summary::quantile, write_atomically};
use crate::{calibrate::LocalC2stReport, model::Label, train::TrainingReport};

/// A plot of curves with bands, points and rules. What carries the same name has the same colour and one entry in the
/// legend; an empty name has none. Points that are not finite are left out, and a curve is interrupted there.
///
/// The picture depends on its input alone, byte for byte, and needs no fonts, scripts or other files.
///
/// # Example
/// ```
/// use tallsbi::report::LinePlot;
/// let svg = LinePlot::new("time [s]", "signal [mV]")
///     .band("model", &[[0.0, 0.8, 1.2], [1.0, 0.3, 0.5]])
///     .line("model", &[[0.0, 1.0], [1.0, 0.4]])
///     .dots("observed", &[[0.0, 1.1], [1.0, 0.35]])
///     .title("A signal")
///     .to_svg()?;
/// assert!(svg.starts_with("<svg "));
/// # Ok::<(), tallsbi::report::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinePlot {
    pub(super) title: String,
    pub(super) labels: [String; 2],
    pub(super) logarithmic: [bool; 2],
    pub(super) ticks: Vec<f64>,
    pub(super) marks: Vec<Mark>,
}

/// One thing to draw.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) name: String,
    pub(super) shape: Shape,
}

/// What it looks like.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Line(Vec<[f64; 2]>),
    Dots(Vec<[f64; 2]>),
    /// x, lower and upper end.
    Band(Vec<[f64; 3]>),
    /// A dashed line across: at x where `upright`, at y otherwise.
    Rule {
        at: f64,
        upright: bool,
    },
}

impl Shape {
    /// The finite points it brings to the axes.
    pub(super) fn points(&self) -> Vec<[f64; 2]> {
        let all: Vec<[f64; 2]> = match self {
            Self::Line(points) | Self::Dots(points) => points.clone(),
            Self::Band(band) => band.iter().flat_map(|[x, low, high]| [[*x, *low], [*x, *high]]).collect(),
            Self::Rule { .. } => Vec::new(),
        };
        all.into_iter().filter(|point| point.iter().all(|value| value.is_finite())).collect()
    }
}

impl LinePlot {
    /// An empty plot with these labels, units in brackets.
    pub fn new(x_label: &str, y_label: &str) -> Self {
        Self {
            title: String::new(),
            labels: [x_label.to_owned(), y_label.to_owned()],
            logarithmic: [false; 2],
            ticks: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// The losses of a training by epoch, with the epoch whose weights were kept.
    pub fn losses(report: &TrainingReport) -> Self {
        let curve = |value: fn(&crate::train::Epoch) -> f64| -> Vec<[f64; 2]> {
            report.epochs.iter().enumerate().map(|(i, epoch)| [i as f64 + 1.0, value(epoch)]).collect()
        };
        Self::new("epoch", "loss")
            .line("training", &curve(|epoch| epoch.training))
            .line("validation", &curve(|epoch| epoch.validation))
            .upright(&format!("kept: epoch {}", report.best_epoch), report.best_epoch as f64)
            .title("Losses")
    }

    /// The statistic of a local test (local C2ST) among those of classifiers trained on exchanged labels: how many of them
    /// reach at least so much.
    pub fn null_distribution(report: &LocalC2stReport) -> Self {
        let mut null: Vec<f64> = report.null.iter().copied().filter(|value| value.is_finite()).collect();
        null.sort_unstable_by(|a, b| b.total_cmp(a));
        // Steps: at the k-th largest value the count rises from k − 1 to k.
        let mut steps = vec![[null.first().copied().unwrap_or(0.0).max(report.statistic), 0.0]];
        for (k, value) in null.iter().enumerate() {
            steps.extend([[*value, k as f64], [*value, k as f64 + 1.0]]);
        }
        steps.push([0.0, null.len() as f64]);
        steps.reverse();
        let band: Vec<[f64; 3]> = steps.iter().map(|[x, count]| [*x, 0.0, *count]).collect();
        Self::new("statistic", "null classifiers with as much")
            .band("null distribution", &band)
            .line("null distribution", &steps)
            .upright("this posterior", report.statistic)
            .title("Local C2ST")
    }

    /// How the posterior of one parameter concentrates: median, central 50 % and 90 % of its draws (natural units) given n
    /// observations each, against n on a logarithmic axis.
    pub fn concentration(parameter: &Label, draws: &[(usize, &[f64])], truth: Option<f64>) -> Self {
        let mut sorted: Vec<(f64, Vec<f64>)> = draws
            .iter()
            .map(|(n, values)| {
                let mut values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
                values.sort_unstable_by(f64::total_cmp);
                (*n as f64, values)
            })
            .collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at =
            |level: f64| -> Vec<[f64; 2]> { sorted.iter().map(|(n, values)| [*n, quantile(values, level)]).collect() };
        let plot = Self::new("number of observations n", &parameter.axis())
            .band("posterior: 50 %, 90 %", &between(&at(0.05), &at(0.95)))
            .band("posterior: 50 %, 90 %", &between(&at(0.25), &at(0.75)))
            .line("median", &at(0.5))
            .dots("median", &at(0.5))
            .logarithmic([true, false])
            .ticks(&sorted.iter().map(|(n, _)| *n).collect::<Vec<f64>>());
        match truth {
            Some(truth) => plot.level("truth", truth),
            None => plot,
        }
    }

    /// Predictive bands: at each position the median, central 50 % and 90 % of simulated observations, and what was
    /// observed. `at` gives the components' positions (times, frequencies); all are drawn against one axis, so they should
    /// have one unit.
    pub fn predictive<const D: usize>(at: &[f64; D], simulated: &[[f64; D]], observed: &[[f64; D]]) -> Self {
        let columns: Vec<Vec<f64>> = (0..D)
            .map(|k| {
                let mut column: Vec<f64> = simulated.iter().map(|x| x[k]).filter(|value| value.is_finite()).collect();
                column.sort_unstable_by(f64::total_cmp);
                column
            })
            .collect();
        let level = |level: f64| -> Vec<[f64; 2]> {
            at.iter().zip(&columns).map(|(x, column)| [*x, quantile(column, level)]).collect()
        };
        let dots: Vec<[f64; 2]> =
            observed.iter().flat_map(|x| at.iter().zip(x).map(|(at, value)| [*at, *value])).collect();
        Self::new("component", "value")
            .band("predicted: 50 %, 90 %", &between(&level(0.05), &level(0.95)))
            .band("predicted: 50 %, 90 %", &between(&level(0.25), &level(0.75)))
            .line("predicted: 50 %, 90 %", &level(0.5))
            .dots("observed", &dots)
            .ticks(if D <= 12 { at } else { &[] })
            .title("Posterior predictive")
    }

    /// Puts a title above the plot.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// Names the axes, units in brackets.
    #[must_use]
    pub fn labels(mut self, x_label: &str, y_label: &str) -> Self {
        self.labels = [x_label.to_owned(), y_label.to_owned()];
        self
    }

    /// Which axes are logarithmic. Values at or below zero are left out there.
    #[must_use]
    pub fn logarithmic(mut self, axes: [bool; 2]) -> Self {
        self.logarithmic = axes;
        self
    }

    /// Where the horizontal axis has its numbers; those that would touch are left out. By default at round ones.
    #[must_use]
    pub fn ticks(mut self, at: &[f64]) -> Self {
        self.ticks = at.to_vec();
        self
    }

    /// Adds a curve.
    #[must_use]
    pub fn line(self, name: &str, points: &[[f64; 2]]) -> Self {
        self.mark(name, Shape::Line(points.to_vec()))
    }

    /// Adds points.
    #[must_use]
    pub fn dots(self, name: &str, points: &[[f64; 2]]) -> Self {
        self.mark(name, Shape::Dots(points.to_vec()))
    }

    /// Adds a band: x, lower and upper end.
    #[must_use]
    pub fn band(self, name: &str, band: &[[f64; 3]]) -> Self {
        self.mark(name, Shape::Band(band.to_vec()))
    }

    /// Adds a dashed line upright at x.
    #[must_use]
    pub fn upright(self, name: &str, at: f64) -> Self {
        self.mark(name, Shape::Rule { at, upright: true })
    }

    /// Adds a dashed line across at y.
    #[must_use]
    pub fn level(self, name: &str, at: f64) -> Self {
        self.mark(name, Shape::Rule { at, upright: false })
    }

    fn mark(mut self, name: &str, shape: Shape) -> Self {
        self.marks.push(Mark { name: name.to_owned(), shape });
        self
    }

    /// The picture.
    ///
    /// # Errors
    /// [`PlotError::NoSeries`] without anything finite to draw; [`PlotError::Range`].
    pub fn to_svg(&self) -> Result<String, PlotError> {
        Ok(Sheet::new(self)?.to_svg())
    }

    /// Writes the picture to a file, whole or not at all.
    ///
    /// # Errors
    /// As [`to_svg`](Self::to_svg), and [`PlotError::Io`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let (svg, path) = (self.to_svg()?, path.as_ref());
        write_atomically(path, svg.as_bytes())
            .map_err(|error| PlotError::Io { path: path.to_owned(), reason: error.to_string() })
    }
}

fn between(low: &[[f64; 2]], high: &[[f64; 2]]) -> Vec<[f64; 3]> {
    low.iter().zip(high).map(|([x, low], [_, high])| [*x, *low, *high]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Epoch;

    #[test]
    fn every_mark_is_drawn_and_the_same_input_gives_the_same_bytes() {
        let report = TrainingReport {
            epochs: (1..=40)
                .map(|i| Epoch { training: 1.0 / f64::from(i), validation: 1.1 / f64::from(i) + 0.1 })
                .collect(),
            best_epoch: 31,
            ..TrainingReport::default()
        };
        let plot = LinePlot::losses(&report).title("Losses of \"a<b\"");
        let svg = plot.to_svg().expect("drawn");
        assert_eq!(svg, plot.to_svg().expect("drawn"));
        assert_eq!(svg.matches("class=\"line\"").count(), 2);
        assert_eq!(svg.matches("class=\"rule\"").count(), 1);
        assert_eq!(svg.matches("class=\"legend\"").count(), 3);
        assert!(svg.contains("Losses of &quot;a&lt;b&quot;") && svg.contains(">kept: epoch 31<"));
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn concentration_orders_n_and_bands_hold_the_median() {
        let draws: Vec<Vec<f64>> =
            [1.0, 0.5, 0.1].iter().map(|scale| (0..=100).map(|i| scale * f64::from(i - 50)).collect()).collect();
        let sets = [(30, &draws[2][..]), (1, &draws[0][..]), (8, &draws[1][..])];
        let plot = LinePlot::concentration(&Label::scalar("rate", "", "1/s"), &sets, Some(0.2));
        let Shape::Band(band) = &plot.marks[0].shape else { unreachable!("a band comes first") };
        let expected = [[1.0, -45.0, 45.0], [8.0, -22.5, 22.5], [30.0, -4.5, 4.5]];
        assert!(band.iter().flatten().zip(expected.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-12), "{band:?}");
        let svg = plot.to_svg().expect("drawn");
        assert!(svg.contains(">rate [1/s]<") && svg.contains(">30<"), "{svg}");
    }

    #[test]
    fn a_null_distribution_counts_what_reaches_as_much() {
        let report = LocalC2stReport {
            n_observations: 4,
            n_sets: 100,
            seed: 1,
            statistic: 0.9,
            null: vec![0.2, 0.1, 0.4, f64::NAN],
        };
        let plot = LinePlot::null_distribution(&report);
        let Shape::Line(steps) = &plot.marks[1].shape else { unreachable!("a line comes second") };
        let expected = [[0.0, 3.0], [0.1, 3.0], [0.1, 2.0], [0.2, 2.0], [0.2, 1.0], [0.4, 1.0], [0.4, 0.0], [0.9, 0.0]];
        assert_eq!(steps, &expected);
        assert!(plot.to_svg().expect("drawn").contains("this posterior"));
        let none = LocalC2stReport { null: Vec::new(), ..report };
        assert!(LinePlot::null_distribution(&none).to_svg().is_ok());
    }

    #[test]
    fn odd_data_is_drawn_or_refused() {
        let empty = LinePlot::new("x", "y");
        assert_eq!(empty.to_svg().expect_err("nothing"), PlotError::NoSeries);
        let nothing = empty.clone().line("a", &[[f64::NAN, 1.0], [0.0, f64::INFINITY]]);
        assert_eq!(nothing.to_svg().expect_err("nothing finite"), PlotError::NoSeries);
        let wide = empty.clone().line("a", &[[0.0, f64::MAX], [1.0, f64::MIN]]);
        assert!(matches!(wide.to_svg(), Err(PlotError::Range { .. })));
        for plot in [
            empty.clone().dots("a", &[[1.0, 1.0]]),
            empty.clone().line("a", &[[0.0, 1.0], [1.0, f64::NAN], [2.0, 3.0]]),
            empty.clone().line("a", &[[-1.0, 1.0], [10.0, 0.0], [100.0, 5.0]]).logarithmic([true, true]),
            empty.clone().band("a", &[[0.0, -1e-280, 1e-280], [1.0, 0.0, 0.0]]),
            LinePlot::predictive(&[0.0, 1.0], &[[1.0, f64::NAN], [2.0, 3.0]], &[[1.5, 2.0]]),
        ] {
            let svg = plot.to_svg().expect("drawn");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
