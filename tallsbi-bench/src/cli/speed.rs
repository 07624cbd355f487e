//! Measure speed and print one table, or one JSON document.

use std::io::Write;

use super::CliError;
use super::args::Values;
use crate::speed::{Part, Parts, measure};

pub(super) fn run(values: &Values, out: &mut dyn Write) -> Result<(), CliError> {
    let parts = values.optional::<Parts>("--only")?.map_or_else(|| Part::DEFAULT.to_vec(), |parts| parts.0);
    let report = measure(&parts, values.switch("--quick"))?;
    if values.switch("--json") {
        let document = serde_json::to_string_pretty(&report).map_err(std::io::Error::from)?;
        writeln!(out, "{document}")?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(())
}
