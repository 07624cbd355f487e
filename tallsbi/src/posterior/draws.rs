//! Hold draws of a posterior as the user's own parameter struct.

use std::{marker::PhantomData, path::Path};

use nalgebra::DMatrix;

use super::Result;
use crate::{
    model::Parameters,
    report::{PairPlot, Summary, write_csv, write_npy},
};

/// What happened while drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawsReport {
    /// Observations conditioned on.
    pub n_observations: usize,
    /// Draws asked for.
    pub asked: usize,
    /// Draws that became non-finite and are left out.
    pub non_finite: usize,
    /// Components clipped by a clipping composer, over all steps.
    pub clipped_components: u64,
    /// Directions in which an estimated posterior precision was raised to the prior's.
    pub floored_directions: u64,
    /// Directions examined for that.
    pub examined_directions: u64,
    /// Wall-clock seconds, the composer's preparation included.
    pub seconds: f64,
    /// The seed of the draws.
    pub seed: u64,
    /// Composer and sampling plan, by the names of their types: `Gauss, Plan<DpmSolver>`.
    pub method: String,
}

/// Draws of a posterior, natural units.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws<P, const M: usize> {
    rows: Vec<[f64; M]>,
    report: DrawsReport,
    parameters: PhantomData<fn() -> P>,
}

impl<P: Parameters<M>, const M: usize> Draws<P, M> {
    pub(crate) fn new(rows: Vec<[f64; M]>, report: DrawsReport) -> Self {
        Self { rows, report, parameters: PhantomData }
    }

    /// Number of draws.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no draw.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The draws as parameter structs.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = P> + '_ {
        self.rows.iter().map(|row| P::from_array(*row))
    }

    /// The draws as arrays in declared order.
    pub fn rows(&self) -> &[[f64; M]] {
        &self.rows
    }

    /// One component by its name (`beta`, `theta[2]`); `None` where no component has it.
    pub fn column(&self, name: &str) -> Option<Vec<f64>> {
        let k = P::labels().iter().position(|label| label.name == name)?;
        Some(self.rows.iter().map(|row| row[k]).collect())
    }

    /// The draws as a matrix: `[draws × M]`.
    pub fn matrix(&self) -> DMatrix<f64> {
        DMatrix::from_fn(self.rows.len(), M, |i, k| self.rows[i][k])
    }

    /// What happened while drawing.
    pub fn report(&self) -> &DrawsReport {
        &self.report
    }

    /// A table with means, standard deviations and quantiles, names and units, failures and clips.
    pub fn summary(&self) -> Summary {
        let report = &self.report;
        let mut notes = vec![format!("given {}", counted(report.n_observations as u64, "observation"))];
        for (count, what) in [
            (report.non_finite as u64, "draw became non-finite and is left out"),
            (report.clipped_components, "component was clipped while sampling"),
        ] {
            if count > 0 {
                notes.push(format!("{count} × {what}"));
            }
        }
        if report.floored_directions > 0 {
            notes.push(format!(
                "{} of {} directions: estimated precision raised to the prior's",
                report.floored_directions, report.examined_directions
            ));
        }
        Summary::new(&P::labels(), &self.rows).notes(notes)
    }

    /// Writes the draws with a header row of names.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        Ok(write_csv(path, &P::labels(), &self.rows)?)
    }

    /// Writes the draws as an NPY array of shape \[draws, M\].
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save_npy(&self, path: impl AsRef<Path>) -> Result<()> {
        Ok(write_npy(path, &[self.len(), M], self.rows.as_flattened())?)
    }

    /// Writes a pair plot (SVG): one- and two-dimensional marginals with names and units.
    ///
    /// # Errors
    /// The file cannot be written, or there are no draws.
    pub fn pair_plot(&self, path: impl AsRef<Path>) -> Result<()> {
        Ok(self.plot().save(path)?)
    }

    /// A pair plot to build on: add other draws with [`PairPlot::series`], the truth with [`PairPlot::truth`].
    pub fn plot(&self) -> PairPlot {
        PairPlot::new(&P::labels()).series(&format!("n = {}", self.report.n_observations), &self.rows)
    }
}

fn counted(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
