//! Infer the Jansen–Rit model from more and more recordings: posteriors, how they concentrate, and local C2ST at each number.

use std::io::Write;

use tallsbi::model::{Label, Observation, Parameters, SimulationError, Simulator, stream};
use tallsbi::report::{LinePlot, PairPlot};

use super::figure::{Figure, with_errors};
use super::{Cells, PaperError, Settings, mean_and_sd, tall};
use crate::choice::{ComposerChoice, NetworkChoice, SamplerChoice};
use crate::inference::{Model, Sampling};
use crate::jansen_rit::{PRIOR, PUBLISHED};
use crate::local::{LEVEL, LocalRequest, NARROW, Tested};
use crate::tasks::Task;
use crate::tasks::jansen_rit_3::{Column, JansenRit3};
use crate::tasks::jansen_rit_4::{AmplifiedColumn, GAIN, JansenRit4};

/// Posterior draws that are tested, beside those that whiten.
const TESTED: usize = 1_000;
const SAMPLER: SamplerChoice = SamplerChoice::Dpm(30);

/// How large an experiment is.
struct Size {
    simulations: usize,
    /// Numbers of observations.
    numbers: &'static [usize],
    /// Recorded sets of observations, each of the same parameters.
    recordings: u64,
    /// Simulated sets that the classifiers are trained on, and draws of each.
    study: (usize, usize),
}

const FULL: Size = Size { simulations: 50_000, numbers: &[1, 8, 14, 22, 30], recordings: 10, study: (1_500, 40) };
const QUICK: Size = Size { simulations: 3_000, numbers: &[1, 8], recordings: 3, study: (200, 30) };

/// A column with its true parameters, and what records it: number of observations, seed.
struct Recorded<'a> {
    name: &'static str,
    task: Task,
    labels: Vec<Label>,
    /// Standard deviations of the prior.
    prior: Vec<f64>,
    truth: Vec<f64>,
    record: &'a dyn Fn(usize, u64) -> Result<Vec<Vec<f64>>, SimulationError>,
}

/// Three parameters: the posterior concentrates at the true ones.
pub(super) fn fig4(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let recorded = Recorded {
        name: "fig4",
        task: Task::JansenRit3,
        labels: Column::labels().to_vec(),
        prior: uniform_sd(&PRIOR),
        truth: PUBLISHED.to_vec(),
        record: &|n, seed| record(&JansenRit3, PUBLISHED, n, seed),
    };
    run(settings, out, &recorded)
}

/// Four parameters, of which input and gain can be exchanged: the posterior is a ridge.
pub(super) fn fig5(settings: &Settings<'_>, out: &mut dyn Write) -> Result<(), PaperError> {
    let [connectivity, input, noise] = PUBLISHED;
    let truth = [connectivity, input, noise, 0.0];
    let recorded = Recorded {
        name: "fig5",
        task: Task::JansenRit4,
        labels: AmplifiedColumn::labels().to_vec(),
        prior: uniform_sd(&[PRIOR.as_slice(), &[GAIN]].concat()),
        truth: truth.to_vec(),
        record: &|n, seed| record(&JansenRit4, truth, n, seed),
    };
    run(settings, out, &recorded)
}

/// Standard deviations of uniform distributions.
fn uniform_sd(ends: &[(f64, f64)]) -> Vec<f64> {
    ends.iter().map(|(low, high)| (high - low) / 12.0_f64.sqrt()).collect()
}

/// The first `n` observations of a recording.
fn record<S: Simulator<M, D>, const M: usize, const D: usize>(
    simulator: &S,
    truth: [f64; M],
    n: usize,
    seed: u64,
) -> Result<Vec<Vec<f64>>, SimulationError> {
    let theta = S::Parameters::from_array(truth);
    let mut rng = stream(seed, "recorded column", 0);
    (0..n).map(|_| Ok(simulator.simulate(&theta, &mut rng)?.to_array().to_vec())).collect()
}

/// What is kept of a posterior: p-value of local C2ST, and of its negative control; draws that were lost; mean, standard deviation and correlations of its draws.
fn values(labels: &[Label]) -> Vec<String> {
    let mut names = ["p", "p_narrow", "lost"].map(str::to_owned).to_vec();
    names.extend(labels.iter().map(|label| format!("mean_{}", label.name)));
    names.extend(labels.iter().map(|label| format!("sd_{}", label.name)));
    names.extend(pairs(labels.len()).map(|(i, k)| format!("correlation_{}_{}", labels[i].name, labels[k].name)));
    names
}

/// Pairs of components.
fn pairs(m: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..m).flat_map(move |i| (i + 1..m).map(move |k| (i, k)))
}

/// Means, standard deviations and correlations of pairs of `[draws × m]`.
fn moments(draws: &[f64], m: usize) -> Vec<f64> {
    let columns: Vec<Vec<f64>> = (0..m).map(|k| draws.iter().skip(k).step_by(m).copied().collect()).collect();
    let (means, sds): (Vec<f64>, Vec<f64>) = columns.iter().map(|column| mean_and_sd(column)).unzip();
    let correlation = |(i, k): (usize, usize)| {
        let products = columns[i].iter().zip(&columns[k]).map(|(a, b)| (a - means[i]) * (b - means[k]));
        products.sum::<f64>() / ((columns[i].len() - 1) as f64 * sds[i] * sds[k])
    };
    let correlations: Vec<f64> = pairs(m).map(correlation).collect();
    [means, sds, correlations].concat()
}

fn run(settings: &Settings<'_>, out: &mut dyn Write, column: &Recorded<'_>) -> Result<(), PaperError> {
    let size = if settings.quick { QUICK } else { FULL };
    let (m, names) = (column.labels.len(), values(&column.labels));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut cells = Cells::open(&settings.cells(column.name), &["simulations", "n", "recording"], &names)?;
    let model = tall::model((column.task, NetworkChoice::Single, size.simulations), settings)?;
    write!(out, "{:>4}{:>12}{:>12}{:>16}{:>8}", "n", "p, median", "p > 0.05", "narrow p < 0.05", "lost")?;
    for label in &column.labels {
        write!(out, "{:>18}", format!("sd({})/prior's", label.name))?;
    }
    writeln!(out, "  correlations")?;
    let mut by_n = Vec::new();
    for &n in size.numbers {
        let mut tested = None;
        let mut rows = Vec::new();
        for recording in 0..size.recordings {
            let key = [size.simulations.to_string(), n.to_string(), (recording + 1).to_string()];
            rows.push(cells.get(&key, || {
                // The classifiers are trained once for all recordings, if any is not finished.
                let all: &Vec<Vec<f64>> = match &mut tested {
                    Some(all) => all,
                    none => none.insert(test(model.as_ref(), settings, column, &size, n)?),
                };
                Ok::<_, PaperError>(all[recording as usize].clone())
            })?);
        }
        let of = |k: usize| rows.iter().map(|row| row[k]).collect::<Vec<f64>>();
        let mut p = of(0);
        p.sort_unstable_by(f64::total_cmp);
        let share = |count: usize| format!("{count} of {}", p.len());
        let passed = share(p.iter().filter(|p| **p > LEVEL).count());
        let refused = share(of(1).iter().filter(|p| **p < LEVEL).count());
        let lost: f64 = of(2).iter().sum();
        write!(out, "{n:>4}{:>12.3}{passed:>12}{refused:>16}{lost:>8}", p[p.len() / 2])?;
        for (k, prior) in column.prior.iter().enumerate() {
            write!(out, "{:>18.3}", mean_and_sd(&of(3 + m + k)).0 / prior)?;
        }
        for (at, (i, k)) in pairs(m).enumerate() {
            let mean = mean_and_sd(&of(3 + 2 * m + at)).0;
            write!(out, "  {} {} {mean:.2}", column.labels[i].name, column.labels[k].name)?;
        }
        writeln!(out)?;
        out.flush()?;
        by_n.push((n as f64, rows));
    }
    settings.draw(&tests(column, &by_n), &format!("{}-tests", column.name), out)?;
    pair_plot(settings, out, column, &size, model.as_ref())?;
    let (sets, draws) = size.study;
    writeln!(
        out,
        "{} recordings at the published parameters; classifiers trained on {sets} simulated sets of n, {draws} draws of each \
         (published: 10,000 sets); narrow: the same posteriors with draws {NARROW} times as far from their mean, a control that \
         should be refused; no number of these figures is recorded here",
        size.recordings
    )?;
    Ok(())
}

/// Draws given the first `n` observations of a recording, natural units, and how many were not finite.
fn draw(
    model: &dyn Model,
    settings: &Settings<'_>,
    observations: &[Vec<f64>],
    draws: usize,
) -> Result<(Vec<f64>, usize), PaperError> {
    let composer = ComposerChoice::Gauss;
    let sampling = Sampling { composer, sampler: SAMPLER, precision: None, draws, seed: settings.seed, quiet: true };
    let sampled = model.sample(observations, &sampling)?;
    Ok((sampled.values, sampled.report.non_finite))
}

/// Every recording's values at `n`.
fn test(
    model: &dyn Model,
    settings: &Settings<'_>,
    column: &Recorded<'_>,
    size: &Size,
    n: usize,
) -> Result<Vec<Vec<f64>>, PaperError> {
    let (sets, draws) = size.study;
    let (mut tested, mut lost) = (Vec::new(), Vec::new());
    for recording in 0..size.recordings {
        let observations = (column.record)(n, settings.seed + recording)?;
        let (values, non_finite) = draw(model, settings, &observations, TESTED + draws - 1)?;
        tested.push(Tested { observations, values });
        lost.push(non_finite as f64);
    }
    let request = LocalRequest { n_obs: n, sets, draws, sampler: SAMPLER, seed: settings.seed };
    let reports = model.local_c2st(&tested, &request)?;
    let rows = reports.iter().zip(&tested).zip(lost).map(|((test, tested), lost)| {
        [vec![test.report.p_value(), test.narrow.p_value(), lost], moments(&tested.values, column.labels.len())]
            .concat()
    });
    Ok(rows.collect())
}

/// p-values and standard deviations by number of observations.
fn tests(column: &Recorded<'_>, by_n: &[(f64, Vec<Vec<f64>>)]) -> Figure {
    let ticks: Vec<f64> = by_n.iter().map(|(n, _)| *n).collect();
    let plot = |label: &str, title: &str| LinePlot::new("number of observations n", label).ticks(&ticks).title(title);
    let p: Vec<[f64; 2]> = by_n.iter().flat_map(|(n, rows)| rows.iter().map(|row| [*n, row[0]])).collect();
    let accepted = plot("p-value of local C2ST", column.task.name()).dots("recordings", &p).level("0.05", LEVEL);
    let m = column.labels.len();
    let mut widths = plot("posterior sd / prior sd", "Concentration").logarithmic([true, true]);
    for (k, (label, prior)) in column.labels.iter().zip(&column.prior).enumerate() {
        let curve: Vec<(f64, Vec<f64>)> =
            by_n.iter().map(|(n, rows)| (*n, rows.iter().map(|row| row[3 + m + k] / prior).collect())).collect();
        widths = with_errors(widths, &label.name, &curve);
    }
    let mut figure = Figure::default();
    figure.row(vec![accepted, widths]);
    figure
}

/// The posteriors of the first recording, laid over each other.
fn pair_plot(
    settings: &Settings<'_>,
    out: &mut dyn Write,
    column: &Recorded<'_>,
    size: &Size,
    model: &dyn Model,
) -> Result<(), PaperError> {
    let title = format!("{}, {} simulations, GAUSS", column.task, size.simulations);
    let mut plot = PairPlot::new(&column.labels).title(&title).truth(&column.truth);
    for &n in size.numbers {
        let observations = (column.record)(n, settings.seed)?;
        let (values, _) = draw(model, settings, &observations, TESTED)?;
        plot = plot.series_flat(&format!("n = {n}"), &values, column.labels.len());
    }
    let path = settings.cells(column.name).with_extension("svg");
    plot.save(&path)?;
    writeln!(out, "{}", path.display())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tallsbi::model::Parameters;

    use super::{moments, record, uniform_sd, values};
    use crate::tasks::jansen_rit_3::{Column, JansenRit3};

    #[test]
    fn moments_of_draws() {
        // Second column 3 − first: correlation −1; the third is uncorrelated with the first.
        let draws = [0.0, 3.0, 1.0, 1.0, 2.0, -1.0, 2.0, 1.0, -1.0, 3.0, 0.0, 1.0];
        let found = moments(&draws, 3);
        let sd = (5.0_f64 / 3.0).sqrt();
        let expected = [1.5, 1.5, 0.0, sd, sd, (4.0_f64 / 3.0).sqrt(), -1.0, 0.0, 0.0];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        assert_eq!(values(&Column::labels()).len(), 3 + found.len());
        assert!((uniform_sd(&[(0.0, 12.0)])[0] - 12.0_f64.sqrt()).abs() < 1e-12);
    }

    /// The first observations of a longer recording are the shorter one.
    #[test]
    fn recordings_are_nested() {
        let of = |n: usize, seed: u64| record(&JansenRit3, [135.0, 220.0, 2000.0], n, seed).expect("finite");
        let (one, three) = (of(1, 4), of(3, 4));
        assert_eq!(one[0], three[0]);
        assert_ne!(three[0], three[1]);
        assert_ne!(of(1, 5)[0], one[0]);
    }
}
