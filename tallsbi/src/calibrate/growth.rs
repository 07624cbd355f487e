//! Measure how the calibration error of a tall posterior grows with the number of observations, on simulated data.

use std::{collections::BTreeSet, fmt, ops::ControlFlow};

use super::{CalibrationError, CalibrationTable, SetPosterior, Study, StudyOptions};
use crate::model::Simulator;

/// The error at one number of observations.
#[derive(Clone, Debug, PartialEq)]
pub struct GrowthRow {
    /// Observations in a data set.
    pub n_observations: usize,
    /// Largest |bias| over parameters and TARP, posterior standard deviations.
    pub bias: f64,
    /// The spread furthest from 1 (as a ratio) over parameters: above 1 overconfident.
    pub spread: f64,
    /// Largest difference of an ECDF from uniform over parameters and TARP.
    pub largest_difference: f64,
    /// The tests behind it; `None` where too many data sets failed.
    pub table: Option<CalibrationTable>,
    /// Why there is no table; empty where there is one.
    pub failure: String,
}

impl GrowthRow {
    /// Of a table whose first rows are of `parameters`.
    pub(crate) fn new(
        n_observations: usize,
        table: Option<CalibrationTable>,
        parameters: usize,
        failure: String,
    ) -> Self {
        let tests = || table.iter().flat_map(|table| &table.rows);
        Self {
            n_observations,
            bias: tests().map(|row| row.test.bias.abs()).fold(0.0, f64::max),
            spread: tests()
                .take(parameters)
                .map(|row| row.test.spread)
                .max_by(|a, b| a.ln().abs().total_cmp(&b.ln().abs()))
                .unwrap_or(f64::NAN),
            largest_difference: tests().map(|row| row.test.largest_difference).fold(0.0, f64::max),
            table,
            failure,
        }
    }
}

/// How the error grows with n, and up to which n nothing speaks against the posterior.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorGrowth {
    /// One row for each number of observations, increasing.
    pub rows: Vec<GrowthRow>,
    /// Probability of refusing a calibrated posterior at any n.
    pub level: f64,
}

impl ErrorGrowth {
    /// Puts studies that were run already side by side, one for each number of observations, by their [tables](Study::table).
    ///
    /// # Errors
    /// [`CalibrationError::Zero`] without studies.
    pub fn of<const M: usize, const D: usize>(studies: &[Study<M, D>], level: f64) -> Result<Self, CalibrationError> {
        if studies.is_empty() {
            return Err(CalibrationError::Zero { what: "the number of studies" });
        }
        let mut rows: Vec<GrowthRow> =
            studies.iter().map(|study| row(study.n_observations(), Some(study.table()), String::new())).collect();
        rows.sort_by_key(|row| row.n_observations);
        Ok(Self { rows, level })
    }

    /// Whether the row passes: its p-value is at least `level` over the number of rows (Bonferroni).
    pub fn passes(&self, row: &GrowthRow) -> bool {
        row.table.as_ref().is_some_and(|table| table.p_value() >= self.level / self.rows.len() as f64)
    }

    /// The largest n tested up to which every row passes; `None` where the first already fails. A posterior may still be
    /// useful beyond it: see by how much it is off.
    pub fn trustworthy_up_to(&self) -> Option<usize> {
        self.rows.iter().take_while(|row| self.passes(row)).last().map(|row| row.n_observations)
    }
}

/// Runs a [`Study`] at each number of observations and tests it. `options.observations` is not used; the seed is, so
/// every n has other data sets. `level` is the probability that a calibrated posterior is refused at any n (0.05 is usual).
/// Progress counts data sets over all n.
///
/// # Errors
/// [`CalibrationError::Zero`] for no or zero numbers of observations; [`CalibrationError::Cancelled`]. Where too many data
/// sets of one n fail, its row says so.
pub fn tall_error_growth<S, Q, const M: usize, const D: usize>(
    simulator: &S,
    posterior: &Q,
    n_observations: &[usize],
    level: f64,
    options: &StudyOptions<'_>,
) -> Result<ErrorGrowth, CalibrationError>
where
    S: Simulator<M, D>,
    Q: SetPosterior<S::Observation, M> + ?Sized,
{
    let numbers: BTreeSet<usize> = n_observations.iter().copied().collect();
    let (mut before, all) = (0, numbers.len() * options.sets);
    let rows = grow(&numbers, options.seed, "the number of numbers of observations", |n, seed| {
        let told = |done: usize, _: usize| match options.progress {
            Some(progress) => progress(before + done, all),
            None => ControlFlow::Continue(()),
        };
        let run = StudyOptions { observations: n, seed, progress: Some(&told), ..*options };
        let row = match Study::<M, D>::run(simulator, posterior, &run) {
            Ok(study) => row(n, Some(study.table()), String::new()),
            Err(error @ CalibrationError::TooManyFailures { .. }) => row(n, None, error.to_string()),
            Err(error) => return Err(error),
        };
        before += options.sets;
        Ok(row)
    })?;
    Ok(ErrorGrowth { rows, level })
}

/// A row for each of `sizes`, increasing, with a seed of its own.
pub(crate) fn grow<E: From<CalibrationError>>(
    sizes: &BTreeSet<usize>,
    seed: u64,
    what: &'static str,
    mut row: impl FnMut(usize, u64) -> Result<GrowthRow, E>,
) -> Result<Vec<GrowthRow>, E> {
    if sizes.is_empty() {
        return Err(CalibrationError::Zero { what }.into());
    }
    // The size separates the streams.
    sizes.iter().map(|&n| row(n, seed.wrapping_add((n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)))).collect()
}

/// Of a table of parameters and, last, TARP, whose spread has no sign that means over- or underconfidence.
fn row(n_observations: usize, table: Option<CalibrationTable>, failure: String) -> GrowthRow {
    let parameters = table.as_ref().map_or(0, |table| table.rows.len().saturating_sub(1));
    GrowthRow::new(n_observations, table, parameters, failure)
}

impl fmt::Display for ErrorGrowth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>7}  {:>6}  {:>6}  {:>10}  {:>8}", "n", "bias", "spread", "ECDF error", "p-value")?;
        for row in &self.rows {
            let n = row.n_observations;
            match &row.table {
                Some(table) => writeln!(
                    f,
                    "{n:>7}  {:>6.3}  {:>6.3}  {:>10.3}  {:>8.4}{}",
                    row.bias,
                    row.spread,
                    row.largest_difference,
                    table.p_value(),
                    if self.passes(row) { "" } else { "  fails" }
                )?,
                None => writeln!(f, "{n:>7}  {}", row.failure)?,
            }
        }
        match self.trustworthy_up_to() {
            Some(n) => write!(f, "nothing speaks against this posterior up to n = {n}"),
            None => write!(f, "not calibrated at the smallest n"),
        }
    }
}
