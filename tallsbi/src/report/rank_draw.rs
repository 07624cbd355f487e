//! Lay a plot of ranks out and draw its panels.

use std::fmt::Write;

use super::axis::Axis;
use super::draw::{COLOURS, FONT, FRAME, INK};
use super::rank_plot::{RankPlot, RankView};
use super::svg::{escape, fitted, number, path};
use crate::diagnose::{MetricError, RankEcdf, RankHistogram};

const WIDTH: f64 = 230.0;
const HEIGHT: f64 = 150.0;
const GAP: [f64; 2] = [26.0, 34.0];
const LEFT: f64 = 62.0;
const RIGHT: f64 = 16.0;
const BOTTOM: f64 = 58.0;
const SMALL: f64 = 10.0;
const LARGE: f64 = 12.0;
/// Inside the band, and outside of it.
const PLAIN: &str = COLOURS[0];
const OUTSIDE: &str = COLOURS[1];

/// What one panel shows.
enum Panel {
    Bars(RankHistogram),
    Curve(RankEcdf),
}

/// A plot with everything computed.
pub(super) struct Sheet<'a> {
    plot: &'a RankPlot,
    panels: Vec<Panel>,
    columns: usize,
    across: Axis,
    upright: Axis,
    top: f64,
}

impl<'a> Sheet<'a> {
    /// # Errors
    /// The level of the bands is not between 0 and 1.
    pub(super) fn new(plot: &'a RankPlot) -> Result<Self, MetricError> {
        let panels = plot
            .ranks
            .iter()
            .map(|ranks| match plot.view {
                RankView::Histogram => ranks.histogram(ranks.suggested_bins(), plot.level).map(Panel::Bars),
                _ => ranks.ecdf(plot.level).map(Panel::Curve),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let (mut low, mut high): (f64, f64) = (0.0, if plot.view == RankView::Coverage { 1.0 } else { 0.0 });
        for panel in &panels {
            match panel {
                Panel::Bars(bars) => {
                    for bin in 0..bars.counts.len() {
                        high = high.max(1.12 * bars.height(bin, bars.counts[bin].max(bars.upper[bin])));
                    }
                }
                Panel::Curve(curve) if plot.view == RankView::EcdfDifference => {
                    for k in 0..curve.at.len() {
                        for value in [curve.observed[k], curve.lower[k], curve.upper[k]] {
                            low = low.min(1.15 * (value - curve.at[k]));
                            high = high.max(1.15 * (value - curve.at[k]));
                        }
                    }
                }
                Panel::Curve(_) => {}
            }
        }
        if high <= low {
            high = low + 1.0;
        }
        let columns = if panels.len() == 4 { 2 } else { panels.len().min(3) };
        Ok(Self {
            plot,
            panels,
            columns,
            across: Axis::new(0.0, 1.0, WIDTH, 0.62 * SMALL),
            upright: Axis::new(low, high, HEIGHT, 0.55 * SMALL),
            top: if plot.title.is_empty() { 34.0 } else { 60.0 },
        })
    }

    fn corner(&self, index: usize) -> [f64; 2] {
        let (row, column) = (index / self.columns, index % self.columns);
        [LEFT + column as f64 * (WIDTH + GAP[0]), self.top + row as f64 * (HEIGHT + GAP[1])]
    }

    pub(super) fn to_svg(&self) -> String {
        let rows = self.panels.len().div_ceil(self.columns);
        let width = LEFT + self.columns as f64 * (WIDTH + GAP[0]) - GAP[0] + RIGHT;
        let height = self.top + rows as f64 * (HEIGHT + GAP[1]) - GAP[1] + BOTTOM;
        let names = self.plot.ranks.iter().map(|ranks| ranks.label().name.as_str()).collect::<Vec<_>>().join(", ");
        let title =
            if self.plot.title.is_empty() { format!("Calibration of {names}") } else { self.plot.title.clone() };
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\" font-family=\"{FONT}\" font-size=\"{3}\" fill=\"{INK}\">\n<title>{2}</title>\n<desc>{4}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            number(width.ceil()),
            number(height.ceil()),
            escape(&title),
            number(SMALL),
            escape(&format!("{names}: {}", self.caption())),
        );
        if !self.plot.title.is_empty() {
            let text = escape(&fitted(&self.plot.title, 15.0, width - 28.0));
            let _ = writeln!(out, "<text x=\"14\" y=\"24\" font-size=\"15\" font-weight=\"600\">{text}</text>");
        }
        for index in 0..self.panels.len() {
            self.panel(&mut out, index);
        }
        let middle = LEFT + 0.5 * (width - LEFT - RIGHT);
        let base = height - BOTTOM;
        let [across, upright] = self.axis_labels();
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"{LARGE}\">{across}</text>",
            number(middle),
            number(base + 33.0)
        );
        let (x, y) = (number(18.0), number(0.5 * (self.top + base)));
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"{LARGE}\" transform=\"rotate(-90 {x} {y})\">{upright}</text>"
        );
        let caption = escape(&fitted(&self.caption(), SMALL, width - 28.0));
        let _ = writeln!(out, "<text x=\"14\" y=\"{}\" fill=\"#555\">{caption}</text>", number(height - 8.0));
        out.push_str("</svg>\n");
        out
    }

    fn axis_labels(&self) -> [&'static str; 2] {
        match self.plot.view {
            RankView::Histogram => ["rank, share of the draws", "relative frequency"],
            RankView::EcdfDifference => ["rank, share of the draws", "ECDF − uniform"],
            RankView::Coverage => ["credibility", "coverage"],
        }
    }

    fn caption(&self) -> String {
        let percent = number(100.0 * self.plot.level);
        let sets = self.plot.ranks[0].values().len();
        match self.plot.view {
            RankView::Histogram => format!("{sets} data sets; grey: {percent} % interval of each bar"),
            _ => format!("{sets} data sets; grey: {percent} % band of the whole curve"),
        }
    }

    fn panel(&self, out: &mut String, index: usize) {
        let ([x, y], ranks) = (self.corner(index), &self.plot.ranks[index]);
        let p = match ranks.uniformity().p_value() {
            p if p < 1e-4 => "p &lt; 0.0001".to_owned(),
            p if p < 0.01 => format!("p = {p:.4}"),
            p => format!("p = {p:.2}"),
        };
        let name = escape(&fitted(&ranks.label().axis(), LARGE, WIDTH - 70.0));
        let _ = writeln!(
            out,
            "<text x=\"{0}\" y=\"{2}\" font-size=\"{LARGE}\">{name}</text><text x=\"{1}\" y=\"{2}\" text-anchor=\"end\" fill=\"#555\">{p}</text>",
            number(x),
            number(x + WIDTH),
            number(y - 6.0)
        );
        // A nested svg clips what it holds.
        let _ = writeln!(
            out,
            "<svg class=\"panel\" x=\"{}\" y=\"{}\" width=\"{WIDTH}\" height=\"{HEIGHT}\">",
            number(x),
            number(y)
        );
        match &self.panels[index] {
            Panel::Bars(bars) => self.bars(out, bars),
            Panel::Curve(curve) => self.curve(out, curve),
        }
        out.push_str("</svg>\n");
        self.axes(out, index, x, y);
    }

    fn place(&self, across: f64, upright: f64) -> [f64; 2] {
        [WIDTH * self.across.position(across), HEIGHT * (1.0 - self.upright.position(upright))]
    }

    /// Bars, each relative to what is expected in it, with its interval.
    fn bars(&self, out: &mut String, bars: &RankHistogram) {
        let count = bars.counts.len();
        for bin in 0..count {
            let inside = (bars.lower[bin]..=bars.upper[bin]).contains(&bars.counts[bin]);
            let (class, colour) = if inside { ("inside", PLAIN) } else { ("outside", OUTSIDE) };
            let [left, top] = self.place(bars.edges[bin], bars.height(bin, bars.counts[bin]));
            let [right, base] = self.place(bars.edges[bin + 1], 0.0);
            let _ = writeln!(
                out,
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{colour}\" fill-opacity=\".72\"/>",
                number(left + 0.5),
                number(top),
                number(right - left - 1.0),
                number(base - top)
            );
        }
        let steps = |height: &dyn Fn(usize) -> f64| -> Vec<[f64; 2]> {
            (0..count)
                .flat_map(|bin| [bars.edges[bin], bars.edges[bin + 1]].map(|edge| self.place(edge, height(bin))))
                .collect()
        };
        let mut band = steps(&|bin| bars.height(bin, bars.lower[bin]));
        band.extend(steps(&|bin| bars.height(bin, bars.upper[bin])).into_iter().rev());
        let _ = writeln!(
            out,
            "<path class=\"band\" d=\"{}\" fill=\"{INK}\" fill-opacity=\".2\"/><path d=\"{}\" stroke=\"{INK}\" stroke-dasharray=\"4 2.5\" fill=\"none\"/>",
            path(&band, true),
            path(&[self.place(0.0, 1.0), self.place(1.0, 1.0)], false)
        );
    }

    /// A curve with its band; the points outside it are marked.
    fn curve(&self, out: &mut String, curve: &RankEcdf) {
        let less = |at: f64| if self.plot.view == RankView::EcdfDifference { at } else { 0.0 };
        // Both ends are certain: nothing is below 0, everything is below 1.
        let through = |values: &[f64]| -> Vec<[f64; 2]> {
            let inner = curve.at.iter().zip(values).map(|(at, value)| self.place(*at, value - less(*at)));
            std::iter::once(self.place(0.0, 0.0)).chain(inner).chain([self.place(1.0, 1.0 - less(1.0))]).collect()
        };
        let mut band = through(&curve.lower);
        band.extend(through(&curve.upper).into_iter().rev());
        let _ = writeln!(
            out,
            "<path class=\"band\" d=\"{}\" fill=\"{INK}\" fill-opacity=\".16\"/><path d=\"{}\" stroke=\"{INK}\" stroke-dasharray=\"4 2.5\" fill=\"none\"/><path class=\"curve\" d=\"{}\" stroke=\"{PLAIN}\" stroke-width=\"1.6\" stroke-linejoin=\"round\" fill=\"none\"/>",
            path(&band, true),
            path(&[self.place(0.0, 0.0), self.place(1.0, 1.0 - less(1.0))], false),
            path(&through(&curve.observed), false)
        );
        for k in 0..curve.at.len() {
            if curve.observed[k] < curve.lower[k] - 1e-12 || curve.observed[k] > curve.upper[k] + 1e-12 {
                let [x, y] = self.place(curve.at[k], curve.observed[k] - less(curve.at[k]));
                let _ = writeln!(
                    out,
                    "<circle class=\"outside\" cx=\"{}\" cy=\"{}\" r=\"2\" fill=\"{OUTSIDE}\"/>",
                    number(x),
                    number(y)
                );
            }
        }
    }

    fn axes(&self, out: &mut String, index: usize, x: f64, y: f64) {
        let base = y + HEIGHT;
        let mut marks = String::new();
        let is_lowest = index + self.columns >= self.panels.len();
        for (value, text) in &self.across.ticks {
            let at = x + WIDTH * self.across.position(*value);
            let _ = write!(marks, "M{} {}v4", number(at), number(base));
            if is_lowest {
                let y = number(base + 7.0 + SMALL);
                let _ = writeln!(out, "<text x=\"{}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>", number(at));
            }
        }
        for (value, text) in &self.upright.ticks {
            let at = base - HEIGHT * self.upright.position(*value);
            let _ = write!(marks, "M{} {}h-4", number(x), number(at));
            if index.is_multiple_of(self.columns) {
                let (x, y) = (number(x - 7.0), number(at + 0.35 * SMALL));
                let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{text}</text>");
            }
        }
        let _ = writeln!(
            out,
            "<path d=\"M{} {}v{HEIGHT}h{WIDTH}{marks}\" stroke=\"{FRAME}\" fill=\"none\"/>",
            number(x),
            number(y)
        );
    }
}

impl RankHistogram {
    /// A count relative to what is expected in its bin.
    fn height(&self, bin: usize, count: usize) -> f64 {
        count as f64 / self.expected[bin]
    }
}
