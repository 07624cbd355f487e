//! Score a posterior on sets of observations with reference posteriors.

use std::io::Write;
use std::path::PathBuf;

use tallsbi::report::write_columns;

use super::args::Values;
use super::{CliError, sampling};
use crate::choice::Numbers;
use crate::inference::{Model, Models, Sampling};
use crate::reference::Reference;
use crate::score::{Scores, mean_and_sd, score};
use crate::tasks::Task;

/// One line of the table.
#[derive(Clone, Debug)]
struct Line {
    n_obs: usize,
    set: usize,
    scores: Scores,
    non_finite: usize,
    floored_directions: u64,
    examined_directions: u64,
    seconds: f64,
}

const HEADINGS: [&str; 8] = ["n", "set", "sW", "MMD", "C2ST", "non-finite", "floored", "seconds"];

pub(super) fn run(models: &dyn Models, values: &Values, out: &mut dyn Write) -> Result<(), CliError> {
    let task: Task = values.required("--task")?;
    let sampling = sampling(values)?;
    let n_obs = values.optional::<Numbers>("--n-obs")?;
    let sets = values.optional::<Numbers>("--sets")?;
    let csv = values.output("--csv")?;
    let reference = Reference::read(&values.required::<PathBuf>("--reference")?, task)?;
    let sets = sets.map_or_else(|| (1..=reference.n_sets()).collect(), |sets| sets.0);
    let n_obs = n_obs.map_or_else(|| usual(&reference.numbers()), |n_obs| n_obs.0);
    // Everything asked for exists before minutes are spent on its first part.
    for &set in &sets {
        for &n in &n_obs {
            reference.posterior(set, n)?;
        }
    }
    let (_, model) = models.load(&values.required::<PathBuf>("--model")?, Some(task))?;
    let (parameters, components) = (reference.n_parameters(), reference.n_components());
    let (expected_parameters, expected_components) = (model.names().len(), model.n_components());
    if (parameters, components) != (expected_parameters, expected_components) {
        return Err(CliError::OtherReference { parameters, components, expected_parameters, expected_components });
    }

    write_cells(out, &HEADINGS.map(str::to_owned))?;
    let mut all = Vec::new();
    let mut failure = String::new();
    for &n in &n_obs {
        let mut lines: Vec<Line> = Vec::new();
        for &set in &sets {
            match one(model.as_ref(), &reference, set, n, &sampling) {
                Ok(line) => {
                    write_cells(out, &line.cells())?;
                    lines.push(line);
                }
                // A composer or sampler that fails on a set is a result of a comparison, not its end.
                Err(CliError::Inference(error)) => {
                    failure = error.to_string();
                    writeln!(out, "{n:>4}{set:>8}  failed: {failure}")?;
                }
                Err(error) => return Err(error),
            }
            out.flush()?;
        }
        for line in summary(n, &lines, sets.len()) {
            writeln!(out, "{line}")?;
        }
        all.extend(lines);
    }
    if all.is_empty() {
        return Err(CliError::NothingSampled { reason: failure });
    }
    if let Some(path) = csv {
        let rows: Vec<f64> = all.iter().flat_map(Line::numbers).collect();
        write_columns(&path, &Line::NAMES, &rows)?;
    }
    Ok(())
}

/// 1, 8 and 30 where there are references for them, all there are otherwise.
fn usual(numbers: &[usize]) -> Vec<usize> {
    let usual = [1, 8, 30];
    if usual.iter().all(|n| numbers.contains(n)) { usual.to_vec() } else { numbers.to_vec() }
}

fn one(
    model: &dyn Model,
    reference: &Reference,
    set: usize,
    n_obs: usize,
    sampling: &Sampling,
) -> Result<Line, CliError> {
    let mut observations = reference.observations(set)?;
    observations.truncate(n_obs);
    let sampled = model.sample(&observations, sampling)?;
    let scores = score(&sampled.values, reference.posterior(set, n_obs)?, model.names().len(), sampling.seed)?;
    let report = sampled.report;
    let finite = 1.0 - report.non_finite as f64 / report.asked.max(1) as f64;
    Ok(Line {
        n_obs,
        set,
        scores: Scores { finite, ..scores },
        non_finite: report.non_finite,
        floored_directions: report.floored_directions,
        examined_directions: report.examined_directions,
        seconds: report.seconds,
    })
}

impl Line {
    const NAMES: [&'static str; 9] =
        ["n_obs", "set", "sw", "mmd", "c2st", "non_finite", "floored_directions", "examined_directions", "seconds"];

    fn numbers(&self) -> [f64; 9] {
        let Scores { sw, mmd, c2st, .. } = self.scores;
        let counts = [self.non_finite as f64, self.floored_directions as f64, self.examined_directions as f64];
        [self.n_obs as f64, self.set as f64, sw, mmd, c2st, counts[0], counts[1], counts[2], self.seconds]
    }

    fn cells(&self) -> [String; 8] {
        let Scores { sw, mmd, c2st, .. } = self.scores;
        [
            self.n_obs.to_string(),
            self.set.to_string(),
            digits(sw),
            digits(mmd),
            format!("{c2st:.3}"),
            self.non_finite.to_string(),
            format!("{}/{}", self.floored_directions, self.examined_directions),
            format!("{:.2}", self.seconds),
        ]
    }
}

/// Three significant digits.
fn digits(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let decimals = if value == 0.0 { 2 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 6) };
    format!("{value:.*}", decimals as usize)
}

fn write_cells(out: &mut dyn Write, cells: &[String; 8]) -> std::io::Result<()> {
    let [n, set, sw, mmd, c2st, non_finite, floored, seconds] = cells;
    writeln!(out, "{n:>4}{set:>8}{sw:>12}{mmd:>12}{c2st:>8}{non_finite:>12}{floored:>12}{seconds:>10}")
}

/// The mean and the standard deviation (n − 1) over the sets, one line each.
fn summary(n_obs: usize, lines: &[Line], n_sets: usize) -> Vec<String> {
    if lines.is_empty() {
        return Vec::new();
    }
    let statistic = |value: &dyn Fn(&Line) -> f64| mean_and_sd(&lines.iter().map(value).collect::<Vec<_>>());
    let sw = statistic(&|line| line.scores.sw);
    let mmd = statistic(&|line| line.scores.mmd);
    let c2st = statistic(&|line| line.scores.c2st);
    let seconds = statistic(&|line| line.seconds);
    let non_finite: usize = lines.iter().map(|line| line.non_finite).sum();
    let floored: u64 = lines.iter().map(|line| line.floored_directions).sum();
    let examined: u64 = lines.iter().map(|line| line.examined_directions).sum();
    let row = |name: &str, pick: &dyn Fn((f64, f64)) -> f64, non_finite: &str, floored: &str| {
        let [sw, mmd, c2st, seconds] = [sw, mmd, c2st, seconds].map(|pair| digits(pick(pair)));
        format!("{n_obs:>4}{name:>8}{sw:>12}{mmd:>12}{c2st:>8}{non_finite:>12}{floored:>12}{seconds:>10}")
    };
    let mut rows = vec![row("mean", &|(mean, _)| mean, &non_finite.to_string(), &format!("{floored}/{examined}"))];
    if lines.len() > 1 {
        rows.push(row("± sd", &|(_, sd)| sd, "", ""));
    }
    if lines.len() < n_sets {
        rows.push(format!("{n_obs:>4}  the mean is over {} of {n_sets} sets: the others failed", lines.len()));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{Line, digits, summary};
    use crate::score::Scores;

    #[test]
    fn three_digits() {
        for (value, expected) in [
            (0.0, "0.00"),
            (0.3456, "0.346"),
            (12.345, "12.3"),
            (1234.5, "1234"),
            (0.0001234, "0.000123"),
            (-0.02, "-0.0200"),
        ] {
            assert_eq!(digits(value), expected);
        }
        assert_eq!(digits(f64::NAN), "-");
    }

    #[test]
    fn mean_and_deviation() {
        let line = |set: usize, sw: f64| Line {
            n_obs: 8,
            set,
            scores: Scores { sw, mmd: 0.125, c2st: 0.75, finite: 1.0 },
            non_finite: 2,
            floored_directions: 1,
            examined_directions: 10,
            seconds: 1.5,
        };
        // 1, 2, 6: mean 3, variance (4 + 1 + 9) / 2 = 7.
        let rows = summary(8, &[line(1, 1.0), line(2, 2.0), line(3, 6.0)], 4);
        let cells: Vec<Vec<&str>> = rows.iter().map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(cells[0], ["8", "mean", "3.00", "0.125", "0.750", "6", "3/30", "1.50"]);
        assert_eq!(cells[1], ["8", "±", "sd", "2.65", "0.00", "0.00", "0.00"]);
        assert!(rows[2].contains("3 of 4 sets"), "{rows:?}");
        assert_eq!(summary(8, &[line(1, 1.0)], 1).len(), 1);
        assert!(summary(8, &[], 1).is_empty());
    }
}
