//! Put a study's tests into one table that says what is wrong.

use std::fmt;

use super::Study;
use crate::diagnose::{Ranks, Uniformity};

/// The tests of one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// Its name.
    pub name: String,
    /// Its tests.
    pub test: Uniformity,
}

/// Tests of every parameter and of TARP, with their verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationTable {
    /// Observations in each data set.
    pub n_observations: usize,
    /// Data sets.
    pub n_sets: usize,
    /// Draws for each.
    pub n_draws: usize,
    /// Data sets that failed and are left out.
    pub failed: usize,
    /// One row for each parameter, then TARP.
    pub rows: Vec<TableRow>,
}

impl CalibrationTable {
    /// Tests these ranks.
    pub fn new<const M: usize, const D: usize>(study: &Study<M, D>, ranks: &[Ranks]) -> Self {
        let row = |ranks: &Ranks| TableRow { name: ranks.label().name.clone(), test: ranks.uniformity() };
        Self {
            n_observations: study.n_observations(),
            n_sets: study.sets().len(),
            n_draws: study.n_draws(),
            failed: study.failures().total(),
            rows: ranks.iter().map(row).collect(),
        }
    }

    /// The p-value of all rows together: the smallest times their number (Bonferroni), at most 1. Valid however the rows
    /// depend on each other.
    pub fn p_value(&self) -> f64 {
        let smallest = self.rows.iter().map(|row| row.test.p_value()).fold(1.0, f64::min);
        (smallest * self.rows.len() as f64).min(1.0)
    }
}

impl<const M: usize, const D: usize> Study<M, D> {
    /// Tests every parameter's ranks and TARP's.
    pub fn table(&self) -> CalibrationTable {
        let mut ranks = self.ranks();
        ranks.push(self.tarp_ranks());
        CalibrationTable::new(self, &ranks)
    }
}

/// `0.032`, or `< 1e-12` where a difference from 1 has no digits left.
fn p_value(p: f64) -> String {
    if p < 1e-12 {
        "< 1e-12".to_owned()
    } else if p < 1e-3 {
        format!("{p:.1e}")
    } else {
        format!("{p:.3}")
    }
}

impl fmt::Display for CalibrationTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(9);
        writeln!(f, "{:width$}  {:>8}  {:>8}  {:>9}", "quantity", "bias", "spread", "p-value")?;
        for TableRow { name, test } in &self.rows {
            let pad = width - name.chars().count();
            writeln!(
                f,
                "{name}{:pad$}  {:>8}  {:>8.3}  {:>9}",
                "",
                format!("{:+.3}", test.bias).replace('-', "−"),
                test.spread,
                p_value(test.p_value())
            )?;
        }
        write!(
            f,
            "{} data sets of n = {}, {} draws each; all rows: p {}",
            self.n_sets,
            self.n_observations,
            self.n_draws,
            match p_value(self.p_value()) {
                small if small.starts_with('<') => small,
                p => format!("= {p}"),
            }
        )?;
        if self.failed > 0 {
            write!(f, "\n{} data sets failed and are left out", self.failed)?;
        }
        Ok(())
    }
}
