//! Run an experiment of the paper by its name.

use std::io::Write;
use std::path::PathBuf;

use super::args::Values;
use super::{CliError, PAPER, UsageError};
use crate::inference::Models;
use crate::paper::{self, EXPERIMENTS, PaperError, Settings};

/// The name stands first, as in `paper table1 --quick`.
pub(super) fn run(models: &dyn Models, mut rest: Vec<String>, out: &mut dyn Write) -> Result<(), CliError> {
    if rest.first().is_none_or(|name| name.starts_with('-')) {
        return Err(UsageError::NoExperiment { names: EXPERIMENTS.map(|experiment| experiment.name).to_vec() }.into());
    }
    let name = rest.remove(0);
    let values = Values::parse(&PAPER, rest)?;
    let settings = Settings {
        models,
        quick: values.switch("--quick"),
        out: values.optional("--out")?.unwrap_or_else(|| PathBuf::from("paper")),
        reference: values.optional("--reference")?,
        seed: values.number("--seed", 0, 1)?,
    };
    match paper::run(&name, &settings, out) {
        Err(PaperError::Output(error)) => Err(CliError::Output(error)),
        other => Ok(other?),
    }
}
