//! Describe a hierarchical model as text: its levels, their priors, what is observed and who depends on whom.

use std::fmt;

use crate::model::Label;

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

/// The graph of a hierarchical model, outermost level first. Its `Display` is a description for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// Name of the model.
    pub name: String,
    /// Levels of parameters.
    pub levels: Vec<GraphLevel>,
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
            let width = level.fields.iter().map(|field| field.label.name.chars().count()).max().unwrap_or(0);
            for field in &level.fields {
                write!(f, "{indent}  {:width$} ~ {}", field.label.name, field.prior)?;
                let label = &field.label;
                let unit = if label.unit.is_empty() { String::new() } else { format!(" [{}]", label.unit) };
                if !(label.description.is_empty() && unit.is_empty()) {
                    let space = if label.description.is_empty() { "" } else { " " };
                    write!(f, "   #{space}{}{unit}", label.description)?;
                }
                writeln!(f)?;
                if !field.depends_on.is_empty() {
                    writeln!(f, "{indent}  {:width$}   depends on {}", "", field.depends_on.join(", "))?;
                }
            }
        }
        for observation in &self.observations {
            let indent = "  ".repeat(self.levels.len());
            let GraphObservation { name, plate, n_max, outcome, depends_on } = observation;
            let times = if *n_max == 1 { "once".to_owned() } else { format!("1 to {n_max} times") };
            writeln!(f, "{indent}{name} -> {outcome}: observed {times} in each of {plate}")?;
            writeln!(f, "{indent}  depends on {}", depends_on.join(", "))?;
        }
        Ok(())
    }
}
