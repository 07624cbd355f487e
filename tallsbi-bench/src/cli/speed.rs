//! Measure speed and print one table, or one JSON document.

use std::io::Write;
use std::path::PathBuf;

use super::args::Values;
use super::{CliError, UsageError};
use crate::speed::{Part, Parts, measure};

pub(super) fn run(values: &Values, out: &mut dyn Write) -> Result<(), CliError> {
    let parts = values.optional::<Parts>("--only")?.map_or_else(|| Part::DEFAULT.to_vec(), |parts| parts.0);
    let report = measure(&parts, values.optional("--precision")?, values.switch("--quick"))?;
    if let Some(path) = values.optional::<PathBuf>("--plot")? {
        if report.scaling.is_empty() {
            return Err(UsageError::NothingToPlot.into());
        }
        report.scaling_plot().save(path)?;
    }
    if values.switch("--json") {
        let document = serde_json::to_string_pretty(&report).map_err(std::io::Error::from)?;
        writeln!(out, "{document}")?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(())
}
