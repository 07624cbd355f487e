//! Start the command line of the benchmark tasks.

mod registry;
mod typed;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use tallsbi_bench::cli::{CliError, run};

use crate::registry::AllModels;

fn main() -> ExitCode {
    let mut arguments = Vec::new();
    for argument in std::env::args_os().skip(1) {
        // A path that is not UTF-8 is shown with replacement characters and then not found, which says enough.
        arguments.push(argument.to_string_lossy().into_owned());
    }
    let mut out = std::io::stdout().lock();
    match run(&AllModels, arguments, &mut out).and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has read enough (`tallsbi-bench help | head`).
        Err(CliError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // There is nowhere left to complain to if stderr is closed.
            let _ = writeln!(std::io::stderr(), "tallsbi-bench: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
