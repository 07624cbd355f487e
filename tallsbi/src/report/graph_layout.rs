//! Lay the graph of a hierarchical model out: rows of nodes from the population down, plates around them, arrows past them.

use std::collections::BTreeMap;

use super::svg::text_width;
use crate::hierarchy::{Graph, GraphField};

/// Half the height of a node.
pub(super) const HALF: f64 = 23.0;
pub(super) const NAME: f64 = 14.0;
pub(super) const SMALL: f64 = 11.0;
const BETWEEN_NODES: f64 = 26.0;
const BETWEEN_ROWS: f64 = 44.0;
/// Room at a plate's sides, at its top for the level's name, at its bottom for what it is repeated over.
const SIDE: f64 = 22.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 26.0;
const TITLE: f64 = 44.0;
const MARGIN: f64 = 16.0;
/// Between arrows of different nodes that pass beside the same one.
const TRACK: f64 = 6.0;
/// Free space beside a node that an arrow passes.
const CLEAR: f64 = 9.0;

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A parameter.
    Parameter,
    /// A deterministic quantity of parameters.
    Derived,
    /// Known covariates of a group or of an observation.
    Design,
    /// What is observed.
    Observed,
}

/// A node with its place.
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// Below the name: the family of the prior, or a type.
    pub(super) below: String,
    /// What a reader sees on pointing at it.
    pub(super) about: String,
    pub(super) x: f64,
    pub(super) y: f64,
    /// Half the width.
    pub(super) half: f64,
    row: usize,
}

/// A level that is repeated, as a frame.
pub(super) struct Plate {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// At its lower left: what it is repeated over.
    pub(super) over: String,
}

/// Everything with its place.
pub(super) struct Layout {
    pub(super) nodes: Vec<Node>,
    /// Arrows, each through points from the edge of a node to the edge of another.
    pub(super) arrows: Vec<Vec<[f64; 2]>>,
    pub(super) plates: Vec<Plate>,
    /// Names of levels, with their place.
    pub(super) levels: Vec<(f64, f64, String)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Nodes side by side, within so many plates.
struct Row {
    nodes: Vec<usize>,
    plates: usize,
    /// The level that begins with this row.
    level: Option<String>,
}

/// Nodes, rows and arrows before they have places.
#[derive(Default)]
struct Sketch {
    nodes: Vec<Node>,
    rows: Vec<Row>,
    /// From node, to node.
    edges: Vec<(usize, usize)>,
    /// Nodes of the fields of every level.
    fields: Vec<Vec<usize>>,
    /// Nodes of the fields of what is known of groups.
    designs: Vec<Vec<usize>>,
}

impl Sketch {
    fn of(graph: &Graph) -> Self {
        let mut sketch = Self::default();
        for (depth, level) in graph.levels.iter().enumerate() {
            // A field stands below the earlier fields that its prior names.
            let mut heights: Vec<usize> = Vec::with_capacity(level.fields.len());
            for field in &level.fields {
                let earlier = level.fields.iter().zip(&heights);
                let above = earlier.filter(|(other, _)| field.depends_on.contains(&other.label.name));
                heights.push(above.map(|(_, height)| height + 1).max().unwrap_or(0));
            }
            let named = sketch.known(graph, depth);
            let first = sketch.rows.len();
            let tallest = heights.iter().copied().max().unwrap_or(0);
            for height in 0..=tallest {
                let level = (height == 0 && !named).then(|| level.name.clone());
                sketch.rows.push(Row { nodes: Vec::new(), plates: depth, level });
            }
            let of_level: Vec<usize> =
                level.fields.iter().zip(&heights).map(|(field, height)| sketch.field(field, first + height)).collect();
            sketch.fields.push(of_level);
            for (index, field) in level.fields.iter().enumerate() {
                let sources = field.depends_on.iter().filter_map(|name| sketch.named(graph, depth, name));
                let edges: Vec<_> = sources.map(|source| (source, sketch.fields[depth][index])).collect();
                sketch.edges.extend(edges);
            }
            sketch.derived(graph, depth);
            if depth < graph.innermost() {
                sketch.observed(graph, depth);
            }
        }
        sketch.observed(graph, graph.innermost());
        sketch
    }

    /// What is known of the groups of a level, in a row above it that has its name; whether there is anything.
    fn known(&mut self, graph: &Graph, depth: usize) -> bool {
        let level = &graph.levels[depth];
        let first = self.designs.len();
        for design in graph.designs_of(level) {
            if self.designs.len() == first {
                self.rows.push(Row { nodes: Vec::new(), plates: depth, level: Some(level.name.clone()) });
            }
            let row = self.rows.len() - 1;
            let nodes = design.fields.iter().map(|GraphField { label, prior, .. }| {
                let about = format!("{}: {} (in training from {prior})", label.axis(), label.description);
                self.add(Kind::Design, row, &label.name, "known", about)
            });
            let nodes = nodes.collect();
            self.designs.push(nodes);
        }
        self.designs.len() > first
    }

    fn add(&mut self, kind: Kind, row: usize, name: &str, below: &str, about: String) -> usize {
        let text = text_width(name, NAME).max(text_width(below, SMALL));
        let half = if kind == Kind::Design { 0.5 * text + 10.0 } else { 0.58 * text + 14.0 };
        let (name, below) = (name.to_owned(), below.to_owned());
        self.nodes.push(Node { kind, name, below, about, x: 0.0, y: 0.0, half: half.max(HALF), row });
        self.rows[row].nodes.push(self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn field(&mut self, field: &GraphField, row: usize) -> usize {
        let family = field.prior.split('(').next().unwrap_or_default();
        let about = format!("{} ~ {}: {}", field.label.axis(), field.prior, field.label.description);
        self.add(Kind::Parameter, row, &field.label.name, &format!("~ {family}"), about)
    }

    /// The node of a field as a prior names it: `mean`, or `population.mean`.
    fn named(&self, graph: &Graph, depth: usize, name: &str) -> Option<usize> {
        let (level, field) = match name.split_once('.') {
            None => (depth, name),
            Some((level, field)) => {
                // `PatientGroup` is `patient_group` in a prior.
                let plain = level.replace('_', "");
                if let Some(index) = graph.designs.iter().position(|design| design.name.to_lowercase() == plain) {
                    let field = graph.designs[index].fields.iter().position(|other| other.label.name == field)?;
                    return self.designs.get(index)?.get(field).copied();
                }
                (graph.levels.iter().position(|other| other.name.to_lowercase() == plain)?, field)
            }
        };
        let index = graph.levels.get(level)?.fields.iter().position(|other| other.label.name == field)?;
        self.fields.get(level)?.get(index).copied()
    }

    /// Arrows from all fields of the levels that are named.
    fn depend(&mut self, graph: &Graph, names: &[String], target: usize) {
        let levels = graph.levels.iter().zip(&self.fields).filter(|(level, _)| names.contains(&level.name));
        let designs = graph.designs.iter().zip(&self.designs).filter(|(design, _)| names.contains(&design.name));
        let sources = levels.map(|(_, fields)| fields).chain(designs.map(|(_, fields)| fields)).flatten();
        self.edges.extend(sources.map(|source| (*source, target)));
    }

    fn derived(&mut self, graph: &Graph, depth: usize) {
        let here: Vec<_> = graph.derived.iter().filter(|derived| derived.level == depth).collect();
        if here.is_empty() {
            return;
        }
        self.rows.push(Row { nodes: Vec::new(), plates: depth, level: None });
        for derived in here {
            let about = format!("{} = {}: {}", derived.label.axis(), derived.formula(), derived.label.description);
            let node = self.add(Kind::Derived, self.rows.len() - 1, &derived.label.name, "computed", about);
            self.depend(graph, &derived.depends_on, node);
        }
    }

    /// What is observed in the groups of a level, in one row below the designs. A single kind of the innermost has a plate of its own; others
    /// say how often they are observed themselves.
    fn observed(&mut self, graph: &Graph, depth: usize) {
        let several = graph.may_be_missing(depth);
        let plates = depth + usize::from(!several && graph.observations_of(depth).any(|kind| kind.n_max > 1));
        let row = |level| Row { nodes: Vec::new(), plates, level };
        let is_level = |name: &String| {
            graph.levels.iter().any(|level| level.name == *name)
                || graph.designs.iter().any(|known| known.name == *name)
        };
        let mut designs: Vec<(String, usize)> = Vec::new();
        for name in graph.observations_of(depth).flat_map(|kind| &kind.depends_on).filter(|name| !is_level(name)) {
            if designs.is_empty() {
                self.rows.push(row(None));
            }
            if designs.iter().all(|(known, _)| known != name) {
                let about = format!("{name}: known covariates");
                designs.push((name.clone(), self.add(Kind::Design, self.rows.len() - 1, name, "known", about)));
            }
        }
        if depth == graph.innermost() || graph.observations_of(depth).next().is_some() {
            self.rows.push(row(None));
        }
        for observation in graph.observations_of(depth) {
            let about = format!("{} -> {}", observation.name, observation.outcome);
            let times = match observation.n_max {
                _ if !several => String::new(),
                1 => ", at most once".to_owned(),
                n_max => format!(", at most {n_max}"),
            };
            let below = format!("{}{times}", observation.outcome);
            let node = self.add(Kind::Observed, self.rows.len() - 1, &observation.name, &below, about);
            self.depend(graph, &observation.depends_on, node);
            let known = designs.iter().filter(|(name, _)| observation.depends_on.contains(name));
            self.edges.extend(known.map(|(_, design)| (*design, node)));
        }
    }

    fn row_width(&self, row: &Row) -> f64 {
        let nodes: f64 = row.nodes.iter().map(|&node| 2.0 * self.nodes[node].half).sum();
        nodes + BETWEEN_NODES * row.nodes.len().saturating_sub(1) as f64
    }
}

impl Layout {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut sketch = Sketch::of(graph);
        let deepest = sketch.rows.iter().map(|row| row.plates).max().unwrap_or(0);
        let over: Vec<String> = (1..=deepest).map(|depth| repeated(graph, depth)).collect();
        // Half the width of what stands within so many plates, the plate's own sides included.
        let mut halves = vec![0.0_f64; deepest + 1];
        for depth in (0..=deepest).rev() {
            let rows = sketch.rows.iter().filter(|row| row.plates == depth).map(|row| sketch.row_width(row));
            let names = sketch.rows.iter().filter(|row| row.plates == depth).filter_map(|row| row.level.as_ref());
            let text = names
                .map(|name| text_width(name, NAME))
                .chain(over.get(depth.wrapping_sub(1)).map(|text| text_width(text, SMALL)));
            let inner = halves.get(depth + 1).copied().unwrap_or(0.0);
            halves[depth] = rows.chain(text).map(|width| 0.5 * width).fold(inner, f64::max) + SIDE;
        }
        let title = 0.5 * text_width(&graph.name, 15.0) + MARGIN;
        let centre = halves[0].max(title).max(150.0);

        let (mut y, mut open) = (TITLE, Vec::new());
        let (mut plates, mut levels) = (Vec::new(), Vec::new());
        for (index, row) in sketch.rows.iter().enumerate() {
            if index > 0 {
                y += BETWEEN_ROWS;
            }
            while open.len() < row.plates {
                open.push(y);
                // The plate of observations has no name of its own.
                y += if open.len() < row.plates || row.level.is_some() { 8.0 } else { 16.0 };
            }
            if let Some(name) = &row.level {
                levels.push(((centre - halves[row.plates] + 8.0).max(14.0), y + 12.0, name.clone()));
                y += TOP - 8.0;
            }
            y += HALF;
            let mut x = centre - 0.5 * sketch.row_width(row);
            for &node in &row.nodes {
                let node = &mut sketch.nodes[node];
                (node.x, node.y) = (x + node.half, y);
                x += 2.0 * node.half + BETWEEN_NODES;
            }
            y += HALF;
        }
        y += 8.0;
        for (depth, top) in open.iter().enumerate().rev() {
            y += BOTTOM - 8.0;
            let half = halves[depth + 1];
            let over = over[depth].clone();
            plates.push(Plate { x: centre - half, y: *top, width: 2.0 * half, height: y - top, over });
            y += 8.0;
        }
        plates.reverse();
        let mut tracks = BTreeMap::new();
        let arrows = sketch.edges.iter().map(|&(from, to)| arrow(&sketch, from, to, &mut tracks)).collect();
        Self { nodes: sketch.nodes, arrows, plates, levels, width: 2.0 * centre, height: y + 8.0 }
    }
}

/// What the plate at this depth is repeated over.
fn repeated(graph: &Graph, depth: usize) -> String {
    if let Some(level) = graph.levels.get(depth) {
        let plate = level.plate.as_deref().unwrap_or_default();
        return match (level.n_max, plate.rsplit_once(" / ")) {
            (Some(n_max), Some((outer, inner))) => format!("1 to {n_max} {inner} in each of {outer}"),
            _ => plate.to_owned(),
        };
    }
    let most = graph.observations_of(graph.innermost()).map(|observation| observation.n_max).max().unwrap_or(1);
    format!("1 to {most} times")
}

/// The nodes whose arrows pass beside a node, by row and side: each has a track of its own.
type Tracks = BTreeMap<(usize, i64), Vec<usize>>;

/// From the edge of a node to the edge of another, past the nodes between.
fn arrow(sketch: &Sketch, from: usize, to: usize, tracks: &mut Tracks) -> Vec<[f64; 2]> {
    let (source, target) = (&sketch.nodes[from], &sketch.nodes[to]);
    let mut turns: Vec<[f64; 2]> = Vec::new();
    let mut here = [source.x, source.y];
    for (index, row) in sketch.rows.iter().enumerate().take(target.row).skip(source.row + 1) {
        let Some(y) = row.nodes.first().map(|&node| sketch.nodes[node].y) else { continue };
        let at = |y: f64| here[0] + (target.x - here[0]) * (y - here[1]) / (target.y - here[1]);
        let (low, high) = (at(y - HALF).min(at(y + HALF)), at(y - HALF).max(at(y + HALF)));
        let taken: Vec<(f64, f64)> = row
            .nodes
            .iter()
            .map(|&node| &sketch.nodes[node])
            .map(|node| (node.x - node.half - CLEAR, node.x + node.half + CLEAR))
            .collect();
        if taken.iter().all(|(left, right)| high <= *left || low >= *right) {
            continue;
        }
        let middle = at(y);
        let free = taken.iter().flat_map(|(left, right)| [(*left, -1.0), (*right, 1.0)]);
        let nearest = free.min_by(|(a, _), (b, _)| (a - middle).abs().total_cmp(&(b - middle).abs()));
        let (side, outwards) = nearest.unwrap_or((middle, 0.0));
        let beside = tracks.entry((index, side.round() as i64)).or_default();
        let track = beside.iter().position(|&other| other == from).unwrap_or(beside.len());
        if track == beside.len() {
            beside.push(from);
        }
        let nearest = side + outwards * TRACK * track as f64;
        turns.extend([[nearest, y - HALF - 6.0], [nearest, y + HALF + 6.0]]);
        here = [nearest, y + HALF + 6.0];
    }
    let after = turns.first().copied().unwrap_or([target.x, target.y]);
    let before = turns.last().copied().unwrap_or([source.x, source.y]);
    let mut points = vec![edge(source, after)];
    points.extend(turns);
    points.push(edge(target, before));
    points
}

/// Where the line from a node's centre to a point leaves the node.
fn edge(node: &Node, towards: [f64; 2]) -> [f64; 2] {
    let (dx, dy) = (towards[0] - node.x, towards[1] - node.y);
    let share = match node.kind {
        Kind::Design => (node.half / dx.abs()).min(HALF / dy.abs()),
        _ => (dx / node.half).hypot(dy / HALF).recip(),
    };
    if share.is_finite() { [node.x + share * dx, node.y + share * dy] } else { [node.x, node.y] }
}
