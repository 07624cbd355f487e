//! Write the pieces of an SVG: escaped text, its width, coordinates and paths.

/// Text for an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Other control characters are not allowed in XML.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The width of text in a sans-serif font, in pixels, a little generous.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '[' | ']' | '(' | ')' | '/' => 0.33,
        'f' | 't' | 'r' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.9,
        c if c.is_uppercase() => 0.72,
        c if c.is_ascii() => 0.6,
        c if u32::from(c) >= 0x2e80 => 1.0,
        _ => 0.65,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// `text`, or its beginning and an ellipsis where it is wider than `width`.
pub(super) fn fitted(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept, size) + text_width("…", size) > width {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// A coordinate with at most two decimals.
pub(super) fn number(value: f64) -> String {
    hundredths((value * 100.0).round() as i64)
}

fn hundredths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) = (value.unsigned_abs() / 100, value.unsigned_abs() % 100);
    match (part, part % 10) {
        (0, _) => format!("{sign}{whole}"),
        (_, 0) => format!("{sign}{whole}.{}", part / 10),
        _ => format!("{sign}{whole}.{part:02}"),
    }
}

/// Path data through points; relative steps of rounded positions, so that rounding does not add up.
pub(super) fn path(points: &[[f64; 2]], close: bool) -> String {
    let rounded = points.iter().map(|p| p.map(|x| (x * 100.0).round() as i64));
    let (mut out, mut last) = (String::new(), None);
    for [x, y] in rounded {
        match last {
            None => out = format!("M{} {}l", hundredths(x), hundredths(y)),
            Some((a, b)) if (x, y) == (a, b) => continue,
            Some((a, b)) => {
                let dy = hundredths(y - b);
                let gap = if dy.starts_with('-') { "" } else { " " };
                let dx = hundredths(x - a);
                let before = if dx.starts_with('-') || out.ends_with('l') { "" } else { " " };
                out.extend([before, &dx, gap, &dy]);
            }
        }
        last = Some((x, y));
    }
    if out.ends_with('l') {
        out.push_str("0 0");
    }
    if close {
        out.push('z');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        assert_eq!(escape("a<b> & \"c\"\u{7}"), "a&lt;b&gt; &amp; &quot;c&quot; ");
        assert_eq!([0.0, -0.004, 1.5, -1.25, 12.349, 3.05].map(number), ["0", "0", "1.5", "-1.25", "12.35", "3.05"]);
        assert_eq!(path(&[[0.0, 1.0], [2.0, 0.5], [2.0, 0.5], [1.0, 0.75]], true), "M0 1l2-0.5-1 0.25z");
        assert_eq!(path(&[[1.0, 1.0]], false), "M1 1l0 0");
        assert_eq!(fitted("short", 10.0, 100.0), "short");
        let cut = fitted("a_very_long_parameter_name", 10.0, 60.0);
        assert!(cut.ends_with('…') && text_width(&cut, 10.0) <= 60.0, "{cut}");
    }
}
