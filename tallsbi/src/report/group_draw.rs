//! Lay a plot of groups out and draw its intervals, axes and legend.

use std::fmt::Write;

use super::PlotError;
use super::axis::{Axis, multiplier};
use super::draw::{COLOURS, FONT, FRAME, INK};
use super::group_plot::{GroupPlot, GroupRow, GroupView};
use super::svg::{escape, fitted, number, text_width};

const WIDTH: f64 = 300.0;
const NAME: f64 = 150.0;
const ROW: f64 = 16.0;
const RIGHT: f64 = 14.0;
const BOTTOM: f64 = 46.0;
const SMALL: f64 = 10.0;
const LARGE: f64 = 12.0;
const POSTERIOR: &str = COLOURS[0];
const ALONE: &str = COLOURS[1];
const POPULATION: &str = COLOURS[2];

/// A plot with every length decided.
pub(super) struct Sheet<'a> {
    plot: &'a GroupPlot,
    /// The groups that are drawn.
    groups: Vec<&'a GroupRow>,
    /// The values; the same upright in a plot of shrinkage.
    axis: Axis,
    left: f64,
    top: f64,
    height: f64,
}

impl<'a> Sheet<'a> {
    /// # Errors
    /// Nothing to draw, or more than an axis can hold.
    pub(super) fn new(plot: &'a GroupPlot) -> Result<Self, PlotError> {
        let alone = |group: &&GroupRow| group.alone.is_some_and(f64::is_finite);
        let is_forest = plot.view == GroupView::Forest;
        let groups: Vec<&GroupRow> = plot.groups.iter().filter(|group| is_forest || alone(group)).collect();
        if groups.is_empty() {
            return Err(PlotError::NoSeries);
        }
        let ends = groups.iter().flat_map(|group| {
            [group.interval[0], group.interval[4]].into_iter().chain(group.alone).chain(group.expected)
        });
        let ends = ends.chain(plot.population.iter().flat_map(|interval| [interval[0], interval[4]]));
        let finite = ends.filter(|value| value.is_finite());
        let (low, high) =
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let scale = low.abs().max(high.abs());
        let room = if high - low > 1e-9 * scale {
            0.05 * (high - low)
        } else if scale > 1e-290 {
            0.1 * scale
        } else {
            1.0
        };
        if scale > 1e290 {
            return Err(PlotError::Range { name: plot.label.name.clone() });
        }
        let axis = Axis::new(low - room, high + room, WIDTH, 0.62 * SMALL);
        let widest =
            |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text_width(text, SMALL)).fold(0.0, f64::max);
        let left = if is_forest {
            14.0 + widest(&mut groups.iter().map(|group| group.name.as_str())).min(NAME) + 8.0
        } else {
            8.0 + LARGE + 8.0 + widest(&mut axis.ticks.iter().map(|(_, text)| text.as_str())) + 7.0
        };
        let height = if is_forest { ROW * groups.len() as f64 } else { WIDTH };
        let top = if plot.title.is_empty() { 30.0 } else { 56.0 };
        Ok(Self { plot, groups, axis, left, top, height })
    }

    pub(super) fn to_svg(&self) -> String {
        let label = self.plot.label.axis();
        let (width, height) = (self.left + WIDTH + RIGHT, self.top + self.height + BOTTOM);
        let title =
            if self.plot.title.is_empty() { format!("{label} of every group") } else { self.plot.title.clone() };
        let names: Vec<&str> = self.groups.iter().map(|group| group.name.as_str()).collect();
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\" font-family=\"{FONT}\" font-size=\"{SMALL}\" fill=\"{INK}\">\n<title>{2}</title>\n<desc>{3}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            number(width.ceil()),
            number(height.ceil()),
            escape(&title),
            escape(&format!("{label} of {}.", names.join(", "))),
        );
        if !self.plot.title.is_empty() {
            let text = escape(&fitted(&self.plot.title, 15.0, width - 28.0));
            let _ = writeln!(out, "<text x=\"14\" y=\"24\" font-size=\"15\" font-weight=\"600\">{text}</text>");
        }
        self.legend(&mut out);
        match self.plot.view {
            GroupView::Forest => self.forest(&mut out),
            GroupView::Shrinkage => self.shrinkage(&mut out),
        }
        self.axes(&mut out);
        out.push_str("</svg>\n");
        out
    }

    /// Where a value is, in pixels from the left.
    fn across(&self, value: f64) -> f64 {
        self.left + WIDTH * self.axis.position(value)
    }

    /// Where a value is in a plot of shrinkage, in pixels from the top.
    fn upright(&self, value: f64) -> f64 {
        self.top + self.height * (1.0 - self.axis.position(value))
    }

    fn forest(&self, out: &mut String) {
        if let Some([low, _, middle, _, high]) = self.plot.population {
            let (a, b, m) = (self.across(low), self.across(high), number(self.across(middle)));
            let (x, y, w) = (number(a), number(self.top), number((b - a).max(0.8)));
            let height = number(self.height);
            let _ = writeln!(
                out,
                "<g class=\"population\"><rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{height}\" fill=\"{POPULATION}\" fill-opacity=\".15\"/><path d=\"M{m} {y}v{height}\" stroke=\"{POPULATION}\" stroke-dasharray=\"4 2.5\" fill=\"none\"/></g>"
            );
        }
        for (index, group) in self.groups.iter().enumerate() {
            let y = self.top + ROW * (index as f64 + 0.5);
            let at = group.interval.map(|value| self.across(value));
            for (low, high, half) in [(at[0], at[4], 1.0), (at[1], at[3], 3.0)] {
                let _ = writeln!(
                    out,
                    "<rect class=\"interval\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{POSTERIOR}\"/>",
                    number(low),
                    number(y - half),
                    number((high - low).max(0.8)),
                    number(2.0 * half)
                );
            }
            let _ = writeln!(
                out,
                "<path class=\"median\" d=\"M{} {}v8\" stroke=\"{INK}\" stroke-width=\"1.4\" fill=\"none\"/>",
                number(at[2]),
                number(y - 4.0)
            );
            if let Some(expected) = group.expected {
                let _ = writeln!(
                    out,
                    "<path class=\"expected\" d=\"M{} {}v{ROW}\" stroke=\"{POPULATION}\" stroke-width=\"1.4\" stroke-dasharray=\"4 2.5\" fill=\"none\"/>",
                    number(self.across(expected)),
                    number(y - 0.5 * ROW)
                );
            }
            if let Some(alone) = group.alone.filter(|alone| alone.is_finite()) {
                let _ = writeln!(
                    out,
                    "<circle class=\"alone\" cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"none\" stroke=\"{ALONE}\" stroke-width=\"1.4\"/>",
                    number(self.across(alone)),
                    number(y)
                );
            }
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                number(self.left - 8.0),
                number(y + 0.35 * SMALL),
                escape(&fitted(&group.name, SMALL, NAME))
            );
        }
    }

    fn shrinkage(&self, out: &mut String) {
        let (left, bottom) = (number(self.left), number(self.top + self.height));
        let _ = writeln!(
            out,
            "<path class=\"diagonal\" d=\"M{left} {bottom}l{WIDTH} -{}\" stroke=\"{ALONE}\" stroke-dasharray=\"4 2.5\" fill=\"none\"/>",
            number(self.height)
        );
        if let Some([low, _, middle, _, high]) = self.plot.population {
            let (a, b, m) = (self.upright(high), self.upright(low), number(self.upright(middle)));
            let (y, h) = (number(a), number((b - a).max(0.8)));
            let _ = writeln!(
                out,
                "<g class=\"population\"><rect x=\"{left}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{h}\" fill=\"{POPULATION}\" fill-opacity=\".15\"/><path d=\"M{left} {m}h{WIDTH}\" stroke=\"{POPULATION}\" stroke-dasharray=\"4 2.5\" fill=\"none\"/></g>"
            );
        }
        for group in &self.groups {
            let [low, _, middle, _, high] = group.interval.map(|value| self.upright(value));
            let at = self.across(group.alone.unwrap_or(f64::NAN));
            let x = number(at);
            if let Some(expected) = group.expected {
                let _ = writeln!(
                    out,
                    "<path class=\"expected\" d=\"M{} {}h12\" stroke=\"{POPULATION}\" stroke-width=\"1.4\" stroke-dasharray=\"4 2.5\" fill=\"none\"/>",
                    number(at - 6.0),
                    number(self.upright(expected))
                );
            }
            let _ = writeln!(
                out,
                "<g><title>{}</title><path d=\"M{x} {}V{}\" stroke=\"{POSTERIOR}\" stroke-width=\"1.4\" stroke-opacity=\".6\" fill=\"none\"/><circle class=\"median\" cx=\"{x}\" cy=\"{}\" r=\"3\" fill=\"{POSTERIOR}\"/></g>",
                escape(&group.name),
                number(low),
                number(high),
                number(middle)
            );
        }
    }

    fn legend(&self, out: &mut String) {
        let (y, is_forest) = (self.top - 12.0, self.plot.view == GroupView::Forest);
        let middle = number(y - 3.5);
        let mut at = self.left;
        let mut entry = |mark: &dyn Fn(&str) -> String, text: &str| {
            let _ = writeln!(
                out,
                "{}<text class=\"legend\" x=\"{}\" y=\"{}\">{text}</text>",
                mark(&number(at)),
                number(at + 24.0),
                number(y)
            );
            at += 24.0 + text_width(text, SMALL) + 12.0;
        };
        let bar =
            |x: &str| format!("<path d=\"M{x} {middle}h18\" stroke=\"{POSTERIOR}\" stroke-width=\"2\" fill=\"none\"/>");
        let dashes = |x: &str, colour: &str| {
            format!("<path d=\"M{x} {middle}h18\" stroke=\"{colour}\" stroke-dasharray=\"4 2.5\" fill=\"none\"/>")
        };
        entry(&bar, if is_forest { "50 %, 90 %" } else { "90 %" });
        if self.groups.iter().any(|group| group.alone.is_some_and(f64::is_finite)) {
            let circle = |x: &str| {
                format!(
                    "<path d=\"M{x} {middle}m6 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0\" fill=\"none\" stroke=\"{ALONE}\" stroke-width=\"1.4\"/>"
                )
            };
            let mark = |x: &str| if is_forest { circle(x) } else { dashes(x, ALONE) };
            entry(&mark, "its data alone");
        }
        if self.plot.population.is_some() || self.groups.iter().any(|group| group.expected.is_some()) {
            entry(&|x: &str| dashes(x, POPULATION), "population");
        }
    }

    fn axes(&self, out: &mut String) {
        let (left, base) = (self.left, self.top + self.height);
        let mut marks = String::new();
        for (value, text) in &self.axis.ticks {
            let at = number(self.across(*value));
            let _ = write!(marks, "M{at} {}v4", number(base));
            let y = number(base + 7.0 + SMALL);
            let _ = writeln!(out, "<text x=\"{at}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>");
            if self.plot.view == GroupView::Shrinkage {
                let at = self.upright(*value);
                let _ = write!(marks, "M{} {}h-4", number(left), number(at));
                let (x, y) = (number(left - 7.0), number(at + 0.35 * SMALL));
                let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{text}</text>");
            }
        }
        let frame = match self.plot.view {
            GroupView::Forest => format!("M{} {}h{WIDTH}", number(left), number(base)),
            GroupView::Shrinkage => format!("M{} {}v{}h{WIDTH}", number(left), number(self.top), number(self.height)),
        };
        let _ = writeln!(out, "<path d=\"{frame}{marks}\" stroke=\"{FRAME}\" fill=\"none\"/>");
        let times = multiplier(self.axis.exponent);
        let name = self.plot.label.axis();
        let name = if times.is_empty() { name } else { format!("{name} ({times})") };
        let across = match self.plot.view {
            GroupView::Forest => name.clone(),
            GroupView::Shrinkage => format!("{name}, the group's data alone"),
        };
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"{LARGE}\">{}</text>",
            number(left + 0.5 * WIDTH),
            number(base + 7.0 + SMALL + 6.0 + LARGE),
            escape(&fitted(&across, LARGE, WIDTH))
        );
        if self.plot.view == GroupView::Shrinkage {
            let (x, y) = (number(8.0 + 0.8 * LARGE), number(self.top + 0.5 * self.height));
            let _ = writeln!(
                out,
                "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"{LARGE}\" transform=\"rotate(-90 {x} {y})\">{}</text>",
                escape(&fitted(&format!("{name}, all groups"), LARGE, self.height))
            );
        }
    }
}
