//! Put the levels of a hierarchy into a report: its graph, the priors below the population, its groups by name.

use super::{
    GroupPlot, GroupView, PlotError, Summary,
    evidence::figure,
    html::Page,
    summary::HEADINGS,
    tables,
    warnings::{FINE, NOTE, PROBLEM, Warning, percent},
};
use crate::{hierarchy::Graph, model::Label, train::TrainingReport};

/// What a hierarchical posterior says of itself beside its global level.
#[derive(Clone, Debug)]
pub(crate) struct HierarchyFacts {
    /// Who depends on whom.
    pub(crate) graph: Graph,
    /// The name of the global level.
    pub(crate) global: String,
    /// The levels below it, outermost first.
    pub(crate) below: Vec<LevelFacts>,
}

/// What is known of one level below the global one.
#[derive(Clone, Debug)]
pub(crate) struct LevelFacts {
    /// Its name.
    pub(crate) name: String,
    /// The prior of every parameter, as declared.
    pub(crate) families: Vec<String>,
    /// Draws of its parameters, each under ancestors drawn from their prior.
    pub(crate) prior: Summary,
    /// The network's size.
    pub(crate) network: String,
    /// How training went.
    pub(crate) training: TrainingReport,
}

/// Draws of the parameters of many groups.
#[derive(Clone, Debug)]
pub(crate) struct GroupsPart {
    /// The level's name.
    pub(crate) level: String,
    /// Groups observed, of which some may be shown.
    pub(crate) n_groups: usize,
    /// Draws asked for, over all groups shown.
    pub(crate) asked: usize,
    /// Draws of them that are not finite, and groups that lost any.
    pub(crate) lost: (usize, usize),
    /// One entry a parameter.
    pub(crate) fields: Vec<GroupField>,
    /// What the population says of a group that was not observed.
    pub(crate) new_group: Summary,
    /// The same as a pair plot, where a group has several parameters.
    pub(crate) new_group_pairs: Option<Result<String, PlotError>>,
}

/// One parameter of every group.
#[derive(Clone, Debug)]
pub(crate) struct GroupField {
    pub(crate) label: Label,
    /// Draws of the middle of the population: the median of the parameter's prior given each draw of the ancestors. `None` where that
    /// depends on what is known of a group.
    pub(crate) population: Option<Vec<f64>>,
    pub(crate) groups: Vec<GroupColumn>,
    /// Whether `alone` was computed elsewhere, from the data of each group without any model of others.
    pub(crate) alone_given: bool,
}

/// One parameter of one group.
#[derive(Clone, Debug)]
pub(crate) struct GroupColumn {
    /// Its place in the user's order.
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) draws: Vec<f64>,
    /// What its data say alone.
    pub(crate) alone: f64,
    /// Draws of the middle of what the population says of such a group, where it depends on what is known of it.
    pub(crate) expected: Option<Vec<f64>>,
}

impl GroupField {
    fn plot(&self, view: GroupView) -> Result<String, PlotError> {
        let plot = GroupPlot::new(view, &self.label);
        let plot = match &self.population {
            Some(draws) => plot.population(draws),
            None => plot,
        };
        let add = |plot: GroupPlot, group: &GroupColumn| {
            let plot = plot.group(&group.name, &group.draws, Some(group.alone));
            match &group.expected {
                Some(draws) => plot.expected(draws),
                None => plot,
            }
        };
        self.groups.iter().fold(plot, add).to_svg()
    }
}

/// The model's graph in words and as a picture; nothing where a model written by hand has none.
pub(super) fn model(page: &mut Page, facts: &HierarchyFacts) {
    if facts.graph.levels.is_empty() {
        return;
    }
    page.preformatted(facts.graph.to_string().trim_end());
    figure(
        page,
        "Who depends on whom. White: parameters. Grey: observed. Boxes: known. Dashed: computed. A frame is a plate: what stands in it is repeated.",
        &[Ok(facts.graph.to_svg())],
    );
}

pub(super) fn parameters(page: &mut Page, level: &LevelFacts) {
    let labels = level.prior.components.iter().map(|component| &component.label);
    tables::parameters(page, &format!(" of {}", level.name), labels);
}

pub(super) fn prior(page: &mut Page, level: &LevelFacts) {
    let caption = format!("Prior of every parameter of {}; ranges over all that its ancestors may be", level.name);
    tables::priors(page, &caption, &level.families, &level.prior);
}

pub(super) fn groups(page: &mut Page, part: &GroupsPart) {
    let shown = part.fields.first().map_or(0, |field| field.groups.len());
    page.heading(&format!("{}: {} groups", part.level, part.n_groups));
    if shown < part.n_groups {
        page.paragraph(&format!(
            "Shown are {shown} of the {} groups, evenly spaced in the order in which they were given.",
            part.n_groups
        ));
    }
    for field in &part.fields {
        let alone = if field.alone_given {
            "an estimate from the group's data alone"
        } else {
            "the median had the group been the only one observed"
        };
        let population = if field.population.is_some() {
            "the band the middle of the population"
        } else {
            "the dashed mark the middle of what the population says of a group of which the same is known"
        };
        figure(
            page,
            &format!(
                "{} of every group. Left: median, central 50 % and 90 %; the circle is {alone}, {population}. Right: the same medians \
                 against the circles; where the population is informative, groups are drawn from the diagonal to its line.",
                field.label.name
            ),
            &[field.plot(GroupView::Forest), field.plot(GroupView::Shrinkage)],
        );
    }
    let mut head = vec!["parameter"];
    head.extend(HEADINGS);
    let rows: Vec<_> = part.new_group.components.iter().map(tables::summary_row).collect();
    let known = part.fields.iter().any(|field| field.population.is_none());
    let like = if known { ", of which the same is known as of one of those that were" } else { "" };
    page.table(&format!("{}: a group that was not observed{like}", part.level), &head, 1, &rows);
    if let Some(pairs) = &part.new_group_pairs {
        figure(
            page,
            "What the population says of a group that was not observed: densities of every parameter and of every pair.",
            std::slice::from_ref(pairs),
        );
    }
}

/// What speaks against the draws of groups.
pub(super) fn warnings(part: &GroupsPart) -> Vec<Warning> {
    let shown = part.fields.first().map_or(0, |field| field.groups.len());
    let (lost, groups) = part.lost;
    if lost == 0 {
        return vec![(FINE, format!("Every joint draw of the population and of {shown} groups is finite."))];
    }
    let share = lost as f64 / part.asked.max(1) as f64;
    vec![(
        if share > 0.01 { PROBLEM } else { NOTE },
        format!(
            "{lost} of {} draws of groups ({}) became NaN or infinite and are left out, in {groups} of {shown} groups. Where draws \
             are lost, the group's posterior is that of population draws for which it can be computed.",
            part.asked,
            percent(share)
        ),
    )]
}
