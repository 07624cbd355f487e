//! Summarise draws in a table: mean, standard deviation and quantiles of every component, with name and unit.

use std::fmt;

use super::csv::quoted;
use crate::model::Label;

const QUANTILES: [f64; 5] = [0.025, 0.25, 0.5, 0.75, 0.975];
pub(super) const HEADINGS: [&str; 7] = ["mean", "sd", "2.5 %", "25 %", "50 %", "75 %", "97.5 %"];

/// What one component's draws say, in its natural unit. All NaN where no draw is finite.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentSummary {
    /// Name, description and unit.
    pub label: Label,
    /// Mean.
    pub mean: f64,
    /// Standard deviation, with n − 1; zero for a single draw.
    pub sd: f64,
    /// Quantiles at 2.5, 25, 50, 75 and 97.5 %, interpolated linearly between order statistics.
    pub quantiles: [f64; 5],
}

/// A summary table of draws. `Display` prints it aligned; each component's digits follow its standard deviation.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// One entry a component, in declared order.
    pub components: Vec<ComponentSummary>,
    /// Number of draws given.
    pub n_draws: usize,
    /// Draws left out because a component of theirs is not finite.
    pub n_non_finite: usize,
    /// What the reader of the table must know: clipped components, floored directions.
    pub notes: Vec<String>,
}

impl Summary {
    /// Summarises draws in natural units. Draws that are not finite are left out, counted and mentioned.
    pub fn new<const M: usize>(labels: &[Label; M], rows: &[[f64; M]]) -> Self {
        let finite: Vec<&[f64; M]> = rows.iter().filter(|row| row.iter().all(|value| value.is_finite())).collect();
        let component = |k: usize| {
            let mut values: Vec<f64> = finite.iter().map(|row| row[k]).collect();
            ComponentSummary::of(&labels[k], &mut values)
        };
        Self {
            components: (0..M).map(component).collect(),
            n_draws: rows.len(),
            n_non_finite: rows.len() - finite.len(),
            notes: Vec::new(),
        }
    }

    /// Adds a deterministic quantity of the draws. Values that are not finite are left out of its row alone, counted and
    /// mentioned.
    #[must_use]
    pub fn quantity(mut self, label: &Label, values: &[f64]) -> Self {
        let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let lost = values.len() - finite.len();
        self.components.push(ComponentSummary::of(label, &mut finite));
        if lost > 0 {
            self.notes.push(format!("{lost} × `{}` is not finite and is left out of its row", label.name));
        }
        self
    }

    /// Adds a line below the table.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds lines below the table.
    #[must_use]
    pub fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// The table as CSV with all digits: name, unit, description, mean, sd and the quantiles.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("name,unit,description,mean,sd,q2.5,q25,q50,q75,q97.5\n");
        for component in &self.components {
            let Label { name, unit, description } = &component.label;
            let mut cells = vec![quoted(name), quoted(unit), quoted(description)];
            cells.extend(component.numbers().map(|value| format!("{value:?}")));
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }
}

impl ComponentSummary {
    fn of(label: &Label, values: &mut [f64]) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let (mean, sd) = moments(values);
        Self { label: label.clone(), mean, sd, quantiles: QUANTILES.map(|level| quantile(values, level)) }
    }

    fn numbers(&self) -> [f64; 7] {
        let [a, b, c, d, e] = self.quantiles;
        [self.mean, self.sd, a, b, c, d, e]
    }

    /// The numbers as text, all to the same decimal: three digits of the standard deviation.
    pub(super) fn cells(&self) -> [String; 7] {
        let largest = self.numbers().into_iter().map(f64::abs).fold(0.0, f64::max);
        let spread = if self.sd > 0.0 { self.sd } else { largest * 1e-3 };
        let decimals = (2.0 - spread.log10().floor()).max(0.0);
        let plain = !(largest >= 1e7 || decimals > 7.0) || largest == 0.0;
        let significant = (largest / spread).log10().max(0.0).ceil().clamp(0.0, 13.0) as usize + 2;
        self.numbers().map(|value| {
            if !value.is_finite() {
                return "–".to_owned();
            }
            let text = if plain {
                format!("{value:.*}", if largest == 0.0 { 2 } else { decimals as usize })
            } else {
                format!("{value:.significant$e}")
            };
            // No negative zero, and a minus that aligns with digits.
            if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
                text.replace('-', "")
            } else {
                text
            }
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table: Vec<Vec<String>> =
            vec![["", "unit"].iter().chain(&HEADINGS).map(|&text| text.to_owned()).collect()];
        for component in &self.components {
            let mut row = vec![component.label.name.clone(), component.label.unit.clone()];
            row.extend(component.cells());
            table.push(row);
        }
        if self.components.iter().all(|component| component.label.unit.is_empty()) {
            for row in &mut table {
                row.remove(1);
            }
        }
        let n_text = table[0].len() - HEADINGS.len();
        let width = |k: usize| table.iter().map(|row| row[k].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..table[0].len()).map(width).collect();
        for row in &table {
            let mut line = String::new();
            for (k, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let pad = " ".repeat(width - cell.chars().count());
                let gap = if k == 0 { "" } else { "  " };
                line.push_str(gap);
                let (before, after) = if k < n_text { ("", pad.as_str()) } else { (pad.as_str(), "") };
                line.extend([before, cell.as_str(), after]);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        write!(f, "{} draws", self.n_draws)?;
        if self.n_non_finite > 0 {
            write!(f, ", of which {} are not finite and left out", self.n_non_finite)?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "\nnote: {note}"))
    }
}

/// Mean and standard deviation (n − 1), scaled so that squares of huge numbers do not overflow.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    if values.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let sum = values.iter().sum::<f64>();
    let mean = if sum.is_finite() { sum / n } else { values.iter().map(|value| value / n).sum() };
    let largest = values.iter().map(|value| (value - mean).abs()).fold(0.0, f64::max);
    if values.len() < 2 || largest == 0.0 || !largest.is_finite() || values[0] == values[values.len() - 1] {
        return (if values[0] == values[values.len() - 1] { values[0] } else { mean }, 0.0);
    }
    let variance = values.iter().map(|value| ((value - mean) / largest).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, largest * variance.sqrt())
}

/// The quantile of sorted values, interpolated at position (n − 1)·level.
pub(crate) fn quantile(sorted: &[f64], level: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = level * last as f64;
    let (low, share) = (position.floor() as usize, position.fract());
    let high = (low + 1).min(last);
    sorted[low] * (1.0 - share) + sorted[high] * share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> [Label; 3] {
        [
            Label::scalar("beta", "contact rate", "1/day"),
            Label::scalar("n", "population, total", ""),
            Label::component("theta", 0, "", "µm"),
        ]
    }

    fn rows() -> Vec<[f64; 3]> {
        (0..=40).map(|i| [0.4 + 0.001 * f64::from(i), 3e8 + 1e6 * f64::from(i), 2.0]).collect()
    }

    #[test]
    fn the_table_is_aligned() {
        let summary = Summary::new(&labels(), &rows()).note("2 directions were floored at the prior");
        let expected = "\
          unit         mean         sd       2.5 %       25 %       50 %       75 %      97.5 %
beta      1/day      0.4200     0.0120      0.4010     0.4100     0.4200     0.4300      0.4390
n                 3.200e8   ";
        let text = summary.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert_eq!(lines[4..], ["41 draws", "note: 2 directions were floored at the prior"]);
        let ends = |line: &str| line.chars().count();
        assert!(lines[..4].iter().all(|line| ends(line) == ends(lines[0])), "{text}");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(lines[1])[..4], words(expected.lines().nth(1).expect("a line"))[..4], "{text}");
        assert_eq!(words(lines[3])[..4], ["theta[0]", "µm", "2.00000", "0.00000"], "{text}");
    }

    #[test]
    fn moments_and_quantiles_are_exact() {
        let component = &Summary::new(&labels(), &rows()).components[0];
        assert!((component.mean - 0.42).abs() < 1e-15);
        assert!((component.sd - 0.001 * (41.0 * 42.0_f64 / 12.0).sqrt()).abs() < 1e-15);
        let expected = [0.401, 0.41, 0.42, 0.43, 0.439];
        assert!(component.quantiles.iter().zip(expected).all(|(q, e)| (q - e).abs() < 1e-15));
    }

    #[test]
    fn draws_that_are_not_finite_are_left_out_and_counted() {
        let mut broken = rows();
        broken.push([f64::NAN, 0.0, 0.0]);
        let (whole, broken) = (Summary::new(&labels(), &rows()), Summary::new(&labels(), &broken));
        assert_eq!(whole.components, broken.components);
        assert!(broken.to_string().ends_with("42 draws, of which 1 are not finite and left out"));
        let none = Summary::new(&labels(), &[[f64::NAN; 3]]);
        assert!(none.to_string().contains("beta      1/day     –"), "{none}");
        assert!(Summary::new(&labels(), &[]).to_string().ends_with("0 draws"));
    }

    #[test]
    fn extreme_columns_stay_readable() {
        let values = [[1e300, -1e-12, 0.0], [-1e300, 2e-12, 0.0], [f64::MAX, 1e-12, 0.0]];
        let text = Summary::new(&labels(), &values).to_string();
        assert!(text.lines().all(|line| line.chars().count() < 140), "{text}");
        assert!(text.contains("0.00"), "{text}");
    }

    #[test]
    fn csv_quotes_what_it_must() {
        let text = Summary::new(&labels(), &rows()).to_csv();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "name,unit,description,mean,sd,q2.5,q25,q50,q75,q97.5");
        assert!(lines[2].starts_with("n,,\"population, total\",320000000.0,"), "{}", lines[2]);
    }
}
