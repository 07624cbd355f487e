//! Draw the graph of a hierarchical model, with its plates, as a self-contained SVG that is legible in print.

use std::fmt::Write;

use super::draw::{FONT, FRAME, INK};
use super::graph_layout::{HALF, Kind, Layout, NAME, Node, SMALL};
use super::svg::{escape, number, text_width};
use crate::hierarchy::Graph;

/// What is observed is grey and nothing else is, as usual in such graphs; no meaning is in a colour.
const OBSERVED: &str = "#d9d9d9";
const HEAD: f64 = 8.0;
const LEGEND: f64 = 26.0;

/// The picture of a graph.
pub(crate) fn graph_svg(graph: &Graph) -> String {
    let layout = Layout::of(graph);
    let legend = legend(&layout);
    let width = layout.width.max(legend.width + 28.0).ceil();
    let height = (layout.height + LEGEND).ceil();
    let shift = 0.5 * (width - layout.width);
    let title = escape(&format!("Model {}", graph.name));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{title}\" font-family=\"{FONT}\" font-size=\"{2}\" fill=\"{INK}\">\n<title>{title}</title>\n<desc>{3}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"14\" y=\"24\" font-size=\"15\" font-weight=\"600\">{4}</text>\n<g transform=\"translate({5} 0)\">\n",
        number(width),
        number(height),
        number(SMALL),
        escape(graph.to_string().trim_end()),
        escape(&graph.name),
        number(shift),
    );
    for plate in &layout.plates {
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"9\" fill=\"none\" stroke=\"{FRAME}\" stroke-width=\"1.2\"/>\n<text x=\"{}\" y=\"{}\">{}</text>",
            number(plate.x),
            number(plate.y),
            number(plate.width),
            number(plate.height),
            number(plate.x + 10.0),
            number(plate.y + plate.height - 7.0),
            escape(&plate.over)
        );
    }
    for points in &layout.arrows {
        arrow(&mut out, points);
    }
    for (x, y, name) in &layout.levels {
        // On white, so that an arrow that passes does not strike it out.
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"17\" fill=\"#fff\"/>\n<text x=\"{}\" y=\"{}\" font-size=\"12\" font-weight=\"600\">{}</text>",
            number(*x - 2.0),
            number(*y - 12.0),
            number(text_width(name, 12.5) + 4.0),
            number(*x),
            number(*y),
            escape(name)
        );
    }
    for node in &layout.nodes {
        draw(&mut out, node);
    }
    out.push_str("</g>\n");
    let _ = writeln!(out, "<g transform=\"translate(14 {})\">\n{}</g>", number(layout.height + 8.0), legend.svg);
    out.push_str("</svg>\n");
    out
}

/// A smooth line through points, with a head.
fn arrow(out: &mut String, points: &[[f64; 2]]) {
    let [.., before, last] = points else { return };
    let (dx, dy) = (last[0] - before[0], last[1] - before[1]);
    let length = dx.hypot(dy).max(1e-9);
    let (ux, uy) = (dx / length, dy / length);
    let base = [last[0] - HEAD * ux, last[1] - HEAD * uy];
    let place = |p: [f64; 2]| format!("{} {}", number(p[0]), number(p[1]));
    let mut data = format!("M{}", place(points[0]));
    // Corners are rounded between the middles of their sides.
    for window in points.windows(3) {
        let middle = [0.5 * (window[0][0] + window[1][0]), 0.5 * (window[0][1] + window[1][1])];
        let next = [0.5 * (window[1][0] + window[2][0]), 0.5 * (window[1][1] + window[2][1])];
        let _ = write!(data, "L{}Q{} {}", place(middle), place(window[1]), place(next));
    }
    let _ = write!(data, "L{}", place(base));
    let wing = |side: f64| place([base[0] - side * 0.42 * HEAD * uy, base[1] + side * 0.42 * HEAD * ux]);
    let _ = writeln!(
        out,
        "<path d=\"{data}\" fill=\"none\" stroke=\"{INK}\" stroke-width=\"1.1\"/>\n<path d=\"M{}L{}L{}z\"/>",
        place(*last),
        wing(1.0),
        wing(-1.0)
    );
}

fn draw(out: &mut String, node: &Node) {
    let _ = writeln!(out, "<g><title>{}</title>", escape(&node.about));
    shape(out, node.kind, [node.x, node.y], [node.half, HALF]);
    for (text, dy, size) in [(&node.name, -1.0, NAME), (&node.below, 13.0, SMALL)] {
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"{}\">{}</text>",
            number(node.x),
            number(node.y + dy),
            number(size),
            escape(text)
        );
    }
    out.push_str("</g>\n");
}

fn shape(out: &mut String, kind: Kind, [x, y]: [f64; 2], [half, tall]: [f64; 2]) {
    let (fill, dashes) = match kind {
        Kind::Observed => (OBSERVED, ""),
        Kind::Derived => ("#fff", " stroke-dasharray=\"4 3\""),
        Kind::Parameter | Kind::Design => ("#fff", ""),
    };
    let stroke = format!("fill=\"{fill}\" stroke=\"{INK}\" stroke-width=\"1.3\"{dashes}");
    let _ = if kind == Kind::Design {
        let [left, top, width, height] = [x - half, y - tall, 2.0 * half, 2.0 * tall].map(number);
        writeln!(out, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" {stroke}/>")
    } else {
        let [x, y, half, tall] = [x, y, half, tall].map(number);
        writeln!(out, "<ellipse cx=\"{x}\" cy=\"{y}\" rx=\"{half}\" ry=\"{tall}\" {stroke}/>")
    };
}

/// What the shapes mean, as far as they occur.
struct Legend {
    svg: String,
    width: f64,
}

fn legend(layout: &Layout) -> Legend {
    let (mut svg, mut x) = (String::new(), 0.0);
    for (kind, text) in [
        (Kind::Parameter, "to be learned"),
        (Kind::Observed, "observed"),
        (Kind::Design, "known"),
        (Kind::Derived, "computed"),
    ] {
        if layout.nodes.iter().any(|node| node.kind == kind) {
            shape(&mut svg, kind, [x + 9.0, 0.0], [9.0, 6.0]);
            let _ = writeln!(svg, "<text x=\"{}\" y=\"4\">{text}</text>", number(x + 24.0));
            x += 24.0 + text_width(text, SMALL) + 18.0;
        }
    }
    Legend { svg, width: x }
}
