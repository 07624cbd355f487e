//! Measure how the calibration error of a hierarchy grows with the number of groups.

use super::{GroupStudy, GroupStudyOptions, HierarchicalPosterior, Hierarchy};
use crate::{
    calibrate::{CalibrationError, ErrorGrowth, GrowthRow, grow},
    compose::{Composer, StandardNormal},
    net::ScoreNetwork,
    posterior::{Error, NetworkScores, Result},
    sample::SamplingPlan,
};

impl<H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize>
    HierarchicalPosterior<H, NG, NL, M, L, D, E>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    /// Runs a [`study`](Self::study) at each number of groups and says up to which nothing speaks against the posterior: what
    /// [`tall_error_growth`](crate::calibrate::tall_error_growth) does for tall posteriors, with both levels in every test.
    /// `options.groups` is not used; the seed is, so every number of groups has other populations. `level` is the
    /// probability that a calibrated posterior is refused at any number of groups (0.05 is usual).
    ///
    /// # Errors
    /// [`CalibrationError::Zero`] for no or zero numbers of groups. Where too many populations of one size fail, its row says so.
    pub fn error_growth<C, A>(
        &self,
        composer: &C,
        plan: &A,
        groups: &[usize],
        level: f64,
        options: &GroupStudyOptions,
    ) -> Result<ErrorGrowth>
    where
        C: for<'x> Composer<M, StandardNormal, NetworkScores<'x, NG::Engine, StandardNormal, M>> + Clone,
        A: SamplingPlan<M> + Clone + Sync,
    {
        grow_studies(groups, level, options, |options| self.study(composer, plan, options))
    }
}

/// A study at each number of groups, and up to which of them nothing speaks against the posterior.
pub(super) fn grow_studies(
    groups: &[usize],
    level: f64,
    options: &GroupStudyOptions,
    study: impl Fn(&GroupStudyOptions) -> Result<GroupStudy>,
) -> Result<ErrorGrowth> {
    let rows =
        grow(&groups.iter().copied().collect(), options.seed, "the number of numbers of groups", |groups, seed| {
            let (table, failure) = match study(&GroupStudyOptions { groups, seed, ..*options }) {
                Ok(study) => (Some(study.table()), String::new()),
                Err(Error::Calibration(error @ CalibrationError::TooManyFailures { .. })) => (None, error.to_string()),
                Err(error) => return Err(error),
            };
            let parameters = table.as_ref().map_or(0, |table| table.rows.len());
            Ok(GrowthRow::new(groups, table, parameters, failure))
        })?;
    Ok(ErrorGrowth { rows, level })
}
