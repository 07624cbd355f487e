//! Put plots of curves into rows and columns of one picture.

use std::path::Path;

use tallsbi::report::{LinePlot, PlotError};

/// Room between plots.
const GAP: f64 = 8.0;

/// Plots that belong together, row by row.
#[derive(Debug, Default)]
pub(super) struct Figure {
    rows: Vec<Vec<LinePlot>>,
}

impl Figure {
    /// Adds a row of plots.
    pub(super) fn row(&mut self, plots: Vec<LinePlot>) {
        self.rows.push(plots);
    }

    /// The picture. A plot of which nothing is finite leaves its place empty.
    ///
    /// # Errors
    /// A plot cannot be drawn, or none has anything finite.
    pub(super) fn to_svg(&self) -> Result<String, PlotError> {
        let draw = |plot: &LinePlot| match plot.to_svg() {
            Ok(svg) => Ok(Some(svg)),
            Err(PlotError::NoSeries) => Ok(None),
            Err(error) => Err(error),
        };
        let drawn = self
            .rows
            .iter()
            .map(|row| row.iter().map(draw).collect::<Result<Vec<_>, _>>())
            .collect::<Result<Vec<_>, _>>()?;
        let size = |svg: &Option<String>, name: &str| svg.as_ref().map_or(0.0, |svg| attribute(svg, name));
        let columns = drawn.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<f64> = (0..columns)
            .map(|k| drawn.iter().filter_map(|row| row.get(k)).map(|svg| size(svg, "width")).fold(0.0, f64::max))
            .collect();
        let heights: Vec<f64> =
            drawn.iter().map(|row| row.iter().map(|svg| size(svg, "height")).fold(0.0, f64::max)).collect();
        if widths.iter().sum::<f64>() == 0.0 {
            return Err(PlotError::NoSeries);
        }
        let total = |lengths: &[f64]| lengths.iter().sum::<f64>() + GAP * lengths.len().saturating_sub(1) as f64;
        let (width, height) = (total(&widths), total(&heights));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
        );
        let mut y = 0.0;
        for (row, height) in drawn.iter().zip(&heights) {
            let mut x = 0.0;
            for (svg, width) in row.iter().zip(&widths) {
                if let Some(svg) = svg {
                    // A picture inside of a picture: the same element, with a place.
                    out.push_str(&svg.replacen("<svg ", &format!("<svg x=\"{x}\" y=\"{y}\" "), 1));
                }
                x += width + GAP;
            }
            y += height + GAP;
        }
        out.push_str("</svg>\n");
        Ok(out)
    }

    /// Writes the picture beside the cells it shows: the same name, ending in `svg`.
    ///
    /// # Errors
    /// As [`to_svg`](Self::to_svg), and [`PlotError::Io`].
    pub(super) fn save(&self, path: &Path) -> Result<(), PlotError> {
        let svg = self.to_svg()?;
        std::fs::write(path, svg).map_err(|error| PlotError::Io { path: path.to_owned(), reason: error.to_string() })
    }
}

/// A length of a picture of this library.
fn attribute(svg: &str, name: &str) -> f64 {
    let value = svg.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    value.and_then(|value| value.parse().ok()).unwrap_or(0.0)
}

/// Distances that are as large are not drawn, unless a figure has a limit of its own.
pub(super) const MOST: f64 = 1e3;

/// Distances that can be drawn: those of what diverged would flatten everything else.
pub(super) fn drawn(mut distances: Vec<f64>, most: f64) -> Vec<f64> {
    distances.retain(|distance| *distance < most);
    distances
}

/// A curve of means with 1.96 standard errors on both sides: x, values at it.
pub(super) fn with_errors(plot: LinePlot, name: &str, points: &[(f64, Vec<f64>)]) -> LinePlot {
    let summary: Vec<(f64, f64, f64)> = points
        .iter()
        .map(|(x, values)| {
            let (mean, sd) = super::mean_and_sd(values);
            (*x, mean, if sd.is_finite() { 1.96 * sd / (values.len() as f64).sqrt() } else { 0.0 })
        })
        .collect();
    let line: Vec<[f64; 2]> = summary.iter().map(|(x, mean, _)| [*x, *mean]).collect();
    let band: Vec<[f64; 3]> = summary.iter().map(|(x, mean, error)| [*x, mean - error, mean + error]).collect();
    plot.band(name, &band).line(name, &line)
}

#[cfg(test)]
mod tests {
    use tallsbi::report::{LinePlot, PlotError};

    use super::{Figure, with_errors};

    #[test]
    fn plots_stand_in_rows_and_columns() {
        let plot = |top: f64| LinePlot::new("n", "error").line("GAUSS", &[[1.0, 0.0], [8.0, top]]);
        let mut figure = Figure::default();
        figure.row(vec![plot(1.0), plot(1e6)]);
        figure.row(vec![plot(f64::NAN), plot(2.0).title("second")]);
        figure.row(vec![LinePlot::new("n", "error")]);
        let svg = figure.to_svg().expect("drawn");
        assert_eq!(svg.matches("<svg x=").count(), 4, "the empty plot has no picture\n{svg}");
        assert!(svg.contains("<svg x=\"0\" y=\"264\""), "the second row begins below the first\n{svg}");
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
        assert!(svg.contains("<svg x=\"0\" y=\"0\"") && !svg.contains("NaN"));
        let width = super::attribute(&svg, "width");
        let one = super::attribute(&plot(1.0).to_svg().expect("drawn"), "width");
        assert!(width > 2.0 * one && width < 2.2 * one, "{width} {one}");
        let mut empty = Figure::default();
        empty.row(vec![LinePlot::new("n", "error")]);
        assert_eq!(empty.to_svg(), Err(PlotError::NoSeries));
    }

    #[test]
    fn errors_are_drawn_around_means() {
        // Mean 2, standard deviation √2, two values: 1.96 on both sides. One value has no error.
        let plot = with_errors(LinePlot::new("n", "y"), "a", &[(1.0, vec![1.0, 3.0]), (2.0, vec![5.0])]);
        let svg = plot.to_svg().expect("drawn");
        assert!(svg.contains("class=\"band\"") && svg.contains("class=\"line\""), "{svg}");
    }
}
