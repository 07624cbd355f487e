//! Write a self-contained HTML page: every text escaped, inline style and pictures, no script.

use std::fmt::Write;

use super::svg::escape;

/// What a browser may do with the page: nothing but show its inline style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A page being written. Whatever is given as text is escaped here.
#[derive(Debug, Default)]
pub(super) struct Page {
    body: String,
    sections: Vec<(&'static str, &'static str)>,
}

impl Page {
    /// Opens a section, which closes the one before it.
    pub(super) fn section(&mut self, id: &'static str, heading: &'static str) {
        if !self.sections.is_empty() {
            self.body.push_str("</section>\n");
        }
        self.sections.push((id, heading));
        let _ = writeln!(self.body, "<section id=\"{id}\">\n<h2>{heading}</h2>");
    }

    pub(super) fn heading(&mut self, text: &str) {
        let _ = writeln!(self.body, "<h3>{}</h3>", escape(text));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{}</p>", escape(text));
    }

    /// Text whose lines and spaces are kept.
    pub(super) fn preformatted(&mut self, text: &str) {
        let _ = writeln!(
            self.body,
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Description\"><pre>{}</pre></div>",
            // The escape of an attribute would join lines.
            text.lines().map(escape).collect::<Vec<_>>().join("\n")
        );
    }

    /// A list of what to know, each with its weight as a word.
    pub(super) fn warnings(&mut self, items: &[(&'static str, String)]) {
        self.body.push_str("<ul class=\"warnings\">\n");
        for (weight, text) in items {
            let class = weight.to_lowercase();
            let _ = writeln!(self.body, "<li class=\"{class}\"><strong>{weight}:</strong> {}</li>", escape(text));
        }
        self.body.push_str("</ul>\n");
    }

    /// A table; columns from `n_text` on hold numbers.
    pub(super) fn table(&mut self, caption: &str, head: &[&str], n_text: usize, rows: &[Vec<String>]) {
        let long = |k: usize| rows.iter().any(|row| row[k].chars().count() > 28);
        let class = |k: usize| match (k < n_text, long(k)) {
            (true, false) => "",
            (true, true) => " class=\"long\"",
            (false, _) => " class=\"number\"",
        };
        let _ = write!(
            self.body,
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table>\n<caption>{0}</caption>\n<thead><tr>",
            escape(caption)
        );
        for (k, cell) in head.iter().enumerate() {
            let _ = write!(self.body, "<th scope=\"col\"{}>{}</th>", class(k), escape(cell));
        }
        self.body.push_str("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.body.push_str("<tr>");
            for (k, cell) in row.iter().enumerate() {
                let _ = match k {
                    0 => write!(self.body, "<th scope=\"row\">{}</th>", escape(cell)),
                    _ => write!(self.body, "<td{}>{}</td>", class(k), escape(cell)),
                };
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody></table></div>\n");
    }

    /// A list of names with what belongs to them.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) {
        self.body.push_str("<dl>\n");
        for (name, value) in facts {
            let _ = writeln!(self.body, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
        }
        self.body.push_str("</dl>\n");
    }

    /// Pictures (SVG of this crate) side by side where there is room, with one caption.
    pub(super) fn figure(&mut self, caption: &str, pictures: &[String]) {
        self.body.push_str("<figure><div class=\"pictures\">\n");
        for picture in pictures {
            // A picture wider than the screen shrinks to two thirds at most, so that its text stays readable; then it scrolls.
            let width = picture.split("width=\"").nth(1).and_then(|rest| rest.split('"').next());
            let least = 0.68 * width.and_then(|width| width.parse::<f64>().ok()).unwrap_or(300.0);
            let _ = writeln!(
                self.body,
                "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{}\"><div class=\"picture\" style=\"min-width:{}px\">\n{picture}</div></div>",
                escape(caption),
                least.round()
            );
        }
        let _ = writeln!(self.body, "</div>\n<figcaption>{}</figcaption></figure>", escape(caption));
    }

    /// The whole page.
    pub(super) fn finish(self, title: &str, lead: &str) -> String {
        let links: Vec<String> =
            self.sections.iter().map(|(id, heading)| format!("<a href=\"#{id}\">{heading}</a>")).collect();
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n<p>{lead}</p>\n<nav aria-label=\"Sections\">{links}</nav>\n</header>\n<main>\n{body}</section>\n</main>\n</body>\n</html>\n",
            title = escape(title),
            lead = escape(lead),
            links = links.join(" "),
            style = include_str!("page.css"),
            body = self.body,
        )
    }
}
