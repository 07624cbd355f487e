//! Put a report's sections together.

use super::evidence::{MOST_ROWS, calibration, digits, figure, predictive};
use super::html::Page;
use super::levels;
use super::page::{Content, DrawsPart, ModelFacts};
use super::summary::HEADINGS;
use super::tables;
use super::trained;
use super::warnings::{prior_sds, warnings};
use super::{PairPlot, Summary};
use crate::{
    model::{Label, Transform},
    net::Instructions,
};

/// The whole page.
pub(super) fn page<const M: usize, const D: usize>(content: &Content<M, D>) -> String {
    let mut page = Page::default();
    page.section("warnings", "What to know first");
    let all = warnings(content);
    if all.is_empty() {
        page.paragraph("Nothing that was checked speaks against this posterior.");
    }
    page.warnings(&all);
    model(&mut page, content);
    prior(&mut page, content);
    trained::section(&mut page, content);
    posterior(&mut page, content);
    calibration(&mut page, content);
    versions(&mut page, content);
    let names: Vec<&str> = content.model.parameters.iter().map(|label| label.name.as_str()).collect();
    let lead = format!("{} given {}", listed(&names), given(content));
    page.finish(&content.title, &lead)
}

fn listed(names: &[&str]) -> String {
    if names.len() > 8 { format!("{} and {} more", names[..7].join(", "), names.len() - 7) } else { names.join(", ") }
}

fn given<const M: usize, const D: usize>(content: &Content<M, D>) -> String {
    let mut numbers: Vec<usize> = content.draws.iter().map(|part| part.report.n_observations).collect();
    numbers.dedup();
    let list = numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    match numbers[..] {
        [] => format!("{}s of the model", content.one()),
        [n] => content.counted(n),
        _ => format!("{list} {}s", content.one()),
    }
}

fn model<const M: usize, const D: usize>(page: &mut Page, content: &Content<M, D>) {
    let model = &content.model;
    page.section("model", "Model");
    match &content.hierarchy {
        Some(facts) => {
            page.paragraph(&format!(
                "In {} every group has parameters of its own, drawn from the population's. The networks see groups of up to {} \
                 {}; the scores of all groups are composed to that of the population, and each group is drawn given \
                 the population and its own observations.",
                model.name,
                model.n_max,
                if facts.below.len() > 1 { "groups in them" } else { "observations" }
            ));
            levels::model(page, facts);
        }
        None => simulator(page, model),
    }
    let of = content.hierarchy.as_ref().map_or_else(String::new, |facts| format!(" of {}", facts.global));
    tables::parameters(page, &of, model.parameters.iter());
    for level in content.hierarchy.iter().flat_map(|facts| &facts.below) {
        levels::parameters(page, level);
    }
    let mut rows: Vec<Vec<String>> = runs(&model.observation, &model.transforms)
        .into_iter()
        .map(|(first, last)| {
            let label = &model.observation[first];
            let name = if first == last {
                label.name.clone()
            } else {
                format!("{} … {}", label.name, model.observation[last].name)
            };
            let extent = |values: &mut dyn Iterator<Item = (f64, f64)>| {
                let (low, high) =
                    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (c, d)| (a.min(c), b.max(d)));
                if low > high { "–".to_owned() } else { format!("{} to {}", digits(low), digits(high)) }
            };
            vec![
                name,
                label.description.clone(),
                label.unit.clone(),
                format!("{:?}", model.transforms[first]).to_lowercase(),
                extent(&mut model.ranges[first..=last].iter().copied()),
                extent(&mut content.observations.iter().flat_map(|x| &x[first..=last]).map(|value| (*value, *value))),
            ]
        })
        .collect();
    let all = rows.len();
    rows.truncate(MOST_ROWS);
    let caption = if all > rows.len() {
        format!("One observation: the first {} of {all} rows", rows.len())
    } else {
        "One observation".to_owned()
    };
    page.table(&caption, &["name", "meaning", "unit", "transform", "simulated", "observed"], 4, &rows);
}

fn simulator<const M: usize, const D: usize>(page: &mut Page, model: &ModelFacts<M, D>) {
    page.paragraph(&format!(
        "The simulator {} takes {M} parameter{} and returns one observation of {D} number{}. {}",
        model.name,
        if M == 1 { "" } else { "s" },
        if D == 1 { "" } else { "s" },
        if model.n_max > 1 {
            format!(
                "The network sees sets of up to {} observations; larger sets are split and their scores composed.",
                model.n_max
            )
        } else {
            "The network sees one observation at a time; the scores of several are composed.".to_owned()
        }
    ));
}

/// Components that belong together: of one array, with one transform.
fn runs(labels: &[Label], transforms: &[Transform]) -> Vec<(usize, usize)> {
    let of = |k: usize| {
        let label = &labels[k];
        let name = label.name.split('[').next().filter(|_| label.name.ends_with(']'));
        (name, &label.description, &label.unit, &transforms[k])
    };
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for k in 0..labels.len() {
        match runs.last_mut() {
            Some((_, last)) if of(k).0.is_some() && of(*last) == of(k) => *last = k,
            _ => runs.push((k, k)),
        }
    }
    runs
}

fn prior<const M: usize, const D: usize>(page: &mut Page, content: &Content<M, D>) {
    let model = &content.model;
    page.section("prior", "Prior");
    page.paragraph("What was plausible before any observation. The ranges hold 95 % of the prior's draws.");
    let summary = Summary::new(&model.parameters, &model.prior_draws);
    let of = content.hierarchy.as_ref().map_or_else(String::new, |facts| format!(" of {}", facts.global));
    tables::priors(page, &format!("Prior of every parameter{of}"), &model.families, &summary);
    for level in content.hierarchy.iter().flat_map(|facts| &facts.below) {
        levels::prior(page, level);
    }
}

fn posterior<const M: usize, const D: usize>(page: &mut Page, content: &Content<M, D>) {
    page.section("posterior", "Posterior");
    if content.draws.is_empty() {
        page.paragraph("No draws were given. Sample with `posterior.observe(&observed)?.sample(1_000)?` and add them with `.draws(&draws)`.");
    }
    let prior = prior_sds(content);
    for part in &content.draws {
        posterior_table(page, part, &prior, &content.counted(part.report.n_observations));
    }
    if !content.draws.is_empty() {
        let mut plot = PairPlot::new(&content.model.parameters).prior(&content.model.prior_draws);
        for (name, part) in names(&content.draws).iter().zip(&content.draws) {
            plot = plot.series(name, &part.rows);
        }
        if let Some(truth) = &content.truth {
            plot = plot.truth(truth);
        }
        figure(
            page,
            "Densities of every parameter, each scaled to the same height, and of every pair: the darker region holds the densest 50 % of the draws, both together 90 %. Dotted: the prior.",
            &[plot.to_svg()],
        );
    }
    for part in &content.groups {
        levels::groups(page, part);
    }
    for part in &content.checks {
        predictive(page, part);
    }
    for (caption, plot) in &content.plots {
        figure(page, caption, &[plot.to_svg()]);
    }
}

/// The posteriors' names: by n, and by method where that is not enough.
fn names<const M: usize>(draws: &[DrawsPart<M>]) -> Vec<String> {
    let n = |part: &DrawsPart<M>| part.report.n_observations;
    draws
        .iter()
        .map(|part| {
            let alone = draws.iter().filter(|other| n(other) == n(part)).count() == 1;
            if alone { format!("n = {}", n(part)) } else { format!("n = {}, {}", n(part), part.report.method) }
        })
        .collect()
}

fn posterior_table<const M: usize>(page: &mut Page, part: &DrawsPart<M>, prior: &[f64], given: &str) {
    let mut head = vec!["parameter"];
    head.extend(HEADINGS);
    head.push("sd / prior sd");
    let rows: Vec<Vec<String>> = part
        .summary
        .components
        .iter()
        // Derived quantities, which come last, have no prior.
        .zip(prior.iter().chain(std::iter::repeat(&0.0)))
        .map(|(component, prior)| {
            let mut row = tables::summary_row(component);
            row.push(if *prior > 0.0 { format!("{:.3}", component.sd / prior) } else { "–".to_owned() });
            row
        })
        .collect();
    let caption = format!("Given {given}: {} draws", part.rows.len());
    page.table(&caption, &head, 1, &rows);
}

fn versions<const M: usize, const D: usize>(page: &mut Page, content: &Content<M, D>) {
    let model = &content.model;
    page.section("versions", "Versions and seeds");
    let mut facts = vec![
        ("tallsbi", env!("CARGO_PKG_VERSION").to_owned()),
        (
            "machine",
            format!(
                "{}, {}, {:?} instructions",
                std::env::consts::OS,
                std::env::consts::ARCH,
                Instructions::of_this_process()
            )
            .to_lowercase(),
        ),
        ("coordinates", model.coordinates.clone()),
        ("parameterisation", model.parameterisation.clone()),
        ("noise schedule", model.schedule.clone()),
        ("seed of training", model.seed.to_string()),
    ];
    for part in &content.draws {
        let (report, rows) = (&part.report, part.rows.len());
        facts.push((
            "draws",
            format!(
                "n = {}, {rows} draws by {}, seed {}, {:.1} s",
                report.n_observations, report.method, report.seed, report.seconds
            ),
        ));
    }
    for part in &content.studies {
        facts.push((
            "study",
            format!("n = {}, {} data sets, seed {}", part.table.n_observations, part.table.n_sets, part.seed),
        ));
    }
    for part in &content.coverage {
        let (table, seed) = (&part.table, part.seed);
        let (n, n_sets) = (table.n_observations, table.n_sets);
        facts.push((
            "coverage by density",
            format!("n = {n}, {n_sets} data sets, {} draws, seed {seed}", table.n_draws),
        ));
    }
    for report in &content.local {
        let (n, n_sets, seed) = (report.n_observations, report.n_sets, report.seed);
        facts.push((
            "local test",
            format!("n = {n}, {n_sets} data sets, {} null classifiers, seed {seed}", report.null.len()),
        ));
    }
    page.facts(&facts);
    page.paragraph("The same seeds give the same results on one machine, whatever the number of threads.");
}
