//! Lay a pair plot out and draw its panels, axes and legend.

use std::fmt::Write;

use super::axis::{Axis, multiplier};
use super::contour::{contours, simplify};
use super::density::{density_2d, region_level};
use super::pair_plot::{Marginal, PairPlot, Series};
use super::svg::{escape, fitted, number, path, text_width};

/// Okabe and Ito's colours, told apart with any colour vision; the yellow, too pale for lines, is left out.
pub(super) const COLOURS: [&str; 7] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666"];
pub(super) const INK: &str = "#222";
pub(super) const FRAME: &str = "#8a8a8a";
pub(super) const FONT: &str =
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";
/// What the prior is dotted in.
pub(super) const PRIOR: &str = "#555";
const GAP: f64 = 9.0;
const RIGHT: f64 = 14.0;
pub(super) const ENTRY: f64 = 18.0;

/// A plot with every length decided.
pub(super) struct Figure<'a> {
    pub(super) plot: &'a PairPlot,
    marginals: &'a [Vec<Marginal>],
    prior: Option<Vec<Marginal>>,
    across: Vec<Axis>,
    upright: Vec<Axis>,
    pub(super) width: f64,
    height: f64,
    pub(super) left: f64,
    pub(super) top: f64,
    bottom: f64,
    small: f64,
    pub(super) large: f64,
}

/// How a density is drawn.
#[derive(Clone, Copy)]
enum Paint {
    Filled(&'static str),
    Dotted,
}

impl Paint {
    fn class(self, filled: &'static str) -> &'static str {
        if matches!(self, Self::Dotted) { "prior" } else { filled }
    }

    /// Fill and stroke, with the opacity and the width of a filled one.
    fn attributes(self, opacity: &str, width: &str) -> String {
        match self {
            Self::Filled(colour) => {
                format!("fill=\"{colour}\" fill-opacity=\"{opacity}\" stroke=\"{colour}\" stroke-width=\"{width}\"")
            }
            Self::Dotted => {
                format!("fill=\"none\" stroke=\"{PRIOR}\" stroke-width=\"1.1\" stroke-dasharray=\"1.5 2.5\"")
            }
        }
    }
}

/// A label in one line, or name and unit in several.
struct Lines(Vec<String>);

impl<'a> Figure<'a> {
    pub(super) fn new(
        plot: &'a PairPlot,
        marginals: &'a [Vec<Marginal>],
        prior: Option<Vec<Marginal>>,
        limits: &[(f64, f64)],
    ) -> Self {
        let m = plot.labels.len();
        let (width, height) = match m {
            1 => (340.0, 210.0),
            2 => (210.0, 210.0),
            3 => (170.0, 170.0),
            4 => (145.0, 145.0),
            5 => (126.0, 126.0),
            6 => (112.0, 112.0),
            _ => (100.0, 100.0),
        };
        let (small, large) = if m < 7 { (10.0, 12.0) } else { (9.0, 11.0) };
        let axes = |length: f64, character: f64| -> Vec<Axis> {
            limits.iter().map(|&(low, high)| Axis::new(low, high, length, character)).collect()
        };
        // Upright, labels lie above each other: each needs a line's height, not its width.
        let (across, upright) = (axes(width, 0.62 * small), axes(height, 0.55 * small));
        let mut figure = Self {
            plot,
            marginals,
            prior,
            across,
            upright,
            width,
            height,
            left: 16.0,
            top: 14.0,
            bottom: 0.0,
            small,
            large,
        };
        if m > 1 {
            let widest = figure.upright[1..]
                .iter()
                .flat_map(|axis| &axis.ticks)
                .map(|(_, text)| text_width(text, small))
                .fold(0.0, f64::max);
            let lines = (1..m).map(|k| figure.label(k, &figure.upright[k], height).0.len()).max().unwrap_or(1);
            figure.left = 8.0 + (large + 3.0) * lines as f64 + 6.0 + widest + 7.0;
        }
        let lines = (0..m).map(|k| figure.label(k, &figure.across[k], width).0.len()).max().unwrap_or(1);
        figure.bottom = 7.0 + small + 6.0 + (large + 3.0) * lines as f64 + 8.0;
        if !plot.title.is_empty() {
            figure.top += 24.0;
        }
        if m == 1 {
            figure.top += ENTRY * figure.entries().len() as f64;
        }
        figure
    }

    pub(super) fn to_svg(&self) -> String {
        let m = self.plot.labels.len();
        let total = [
            self.left + m as f64 * (self.width + GAP) - GAP + RIGHT,
            self.top + m as f64 * (self.height + GAP) - GAP + self.bottom,
        ]
        .map(|length| number(length.ceil()));
        let names = self.plot.labels.iter().map(|label| label.name.as_str()).collect::<Vec<_>>().join(", ");
        let title = if self.plot.title.is_empty() { format!("Posterior of {names}") } else { self.plot.title.clone() };
        let sets: Vec<String> = self
            .plot
            .series
            .iter()
            .map(|series| {
                format!(
                    "{} ({} draws)",
                    if series.name.is_empty() { "draws" } else { &series.name },
                    series.columns[0].len()
                )
            })
            .collect();
        let description = format!(
            "Marginal densities of {names} on the diagonal, each scaled to the same height; below it regions with the densest 50 % and 90 % of the draws. Sets: {}.",
            sets.join(", ")
        );
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\" font-family=\"{FONT}\" font-size=\"{3}\" fill=\"{INK}\">\n<title>{2}</title>\n<desc>{4}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            total[0],
            total[1],
            escape(&title),
            number(self.small),
            escape(&description)
        );
        if !self.plot.title.is_empty() {
            let room = m as f64 * (self.width + GAP) + self.left - 16.0;
            let text = escape(&fitted(&self.plot.title, 15.0, room));
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"24\" font-size=\"15\" font-weight=\"600\">{text}</text>",
                number(if m == 1 { self.left } else { 14.0 })
            );
        }
        for row in 0..m {
            for column in 0..=row {
                self.panel(&mut out, row, column);
            }
        }
        self.legend(&mut out);
        out.push_str("</svg>\n");
        out
    }

    pub(super) fn corner(&self, row: usize, column: usize) -> (f64, f64) {
        (self.left + column as f64 * (self.width + GAP), self.top + row as f64 * (self.height + GAP))
    }

    fn panel(&self, out: &mut String, row: usize, column: usize) {
        let (x, y) = self.corner(row, column);
        let (width, height) = (number(self.width), number(self.height));
        // A nested svg clips what it holds.
        let _ = writeln!(
            out,
            "<svg class=\"panel\" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\">",
            number(x),
            number(y)
        );
        if let (Some(series), Some(marginals)) = (&self.plot.prior, &self.prior) {
            if row == column {
                self.curve(out, &marginals[row], row, Paint::Dotted);
            } else {
                self.regions(out, series, marginals, [column, row], Paint::Dotted);
            }
        }
        for (index, (series, marginals)) in self.plot.series.iter().zip(self.marginals).enumerate() {
            let paint = Paint::Filled(COLOURS[index % COLOURS.len()]);
            if row == column {
                self.curve(out, &marginals[row], row, paint);
            } else {
                self.regions(out, series, marginals, [column, row], paint);
            }
        }
        self.truth(out, row, column);
        out.push_str("</svg>\n");
        self.axes(out, row, column);
    }

    /// The density of one component, filled.
    fn curve(&self, out: &mut String, marginal: &Marginal, k: usize, paint: Paint) {
        let axis = &self.across[k];
        let (interval, hard) = marginal.interval(axis, 0.02);
        let density = marginal.density(interval, hard, 256);
        let (low, step) = (interval.0, (interval.1 - interval.0) / 255.0);
        let point = |(i, value): (usize, &f64)| {
            [self.width * axis.position(low + i as f64 * step), self.height * (1.0 - 0.9 * value)]
        };
        let mut points: Vec<[f64; 2]> = density.iter().enumerate().map(point).collect();
        // A hard end drops to the axis; a soft one is there already or outside the panel.
        let foot = |p: [f64; 2]| [p[0], self.height];
        points.insert(0, foot(points[0]));
        points.push(foot(points[points.len() - 1]));
        let line = path(&simplify(&points, 0.05), false);
        let _ = writeln!(
            out,
            "<path class=\"{}\" d=\"{line}\" {} stroke-linejoin=\"round\"/>",
            paint.class("marginal"),
            paint.attributes(".16", "1.4")
        );
    }

    /// The densest 90 % and 50 % of a pair.
    fn regions(&self, out: &mut String, series: &Series, marginals: &[Marginal], pair: [usize; 2], paint: Paint) {
        let axes = [&self.across[pair[0]], &self.upright[pair[1]]];
        let points: Vec<[f64; 2]> =
            series.columns[pair[0]].iter().zip(&series.columns[pair[1]]).map(|(x, y)| [*x, *y]).collect();
        let intervals = [0, 1].map(|k| marginals[pair[k]].interval(axes[k], 0.08));
        let limits = intervals.map(|(interval, _)| interval);
        let bandwidths = pair.map(|k| marginals[k].pair_bandwidth());
        let grid = density_2d(&points, bandwidths, limits, intervals.map(|(_, hard)| hard), 96);
        for (share, opacity, stroke) in [(0.9, ".18", ".9"), (0.5, ".38", "1.1")] {
            let mut data = String::new();
            let level = region_level(&grid, &points, share);
            if level <= 0.0 && matches!(paint, Paint::Dotted) {
                // The prior's region reaches beyond the panel: it has no border here.
                continue;
            }
            for curve in contours(&grid, level) {
                let mut curve: Vec<[f64; 2]> = curve
                    .iter()
                    .map(|node| [0, 1].map(|k| axes[k].position(grid.origin[k] + grid.step[k] * node[k])))
                    .map(|[u, v]| [self.width * u, self.height * (1.0 - v)])
                    .collect();
                curve.push(curve[0]);
                // Half of the closed curve at a time: its two ends coincide.
                let middle = curve.len() / 2;
                let mut kept = simplify(&curve[..=middle], 0.06);
                kept.extend(simplify(&curve[middle..], 0.06).into_iter().skip(1));
                kept.pop();
                data.push_str(&path(&kept, true));
            }
            let _ = writeln!(
                out,
                "<path class=\"{}\" d=\"{data}\" {} fill-rule=\"evenodd\" stroke-linejoin=\"round\"/>",
                paint.class("region"),
                paint.attributes(opacity, stroke)
            );
        }
    }

    fn truth(&self, out: &mut String, row: usize, column: usize) {
        let Some(truth) = &self.plot.truth else { return };
        let x = number(self.width * self.across[column].position(truth[column]));
        let line = format!("stroke=\"{INK}\" stroke-width=\".9\" stroke-dasharray=\"4 2.5\" fill=\"none\"");
        if row == column {
            let _ = writeln!(out, "<path class=\"truth\" d=\"M{x} 0V{}\" {line}/>", number(self.height));
            return;
        }
        let y = number(self.height * (1.0 - self.upright[row].position(truth[row])));
        let (width, height) = (number(self.width), number(self.height));
        let _ = writeln!(out, "<path class=\"truth\" d=\"M{x} 0V{height}M0 {y}H{width}\" {line}/>");
        let _ = writeln!(
            out,
            "<circle class=\"truth\" cx=\"{x}\" cy=\"{y}\" r=\"2.5\" fill=\"{INK}\" stroke=\"#fff\" stroke-width=\".9\"/>"
        );
    }

    /// Frame, ticks and, at the outer panels, numbers and labels.
    fn axes(&self, out: &mut String, row: usize, column: usize) {
        let ((x, y), m) = (self.corner(row, column), self.plot.labels.len());
        let (right, base) = (x + self.width, y + self.height);
        let mut marks = String::new();
        for (value, text) in &self.across[column].ticks {
            let at = x + self.width * self.across[column].position(*value);
            let _ = write!(marks, "M{} {}v4", number(at), number(base));
            if row + 1 == m {
                let _ = writeln!(
                    out,
                    "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{text}</text>",
                    number(at),
                    number(base + 7.0 + self.small)
                );
            }
        }
        if row != column {
            for (value, text) in &self.upright[row].ticks {
                let at = base - self.height * self.upright[row].position(*value);
                let _ = write!(marks, "M{} {}h-4", number(x), number(at));
                if column == 0 {
                    let _ = writeln!(
                        out,
                        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{text}</text>",
                        number(x - 7.0),
                        number(at + 0.35 * self.small)
                    );
                }
            }
        }
        let frame = if row == column {
            format!("M{} {}H{}", number(x), number(base), number(right))
        } else {
            format!("M{} {}H{}V{}H{}z", number(x), number(y), number(right), number(base), number(x))
        };
        let _ = writeln!(out, "<path d=\"{frame}{marks}\" fill=\"none\" stroke=\"{FRAME}\" stroke-width=\".8\"/>");
        if row + 1 == m {
            let lines = self.label(column, &self.across[column], self.width);
            lines.write(out, x + 0.5 * self.width, base + 7.0 + self.small + 5.0 + self.large, self, column, "");
        }
        if column == 0 && row > 0 {
            let lines = self.label(row, &self.upright[row], self.height);
            let (cx, cy) = (8.0 + 0.8 * self.large, y + 0.5 * self.height);
            lines.write(out, cx, cy, self, row, &format!(" transform=\"rotate(-90 {} {})\"", number(cx), number(cy)));
        }
    }

    /// A component's label in the room there is.
    fn label(&self, k: usize, axis: &Axis, room: f64) -> Lines {
        let label = &self.plot.labels[k];
        let times = multiplier(axis.exponent);
        let unit = [times.as_str(), label.unit.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        let unit = if unit.is_empty() { unit } else { format!("[{unit}]") };
        let whole = format!("{} {unit}", label.name);
        let whole = whole.trim_end();
        if text_width(whole, self.large) <= room {
            return Lines(vec![whole.to_owned()]);
        }
        let mut lines = broken(&label.name, self.large, room);
        if !unit.is_empty() {
            lines.push(unit);
        }
        Lines(lines.iter().map(|text| fitted(text, self.large, room)).collect())
    }
}

/// A name in one line, or in two where it is too wide: after the last `_`, `.` or blank that fits.
fn broken(name: &str, size: f64, room: f64) -> Vec<String> {
    if text_width(name, size) > room {
        let fits = |at: &usize| text_width(&name[..*at], size) <= room;
        let mut after =
            name.char_indices().filter(|(_, c)| ['_', '.', ' '].contains(c)).map(|(at, c)| at + c.len_utf8());
        if let Some(at) = after.rfind(fits) {
            return vec![name[..at].trim_end().to_owned(), name[at..].to_owned()];
        }
    }
    vec![name.to_owned()]
}

impl Lines {
    fn write(&self, out: &mut String, x: f64, y: f64, figure: &Figure<'_>, k: usize, transform: &str) {
        let size = figure.large;
        let _ = write!(
            out,
            "<text class=\"label\" text-anchor=\"middle\" font-size=\"{}\"{transform}><title>{}</title>",
            number(size),
            escape(&figure.plot.labels[k].axis())
        );
        for (index, line) in self.0.iter().enumerate() {
            let _ = write!(
                out,
                "<tspan x=\"{}\" y=\"{}\">{}</tspan>",
                number(x),
                number(y + index as f64 * (size + 3.0)),
                escape(line)
            );
        }
        out.push_str("</text>\n");
    }
}
