//! Run the paper's benchmark of tall posteriors: three tasks, three algorithms, reference posteriors of sets.

use std::io::Write;
use std::path::Path;

use super::published::{TALL, TALL_N, TallRow};
use super::{Cells, PaperError, Settings, mean_and_sd, spread};
use crate::choice::{ComposerChoice, NetworkChoice, SamplerChoice};
use crate::inference::{self, InferenceError, Model, Sampling, Training};
use crate::reference::Reference;
use crate::score::score;
use crate::tasks::Task;

const KEYS: [&str; 4] = ["task", "algorithm", "n", "set"];
const VALUES: [&str; 4] = ["sw", "mmd", "c2st", "non_finite"];

pub(super) fn table5(settings: &Settings, out: &mut dyn Write) -> Result<(), PaperError> {
    table(settings, out, "sW", 0, |row| row.sw)
}

pub(super) fn table6(settings: &Settings, out: &mut dyn Write) -> Result<(), PaperError> {
    table(settings, out, "MMD", 1, |row| row.mmd)
}

pub(super) fn table7(settings: &Settings, out: &mut dyn Write) -> Result<(), PaperError> {
    table(settings, out, "C2ST", 2, |row| row.c2st)
}

/// Composer and sampler of an algorithm: ours, with the default solver, for GAUSS and JAC; as published for Langevin.
fn algorithm(name: &str, quick: bool) -> (ComposerChoice, SamplerChoice) {
    let steps = if quick { 30 } else { 60 };
    match name {
        "GAUSS" => (ComposerChoice::Gauss, SamplerChoice::Dpm(steps)),
        "JAC-clip" => (ComposerChoice::JacClip, SamplerChoice::Dpm(steps)),
        _ => (ComposerChoice::FactorizedDiffused, SamplerChoice::Langevin(if quick { 50 } else { 400 })),
    }
}

fn table(
    settings: &Settings,
    out: &mut dyn Write,
    metric: &str,
    column: usize,
    published: fn(&TallRow) -> [f64; 3],
) -> Result<(), PaperError> {
    let folder = settings.reference.as_deref().ok_or(PaperError::NeedsReference)?;
    let mut cells = Cells::open(&settings.cells("tall"), &KEYS, &VALUES)?;
    let sets = if settings.quick { 2 } else { 8 };
    let mut trained: Option<(Task, Box<dyn Model>)> = None;
    writeln!(out, "{:<16}{:<10}{:>4}{:>20}{:>12}{:>8}", "task", "algorithm", "n", metric, "published", "lost")?;
    for row in TALL {
        let Ok(task) = row.task.parse::<Task>() else { continue };
        let reference = Reference::read(folder, task)?;
        for (k, n) in TALL_N.into_iter().enumerate() {
            let (mut values, mut lost) = (Vec::new(), 0.0);
            for set in 1..=sets.min(reference.n_sets()) {
                let key = [row.task.to_owned(), row.algorithm.to_owned(), n.to_string(), set.to_string()];
                let numbers = cells.get(&key, || {
                    // The network is needed for cells that are not finished only.
                    if trained.as_ref().is_none_or(|(other, _)| *other != task) {
                        trained = Some((task, model(task, settings, &settings.out)?));
                    }
                    let Some((_, model)) = &trained else { return Err(PaperError::NeedsReference) };
                    one(model.as_ref(), &reference, (n, set), row.algorithm, settings)
                })?;
                values.push(numbers[column]);
                lost += numbers[3];
            }
            let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();

            let ours = spread(mean_and_sd(&finite), 4);
            writeln!(out, "{:<16}{:<10}{n:>4}{ours:>20}{:>12}{lost:>8}", row.task, row.algorithm, published(&row)[k])?;
            if finite.len() < values.len() {
                writeln!(out, "    {} of {} sets gave no finite draw", values.len() - finite.len(), values.len())?;
            }
            out.flush()?;
        }
    }
    writeln!(out, "ours: sets 1 to {sets}, none left out; published: mean of 25 sets after leaving some out")?;
    Ok(())
}

/// The trained posterior of a task, kept beside the cells.
fn model(task: Task, settings: &Settings, folder: &Path) -> Result<Box<dyn Model>, PaperError> {
    let simulations = if settings.quick { 5_000 } else { 30_000 };
    let path = folder.join(format!("{task}.{simulations}.seed{}.tallsbi", settings.seed));
    if path.exists() {
        return Ok(inference::load(&path, Some(task))?.1);
    }
    let training =
        Training { simulations, seed: settings.seed, learned_prior: false, folds: 1, epochs: None, quiet: true };
    let model = inference::train(task, NetworkChoice::Single, &training)?;
    model.save(&path)?;
    Ok(model)
}

fn one(
    model: &dyn Model,
    reference: &Reference,
    (n, set): (usize, usize),
    name: &str,
    settings: &Settings,
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
