//! Carry the name, the description and the unit of one number from its declaration to every table and plot.

use serde::{Deserialize, Serialize};

/// Name, description and unit of one scalar component of a parameter or observation struct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The field's name, with an index for a component of an array field (`beta`, `theta[2]`).
    pub name: String,
    /// What the doc comment says, without its bracketed unit; empty where there is none.
    pub description: String,
    /// The unit in brackets at the end of the doc comment (`1/day`); empty where there is none.
    pub unit: String,
}

impl Label {
    /// Labels a scalar field.
    pub fn scalar(name: &str, description: &str, unit: &str) -> Self {
        Self { name: name.to_owned(), description: description.to_owned(), unit: unit.to_owned() }
    }

    /// Labels component `index` of an array field.
    pub fn component(name: &str, index: usize, description: &str, unit: &str) -> Self {
        Self::scalar(&format!("{name}[{index}]"), description, unit)
    }

    /// The name with its unit, as an axis shows it: `beta [1/day]`.
    pub fn axis(&self) -> String {
        if self.unit.is_empty() { self.name.clone() } else { format!("{} [{}]", self.name, self.unit) }
    }
}
