//! Hold draws of a posterior as the user's own parameter struct.

use std::{marker::PhantomData, path::Path};

use nalgebra::DMatrix;

use super::Result;
use crate::{
    model::{Label, Parameters},
    report::{PairPlot, Summary, write_columns, write_npy},
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
    /// Draws that are far from all others: more than ten robust standard deviations (by the interquartile range) from the median in
    /// a latent coordinate, with hardly any others beside them there (a second mode has). They are left where they are; 0 where there are fewer than 20 draws.
    pub strays: usize,
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

/// A deterministic quantity of the parameters, one value a draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// Name, description and unit.
    pub label: Label,
    /// One value a draw, in the order of the draws.
    pub values: Vec<f64>,
}

/// Draws of a posterior, natural units, and what was computed of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws<P, const M: usize> {
    rows: Vec<[f64; M]>,
    derived: Vec<Derived>,
    report: DrawsReport,
    parameters: PhantomData<fn() -> P>,
}

impl<P: Parameters<M>, const M: usize> Draws<P, M> {
    pub(crate) fn new(rows: Vec<[f64; M]>, report: DrawsReport) -> Self {
        Self { rows, derived: Vec::new(), report, parameters: PhantomData }
    }

    /// The same draws, given so many observations.
    pub(crate) fn given(mut self, n_observations: usize) -> Self {
        self.report.n_observations = n_observations;
        self
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

    /// Adds a deterministic quantity of the parameters: it stands beside them in the summary, the pair plot and the CSV file.
    /// `#[derived]` in a module with `#[simulator]` adds them by itself.
    ///
    /// # Example
    /// ```
    /// # use tallsbi::{model::Label, posterior::Draws};
    /// # fn example<P: tallsbi::model::Parameters<2>>(draws: Draws<P, 2>) {
    /// let ratio = Label::scalar("ratio", "of the first parameter to the second", "");
    /// let draws = draws.with_quantity(ratio, |theta| theta.to_array()[0] / theta.to_array()[1]);
    /// assert_eq!(draws.derived()[0].values.len(), draws.len());
    /// # }
    /// ```
    #[must_use]
    pub fn with_quantity(self, label: Label, quantity: impl Fn(&P) -> f64) -> Self {
        let values = self.iter().map(|parameters| quantity(&parameters)).collect();
        self.with_derived(Derived { label, values })
    }

    /// Adds a quantity whose values, one a draw, are computed already.
    pub(crate) fn with_derived(mut self, derived: Derived) -> Self {
        self.derived.push(derived);
        self
    }

    /// The deterministic quantities that were added.
    pub fn derived(&self) -> &[Derived] {
        &self.derived
    }

    /// One component (`beta`, `theta[2]`) or derived quantity by its name; `None` where nothing has it.
    pub fn column(&self, name: &str) -> Option<Vec<f64>> {
        if let Some(k) = P::labels().iter().position(|label| label.name == name) {
            return Some(self.rows.iter().map(|row| row[k]).collect());
        }
        self.derived.iter().find(|derived| derived.label.name == name).map(|derived| derived.values.clone())
    }

    /// Names of all columns, derived quantities last.
    fn all_labels(&self) -> Vec<Label> {
        P::labels().into_iter().chain(self.derived.iter().map(|derived| derived.label.clone())).collect()
    }

    /// Components and derived quantities: `[draws × (M + derived)]`.
    fn all_values(&self) -> Vec<f64> {
        let row = |(draw, row): (usize, &[f64; M])| {
            row.iter()
                .copied()
                .chain(self.derived.iter().map(move |derived| derived.values[draw]))
                .collect::<Vec<f64>>()
        };
        self.rows.iter().enumerate().flat_map(row).collect()
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
            (report.strays as u64, "draw is more than ten robust standard deviations from the median"),
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
        let summary = Summary::new(&P::labels(), &self.rows).notes(notes);
        self.derived.iter().fold(summary, |summary, derived| summary.quantity(&derived.label, &derived.values))
    }

    /// Writes the draws with a header row of names, derived quantities last.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        let labels = self.all_labels();
        let names: Vec<&str> = labels.iter().map(|label| label.name.as_str()).collect();
        Ok(write_columns(path, &names, &self.all_values())?)
    }

    /// Writes the draws as an NPY array of shape \[draws, M\], without derived quantities.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save_npy(&self, path: impl AsRef<Path>) -> Result<()> {
        Ok(write_npy(path, &[self.len(), M], self.rows.as_flattened())?)
    }

    /// Writes a pair plot (SVG): one- and two-dimensional marginals with names and units, derived quantities last.
    ///
    /// # Errors
    /// The file cannot be written, or there are no draws.
    pub fn pair_plot(&self, path: impl AsRef<Path>) -> Result<()> {
        let labels = self.all_labels();
        let series = format!("n = {}", self.report.n_observations);
        Ok(PairPlot::new(&labels).series_flat(&series, &self.all_values(), labels.len()).save(path)?)
    }

    /// A pair plot of the parameters to build on: add other draws with [`PairPlot::series`], the truth with [`PairPlot::truth`].
    pub fn plot(&self) -> PairPlot {
        PairPlot::new(&P::labels()).series(&format!("n = {}", self.report.n_observations), &self.rows)
    }
}

fn counted(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
