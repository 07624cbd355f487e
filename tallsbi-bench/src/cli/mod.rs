//! Run the command line: `train`, `simulate`, `sample`, `score`, `reference`, `compare`, `report`, `speed`, `paper`, `help`.

mod args;
mod compare;
mod error;
mod help;
mod paper;
mod reference;
mod report;
mod speed;

use std::io::Write;
use std::path::PathBuf;

use tallsbi::report::{read_columns, write_columns};

pub use self::error::{CliError, UsageError};

use self::args::{Command, Flag, Values};
use crate::choice::{ComposerChoice, NMax, NetworkChoice};
use crate::inference::{InferenceError, Models, Sampling, Training};
use crate::score::score_tables;
use crate::suggest::nearest;
use crate::tasks::Task;

const COMPOSER: Flag = Flag::optional(
    "--composer",
    "<name>",
    "gauss, gauss-pilot, jac, jac-clip, factorized or factorized-diffused (gauss)",
);
const SAMPLER: Flag = Flag::optional(
    "--sampler",
    "<name:steps>",
    "tall:40, dpm:30, dpm3:30, ddim:1000, langevin:400, tamed:400 or geffner:1000 (tall:40)",
);
const PRECISION: Flag = Flag::optional(
    "--precision",
    "<name>",
    "of the network's products, where the machine has a choice: highest, high or medium (by the number of factors)",
);
const DRAWS: Flag = Flag::optional("--draws", "<number>", "draws of each posterior (1000)");
const SEED: Flag = Flag::optional("--seed", "<number>", "seed: the same seed gives the same result (1)");
const QUIET: Flag = Flag::switch("--quiet", "no progress bars");

const TRAIN: Command = Command {
    name: "train",
    help: "simulate a task and train its posterior",
    flags: &[
        Flag::required("--task", "<task>", "the task, one of those that `help` lists"),
        Flag::required("--out", "<file>", "the posterior, one file"),
        Flag::optional("--simulations", "<number>", "simulations (30000)"),
        SEED,
        Flag::optional("--n-max", "<1|3>", "largest set of observations that the network sees at once (1)"),
        Flag::switch("--separable", "a separable network: for hundreds of observations and more"),
        Flag::switch("--learned-prior", "learn the score of the prior along"),
        Flag::optional("--cross-fit", "<folds>", "folds over which the Gaussian head is cross-fitted (1: none)"),
        Flag::optional("--epochs", "<number>", "most epochs (the library's default)"),
        Flag::optional("--predict", "<name>", "what the network predicts: gaussian, prior or noise (gaussian)"),
        Flag::optional("--weight-decay", "<number>", "per unit of learning rate, of head and score network (0.01)"),
        Flag::optional(
            "--observation-noise",
            "<number>",
            "standard deviation of noise on standardised observations (0)",
        ),
        QUIET,
    ],
};

const SIMULATE: Command = Command {
    name: "simulate",
    help: "write what `train` with the same seed would train on, for other programs",
    flags: &[
        Flag::required("--task", "<task>", "the task, one of those that `help` lists"),
        Flag::required("--out", "<file>", "safetensors: `theta` and `x`, a simulation a row, natural units"),
        Flag::optional("--simulations", "<number>", "simulations (30000)"),
        SEED,
    ],
};

const SAMPLE: Command = Command {
    name: "sample",
    help: "draw from the posterior given observations",
    flags: &[
        Flag::required("--model", "<file>", "a posterior that `train` wrote"),
        Flag::required("--observations", "<file>", "CSV with a header row, an observation a row, natural units"),
        Flag::required("--out", "<file>", "CSV of the draws, natural units"),
        Flag::optional("--n-obs", "<number>", "use the first so many observations (all)"),
        COMPOSER,
        SAMPLER,
        PRECISION,
        DRAWS,
        SEED,
        QUIET,
    ],
};

const SCORE: Command = Command {
    name: "score",
    help: "compare draws with reference draws: sliced Wasserstein distance, MMD², C2ST and share of finite draws, as JSON",
    flags: &[
        Flag::required("--draws", "<file>", "CSV with a header row"),
        Flag::required("--reference", "<file>", "CSV with a header row; columns match by name, or else by position"),
        SEED,
    ],
};

const COMPARE: Command = Command {
    name: "compare",
    help: "score a posterior on sets of observations with reference posteriors: a table, mean ± standard deviation",
    flags: &[
        Flag::required("--task", "<task>", "the task, one of those that `help` lists"),
        Flag::required("--model", "<file>", "a posterior that `train` wrote"),
        Flag::required("--reference", "<folder>", "the folder of <task>.safetensors"),
        Flag::optional(
            "--n-obs",
            "<numbers>",
            "numbers of observations, as 1,8,30 (1,8,30, or all that the reference has)",
        ),
        Flag::optional("--sets", "<numbers>", "sets of observations, as 1-8 (all)"),
        COMPOSER,
        SAMPLER,
        PRECISION,
        DRAWS,
        SEED,
        Flag::optional("--csv", "<file>", "the rows of the table as CSV"),
        QUIET,
    ],
};

const REFERENCE: Command = Command {
    name: "reference",
    help: "write reference posteriors of a task whose posterior is known exactly, for `compare`",
    flags: &[
        Flag::required("--task", "<task>", "gaussian_linear, toy_gaussian or toy_mixture"),
        Flag::required("--out", "<folder>", "the folder of <task>.safetensors"),
        Flag::optional("--sets", "<number>", "sets of observations (8)"),
        DRAWS,
        SEED,
    ],
};

const REPORT: Command = Command {
    name: "report",
    help: "write a page about a posterior: training, draws given observations, calibration on simulated sets",
    flags: &[
        Flag::required("--model", "<file>", "a posterior that `train` wrote"),
        Flag::required("--out", "<file>", "the page, one HTML file"),
        Flag::optional("--observations", "<file>", "CSV with a header row, an observation a row, natural units"),
        Flag::optional(
            "--calibrate",
            "<number>",
            "simulated data sets to calibrate on; 1000 tell errors of 5 % (none)",
        ),
        Flag::optional(
            "--n-obs",
            "<numbers>",
            "observations of a data set, as 1,4,16: a study for each (as many as observed, or 1)",
        ),
        Flag::optional("--draws", "<number>", "draws of each posterior (2000)"),
        Flag::optional("--sampler", "<name:steps>", "as for `sample` (dpm:30)"),
        SEED,
        QUIET,
    ],
};

const SPEED: Command = Command {
    name: "speed",
    help: "measure training, evaluation and tall sampling on this machine: one table",
    flags: &[
        Flag::optional(
            "--only",
            "<parts>",
            "some of product,training,forward,sampling,separable,ddim,large,scaling (the first six)",
        ),
        PRECISION,
        Flag::optional("--plot", "<file>", "an SVG of what `scaling` measured"),
        Flag::switch("--json", "one JSON document instead of a table"),
        Flag::switch("--quick", "a small version that takes seconds; its figures say nothing"),
    ],
};

const PAPER: Command = Command {
    name: "paper",
    help: "run an experiment of arXiv:2404.07593, `paper <name>`: ours beside the published numbers",
    flags: &[
        Flag::switch("--quick", "a small version that takes minutes; its figures say little"),
        Flag::optional("--reference", "<folder>", "the folder of <task>.safetensors, for experiments that need it"),
        Flag::optional("--out", "<folder>", "where CSV files and posteriors go; finished cells there are kept (paper)"),
        SEED,
    ],
};

const COMMANDS: [&Command; 9] = [&TRAIN, &SIMULATE, &SAMPLE, &SCORE, &REFERENCE, &COMPARE, &REPORT, &SPEED, &PAPER];

/// Runs the command line `arguments` (without the program's name) with posteriors of `models`, and writes what it has to say to `out`.
///
/// # Errors
/// The command line is wrong, or what it asks for cannot be done.
pub fn run(
    models: &dyn Models,
    arguments: impl IntoIterator<Item = String>,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut arguments = arguments.into_iter();
    let names = || COMMANDS.map(|command| command.name);
    let Some(name) = arguments.next() else {
        return Err(UsageError::NoCommand { commands: names().to_vec() }.into());
    };
    let rest: Vec<String> = arguments.collect();
    if ["help", "--help", "-h"].contains(&name.as_str()) {
        return match rest.first() {
            Some(topic) => help::command(find(topic)?, out),
            None => help::overview(&COMMANDS, out),
        };
    }
    let command = find(&name)?;
    if rest.iter().any(|argument| ["--help", "-h"].contains(&argument.as_str())) {
        return help::command(command, out);
    }
    if command.name == PAPER.name {
        return paper::run(models, rest, out);
    }
    let values = Values::parse(command, rest)?;
    match command.name {
        "train" => train(models, &values, out),
        "simulate" => simulate(models, &values, out),
        "sample" => sample(models, &values, out),
        "score" => score(&values, out),
        "compare" => compare::run(models, &values, out),
        "reference" => reference::run(&values, out),
        "report" => report::run(models, &values, out),
        _ => speed::run(&values, out),
    }
}

fn find(name: &str) -> Result<&'static Command, UsageError> {
    let commands = COMMANDS.map(|command| command.name);
    COMMANDS.into_iter().find(|command| command.name == name).ok_or_else(|| UsageError::UnknownCommand {
        found: name.to_owned(),
        suggestion: nearest(name, commands),
        commands: commands.to_vec(),
    })
}

fn train(models: &dyn Models, values: &Values, out: &mut dyn Write) -> Result<(), CliError> {
    let task: Task = values.required("--task")?;
    let n_max = values.optional("--n-max")?.unwrap_or(NMax::One);
    let network = NetworkChoice::of(n_max, values.switch("--separable")).ok_or(UsageError::SeparableSets)?;
    let path = file(values)?;
    let epochs = values.optional::<String>("--epochs")?.map(|_| values.count("--epochs", 1)).transpose()?;
    let default = Training::default();
    let training = Training {
        simulations: values.count("--simulations", default.simulations)?,
        seed: values.number("--seed", 0, default.seed)?,
        learned_prior: values.switch("--learned-prior"),
        folds: values.count("--cross-fit", default.folds)?,
        epochs,
        prediction: values.optional("--predict")?.unwrap_or(default.prediction),
        weight_decay: values.optional("--weight-decay")?,
        observation_noise: values.optional("--observation-noise")?.unwrap_or(default.observation_noise),
        quiet: values.switch("--quiet"),
    };
    let model = models.train(task, network, &training)?;
    model.save(&path)?;
    let report = model.training();
    writeln!(
        out,
        "{}: {task}, {network}, {} simulations ({} dropped), seed {}, {:.1} s of training",
        path.display(),
        training.simulations,
        report.dropped,
        training.seed,
        report.seconds
    )?;
    Ok(())
}

fn simulate(models: &dyn Models, values: &Values, out: &mut dyn Write) -> Result<(), CliError> {
    let (task, path): (Task, _) = (values.required("--task")?, file(values)?);
    let (simulations, seed) = (values.count("--simulations", 30_000)?, values.number("--seed", 0, 1)?);
    let dropped = models.simulate(task, simulations, seed, &path)?;
    writeln!(out, "{}: {task}, {simulations} simulations ({dropped} dropped), seed {seed}", path.display())?;
    Ok(())
}

fn sample(models: &dyn Models, values: &Values, out: &mut dyn Write) -> Result<(), CliError> {
    let path = file(values)?;
    let sampling = sampling(values)?;
    let n_obs = values.optional::<String>("--n-obs")?.map(|_| values.count("--n-obs", 1)).transpose()?;
    let (task, model) = models.load(&values.required::<PathBuf>("--model")?, None)?;
    let mut observations = model.read_observations(&values.required::<PathBuf>("--observations")?)?;
    if let Some(asked) = n_obs {
        if asked > observations.len() {
            return Err(UsageError::TooFewObservations { asked, found: observations.len() }.into());
        }
        observations.truncate(asked);
    }
    let sampled = model.sample(&observations, &sampling)?;
    let names = model.names();
    write_columns(&path, &names.iter().map(String::as_str).collect::<Vec<_>>(), &sampled.values)?;
    writeln!(out, "{}", sampled.summary)?;
    let n_draws = sampled.values.len() / names.len();
    writeln!(out, "{}: {n_draws} draws of {task}, {:.1} s", path.display(), sampled.report.seconds)?;
    Ok(())
}

fn score(values: &Values, out: &mut dyn Write) -> Result<(), CliError> {
    let seed = values.number("--seed", 0, 1)?;
    let draws = read_columns(values.required::<PathBuf>("--draws")?)?;
    let reference = read_columns(values.required::<PathBuf>("--reference")?)?;
    let scores = score_tables(&draws, &reference, seed)?;
    let line = serde_json::to_string(&scores).map_err(std::io::Error::from)?;
    writeln!(out, "{line}")?;
    Ok(())
}

/// How the flags that `sample` and `compare` share say to sample.
fn sampling(values: &Values) -> Result<Sampling, UsageError> {
    Ok(Sampling {
        composer: values.optional("--composer")?.unwrap_or(ComposerChoice::Gauss),
        sampler: values.optional("--sampler")?.unwrap_or_default(),
        precision: values.optional("--precision")?,
        draws: values.count("--draws", 1000)?,
        seed: values.number("--seed", 0, 1)?,
        quiet: values.switch("--quiet"),
    })
}

/// The file of a required `--out`.
fn file(values: &Values) -> Result<PathBuf, UsageError> {
    let missing = UsageError::NoValue { flag: "--out", value: "<file>" };
    values.output("--out")?.ok_or(missing)
}

impl From<tallsbi::posterior::Error> for CliError {
    fn from(error: tallsbi::posterior::Error) -> Self {
        Self::Inference(InferenceError::from(error))
    }
}
