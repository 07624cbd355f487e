//! Describe a hierarchical model as text and as a picture: its levels, their priors, what is observed and who depends on whom.

use std::{fmt, path::Path};

use crate::{
    model::Label,
    report::{PlotError, graph_svg, write_atomically},
};

/// A parameter and its prior, as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphField {
    /// Name, description and unit.
    pub label: Label,
    /// The prior in the words of the declaration: `Normal(population.mean, population.sd)`.
    pub prior: String,
    /// What the prior depends on: fields of ancestors (`population.mean`) and earlier fields of the same level.
    pub depends_on: Vec<String>,
}

/// A level of parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphLevel {
    /// Name of the struct.
    pub name: String,
    /// The plate it is repeated over, after the plate it is in (`schools / classes`); `None` for the global level.
    pub plate: Option<String>,
    /// Most groups of a plate in a plate, in each group of the outer one.
    pub n_max: Option<usize>,
    /// Its fields.
    pub fields: Vec<GraphField>,
}

/// What is known of every group of a plate before it is observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphDesign {
    /// Name of the struct.
    pub name: String,
    /// The plate whose groups it describes.
    pub plate: String,
    /// Its fields; in place of a prior, the distribution that training draws each from.
    pub fields: Vec<GraphField>,
}

/// What is observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphObservation {
    /// Name of the function that simulates it.
    pub name: String,
    /// The plate whose groups it is observed in.
    pub plate: String,
    /// Most observations of a group.
    pub n_max: usize,
    /// Its type.
    pub outcome: String,
    /// Levels and designs it is given.
    pub depends_on: Vec<String>,
}

/// A deterministic quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphDerived {
    /// Name, description and unit.
    pub label: Label,
    /// The innermost level it depends on, counted from the global one: it has a value for every draw of that level.
    pub level: usize,
    /// The levels it is a function of, by the names of their structs.
    pub depends_on: Vec<String>,
}

/// The graph of a hierarchical model, outermost level first. Its `Display` is a description for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Name of the model.
    pub name: String,
    /// Levels of parameters.
    pub levels: Vec<GraphLevel>,
    /// What is known of groups.
    pub designs: Vec<GraphDesign>,
    /// Deterministic quantities of them.
    pub derived: Vec<GraphDerived>,
    /// What is observed.
    pub observations: Vec<GraphObservation>,
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        for (depth, level) in self.levels.iter().enumerate() {
            let indent = "  ".repeat(depth);
            match &level.plate {
                None => writeln!(f, "{indent}{}: global", level.name)?,
                Some(plate) => {
                    let number = level.n_max.map_or_else(String::new, |n_max| format!(", 1 to {n_max} in each"));
                    writeln!(f, "{indent}{}: for each of {plate}{number}", level.name)?;
                }
            }
            for design in self.designs_of(level) {
                for GraphField { label, prior, .. } in &design.fields {
                    writeln!(
                        f,
                        "{indent}  {}.{}: known, in training from {prior}{}",
                        design.name,
                        label.name,
                        remark(label)
                    )?;
                }
            }
            let width = level.fields.iter().map(|field| field.label.name.chars().count()).max().unwrap_or(0);
            for field in &level.fields {
                writeln!(f, "{indent}  {:width$} ~ {}{}", field.label.name, field.prior, remark(&field.label))?;
                if !field.depends_on.is_empty() {
                    writeln!(f, "{indent}  {:width$}   depends on {}", "", field.depends_on.join(", "))?;
                }
            }
            for derived in self.derived.iter().filter(|derived| derived.level == depth) {
                writeln!(f, "{indent}  {} = {}{}", derived.label.name, derived.formula(), remark(&derived.label))?;
            }
            if depth < self.innermost() {
                self.write_observations(f, depth)?;
            }
        }
        self.write_observations(f, self.innermost())
    }
}

impl GraphDerived {
    /// `share(Population)`
    pub(crate) fn formula(&self) -> String {
        format!("{}({})", self.label.name, self.depends_on.join(", "))
    }
}

impl Graph {
    /// What is known of the groups of a level.
    pub(crate) fn designs_of(&self, level: &GraphLevel) -> impl Iterator<Item = &GraphDesign> {
        self.designs.iter().filter(|design| level.plate.as_ref() == Some(&design.plate))
    }

    /// The innermost level, counted from the global one.
    pub(crate) fn innermost(&self) -> usize {
        self.levels.len().saturating_sub(1)
    }

    /// What is observed in the groups of a level. What names no plate of an outer level is observed in the innermost.
    pub(crate) fn observations_of(&self, depth: usize) -> impl Iterator<Item = &GraphObservation> {
        let outer = self.levels.iter().take(self.innermost());
        let plates: Vec<_> = outer.map(|level| level.plate.as_deref()).collect();
        self.observations.iter().filter(move |observation| {
            let named = plates.iter().position(|plate| *plate == Some(observation.plate.as_str()));
            named.unwrap_or(plates.len()) == depth
        })
    }

    /// Whether a group may be without an observation of this level: where there are other kinds, or inner groups.
    pub(crate) fn may_be_missing(&self, depth: usize) -> bool {
        depth < self.innermost() || self.observations_of(depth).count() > 1
    }

    fn write_observations(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = "  ".repeat((depth + 1).min(self.levels.len()));
        for GraphObservation { name, plate, n_max, outcome, depends_on } in self.observations_of(depth) {
            let times = match (self.may_be_missing(depth), *n_max) {
                (false, 1) => "once".to_owned(),
                (false, _) => format!("1 to {n_max} times"),
                (true, 1) => "at most once".to_owned(),
                (true, _) => format!("at most {n_max} times"),
            };
            writeln!(f, "{indent}{name} -> {outcome}: observed {times} in each of {plate}")?;
            writeln!(f, "{indent}  depends on {}", depends_on.join(", "))?;
        }
        Ok(())
    }

    /// The graph as a picture (SVG): parameters, what is computed of them, what is known and what is observed, inside the
    /// plates that they are repeated over. It depends on the graph alone, needs no other files, and is legible in print.
    pub fn to_svg(&self) -> String {
        graph_svg(self)
    }

    /// Writes [`to_svg`](Self::to_svg) to a file, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save_svg(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let path = path.as_ref();
        write_atomically(path, self.to_svg().as_bytes())
            .map_err(|error| PlotError::Io { path: path.to_owned(), reason: error.to_string() })
    }
}

/// Description and unit, after the hash of a comment.
fn remark(label: &Label) -> String {
    let words =
        [label.description.clone(), if label.unit.is_empty() { String::new() } else { format!("[{}]", label.unit) }];
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() { String::new() } else { format!("   # {}", words.join(" ")) }
}
