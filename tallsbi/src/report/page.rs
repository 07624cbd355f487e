//! Report a posterior as one HTML page that a person can read.

use std::{
    marker::PhantomData,
    path::{Path, PathBuf},
};

use super::{
    GroupsPart, HierarchyFacts, LevelFacts, LinePlot, PlotError, Summary, sections, trained::Trained, write_atomically,
};
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
pub(crate) struct StudyPart {
    pub(crate) table: CalibrationTable,
    /// Ranks of every level, outermost first.
    pub(crate) ranks: Vec<Vec<Ranks>>,
    /// Where the study has it.
    pub(crate) tarp: Option<Ranks>,
    pub(crate) seed: u64,
    pub(crate) first_failure: String,
    /// What the data sets are made of, where n does not say it all.
    pub(crate) made_of: String,
}

/// Ranks of true parameters by the posterior's own density.
#[derive(Clone, Debug)]
pub(super) struct CoveragePart {
    pub(super) table: CalibrationTable,
    pub(super) ranks: Ranks,
    pub(super) seed: u64,
}

/// A predictive check on the page.
#[derive(Clone, Debug)]
pub(super) struct CheckPart {
    /// The group it is of.
    pub(super) of: Option<String>,
    pub(super) check: PredictiveCheck,
}

/// Everything on the page.
#[derive(Clone, Debug)]
pub(super) struct Content<const M: usize, const D: usize> {
    pub(super) title: String,
    pub(super) model: ModelFacts<M, D>,
    /// What there is beside the global level of a hierarchy.
    pub(super) hierarchy: Option<HierarchyFacts>,
    pub(super) groups: Vec<GroupsPart>,
    pub(super) observations: Vec<[f64; D]>,
    pub(super) draws: Vec<DrawsPart<M>>,
    pub(super) truth: Option<[f64; M]>,
    pub(super) studies: Vec<StudyPart>,
    pub(super) coverage: Vec<CoveragePart>,
    pub(super) local: Vec<LocalC2stReport>,
    pub(super) growth: Option<ErrorGrowth>,
    pub(super) checks: Vec<CheckPart>,
    pub(super) misspecification: Vec<MisspecificationReport>,
    pub(super) plots: Vec<(String, LinePlot)>,
}

impl<const M: usize, const D: usize> Content<M, D> {
    /// What n counts.
    pub(super) fn one(&self) -> &'static str {
        if self.hierarchy.is_some() { "group" } else { "observation" }
    }

    /// `1 observation`, `18 groups`
    pub(super) fn counted(&self, n: usize) -> String {
        format!("{n} {}{}", self.one(), if n == 1 { "" } else { "s" })
    }

    /// The networks, outermost level first.
    pub(super) fn networks(&self) -> Vec<Trained<'_>> {
        let Some(hierarchy) = &self.hierarchy else {
            return vec![Trained {
                level: "",
                report: &self.model.training,
                network: &self.model.network,
                of_groups: &[],
            }];
        };
        let global = Trained {
            level: &hierarchy.global,
            report: &self.model.training,
            network: &self.model.network,
            of_groups: &self.model.parameters,
        };
        let below = hierarchy.below.iter().map(|level| Trained {
            level: &level.name,
            report: &level.training,
            network: &level.network,
            of_groups: &[],
        });
        std::iter::once(global).chain(below).collect()
    }

    /// The name of a level of a hierarchy, counted from the global one; empty where there is none.
    pub(super) fn level_name(&self, level: usize) -> &str {
        let Some(hierarchy) = &self.hierarchy else { return "" };
        match level {
            0 => &hierarchy.global,
            _ => hierarchy.below.get(level - 1).map_or("", |level| &level.name),
        }
    }
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
            hierarchy: None,
            groups: Vec::new(),
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

    /// The report of a hierarchy, of whose global level it is so far.
    pub(crate) fn of_hierarchy(mut self, name: &str, facts: HierarchyFacts) -> Self {
        name.clone_into(&mut self.content.model.name);
        self.content.title = format!("Posterior of {name}");
        self.content.hierarchy = Some(facts);
        self
    }

    /// Adds a level below the others of a hierarchy.
    pub(crate) fn with_level(mut self, level: LevelFacts) -> Self {
        if let Some(facts) = &mut self.content.hierarchy {
            facts.below.push(level);
        }
        self
    }

    /// Adds a posterior given so many groups, with what was observed in them.
    pub(crate) fn draws_of_groups(
        mut self,
        draws: &Draws<S::Parameters, M>,
        n_groups: usize,
        observations: Vec<[f64; D]>,
    ) -> Self {
        self = self.draws(draws);
        if let Some(part) = self.content.draws.last_mut() {
            part.report.n_observations = n_groups;
        }
        self.content.observations = observations;
        self
    }

    /// Adds the draws of groups.
    pub(crate) fn groups(mut self, part: GroupsPart) -> Self {
        self.content.groups.push(part);
        self
    }

    /// The draws of groups that were added.
    pub(crate) fn groups_mut(&mut self) -> &mut [GroupsPart] {
        &mut self.content.groups
    }

    /// Adds a study of several levels.
    pub(crate) fn study_part(mut self, part: StudyPart) -> Self {
        self.content.studies.push(part);
        self
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
            ranks: vec![study.ranks()],
            tarp: Some(study.tarp_ranks()),
            seed: study.seed(),
            first_failure: study.failures().first_reason.clone(),
            made_of: String::new(),
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
        self.content.checks.push(CheckPart { of: None, check: check.clone() });
        self
    }

    /// Adds a predictive check of a group by name.
    pub(crate) fn check_of(mut self, group: &str, check: &PredictiveCheck) -> Self {
        self.content.checks.push(CheckPart { of: Some(group.to_owned()), check: check.clone() });
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
