//! Write the tables that all levels of a model have: what parameters mean, their priors, summaries of their draws.

use super::{ComponentSummary, Summary, evidence::digits, html::Page, words::prior_in_words};
use crate::model::Label;

/// What parameters mean.
pub(super) fn parameters<'a>(page: &mut Page, of: &str, labels: impl Iterator<Item = &'a Label>) {
    let row = |label: &Label| vec![label.name.clone(), label.description.clone(), label.unit.clone()];
    page.table(&format!("Parameters{of}"), &["name", "meaning", "unit"], 3, &labels.map(row).collect::<Vec<_>>());
}

/// Priors as declared (`families`, empty where they can only be sampled), in words, and in numbers by their draws.
pub(super) fn priors(page: &mut Page, caption: &str, families: &[String], draws: &Summary) {
    let row = |(k, component): (usize, &ComponentSummary)| {
        let declared = families.get(k).map_or("", String::as_str);
        let words = if declared.is_empty() { "can only be sampled".to_owned() } else { prior_in_words(declared) };
        let [low, _, median, _, high] = component.quantiles.map(digits);
        vec![component.label.axis(), declared.to_owned(), words, median, format!("{low} to {high}")]
    };
    let rows: Vec<_> = draws.components.iter().enumerate().map(row).collect();
    page.table(caption, &["parameter", "declared", "in words", "median", "95 % range"], 3, &rows);
}

/// A parameter with its summary.
pub(super) fn summary_row(component: &ComponentSummary) -> Vec<String> {
    let mut row = vec![component.label.axis()];
    row.extend(component.cells().map(|cell| cell.replace('-', "−")));
    row
}
