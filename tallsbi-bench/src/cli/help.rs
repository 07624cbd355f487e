//! Write the help.

use std::io::Write;

use super::CliError;
use super::args::Command;
use crate::tasks::Task;

/// What the program does, its commands and tasks.
pub(super) fn overview(commands: &[&Command], out: &mut dyn Write) -> Result<(), CliError> {
    writeln!(out, "tallsbi-bench trains, samples, scores and times posteriors of benchmark tasks.\n")?;
    writeln!(out, "commands:")?;
    for command in commands {
        writeln!(out, "  {:<10}{}", command.name, command.help)?;
    }
    writeln!(out, "  {:<10}this, or with a command's name its flags", "help")?;
    writeln!(out, "\ntasks: {}\n", Task::ALL.map(Task::name).join(", "))?;
    writeln!(out, "for example:")?;
    for line in [
        "train --task sir --simulations 30000 --seed 1 --out sir.tallsbi",
        "sample --model sir.tallsbi --observations x.csv --draws 1000 --out draws.csv",
        "score --draws draws.csv --reference reference.csv",
        "compare --task sir --model sir.tallsbi --reference tall --n-obs 1,8,30",
        "report --model sir.tallsbi --observations x.csv --calibrate 1000 --out report.html",
        "speed --json",
        "paper table1 --quick",
    ] {
        writeln!(out, "  tallsbi-bench {line}")?;
    }
    Ok(())
}

/// What a command does, and its flags.
pub(super) fn command(command: &Command, out: &mut dyn Write) -> Result<(), CliError> {
    writeln!(out, "tallsbi-bench {}: {}\n", command.name, command.help)?;
    let usages: Vec<String> = command.flags.iter().map(super::Flag::usage).collect();
    let width = usages.iter().map(String::len).max().unwrap_or_default() + 2;
    for (usage, flag) in usages.iter().zip(command.flags) {
        writeln!(out, "  {usage:<width$}{}", flag.help)?;
    }
    Ok(())
}
