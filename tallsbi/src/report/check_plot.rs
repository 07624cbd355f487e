//! Draw a posterior predictive check: where observed statistics lie among those of replicates (SVG).

use std::fmt::Write;
use std::path::Path;

use super::axis::Axis;
use super::draw::{COLOURS, FONT, FRAME, INK};
use super::svg::{escape, fitted, number};
use super::{PlotError, write_atomically};
use crate::calibrate::{Discrepancy, PredictiveCheck};

const NAME: f64 = 150.0;
const WIDTH: f64 = 216.0;
const P_VALUE: f64 = 62.0;
const ROW: f64 = 20.0;
const BOTTOM: f64 = 50.0;
const SMALL: f64 = 10.0;
const LARGE: f64 = 12.0;
/// Beyond this many standard deviations a dot is drawn as an arrow at the edge.
const REACH: f64 = 5.0;

/// A picture of a predictive check: a row for each statistic with the central 50 % and 90 % of its replicates, in their
/// standard deviations, and a dot for the observed value.
///
/// The picture depends on its input alone, byte for byte, and needs no fonts, scripts or other files.
#[derive(Clone, Debug)]
pub struct CheckPlot<'a> {
    rows: Vec<&'a Discrepancy>,
    all: usize,
    title: String,
}

impl<'a> CheckPlot<'a> {
    /// The most conspicuous statistics of a check, 30 at most, in their order.
    pub fn new(check: &'a PredictiveCheck) -> Self {
        let mut p_values: Vec<f64> = check.rows.iter().map(Discrepancy::p_value).collect();
        p_values.sort_unstable_by(f64::total_cmp);
        let largest = p_values.get(29).or(p_values.last()).copied().unwrap_or(1.0);
        let rows = check.rows.iter().filter(|row| row.p_value() <= largest).take(30).collect();
        Self { rows, all: check.rows.len(), title: String::new() }
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
    /// [`PlotError::NoSeries`] without statistics.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        if self.rows.is_empty() {
            return Err(PlotError::NoSeries);
        }
        let top = if self.title.is_empty() { 30.0 } else { 56.0 };
        let (left, base) = (14.0 + NAME + 8.0, top + ROW * self.rows.len() as f64);
        // What is left out is said below the axis's label.
        let note = if self.all > self.rows.len() { SMALL + 4.0 } else { 0.0 };
        let (width, height) = (left + WIDTH + P_VALUE, base + BOTTOM + note);
        let title = if self.title.is_empty() { "Posterior predictive check" } else { &self.title };
        let names: Vec<&str> = self.rows.iter().map(|row| row.name.as_str()).collect();
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\" font-family=\"{FONT}\" font-size=\"{SMALL}\" fill=\"{INK}\">\n<title>{2}</title>\n<desc>Observed statistics among those of replicates: {3}.</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            number(width.ceil()),
            number(height.ceil()),
            escape(title),
            escape(&names.join(", ")),
        );
        if !self.title.is_empty() {
            let text = escape(&fitted(&self.title, 15.0, width - 28.0));
            let _ = writeln!(out, "<text x=\"14\" y=\"24\" font-size=\"15\" font-weight=\"600\">{text}</text>");
        }
        Self::legend(&mut out, left, top - 10.0);
        let axis = Axis::new(-REACH, REACH, WIDTH, 0.62 * SMALL);
        for (index, row) in self.rows.iter().enumerate() {
            Self::row(&mut out, row, &axis, left, top + ROW * (index as f64 + 0.5));
        }
        let mut marks = String::new();
        for (value, text) in &axis.ticks {
            let at = number(left + WIDTH * axis.position(*value));
            let _ = write!(marks, "M{at} {}v4", number(base));
            let y = number(base + 7.0 + SMALL);
            let _ = writeln!(out, "<text x=\"{at}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>");
        }
        let (x, y) = (number(left), number(base));
        let _ = writeln!(out, "<path d=\"M{x} {y}h{WIDTH}{marks}\" stroke=\"{FRAME}\" fill=\"none\"/>");
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"{LARGE}\">off the predicted median [predicted sd]</text>",
            number(left + 0.5 * WIDTH),
            number(base + 7.0 + SMALL + 6.0 + LARGE)
        );
        if self.all > self.rows.len() {
            let text = format!("the {} of {} with the smallest p-values", self.rows.len(), self.all);
            let _ = writeln!(out, "<text x=\"14\" y=\"{}\" fill=\"#555\">{text}</text>", number(height - 6.0));
        }
        out.push_str("</svg>\n");
        Ok(out)
    }

    fn legend(out: &mut String, left: f64, y: f64) {
        let dot = number(left + 150.0);
        let (base, text) = (number(y - 3.5), number(y));
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"20\" height=\"8\" fill=\"{}\" fill-opacity=\".4\"/><text x=\"{}\" y=\"{text}\">predicted: 50 %, 90 %</text><circle cx=\"{dot}\" cy=\"{base}\" r=\"3.2\" fill=\"{}\"/><text x=\"{}\" y=\"{text}\">observed</text><text x=\"{}\" y=\"{text}\">p-value</text>",
            number(left),
            number(y - 8.0),
            COLOURS[0],
            number(left + 25.0),
            COLOURS[1],
            number(left + 158.0),
            number(left + WIDTH + 10.0)
        );
    }

    fn row(out: &mut String, row: &Discrepancy, axis: &Axis, left: f64, y: f64) {
        let middle = row.quantile(0.5);
        let sd = 0.5 * (row.quantile(0.841) - row.quantile(0.159));
        // A statistic that never varies: what differs from it is infinitely far.
        let units = |value: f64| {
            let off = value - middle;
            let z = if sd > 0.0 { off / sd } else { off.signum() * if off == 0.0 { 0.0 } else { f64::INFINITY } };
            if z.is_nan() { REACH } else { z.clamp(-REACH, REACH) }
        };
        let at = |value: f64| left + WIDTH * axis.position(units(value));
        for (low, high, half) in [(0.05, 0.95, 3.0), (0.25, 0.75, 5.0)] {
            let (a, b) = (at(row.quantile(low)), at(row.quantile(high)));
            let _ = writeln!(
                out,
                "<rect class=\"interval\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" fill-opacity=\".4\"/>",
                number(a),
                number(y - half),
                number((b - a).max(0.8)),
                number(2.0 * half),
                COLOURS[0]
            );
        }
        let (x, z) = (at(row.observed), units(row.observed));
        if z.abs() < REACH {
            let (x, y) = (number(x), number(y));
            let _ =
                writeln!(out, "<circle class=\"observed\" cx=\"{x}\" cy=\"{y}\" r=\"3.2\" fill=\"{}\"/>", COLOURS[1]);
        } else {
            let back = if z > 0.0 { "-8" } else { "8" };
            let _ = writeln!(
                out,
                "<path class=\"observed\" d=\"M{} {}l{back} -4.5v9z\" fill=\"{}\"/>",
                number(x),
                number(y),
                COLOURS[1]
            );
        }
        let (text, weight) = match row.p_value() {
            p if p < 0.01 => (format!("{p:.4}"), " font-weight=\"600\""),
            p => (format!("{p:.2}"), ""),
        };
        let baseline = number(y + 0.35 * SMALL);
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{baseline}\" text-anchor=\"end\">{}</text><text x=\"{}\" y=\"{baseline}\"{weight}>{text}</text>",
            number(left - 8.0),
            escape(&fitted(&row.name, SMALL, NAME)),
            number(left + WIDTH + 10.0)
        );
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(observed: &[f64]) -> PredictiveCheck {
        let rows = observed
            .iter()
            .enumerate()
            .map(|(k, observed)| Discrepancy {
                name: format!("mean of <x>[{k}]"),
                observed: *observed,
                replicated: (0..200).map(|i| if k == 2 { 1.0 } else { f64::from(i) }).collect(),
            })
            .collect();
        PredictiveCheck { n_observations: 3, n_replicates: 200, failed: 0, rows }
    }

    #[test]
    fn rows_dots_and_arrows() {
        let check = check(&[100.0, -900.0, 2.0, f64::NAN, 150.0]);
        let plot = CheckPlot::new(&check).title("a & b");
        let svg = plot.to_svg().expect("drawn");
        assert_eq!(svg, plot.to_svg().expect("drawn"));
        assert_eq!(svg.matches("class=\"interval\"").count(), 10);
        assert_eq!(svg.matches("<circle class=\"observed\"").count(), 2);
        assert_eq!(svg.matches("<path class=\"observed\"").count(), 3);
        assert!(svg.contains("mean of &lt;x&gt;[0]") && svg.contains("a &amp; b"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        let none = PredictiveCheck { rows: Vec::new(), ..check };
        assert_eq!(CheckPlot::new(&none).to_svg().expect_err("nothing"), PlotError::NoSeries);
    }

    #[test]
    fn only_the_most_conspicuous_are_drawn() {
        let check = check(&(0..50).map(f64::from).collect::<Vec<_>>());
        let svg = CheckPlot::new(&check).to_svg().expect("drawn");
        assert_eq!(svg.matches("class=\"observed\"").count(), 30);
        assert!(
            svg.contains("the 30 of 50 with the smallest p-values") && svg.contains("[0]<") && !svg.contains("[49]<")
        );
    }
}
