//! Lay a plot of curves out and draw its marks, axes and legend.

use std::fmt::Write;

use super::PlotError;
use super::axis::{Axis, multiplier, short};
use super::draw::{COLOURS, FONT, FRAME, INK};
use super::line_plot::{LinePlot, Shape};
use super::svg::{escape, fitted, number, path, text_width};

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 180.0;
const RIGHT: f64 = 14.0;
const BOTTOM: f64 = 46.0;
const SMALL: f64 = 10.0;
const LARGE: f64 = 12.0;
const ROW: f64 = 17.0;

/// A plot with every length decided.
pub(super) struct Sheet<'a> {
    plot: &'a LinePlot,
    across: Axis,
    upright: Axis,
    /// Name, colour (none for rules) and place of each entry of the legend.
    legend: Vec<(&'a str, Option<&'static str>, [f64; 2])>,
    left: f64,
    top: f64,
}

impl<'a> Sheet<'a> {
    /// # Errors
    /// Nothing finite to draw, or more than an axis can hold.
    pub(super) fn new(plot: &'a LinePlot) -> Result<Self, PlotError> {
        let limits = |axis: usize| limits(plot, axis);
        let (mut across, upright) = (
            axis(limits(0)?, plot.logarithmic[0], WIDTH, 0.62 * SMALL),
            axis(limits(1)?, plot.logarithmic[1], HEIGHT, 0.7 * SMALL),
        );
        if !plot.ticks.is_empty() {
            across.ticks = spaced(&across, &plot.ticks);
            across.exponent = 0;
        }
        let widest = upright.ticks.iter().map(|(_, text)| text_width(text, SMALL)).fold(0.0, f64::max);
        let left = 8.0 + LARGE + 8.0 + widest + 7.0;
        let mut legend: Vec<(&str, Option<&'static str>, [f64; 2])> = Vec::new();
        let (mut colours, mut at) = (COLOURS.iter().cycle(), [left, if plot.title.is_empty() { 18.0 } else { 44.0 }]);
        for mark in &plot.marks {
            let is_rule = matches!(mark.shape, Shape::Rule { .. });
            if legend.iter().any(|(name, _, _)| *name == mark.name) {
                continue;
            }
            let length = 27.0 + text_width(&mark.name, LARGE) + 14.0;
            if at[0] > left && at[0] + length > left + WIDTH + RIGHT {
                at = [left, at[1] + ROW];
            }
            legend.push((&mark.name, if is_rule { None } else { colours.next().copied() }, at));
            if !mark.name.is_empty() {
                at[0] += length;
            }
        }
        Ok(Self { plot, across, upright, legend, left, top: at[1] + 12.0 })
    }

    pub(super) fn to_svg(&self) -> String {
        let (width, height) = (self.left + WIDTH + RIGHT, self.top + HEIGHT + BOTTOM);
        let [across, upright] = &self.plot.labels;
        let title = if self.plot.title.is_empty() { format!("{upright} by {across}") } else { self.plot.title.clone() };
        let names: Vec<&str> = self.legend.iter().map(|(name, _, _)| *name).filter(|name| !name.is_empty()).collect();
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\" font-family=\"{FONT}\" font-size=\"{SMALL}\" fill=\"{INK}\">\n<title>{2}</title>\n<desc>{3}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            number(width.ceil()),
            number(height.ceil()),
            escape(&title),
            escape(&format!("{upright} against {across}: {}.", names.join(", "))),
        );
        if !self.plot.title.is_empty() {
            let text = escape(&fitted(&self.plot.title, 15.0, width - 28.0));
            let _ = writeln!(out, "<text x=\"14\" y=\"24\" font-size=\"15\" font-weight=\"600\">{text}</text>");
        }
        self.legend(&mut out);
        // A nested svg clips what it holds.
        let _ = writeln!(
            out,
            "<svg class=\"panel\" x=\"{}\" y=\"{}\" width=\"{WIDTH}\" height=\"{HEIGHT}\">",
            number(self.left),
            number(self.top)
        );
        for mark in &self.plot.marks {
            let entry = self.legend.iter().find(|(name, _, _)| *name == mark.name);
            let colour = entry.and_then(|(_, colour, _)| *colour).unwrap_or(INK);
            self.mark(&mut out, &mark.shape, colour);
        }
        out.push_str("</svg>\n");
        self.axes(&mut out);
        out.push_str("</svg>\n");
        out
    }

    fn place(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let place = [WIDTH * self.across.position(x), HEIGHT * (1.0 - self.upright.position(y))];
        place.iter().all(|value| value.is_finite()).then_some(place)
    }

    fn mark(&self, out: &mut String, shape: &Shape, colour: &str) {
        match shape {
            Shape::Line(points) => {
                for run in runs(points, |point| self.place(*point)) {
                    let _ = writeln!(
                        out,
                        "<path class=\"line\" d=\"{}\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-linejoin=\"round\" fill=\"none\"/>",
                        path(&run, false)
                    );
                }
            }
            Shape::Band(band) => {
                for run in runs(band, |[x, low, high]| Some([self.place([*x, *low])?, self.place([*x, *high])?])) {
                    let ends: Vec<[f64; 2]> =
                        run.iter().map(|ends| ends[0]).chain(run.iter().rev().map(|ends| ends[1])).collect();
                    let _ = writeln!(
                        out,
                        "<path class=\"band\" d=\"{}\" fill=\"{colour}\" fill-opacity=\".2\"/>",
                        path(&ends, true)
                    );
                }
            }
            Shape::Dots(points) => {
                let radius = if points.len() > 60 { "1.6" } else { "2.6" };
                for [x, y] in points.iter().filter_map(|point| self.place(*point)) {
                    let _ = writeln!(
                        out,
                        "<circle cx=\"{}\" cy=\"{}\" r=\"{radius}\" fill=\"{colour}\" fill-opacity=\".8\"/>",
                        number(x),
                        number(y)
                    );
                }
            }
            Shape::Rule { at, upright } => {
                let share = if *upright { self.across.position(*at) } else { self.upright.position(*at) };
                if !share.is_finite() {
                    return;
                }
                let line = if *upright {
                    format!("M{} 0v{HEIGHT}", number(WIDTH * share))
                } else {
                    format!("M0 {}h{WIDTH}", number(HEIGHT * (1.0 - share)))
                };
                let _ = writeln!(
                    out,
                    "<path class=\"rule\" d=\"{line}\" stroke=\"{INK}\" stroke-dasharray=\"4 2.5\" fill=\"none\"/>"
                );
            }
        }
    }

    fn legend(&self, out: &mut String) {
        for (name, colour, [x, y]) in self.legend.iter().filter(|(name, _, _)| !name.is_empty()) {
            let middle = number(y - 4.0);
            let of = |wanted: fn(&Shape) -> bool| {
                self.plot.marks.iter().any(|mark| mark.name == *name && wanted(&mark.shape))
            };
            match colour {
                None => {
                    let _ = writeln!(
                        out,
                        "<path d=\"M{} {middle}h20\" stroke=\"{INK}\" stroke-dasharray=\"4 2.5\" fill=\"none\"/>",
                        number(*x)
                    );
                }
                Some(colour) => {
                    if of(|shape| matches!(shape, Shape::Band(_))) {
                        let (x, y) = (number(*x), number(y - 9.0));
                        let _ = writeln!(
                            out,
                            "<rect x=\"{x}\" y=\"{y}\" width=\"20\" height=\"10\" fill=\"{colour}\" fill-opacity=\".3\"/>"
                        );
                    }
                    if of(|shape| matches!(shape, Shape::Line(_))) {
                        let _ = writeln!(
                            out,
                            "<path d=\"M{} {middle}h20\" stroke=\"{colour}\" stroke-width=\"1.6\" fill=\"none\"/>",
                            number(*x)
                        );
                    }
                    if of(|shape| matches!(shape, Shape::Dots(_))) {
                        let _ = writeln!(
                            out,
                            "<circle cx=\"{}\" cy=\"{middle}\" r=\"2.6\" fill=\"{colour}\"/>",
                            number(x + 10.0)
                        );
                    }
                }
            }
            let _ = writeln!(
                out,
                "<text class=\"legend\" x=\"{}\" y=\"{}\" font-size=\"{LARGE}\">{}</text>",
                number(x + 27.0),
                number(*y),
                escape(&fitted(name, LARGE, WIDTH - 27.0))
            );
        }
    }

    fn axes(&self, out: &mut String) {
        let (left, base) = (self.left, self.top + HEIGHT);
        let mut marks = String::new();
        for (value, text) in &self.across.ticks {
            let at = left + WIDTH * self.across.position(*value);
            let _ = write!(marks, "M{} {}v4", number(at), number(base));
            let y = number(base + 7.0 + SMALL);
            let _ = writeln!(out, "<text x=\"{}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>", number(at));
        }
        for (value, text) in &self.upright.ticks {
            let at = base - HEIGHT * self.upright.position(*value);
            let _ = write!(marks, "M{} {}h-4", number(left), number(at));
            let (x, y) = (number(left - 7.0), number(at + 0.35 * SMALL));
            let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{text}</text>");
        }
        let _ = writeln!(
            out,
            "<path d=\"M{} {}v{HEIGHT}h{WIDTH}{marks}\" stroke=\"{FRAME}\" fill=\"none\"/>",
            number(left),
            number(self.top)
        );
        let label = |k: usize, axis: &Axis, room: f64| {
            let times = multiplier(axis.exponent);
            let text = if times.is_empty() {
                self.plot.labels[k].clone()
            } else {
                format!("{} ({times})", self.plot.labels[k])
            };
            escape(&fitted(&text, LARGE, room))
        };
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"{LARGE}\">{}</text>",
            number(left + 0.5 * WIDTH),
            number(base + 7.0 + SMALL + 6.0 + LARGE),
            label(0, &self.across, WIDTH)
        );
        let (x, y) = (number(8.0 + 0.8 * LARGE), number(self.top + 0.5 * HEIGHT));
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"{LARGE}\" transform=\"rotate(-90 {x} {y})\">{}</text>",
            label(1, &self.upright, HEIGHT + 20.0)
        );
    }
}

/// The ends of an axis: what the marks reach, with a margin.
fn limits(plot: &LinePlot, axis: usize) -> Result<(f64, f64), PlotError> {
    let logarithmic = plot.logarithmic[axis];
    let mut values: Vec<f64> =
        plot.marks.iter().flat_map(|mark| mark.shape.points()).map(|point| point[axis]).collect();
    if values.is_empty() {
        return Err(PlotError::NoSeries);
    }
    for mark in &plot.marks {
        if let Shape::Rule { at, upright } = mark.shape
            && upright == (axis == 0)
            && at.is_finite()
        {
            values.push(at);
        }
    }
    values.retain(|value| !logarithmic || *value > 0.0);
    let (mut low, mut high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    if low > high {
        return Err(PlotError::NoSeries);
    }
    if logarithmic {
        let margin = if high > low { (high / low).powf(0.05) } else { 2.0 };
        return Ok((low / margin, high * margin));
    }
    let scale = low.abs().max(high.abs());
    if high - low <= 1e-9 * scale {
        let room = if scale > 0.0 { 0.1 * scale } else { 1.0 };
        (low, high) = (low - room, high + room);
    }
    let margin = 0.05 * (high - low);
    let (low, high) = (low - margin, high + margin);
    if (high - low).is_finite() && high - low > 1e-290 && scale < 1e290 {
        Ok((low, high))
    } else if high - low <= 1e-290 {
        Ok((low - 1.0, high + 1.0))
    } else {
        Err(PlotError::Range { name: plot.labels[axis].clone() })
    }
}

fn axis((low, high): (f64, f64), logarithmic: bool, length: f64, character: f64) -> Axis {
    if logarithmic { Axis::logarithmic(low, high, length, character) } else { Axis::new(low, high, length, character) }
}

/// The wanted ticks inside the axis, from its lower end on, as many as fit.
fn spaced(axis: &Axis, wanted: &[f64]) -> Vec<(f64, String)> {
    let mut wanted: Vec<f64> = wanted.iter().copied().filter(|at| (0.0..=1.0).contains(&axis.position(*at))).collect();
    wanted.sort_unstable_by(f64::total_cmp);
    wanted.dedup();
    let mut kept: Vec<(f64, String)> = Vec::new();
    for value in wanted {
        let text = short(value);
        let far = kept.last().is_none_or(|(last, before)| {
            let room = WIDTH * (axis.position(value) - axis.position(*last));
            room > 0.5 * (text_width(before, SMALL) + text_width(&text, SMALL)) + 0.6 * SMALL
        });
        if far {
            kept.push((value, text));
        }
    }
    kept
}

/// What can be placed, in runs without a gap.
fn runs<T, P>(items: &[T], place: impl Fn(&T) -> Option<P>) -> Vec<Vec<P>> {
    let mut runs = vec![Vec::new()];
    for item in items {
        match (place(item), runs.last_mut()) {
            (Some(placed), Some(run)) => run.push(placed),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}
