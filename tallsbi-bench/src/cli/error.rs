//! Name what can be wrong with a command line, and with what it asks for.

use tallsbi::report::{CsvError, PlotError};

use crate::exact::ExactError;
use crate::inference::InferenceError;
use crate::paper::PaperError;
use crate::reference::ReferenceError;
use crate::score::ScoreError;
use crate::speed::SpeedError;
use crate::suggest::{did_you_mean, list};

/// What can be wrong with a command line. Every message names the flag and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// No command.
    #[error("no command: use {}, or `help`", list(commands.iter().copied()))]
    NoCommand {
        /// The commands there are.
        commands: Vec<&'static str>,
    },
    /// No such command.
    #[error("there is no command `{found}`{}: use {}, or `help`", did_you_mean(*suggestion), list(commands.iter().copied()))]
    UnknownCommand {
        /// What was given.
        found: String,
        /// The one that was probably meant.
        suggestion: Option<&'static str>,
        /// The commands there are.
        commands: Vec<&'static str>,
    },
    /// No experiment.
    #[error("`paper` needs the name of an experiment: write for example `paper table1 --quick`; there are {}", list(names.iter().copied()))]
    NoExperiment {
        /// The experiments there are.
        names: Vec<&'static str>,
    },
    /// No such flag.
    #[error("`{command}` has no flag `{flag}`{}; its flags are {}", did_you_mean(*suggestion), list(known.iter().copied()))]
    UnknownFlag {
        /// The command.
        command: &'static str,
        /// What was given.
        flag: String,
        /// The one that was probably meant.
        suggestion: Option<&'static str>,
        /// The flags there are.
        known: Vec<&'static str>,
    },
    /// A value without a flag.
    #[error("`{command}` does not expect `{argument}`: every value follows its flag")]
    Unexpected {
        /// The command.
        command: &'static str,
        /// What was given.
        argument: String,
    },
    /// A separable network for sets.
    #[error("the tasks have separable networks for single observations only: leave out --separable or --n-max")]
    SeparableSets,
    /// A plot of what was not measured.
    #[error("--plot draws what the part `scaling` measures: add `--only scaling`")]
    NothingToPlot,
    /// Numbers of observations for no study.
    #[error("--n-obs says how many observations a simulated data set has: add `--calibrate <number>`")]
    NothingToCalibrate,
    /// A flag that the command needs is missing.
    #[error("`{command}` needs {flag}: add `{flag} {value}`")]
    Missing {
        /// The command.
        command: &'static str,
        /// The flag.
        flag: &'static str,
        /// What stands after it.
        value: &'static str,
    },
    /// A flag without its value.
    #[error("{flag} needs a value: write `{flag} {value}`")]
    NoValue {
        /// The flag.
        flag: &'static str,
        /// What stands after it.
        value: &'static str,
    },
    /// A switch with a value.
    #[error("{flag} takes no value: write it alone")]
    Switch {
        /// The flag.
        flag: &'static str,
    },
    /// A flag twice.
    #[error("{flag} is given twice: remove one")]
    Twice {
        /// The flag.
        flag: &'static str,
    },
    /// Not a whole number, or too small.
    #[error("{flag}: `{text}` is not a whole number of at least {least}")]
    Number {
        /// The flag.
        flag: &'static str,
        /// What was given.
        text: String,
        /// The smallest number accepted.
        least: u64,
    },
    /// A value that its flag does not accept.
    #[error("{flag}: {reason}")]
    Value {
        /// The flag.
        flag: &'static str,
        /// What is wrong with it and what is right.
        reason: String,
    },
    /// Fewer observations than asked for.
    #[error("--n-obs: {asked} observations were asked for, and there are {found}")]
    TooFewObservations {
        /// Asked for.
        asked: usize,
        /// There are.
        found: usize,
    },
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// The command line is wrong.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A posterior cannot be trained, loaded or sampled.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// A reference posterior cannot be used.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A CSV file cannot be used.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// Draws cannot be scored.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// Speed cannot be measured.
    #[error(transparent)]
    Speed(#[from] SpeedError),
    /// A plot cannot be drawn or written.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A reference cannot be made.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// An experiment of the paper fails.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// The reference was made for another model.
    #[error(
        "the reference has {parameters} parameters and observations of {components} components, the task {expected_parameters} and {expected_components}"
    )]
    OtherReference {
        /// M of the reference.
        parameters: usize,
        /// D of the reference.
        components: usize,
        /// M of the task.
        expected_parameters: usize,
        /// D of the task.
        expected_components: usize,
    },
    /// Nothing could be sampled in any set.
    #[error("no set could be sampled: {reason}")]
    NothingSampled {
        /// What the last set said.
        reason: String,
    },
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl CliError {
    /// The exit status: 2 for a wrong command line, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Usage(_) | Self::Paper(PaperError::Unknown { .. } | PaperError::NeedsReference)) {
            2
        } else {
            1
        }
    }
}
