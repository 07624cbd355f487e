//! Draw posteriors as a triangle of marginal densities, in a self-contained SVG.

use std::path::{Path, PathBuf};

use super::axis::Axis;
use super::draw::Figure;
use super::{density, write_atomically};
use crate::model::Label;

/// A pair plot: the densities of every component on the diagonal, of every pair below it, for one or more sets of
/// draws laid over each other. Off the diagonal the two regions hold the densest 50 % and 90 % of the draws; on it,
/// every density is scaled to the same height, so that narrow and wide posteriors are both visible.
///
/// The picture depends on its input alone, byte for byte, and needs no fonts, scripts or other files.
///
/// # Accuracy
/// Kernel estimates with a bandwidth chosen from the data (Botev, Grotowski and Kroese 2010), which keeps separate
/// modes apart, and correction at ends where draws pile up. The axes show the central 98 % of the widest set of draws.
///
/// # Example
/// ```
/// use tallsbi::{model::Label, report::PairPlot};
/// let rows: Vec<[f64; 2]> = (0..200).map(|i| [f64::from(i % 17), f64::from(i % 23)]).collect();
/// let labels = [Label::scalar("beta", "", "1/day"), Label::scalar("gamma", "", "1/day")];
/// let svg = PairPlot::new(&labels).series("n = 30", &rows).truth(&[8.0, 11.0]).to_svg()?;
/// assert!(svg.starts_with("<svg "));
/// # Ok::<(), tallsbi::report::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PairPlot {
    pub(super) labels: Vec<Label>,
    pub(super) series: Vec<Series>,
    pub(super) prior: Option<Series>,
    pub(super) truth: Option<Vec<f64>>,
    pub(super) title: String,
}

/// One set of draws.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) name: String,
    dim: usize,
    /// The finite draws by component.
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) n_omitted: usize,
}

impl Series {
    fn new(name: &str, values: &[f64], dim: usize) -> Self {
        let mut columns = vec![Vec::new(); dim];
        let mut n_omitted = 0;
        for row in values.chunks_exact(dim.max(1)) {
            if row.iter().all(|value| value.is_finite()) {
                columns.iter_mut().zip(row).for_each(|(column, value)| column.push(*value));
            } else {
                n_omitted += 1;
            }
        }
        Self { name: name.to_owned(), dim, columns, n_omitted }
    }
}

/// What can be wrong with a plot.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// No labels were given.
    #[error("nothing to plot: give a label for every parameter")]
    NoParameters,
    /// No draws were given.
    #[error("nothing to plot: add draws with `series`")]
    NoSeries,
    /// A set of draws has another number of components than there are labels.
    #[error("the draws of `{series}` have {found} components and there are {expected} labels")]
    Dimension {
        /// The set's name.
        series: String,
        /// Its components.
        found: usize,
        /// Labels.
        expected: usize,
    },
    /// A set has no finite draw.
    #[error("`{series}` has no finite draw")]
    NoFiniteDraws {
        /// The set's name.
        series: String,
    },
    /// The true parameters have another number of components than there are labels.
    #[error("the truth has {found} components and there are {expected} labels")]
    TruthDimension {
        /// Components given.
        found: usize,
        /// Labels.
        expected: usize,
    },
    /// A true parameter is NaN or infinite.
    #[error("the truth of `{name}` is {value}: give a finite number")]
    TruthNotFinite {
        /// The parameter.
        name: String,
        /// The value.
        value: f64,
    },
    /// The draws span more than a number can hold.
    #[error("the draws of `{name}` span too wide a range to plot")]
    Range {
        /// The parameter.
        name: String,
    },
    /// The level of a band is not between 0 and 1.
    #[error("a band of level {level} does not exist: the level is between 0 and 1 (0.95 is usual)")]
    Level {
        /// The level.
        level: f64,
    },
    /// The file cannot be written.
    #[error("{}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
}

impl PairPlot {
    /// A plot of parameters with these names and units, natural units throughout.
    pub fn new(labels: &[Label]) -> Self {
        Self { labels: labels.to_vec(), series: Vec::new(), prior: None, truth: None, title: String::new() }
    }

    /// Adds a set of draws; later ones lie on top. An empty name keeps it out of the legend. Draws that are not finite
    /// are left out, and the legend says how many.
    #[must_use]
    pub fn series<const M: usize>(self, name: &str, rows: &[[f64; M]]) -> Self {
        self.series_flat(name, rows.as_flattened(), M)
    }

    /// [`series`](Self::series) for rows of `dim` numbers in one slice.
    #[must_use]
    pub fn series_flat(mut self, name: &str, values: &[f64], dim: usize) -> Self {
        self.series.push(Series::new(name, values, dim));
        self
    }

    /// Adds draws of the prior: dotted, below the posteriors. The axes stay those of the posteriors, and the prior's curve
    /// is scaled to its largest value within them.
    #[must_use]
    pub fn prior<const M: usize>(mut self, rows: &[[f64; M]]) -> Self {
        self.prior = Some(Series::new("prior", rows.as_flattened(), M));
        self
    }

    /// Marks the true parameters.
    #[must_use]
    pub fn truth(mut self, theta: &[f64]) -> Self {
        self.truth = Some(theta.to_vec());
        self
    }

    /// Puts a title above the plot.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// The picture.
    ///
    /// # Errors
    /// Every variant of [`PlotError`] but `Io`.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        self.check()?;
        let marginals: Vec<Vec<Marginal>> = self
            .series
            .iter()
            .map(|series| series.columns.iter().map(|column| Marginal::new(column)).collect())
            .collect();
        let prior =
            self.prior.as_ref().map(|series| series.columns.iter().map(|column| Marginal::new(column)).collect());
        let limits: Vec<(f64, f64)> =
            (0..self.labels.len()).map(|k| self.limits(k, &marginals)).collect::<Result<_, _>>()?;
        Ok(Figure::new(self, &marginals, prior, &limits).to_svg())
    }

    /// Writes the picture to a file, whole or not at all.
    ///
    /// # Errors
    /// Every variant of [`PlotError`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let (svg, path) = (self.to_svg()?, path.as_ref());
        write_atomically(path, svg.as_bytes())
            .map_err(|error| PlotError::Io { path: path.to_owned(), reason: error.to_string() })
    }

    fn check(&self) -> Result<(), PlotError> {
        let expected = self.labels.len();
        if expected == 0 {
            return Err(PlotError::NoParameters);
        }
        if self.series.is_empty() {
            return Err(PlotError::NoSeries);
        }
        for series in self.series.iter().chain(&self.prior) {
            if series.dim != expected {
                return Err(PlotError::Dimension { series: series.name.clone(), found: series.dim, expected });
            }
            if series.columns[0].is_empty() {
                return Err(PlotError::NoFiniteDraws { series: series.name.clone() });
            }
        }
        let Some(truth) = &self.truth else { return Ok(()) };
        if truth.len() != expected {
            return Err(PlotError::TruthDimension { found: truth.len(), expected });
        }
        match truth.iter().position(|value| !value.is_finite()) {
            Some(k) => Err(PlotError::TruthNotFinite { name: self.labels[k].name.clone(), value: truth[k] }),
            None => Ok(()),
        }
    }

    /// The limits of component `k`'s axis: the central 98 % of every set and the truth, with a margin.
    fn limits(&self, k: usize, marginals: &[Vec<Marginal>]) -> Result<(f64, f64), PlotError> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for marginal in marginals {
            low = low.min(marginal[k].quantile(0.01));
            high = high.max(marginal[k].quantile(0.99));
        }
        let margin = 0.09 * (high - low);
        (low, high) = (low - margin, high + margin);
        if let Some(truth) = &self.truth {
            let margin = 0.05 * (high - low);
            (low, high) = (low.min(truth[k] - margin), high.max(truth[k] + margin));
        }
        // A constant column: room enough to tell its value from the axis's ends.
        let scale = low.abs().max(high.abs());
        if high - low <= 1e-9 * scale {
            let room = if scale > 0.0 { 0.1 * scale } else { 1.0 };
            (low, high) = (low - room, high + room);
        }
        if (high - low).is_finite() && high - low > 1e-290 && scale < 1e290 {
            Ok((low, high))
        } else {
            Err(PlotError::Range { name: self.labels[k].name.clone() })
        }
    }
}

/// What one set's draws of one component say about themselves.
pub(super) struct Marginal {
    sorted: Vec<f64>,
    pub(super) bandwidth: f64,
    pub(super) hard: [bool; 2],
}

impl Marginal {
    fn new(column: &[f64]) -> Self {
        let mut sorted = column.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let bandwidth = density::bandwidth(&sorted);
        let hard = density::hard_ends(&sorted, bandwidth);
        Self { sorted, bandwidth, hard }
    }

    fn quantile(&self, level: f64) -> f64 {
        super::summary::quantile(&self.sorted, level)
    }

    /// The bandwidth for pairs: at least a fortieth of the central 90 %, or single draws of a long tail become islands.
    pub(super) fn pair_bandwidth(&self) -> f64 {
        self.bandwidth.max(0.025 * (self.quantile(0.95) - self.quantile(0.05)))
    }

    /// Where to evaluate the density on this axis, and which ends of that interval are hard.
    pub(super) fn interval(&self, axis: &Axis, overshoot: f64) -> ((f64, f64), [bool; 2]) {
        let span = axis.high - axis.low;
        let (least, most) = (self.sorted[0], self.sorted[self.sorted.len() - 1]);
        let reach = 4.0 * self.bandwidth + 0.015 * span;
        let hard = [self.hard[0] && least > axis.low, self.hard[1] && most < axis.high];
        let low = if hard[0] { least } else { (least - reach).max(axis.low - overshoot * span) };
        let high = if hard[1] { most } else { (most + reach).min(axis.high + overshoot * span) };
        ((low, high), hard)
    }

    /// The density over an interval, scaled to a maximum of one.
    pub(super) fn density(&self, interval: (f64, f64), hard: [bool; 2], n: usize) -> Vec<f64> {
        let mut density = density::density_1d(&self.sorted, self.bandwidth, interval, hard, n);
        let highest = density.iter().copied().fold(0.0, f64::max);
        if highest > 0.0 {
            for value in &mut density {
                *value /= highest;
            }
        }
        density
    }
}

#[cfg(test)]
#[path = "pair_plot_tests.rs"]
mod tests;
