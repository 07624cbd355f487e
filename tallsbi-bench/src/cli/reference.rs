//! Write reference posteriors of a task whose posterior is known exactly.

use std::io::Write;
use std::path::PathBuf;

use super::args::Values;
use super::{CliError, SEED};
use crate::exact::{ReferenceSize, write_reference};
use crate::tasks::Task;

pub(super) fn run(values: &Values, out: &mut dyn Write) -> Result<(), CliError> {
    let task: Task = values.required("--task")?;
    let folder: PathBuf = values.required("--out")?;
    let size = ReferenceSize {
        sets: values.count("--sets", 8)?,
        draws: values.count("--draws", 1_000)?,
        seed: values.number(SEED.name, 0, 1)?,
    };
    std::fs::create_dir_all(&folder)?;
    let path = write_reference(task, &folder, &size)?;
    writeln!(out, "{}: {} sets of {task}, {} draws of each posterior", path.display(), size.sets, size.draws)?;
    Ok(())
}
