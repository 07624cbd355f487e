//! Report a posterior as one HTML page that a person can read.

use std::{
    marker::PhantomData,
    path::{Path, PathBuf},
};

use super::{LinePlot, PlotError, Summary, sections, write_atomically};
use crate::{
    calibrate::{CalibrationTable, ErrorGrowth, LocalC2stReport, MisspecificationReport, PredictiveCheck, Study},
    diagnose::Ranks,
    model::{IntoObservation, Label, Observation, Simulator, Transform},
    posterior::{Draws, DrawsReport},
    train::TrainingReport,
};

/// What a trained posterior says of itself.
#[derive(Clone, Debug)]
pub(crate) struct ModelFacts<const M: usize, const D: usize> {
    /// The simulator's name.
    pub(crate) name: String,
    /// Names, descriptions and units of the parameters.
    pub(crate) parameters: [Label; M],
    /// The prior of every parameter as declared; empty where it can only be sampled.
    pub(crate) families: Vec<String>,
    /// Draws of the prior, natural units.
    pub(crate) prior_draws: Vec<[f64; M]>,
    /// Names, descriptions and units of the observed components.
    pub(crate) observation: [Label; D],
    /// Their transforms.
    pub(crate) transforms: [Transform; D],
    /// The smallest and largest simulated value of each, natural units.
    pub(crate) ranges: Vec<(f64, f64)>,
    /// The largest set that the network sees at once.
    pub(crate) n_max: usize,
    /// Coordinates in which the posterior is diffused.
    pub(crate) coordinates: String,
    /// The network's size.
    pub(crate) network: String,
    /// What the network predicts.
    pub(crate) parameterisation: String,
    /// The noise schedule.
    pub(crate) schedule: String,
    /// How training went.
    pub(crate) training: TrainingReport,
    /// The seed of simulation and training.
    pub(crate) seed: u64,
}

/// One posterior with what happened while it was drawn.
#[derive(Clone, Debug)]
pub(super) struct DrawsPart<const M: usize> {
    pub(super) rows: Vec<[f64; M]>,
    pub(super) report: DrawsReport,
    pub(super) summary: Summary,
}

/// What a study found.
#[derive(Clone, Debug)]
pub(super) struct StudyPart {
    pub(super) table: CalibrationTable,
    pub(super) ranks: Vec<Ranks>,
    pub(super) tarp: Ranks,
    pub(super) seed: u64,
    pub(super) first_failure: String,
}

/// Ranks of true parameters by the posterior's own density.
#[derive(Clone, Debug)]
pub(super) struct CoveragePart {
    pub(super) table: CalibrationTable,
    pub(super) ranks: Ranks,
    pub(super) seed: u64,
}

/// Everything on the page.
#[derive(Clone, Debug)]
pub(super) struct Content<const M: usize, const D: usize> {
    pub(super) title: String,
    pub(super) model: ModelFacts<M, D>,
    pub(super) observations: Vec<[f64; D]>,
    pub(super) draws: Vec<DrawsPart<M>>,
    pub(super) truth: Option<[f64; M]>,
    pub(super) studies: Vec<StudyPart>,
    pub(super) coverage: Vec<CoveragePart>,
    pub(super) local: Vec<LocalC2stReport>,
    pub(super) growth: Option<ErrorGrowth>,
    pub(super) checks: Vec<PredictiveCheck>,
    pub(super) misspecification: Vec<MisspecificationReport>,
    pub(super) plots: Vec<(String, LinePlot)>,
}

/// A report being put together: see [`Posterior::report`](crate::posterior::Posterior::report).
#[derive(Clone, Debug)]
#[must_use = "a report is written by `.save()`"]
pub struct Report<S, const M: usize, const D: usize> {
    path: PathBuf,
    content: Content<M, D>,
    simulator: PhantomData<fn() -> S>,
}

impl<S: Simulator<M, D>, const M: usize, const D: usize> Report<S, M, D> {
    pub(crate) fn new(path: &Path, model: ModelFacts<M, D>) -> Self {
        let content = Content {
            title: format!("Posterior of {}", model.name),
            model,
            observations: Vec::new(),
            draws: Vec::new(),
            truth: None,
            studies: Vec::new(),
            coverage: Vec::new(),
            local: Vec::new(),
            growth: None,
            checks: Vec::new(),
            misspecification: Vec::new(),
            plots: Vec::new(),
        };
        Self { path: path.to_owned(), content, simulator: PhantomData }
    }

    /// Another title than the simulator's name.
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.content.title);
        self
    }

    /// Shows what was observed, natural units, and warns where it lies outside of everything simulated.
    pub fn observations<O: IntoObservation<S::Observation>>(mut self, observations: &[O]) -> Self {
        self.content.observations = observations.iter().map(|x| x.clone().into_observation().to_array()).collect();
        self
    }

    /// Adds a posterior: its table, its place in the pair plot, and what went wrong while drawing. Several (of more and more
    /// observations, of two composers) lie over each other.
    pub fn draws(mut self, draws: &Draws<S::Parameters, M>) -> Self {
        let (rows, report, summary) = (draws.rows().to_vec(), draws.report().clone(), draws.summary());
        self.content.draws.push(DrawsPart { rows, report, summary });
        self
    }

    /// Marks the true parameters, where they are known.
    pub fn truth(mut self, theta: &S::Parameters) -> Self {
        use crate::model::Parameters;
        self.content.truth = Some(theta.to_array());
        self
    }

    /// Adds a calibration study: its table, rank histograms, ECDF differences and TARP. Several (of several n) follow each
    /// other.
    pub fn study(mut self, study: &Study<M, D>) -> Self {
        self.content.studies.push(StudyPart {
            table: study.table(),
            ranks: study.ranks(),
            tarp: study.tarp_ranks(),
            seed: study.seed(),
            first_failure: study.failures().first_reason.clone(),
        });
        self
    }

    /// Adds the expected coverage of highest-density regions: what
    /// [`study.density_ranks(&tall)`](Study::density_ranks) gave of this study, or of its [first](Study::first) data sets.
    pub fn coverage(mut self, study: &Study<M, D>, ranks: &Ranks) -> Self {
        let table = CalibrationTable::new(study, std::slice::from_ref(ranks));
        self.content.coverage.push(CoveragePart { table, ranks: ranks.clone(), seed: study.seed() });
        self
    }

    /// Adds a local test (local C2ST) of the posterior at the observations of this report, with its null distribution.
    pub fn local_c2st(mut self, report: &LocalC2stReport) -> Self {
        self.content.local.push(report.clone());
        self
    }

    /// Adds how the error grows with the number of observations.
    pub fn growth(mut self, growth: &ErrorGrowth) -> Self {
        self.content.growth = Some(growth.clone());
        self
    }

    /// Adds a posterior predictive check.
    pub fn check(mut self, check: &PredictiveCheck) -> Self {
        self.content.checks.push(check.clone());
        self
    }

    /// Adds a test whether the model could have produced the observations.
    pub fn misspecification(mut self, report: &MisspecificationReport) -> Self {
        self.content.misspecification.push(report.clone());
        self
    }

    /// Adds a plot of one's own below the posterior: predictive bands, concentration with n.
    pub fn plot(mut self, caption: &str, plot: &LinePlot) -> Self {
        self.content.plots.push((caption.to_owned(), plot.clone()));
        self
    }

    /// The page. Where a picture cannot be drawn, it says why in its place.
    pub fn to_html(&self) -> String {
        sections::page(&self.content)
    }

    /// Writes the page, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self) -> crate::Result<()> {
        let page = self.to_html();
        write_atomically(&self.path, page.as_bytes())
            .map_err(|error| PlotError::Io { path: self.path.clone(), reason: error.to_string() })?;
        Ok(())
    }
}
