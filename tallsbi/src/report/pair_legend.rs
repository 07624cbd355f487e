//! Draw a pair plot's legend.

use std::fmt::Write;

use super::draw::{COLOURS, ENTRY, Figure, INK, PRIOR};
use super::svg::{escape, fitted, number, text_width};

/// What stands before a line of the legend.
pub(super) enum Key {
    Region(&'static str),
    Prior,
    Truth,
}

impl Figure<'_> {
    /// Key and text of the legend's lines.
    pub(super) fn entries(&self) -> Vec<(Key, String)> {
        let mut entries = Vec::new();
        for (index, series) in self.plot.series.iter().enumerate() {
            let omitted = match series.n_omitted {
                0 => String::new(),
                1 => "1 draw not finite".to_owned(),
                n => format!("{n} draws not finite"),
            };
            let text = match (series.name.is_empty(), omitted.is_empty()) {
                (true, true) => continue,
                (false, true) => series.name.clone(),
                (true, false) => omitted,
                (false, false) => format!("{} ({omitted})", series.name),
            };
            entries.push((Key::Region(COLOURS[index % COLOURS.len()]), text));
        }
        if self.plot.prior.is_some() {
            entries.push((Key::Prior, "prior".to_owned()));
        }
        if self.plot.truth.is_some() {
            entries.push((Key::Truth, "truth".to_owned()));
        }
        entries
    }

    /// The legend: in the empty upper triangle, or above a single panel.
    pub(super) fn legend(&self, out: &mut String) {
        let (entries, m) = (self.entries(), self.plot.labels.len());
        let widest = entries.iter().map(|(_, text)| text_width(text, self.large)).fold(0.0, f64::max) + 30.0;
        let (x, mut y, room) = if m == 1 {
            (self.left, self.top - 8.0 - ENTRY * (entries.len() as f64 - 1.0), self.width)
        } else {
            // As far to the right as the texts fit, beside the first row's panel at least.
            let edge = self.corner(0, m - 1).0 + self.width;
            let x = (edge - widest).min(self.corner(0, m.saturating_sub(2).max(1)).0).max(self.corner(0, 1).0 + 4.0);
            (x, self.top + 12.0, edge - x)
        };
        for (key, text) in &entries {
            let (left, middle) = (number(x), number(y - 4.0));
            let _ = match key {
                Key::Region(colour) => writeln!(
                    out,
                    "<rect x=\"{left}\" y=\"{}\" width=\"20\" height=\"10\" rx=\"1.5\" fill=\"{colour}\" fill-opacity=\".38\" stroke=\"{colour}\" stroke-width=\"1.2\"/>",
                    number(y - 9.0)
                ),
                Key::Prior => writeln!(
                    out,
                    "<path d=\"M{left} {middle}h20\" stroke=\"{PRIOR}\" stroke-width=\"1.1\" stroke-dasharray=\"1.5 2.5\" fill=\"none\"/>"
                ),
                Key::Truth => writeln!(
                    out,
                    "<path d=\"M{left} {middle}h20\" stroke=\"{INK}\" stroke-width=\".9\" stroke-dasharray=\"4 2.5\"/><circle cx=\"{}\" cy=\"{middle}\" r=\"2.5\" stroke=\"#fff\" stroke-width=\".9\"/>",
                    number(x + 10.0)
                ),
            };
            let _ = writeln!(
                out,
                "<text class=\"legend\" x=\"{}\" y=\"{}\" font-size=\"{}\">{}</text>",
                number(x + 27.0),
                number(y),
                number(self.large),
                escape(&fitted(text, self.large, room - 27.0))
            );
            y += ENTRY;
        }
        if m > 1 {
            let _ =
                writeln!(out, "<text x=\"{}\" y=\"{}\" fill=\"#555\">regions: 50 %, 90 %</text>", number(x), number(y));
        }
    }
}
