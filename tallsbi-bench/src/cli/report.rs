//! Write the report of a trained posterior as a page.

use std::io::Write;
use std::path::PathBuf;

use super::args::Values;
use super::{CliError, SEED, UsageError, file};
use crate::choice::{Numbers, SamplerChoice};
use crate::inference::Models;
use crate::page::PageRequest;

/// The page, with tables of what was found on the way.
pub(super) fn run(models: &dyn Models, values: &Values, out: &mut dyn Write) -> Result<(), CliError> {
    let path = file(values)?;
    let sets = values.number("--calibrate", 1, 0)?;
    let sets = usize::try_from(sets).map_err(|_| UsageError::Number {
        flag: "--calibrate",
        text: sets.to_string(),
        least: 1,
    })?;
    let wanted = values.optional::<Numbers>("--n-obs")?;
    if wanted.is_some() && sets == 0 {
        return Err(UsageError::NothingToCalibrate.into());
    }
    let mut request = PageRequest {
        path,
        sets,
        n_obs: Vec::new(),
        draws: values.count("--draws", 2_000)?,
        sampler: values.optional("--sampler")?.unwrap_or(SamplerChoice::Tall(30)),
        seed: values.number(SEED.name, 0, 1)?,
        quiet: values.switch("--quiet"),
    };
    let observed = values.optional::<PathBuf>("--observations")?;
    let (task, model) = models.load(&values.required::<PathBuf>("--model")?, None)?;
    let observations = match observed {
        Some(path) => model.read_observations(&path)?,
        None => Vec::new(),
    };
    request.n_obs = wanted.map_or_else(|| vec![observations.len().max(1)], |numbers| numbers.0);
    model.report(&observations, &request, out)?;
    writeln!(out, "{}: the report of {task}", request.path.display())?;
    Ok(())
}
