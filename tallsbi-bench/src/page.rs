//! Report a trained posterior of a task as an HTML page: its training, its posterior given observations, and its calibration
//! on simulated sets of observations.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use tallsbi::calibrate::{
    CalibrationError, CalibrationTable, ErrorGrowth, LocalC2st, LocalC2stOptions, Misspecification,
    MisspecificationOptions, PredictiveCheck, PredictiveStatistics, SetDensity, SetPosterior, Study, StudyOptions,
    TallPosterior,
};
use tallsbi::compose::{DiffusedPrior, Gauss};
use tallsbi::model::{Observation, Simulator};
use tallsbi::net::{EngineJacobians, ScoreNetwork};
use tallsbi::posterior::{Coordinates, Draws, Posterior};
use tallsbi::report::Report;

use crate::choice::SamplerChoice;

/// What a page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Where it goes.
    pub path: PathBuf,
    /// Simulated data sets of every study; 0 for none.
    pub sets: usize,
    /// Numbers of observations, a study for each.
    pub n_obs: Vec<usize>,
    /// Draws given the observations.
    pub draws: usize,
    /// What integrates from noise to the posterior.
    pub sampler: SamplerChoice,
    /// Seed of draws and studies.
    pub seed: u64,
    /// No progress bars.
    pub quiet: bool,
}

/// Data sets and draws of each that are ranked by density: every draw costs about as much as a hundred others.
const DENSITY: (usize, usize) = (100, 19);
/// Draws for each data set of a study: 100 possible ranks.
const STUDY_DRAWS: usize = 99;
/// A classifier sees nothing in fewer data sets.
const LOCAL_SETS: usize = 200;
/// Probability of refusing a calibrated posterior at any number of observations.
const LEVEL: f64 = 0.05;

/// What goes wrong while a page is made.
pub enum PageError {
    /// tallsbi says so.
    Library(tallsbi::posterior::Error),
    /// What was found cannot be said.
    Output(std::io::Error),
}

impl<E: Into<tallsbi::posterior::Error>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}

/// Writes the page of a posterior given `observations` (none: of its training and calibration alone), composed by GAUSS.
/// Tables of what is found go to `out` as soon as they are there.
///
/// # Errors
/// Whatever sampling, calibrating and writing say.
pub fn write<'a, S, N, const M: usize, const D: usize, K>(
    posterior: &'a Posterior<S, N, M, D, K>,
    observations: &[S::Observation],
    request: &PageRequest,
    out: &mut dyn Write,
) -> Result<(), PageError>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
    K: Coordinates<S, M, D>,
    K::Prior<'a, N::Engine>: DiffusedPrior<M>,
{
    let mut numbers = vec![1, observations.len()];
    numbers.dedup();
    let mut drawn = Vec::new();
    for n in numbers.into_iter().filter(|n| !observations.is_empty() && *n > 0) {
        let bound = posterior.observe(&observations[..n])?.compose(Gauss::default()).sampler(request.sampler);
        let bound = bound.seed(request.seed);
        drawn.push(if request.quiet { bound.quiet() } else { bound }.sample(request.draws)?);
    }
    let tall = TallPosterior::new(posterior).compose(Gauss::default()).sampler(request.sampler);
    let report = posterior.report(&request.path);
    checked::<S, M, D>(posterior.simulator(), report, (observations, &drawn), (&tall, &tall), request, out)
}

/// The page but for what depends on the type of the network, which would be compiled once for each.
#[allow(clippy::type_complexity)] // reason: names of a model's types
fn checked<S: Simulator<M, D>, const M: usize, const D: usize>(
    simulator: &S,
    report: Report<S, M, D>,
    (observations, drawn): (&[S::Observation], &[Draws<S::Parameters, M>]),
    (tall, density): (&dyn SetPosterior<S::Observation, M>, &dyn SetDensity<S::Observation, M>),
    request: &PageRequest,
    out: &mut dyn Write,
) -> Result<(), PageError> {
    let rows: Vec<[f64; D]> = observations.iter().map(Observation::to_array).collect();
    let mut report = drawn.iter().fold(report.observations(observations), Report::draws);
    if let Some(draws) = drawn.last() {
        writeln!(out, "{}", draws.summary()).map_err(PageError::Output)?;
        let statistics = PredictiveStatistics::default();
        let check = PredictiveCheck::run(simulator, draws.rows(), observations, &statistics, request.seed)?;
        let options = MisspecificationOptions::default();
        let fit = Misspecification::prepare(simulator, rows.len(), &options)?.test(&rows)?;
        report = report.check(&check).misspecification(&fit);
    }
    let mut studies = Vec::new();
    for n in request.n_obs.iter().copied().filter(|_| request.sets > 0) {
        let start = Instant::now();
        let told = |done: usize, of: usize| {
            if !request.quiet && (done * 10) / of != ((done - 1) * 10) / of {
                eprintln!("n = {n}: {done} of {of} data sets");
            }
            ControlFlow::Continue(())
        };
        let options = StudyOptions {
            observations: n,
            sets: request.sets,
            draws: STUDY_DRAWS,
            seed: request.seed,
            progress: Some(&told),
            ..StudyOptions::default()
        };
        let study = Study::run(simulator, tall, &options)?;
        writeln!(out, "{}\n{:.1} s", study.table(), start.elapsed().as_secs_f64()).map_err(PageError::Output)?;
        let (start, few) = (Instant::now(), study.first(DENSITY.0, DENSITY.1)?);
        let ranks = few.density_ranks(density)?;
        writeln!(
            out,
            "{}\n{:.1} s\n",
            CalibrationTable::new(&few, std::slice::from_ref(&ranks)),
            start.elapsed().as_secs_f64()
        )
        .map_err(PageError::Output)?;
        report = report.study(&study).coverage(&few, &ranks);
        if let Some(draws) = drawn.last().filter(|_| n == rows.len() && study.sets().len() >= LOCAL_SETS) {
            let options = LocalC2stOptions { seed: request.seed, ..LocalC2stOptions::default() };
            match LocalC2st::train(&study, &options)?.test(&rows, draws.rows()) {
                Ok(test) => {
                    let p = test.p_value();
                    writeln!(out, "local C2ST at the observations: p = {p:.3}\n").map_err(PageError::Output)?;
                    report = report.local_c2st(&test);
                }
                // Too few draws were asked for: the page goes without.
                Err(CalibrationError::Metric(reason)) => {
                    writeln!(out, "no local test: {reason}").map_err(PageError::Output)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        studies.push(study);
    }
    if studies.len() > 1 {
        report = report.growth(&ErrorGrowth::of(&studies, LEVEL)?);
    }
    report.save()?;
    Ok(())
}
