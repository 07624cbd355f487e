//! Report a hierarchical posterior as one HTML page: the population, its groups by name, and every level's calibration.

use std::path::Path;

use super::{
    GlobalLevel, Graph, GroupStudy, GroupStudyOptions, HierarchicalDraws, HierarchicalPosterior, Hierarchy, LocalLevel,
    design::something_is_known,
    levels::{draw_above, draw_global, draw_local, standard_normal},
};
use crate::{
    calibrate::{ErrorGrowth, PredictiveCheck},
    dataset::DataError,
    model::{Parameters, stream},
    net::ScoreNetwork,
    posterior::{PRIOR_DRAWS, Posterior, Result, short_type_name},
    report::{
        GroupColumn, GroupField, GroupsPart, HierarchyFacts, LevelFacts, LinePlot, PairPlot, Report, StudyPart, Summary,
    },
};

/// Groups that the page shows; of more, as many evenly spaced ones.
const MOST_GROUPS: usize = 60;
/// Draws of a group as if it were the only one: their median scatters by a twelfth of the posterior's standard deviation.
const ALONE: usize = 250;

/// The report of a hierarchical posterior being put together: see [`HierarchicalPosterior::report`].
#[derive(Clone, Debug)]
pub struct HierarchicalReport<H: Hierarchy<M, L, D>, const M: usize, const L: usize, const D: usize> {
    report: Report<GlobalLevel<H, L>, M, D>,
    level: String,
    /// Groups of the data whose draws were added last.
    n_groups: usize,
}

impl<H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize>
    HierarchicalPosterior<H, NG, NL, M, L, D, E>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    /// Starts a report: one self-contained HTML page with the model and its graph, priors and training of both levels, the
    /// population, every group by name, calibration, warnings in plain words, versions and seeds. Add what there is and end
    /// with [`save`](HierarchicalReport::save):
    /// `posterior.report("report.html").draws(&draws).groups(&draws, &names)?.study(&study).save()?`.
    ///
    /// The page depends on what it is given alone: the same input gives the same bytes. It has no script, and loads nothing.
    pub fn report(&self, path: impl AsRef<Path>) -> HierarchicalReport<H, M, L, D> {
        let graph = self.model().graph();
        let below = level_facts(&self.local, &graph, 1);
        let level = below.name.clone();
        let model = if graph.name.is_empty() { short_type_name::<H>() } else { graph.name.clone() };
        let facts = HierarchyFacts { global: level_name(&graph, 0, "the population"), graph, below: vec![below] };
        HierarchicalReport { report: self.global.report(path).of_hierarchy(&model, facts), level, n_groups: 0 }
    }
}

fn level_name(graph: &Graph, level: usize, otherwise: &str) -> String {
    graph.levels.get(level).map_or_else(|| otherwise.to_owned(), |level| level.name.clone())
}

/// What is known of a level below the global one, which is number `level` of the graph.
pub(super) fn level_facts<H, NL, const M: usize, const L: usize, const D: usize, const E: usize>(
    local: &Posterior<LocalLevel<H, M, D>, NL, L, E>,
    graph: &Graph,
    level: usize,
) -> LevelFacts
where
    H: Hierarchy<M, L, D>,
    NL: ScoreNetwork<L, E>,
{
    let facts = local.facts();
    // A model written by hand may have no graph; then its families at the median of the ancestors stand for the declaration.
    let declared = graph.levels.get(level).map(|level| level.fields.iter().map(|field| field.prior.clone()).collect());
    let prior = (0..PRIOR_DRAWS).filter_map(|index| {
        let mut rng = stream(facts.seed, "report prior of a group", index);
        let above = draw_above::<H, M, L, D>(&draw_global(&standard_normal(&mut rng)).ok()?, &mut rng).ok()?;
        let local: H::Local = draw_local(&above, &standard_normal(&mut rng)).ok()?;
        Some(local.to_array())
    });
    let prior = Summary::new(&H::Local::labels(), &prior.collect::<Vec<_>>());
    LevelFacts {
        name: level_name(graph, level, if level == 1 { "groups" } else { "inner groups" }),
        families: declared.unwrap_or(facts.families),
        prior,
        network: facts.network,
        training: facts.training,
    }
}

impl<H, const M: usize, const L: usize, const D: usize> HierarchicalReport<H, M, L, D>
where
    H: Hierarchy<M, L, D>,
{
    /// Adds a level below the others.
    pub(super) fn with_level(mut self, level: LevelFacts) -> Self {
        self.report = self.report.with_level(level);
        self
    }

    /// Another title than the model's name.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.report = self.report.title(title);
        self
    }

    /// Adds the population's posterior: its table, its place in the pair plot, and what went wrong while drawing; and warns
    /// where anything observed lies outside of everything simulated.
    #[must_use]
    pub fn draws<NG: ScoreNetwork<M, D>, NL: ScoreNetwork<L, E>, const E: usize>(
        mut self,
        draws: &HierarchicalDraws<'_, H, NG, NL, M, L, D, E>,
    ) -> Self {
        self.report = self.report.draws_of_groups(draws.global(), draws.n_groups(), draws.observations());
        self
    }

    /// Adds the groups, by name, in the order of `observe`: a forest and a shrinkage plot of every parameter, against the middle
    /// of the population and against what each group says alone; and what the population says of a group that was not
    /// observed. Alone is the posterior's median had the group been the only one; [`alone`](Self::alone) takes other estimates.
    ///
    /// Every group's parameters are drawn here. Of more than 60 groups, 60 are drawn and shown, evenly spaced.
    ///
    /// # Errors
    /// [`DataError::NotOnePerGroup`]; as [`HierarchicalDraws::local`].
    pub fn groups<NG: ScoreNetwork<M, D>, NL: ScoreNetwork<L, E>, const E: usize>(
        mut self,
        draws: &HierarchicalDraws<'_, H, NG, NL, M, L, D, E>,
        names: &[impl AsRef<str>],
    ) -> Result<Self> {
        let n_groups = draws.n_groups();
        one_per_group("names", names.len(), n_groups)?;
        let known = something_is_known::<H::Design>();
        let middles = if known { None } else { Some(draws.middles(0)?) };
        let new_field = |(k, label)| GroupField {
            label,
            population: middles.as_ref().map(|middles| column(middles, k)),
            groups: Vec::new(),
            alone_given: false,
        };
        let new_group = draws.new_group_like_others()?;
        let pairs = || PairPlot::new(&H::Local::labels()).series("a new group", new_group.rows()).to_svg();
        let mut part = GroupsPart {
            level: self.level.clone(),
            n_groups,
            asked: 0,
            lost: (0, 0),
            fields: H::Local::labels().into_iter().enumerate().map(new_field).collect(),
            new_group: new_group.summary(),
            new_group_pairs: (L > 1).then(pairs),
        };
        let shown = n_groups.min(MOST_GROUPS);
        for index in (0..shown).map(|k| k * n_groups / shown) {
            let (local, alone) = (draws.local(index)?, draws.alone(index, ALONE)?);
            part.asked += local.report().asked;
            part.lost.0 += local.report().non_finite;
            part.lost.1 += usize::from(local.report().non_finite > 0);
            let alone = Summary::new(&H::Local::labels(), &alone);
            let middles = if known { Some(draws.middles(index)?) } else { None };
            for (k, field) in part.fields.iter_mut().enumerate() {
                field.groups.push(GroupColumn {
                    index,
                    name: names[index].as_ref().to_owned(),
                    draws: column(local.rows(), k),
                    alone: alone.components[k].quantiles[2],
                    expected: middles.as_ref().map(|middles| column(middles, k)),
                });
            }
        }
        self.n_groups = n_groups;
        self.report = self.report.groups(part);
        Ok(self)
    }

    /// Shows these estimates of a group's parameter from the group's data alone (a mean, a least-squares fit), natural units, one
    /// for each group in the order of `observe`, in place of posteriors given one group. Call it after
    /// [`groups`](Self::groups).
    ///
    /// # Errors
    /// [`DataError::NoSuchGroupParameter`]; [`DataError::NotOnePerGroup`].
    pub fn alone(mut self, parameter: &str, estimates: &[f64]) -> Result<Self> {
        let known = H::Local::labels().map(|label| label.name).join(", ");
        let fields = self.report.groups_mut().iter_mut().flat_map(|part| &mut part.fields);
        let mut fields = fields.filter(|field| field.label.name == parameter).peekable();
        if fields.peek().is_none() {
            return Err(DataError::NoSuchGroupParameter { name: parameter.to_owned(), known }.into());
        }
        one_per_group(&format!("estimates of `{parameter}`"), estimates.len(), self.n_groups)?;
        for field in fields {
            field.alone_given = true;
            for group in &mut field.groups {
                group.alone = estimates.get(group.index).copied().unwrap_or(f64::NAN);
            }
        }
        Ok(self)
    }

    /// Marks the true global parameters, where they are known.
    #[must_use]
    pub fn truth(mut self, global: &H::Global) -> Self {
        self.report = self.report.truth(global);
        self
    }

    /// Adds a study of simulated populations: its table, and rank histograms and ECDF differences of every level. Several (of
    /// several numbers of groups) follow each other.
    #[must_use]
    pub fn study(mut self, study: &GroupStudy) -> Self {
        let GroupStudyOptions { observations, seed, .. } = *study.options();
        let made_of = match observations {
            Some(1) => " groups of one observation".to_owned(),
            Some(n) => format!(" groups of {n} observations"),
            None => " groups of all sizes".to_owned(),
        };
        self.report = self.report.study_part(StudyPart {
            table: study.table(),
            ranks: study.levels().to_vec(),
            tarp: None,
            seed,
            first_failure: study.failures().first_reason.clone(),
            made_of,
        });
        self
    }

    /// Adds how the error grows with the number of groups: what
    /// [`error_growth`](HierarchicalPosterior::error_growth) gave.
    #[must_use]
    pub fn growth(mut self, growth: &ErrorGrowth) -> Self {
        self.report = self.report.growth(growth);
        self
    }

    /// Adds a predictive check under the name of what was checked, "patient Ada", "a new patient":
    /// [`HierarchicalDraws::check_group`], [`HierarchicalDraws::check_new_group`] and, with three levels,
    /// [`GroupDraws::check_inner`](super::GroupDraws::check_inner) give one.
    #[must_use]
    pub fn check(mut self, name: &str, check: &PredictiveCheck) -> Self {
        self.report = self.report.check_of(name, check);
        self
    }

    /// Adds a plot of one's own below the groups.
    #[must_use]
    pub fn plot(mut self, caption: &str, plot: &LinePlot) -> Self {
        self.report = self.report.plot(caption, plot);
        self
    }

    /// The page. Where a picture cannot be drawn, it says why in its place.
    pub fn to_html(&self) -> String {
        self.report.to_html()
    }

    /// Writes the page, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self) -> Result<()> {
        self.report.save()
    }
}

fn column<const L: usize>(rows: &[[f64; L]], k: usize) -> Vec<f64> {
    rows.iter().map(|row| row[k]).collect()
}

fn one_per_group(what: &str, found: usize, groups: usize) -> Result<()> {
    if found == groups {
        return Ok(());
    }
    Err(DataError::NotOnePerGroup { what: what.to_owned(), found, groups }.into())
}
