//! Run the paper's benchmark of tall posteriors: three tasks, three algorithms, reference posteriors of sets.

use std::io::Write;
use std::path::PathBuf;

use tallsbi::report::LinePlot;

use super::figure::{Figure, MOST, drawn, with_errors};
use super::published::{TALL, TALL_N, TallRow};
use super::{Cells, PaperError, Settings, mean_and_sd, shown, spread};
use crate::choice::{ComposerChoice, NetworkChoice, SamplerChoice};
use crate::inference::{InferenceError, Model, Sampling, Training};
use crate::reference::Reference;
use crate::score::score;
use crate::tasks::Task;

const KEYS: [&str; 6] = ["task", "network", "simulations", "algorithm", "n", "set"];
const VALUES: [&str; 4] = ["sw", "mmd", "c2st", "non_finite"];
/// What the first three values are called, in a table and at an axis.
const SHORT: [&str; 3] = ["sW", "MMD", "C2ST"];
const METRICS: [&str; 3] = ["sliced Wasserstein distance", "MMD", "C2ST"];

/// The tasks of the paper's tables.
const TASKS: [Task; 3] = [Task::Slcp, Task::LotkaVolterra, Task::Sir];
const ALGORITHMS: [&str; 3] = ["GAUSS", "JAC-clip", "LANGEVIN"];

pub(super) fn table5(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    table(settings, out, "table5", 0)
}

pub(super) fn table6(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    table(settings, out, "table6", 1)
}

pub(super) fn table7(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    table(settings, out, "table7", 2)
}

/// A published mean.
fn published(task: Task, algorithm: &str, n: usize, column: usize) -> Option<f64> {
    let row = TALL.iter().find(|row| row.task == task.name() && row.algorithm == algorithm)?;
    let values = |row: &TallRow| [row.sw, row.mmd, row.c2st][column];
    TALL_N.iter().position(|other| *other == n).map(|k| values(row)[k])
}

/// Composer and sampler of an algorithm: ours, with the default plan, for GAUSS and JAC; as published for Langevin.
fn algorithm(name: &str, quick: bool) -> (ComposerChoice, SamplerChoice) {
    let plan = if quick { SamplerChoice::Tall(20) } else { SamplerChoice::default() };
    match name {
        "GAUSS" => (ComposerChoice::Gauss, plan),
        "JAC-clip" => (ComposerChoice::JacClip, plan),
        _ => (ComposerChoice::FactorizedDiffused, SamplerChoice::Langevin(if quick { 50 } else { 400 })),
    }
}

/// The number of simulations of the tables.
fn simulations(settings: &Settings<'_>) -> usize {
    if settings.quick { 5_000 } else { 30_000 }
}

/// One metric by task, algorithm and number of observations.
fn table(settings: &Settings<'_>, out: &mut dyn Write, name: &str, column: usize) -> Result<(), PaperError> {
    let mut runs = Runs::open(settings)?;
    writeln!(out, "{:<16}{:<10}{:>4}{:>20}{:>12}{:>8}", "task", "algorithm", "n", SHORT[column], "published", "lost")?;
    let ticks = TALL_N.map(|n| n as f64);
    let mut plots = Vec::new();
    for task in TASKS {
        let plot = LinePlot::new("number of observations n", METRICS[column]).logarithmic([false, column == 0]);
        let mut plot = plot.ticks(&ticks).title(task.name());
        for algorithm in ALGORITHMS {
            let (mut points, mut dots) = (Vec::new(), Vec::new());
            for n in TALL_N {
                let at = Cell { task, network: NetworkChoice::Single, simulations: simulations(settings), n };
                let (values, lost) = runs.values(settings, &at, algorithm, column)?;
                let known = published(task, algorithm, n, column);
                let ours = spread(mean_and_sd(&values), 4);
                writeln!(out, "{:<16}{algorithm:<10}{n:>4}{ours:>20}{:>12}{lost:>8}", task.name(), shown(known))?;
                out.flush()?;
                points.push((n as f64, drawn(values, MOST)));
                dots.extend(known.map(|value| [n as f64, value]));
            }
            plot = with_errors(plot, algorithm, &points).dots(algorithm, &dots);
        }
        plots.push(plot);
    }
    let mut figure = Figure::default();
    figure.row(plots);
    settings.draw(&figure, name, out)?;
    runs.note(out)
}

/// Sliced Wasserstein distance by number of simulations and of observations.
pub(super) fn fig3(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let mut runs = Runs::open(settings)?;
    let budgets: &[usize] = if settings.quick { &[1_000, 3_000] } else { &[1_000, 3_000, 10_000, 30_000] };
    let numbers: &[usize] = if settings.quick { &[1, 14] } else { &[1, 8, 14, 22, 30] };
    let ticks: Vec<f64> = budgets.iter().map(|budget| *budget as f64).collect();
    writeln!(
        out,
        "{:<16}{:>12}{:<3}{:<10}{:>4}{:>20}{:>14}{:>8}",
        "task", "simulations", "", "algorithm", "n", SHORT[0], "published", "lost"
    )?;
    let mut figure = Figure::default();
    for task in TASKS {
        // A network is trained once: budgets outermost.
        let mut curves = vec![vec![Vec::new(); ALGORITHMS.len()]; numbers.len()];
        for &simulations in budgets {
            for (at_n, &n) in numbers.iter().enumerate() {
                for (k, algorithm) in ALGORITHMS.into_iter().enumerate() {
                    let at = Cell { task, network: NetworkChoice::Single, simulations, n };
                    let (values, lost) = runs.values(settings, &at, algorithm, 0)?;
                    let known = shown(published(task, algorithm, n, 0).filter(|_| simulations == 30_000));
                    let ours = spread(mean_and_sd(&values), 4);
                    writeln!(
                        out,
                        "{:<16}{simulations:>12}   {algorithm:<10}{n:>4}{ours:>20}{known:>14}{lost:>8}",
                        task.name()
                    )?;
                    out.flush()?;
                    curves[at_n][k].push((simulations as f64, drawn(values, MOST)));
                }
            }
        }
        let mut plots = Vec::new();
        for (&n, curves) in numbers.iter().zip(curves) {
            let mut plot = LinePlot::new("simulations", METRICS[0]).logarithmic([true, false]).ticks(&ticks);
            plot = plot.title(&format!("{task}, n = {n}"));
            for (algorithm, curve) in ALGORITHMS.into_iter().zip(curves) {
                plot = with_errors(plot, algorithm, &curve);
                let known = published(task, algorithm, n, 0).filter(|_| budgets.contains(&30_000));
                if let Some(value) = known {
                    plot = plot.dots(algorithm, &[[30_000.0, value]]);
                }
            }
            plots.push(plot);
        }
        figure.row(plots);
    }
    settings.draw(&figure, "fig3", out)?;
    runs.note(out)
}

/// Three metrics on the tasks that are in none of the tables.
pub(super) fn more_tasks(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let all = [
        Task::GaussianLinear,
        Task::GaussianMixture,
        Task::GaussianMixtureUniform,
        Task::BernoulliGlm,
        Task::BernoulliGlmRaw,
        Task::TwoMoons,
    ];
    let tasks = if settings.quick { &all[..2] } else { &all[..] };
    let tasks: Vec<(Task, NetworkChoice)> = tasks.iter().map(|task| (*task, NetworkChoice::Single)).collect();
    by_n(settings, out, "more-tasks", &tasks, &ALGORITHMS)
}

/// Networks that see single observations beside networks that see sets of up to three.
pub(super) fn sets(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let tasks = if settings.quick { &TASKS[2..] } else { &TASKS[..] };
    let both = [NetworkChoice::Single, NetworkChoice::SetsOfThree];
    let tasks: Vec<(Task, NetworkChoice)> =
        tasks.iter().flat_map(|task| both.map(|network| (*task, network))).collect();
    by_n(settings, out, "sets", &tasks, &ALGORITHMS[..1])
}

/// Every metric by number of observations, a row of plots for each task and network.
fn by_n(
    settings: &Settings<'_>,
    out: &mut dyn Write,
    name: &str,
    tasks: &[(Task, NetworkChoice)],
    algorithms: &[&str],
) -> Result<(), PaperError> {
    let mut runs = Runs::open(settings)?;
    let numbers: &[usize] = if settings.quick { &[1, 14] } else { &[1, 8, 14, 22, 30] };
    let ticks: Vec<f64> = numbers.iter().map(|n| *n as f64).collect();
    writeln!(
        out,
        "{:<26}{:<12}{:<10}{:>4}{:>20}{:>20}{:>20}{:>8}",
        "task", "network", "algorithm", "n", SHORT[0], SHORT[1], SHORT[2], "lost"
    )?;
    let mut figure = Figure::default();
    for &(task, network) in tasks {
        let mut plots = METRICS.map(|metric| {
            let plot = LinePlot::new("number of observations n", metric).ticks(&ticks);
            plot.title(&format!("{task}, {network}"))
        });
        for algorithm in algorithms {
            let mut curves: [Vec<(f64, Vec<f64>)>; 3] = std::array::from_fn(|_| Vec::new());
            for &n in numbers {
                let at = Cell { task, network, simulations: simulations(settings), n };
                let mut told = Vec::new();
                let mut lost = 0.0;
                for (column, curve) in curves.iter_mut().enumerate() {
                    let (values, left_out) = runs.values(settings, &at, algorithm, column)?;
                    lost = left_out;
                    told.push(spread(mean_and_sd(&values), 3));
                    curve.push((n as f64, drawn(values, MOST)));
                }
                writeln!(
                    out,
                    "{:<26}{:<12}{algorithm:<10}{n:>4}{:>20}{:>20}{:>20}{lost:>8}",
                    task.name(),
                    network.to_string(),
                    told[0],
                    told[1],
                    told[2]
                )?;
                out.flush()?;
            }
            for (plot, curve) in plots.iter_mut().zip(&curves) {
                *plot = with_errors(plot.clone(), algorithm, curve);
            }
        }
        figure.row(plots.to_vec());
    }
    settings.draw(&figure, name, out)?;
    runs.note(out)
}

/// What is sampled, but for the algorithm and the set.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    task: Task,
    network: NetworkChoice,
    simulations: usize,
    n: usize,
}

/// A trained posterior with what it was trained for: task, network, simulations.
type Trained = ((Task, NetworkChoice, usize), Box<dyn Model>);

/// Finished cells, and what is needed for further ones, loaded when it is.
struct Runs {
    folder: PathBuf,
    cells: Cells,
    sets: usize,
    /// Values that are not finite, and so in no mean.
    left_out: usize,
    trained: Option<Trained>,
    reference: Option<(Task, Reference)>,
}

impl Runs {
    fn open(settings: &Settings<'_>) -> Result<Self, PaperError> {
        let folder = settings.reference.clone().ok_or(PaperError::NeedsReference)?;
        let cells = Cells::open(&settings.cells("tall"), &KEYS, &VALUES)?;
        Ok(Self {
            folder,
            cells,
            sets: if settings.quick { 2 } else { 8 },
            left_out: 0,
            trained: None,
            reference: None,
        })
    }

    /// The finite values of a metric over sets of observations, and how many draws were lost. Sets without a finite draw are left
    /// out and count as all their draws.
    fn values(
        &mut self,
        settings: &Settings<'_>,
        at: &Cell,
        algorithm: &str,
        column: usize,
    ) -> Result<(Vec<f64>, f64), PaperError> {
        let Self { folder, cells, sets, left_out, trained, reference } = self;
        if reference.as_ref().is_none_or(|(task, _)| *task != at.task) {
            *reference = Some((at.task, Reference::read(folder, at.task)?));
        }
        let Some((_, reference)) = reference else { return Err(PaperError::NeedsReference) };
        let (mut values, mut lost) = (Vec::new(), 0.0);
        for set in 1..=(*sets).min(reference.n_sets()) {
            let key = [
                at.task.to_string(),
                at.network.to_string(),
                at.simulations.to_string(),
                algorithm.to_owned(),
                at.n.to_string(),
                set.to_string(),
            ];
            let numbers = cells.get(&key, || {
                // The network is needed for cells that are not finished only.
                let what = (at.task, at.network, at.simulations);
                if trained.as_ref().is_none_or(|(other, _)| *other != what) {
                    *trained = Some((what, model(what, settings)?));
                }
                let Some((_, model)) = trained else { return Err(PaperError::NeedsReference) };
                one(model.as_ref(), reference, (at.n, set), algorithm, settings)
            })?;
            values.push(numbers[column]);
            lost += numbers[3];
        }
        let all = values.len();
        values.retain(|value| value.is_finite());
        *left_out += all - values.len();
        Ok((values, lost))
    }

    fn note(&self, out: &mut dyn Write) -> Result<(), PaperError> {
        let sets = self.sets;
        if self.left_out > 0 {
            writeln!(out, "{} values of single sets are not finite and in no mean", self.left_out)?;
        }
        writeln!(out, "ours: sets 1 to {sets}, no other left out; published: mean of 25 sets after leaving some out")?;
        writeln!(out, "in the picture lines are ours and dots published; distances from {MOST} on are not drawn")?;
        Ok(())
    }
}

/// The trained posterior of a task, kept beside the cells.
pub(super) fn model(
    (task, network, simulations): (Task, NetworkChoice, usize),
    settings: &Settings<'_>,
) -> Result<Box<dyn Model>, PaperError> {
    let kind = if network == NetworkChoice::Single { "" } else { ".sets" };
    let path = settings.out.join(format!("{task}{kind}.{simulations}.seed{}.tallsbi", settings.seed));
    if path.exists() {
        return Ok(settings.models.load(&path, Some(task))?.1);
    }
    let training = Training { simulations, seed: settings.seed, quiet: true, ..Training::default() };
    let model = settings.models.train(task, network, &training)?;
    model.save(&path)?;
    Ok(model)
}

fn one(
    model: &dyn Model,
    reference: &Reference,
    (n, set): (usize, usize),
    name: &str,
    settings: &Settings<'_>,
) -> Result<Vec<f64>, PaperError> {
    let (composer, sampler) = algorithm(name, settings.quick);
    let draws = if settings.quick { 300 } else { 1_000 };
    let sampling = Sampling { composer, sampler, precision: None, draws, seed: settings.seed, quiet: true };
    let mut observations = reference.observations(set)?;
    observations.truncate(n);
    match model.sample(&observations, &sampling) {
        Ok(sampled) => {
            let scores = score(&sampled.values, reference.posterior(set, n)?, model.names().len(), settings.seed)?;
            Ok(vec![scores.sw, scores.mmd, scores.c2st, sampled.report.non_finite as f64])
        }
        // That nothing is finite is a result.
        Err(InferenceError::Library(_)) => Ok(vec![f64::NAN, f64::NAN, f64::NAN, draws as f64]),
        Err(error) => Err(error.into()),
    }
}
