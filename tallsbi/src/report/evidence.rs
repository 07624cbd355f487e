//! Put what was checked of a posterior into a report: predictions, misspecification, calibration.

use super::html::Page;
use super::page::{CheckPart, Content, CoveragePart, StudyPart};
use super::{CheckPlot, LinePlot, PlotError, RankPlot, RankView, axis::short};
use crate::{
    calibrate::{LocalC2stReport, MisspecificationReport},
    diagnose::Ranks,
};

/// Rows of a table of statistics, or of the components of an observation.
pub(super) const MOST_ROWS: usize = 40;

pub(super) fn predictive(page: &mut Page, CheckPart { of, check }: &CheckPart) {
    let of = of.as_ref().map_or_else(String::new, |group| format!(" of {group}"));
    page.heading(&format!("What the posterior predicts{of}"));
    let mut rows: Vec<&crate::calibrate::Discrepancy> = check.rows.iter().collect();
    if rows.len() > MOST_ROWS {
        rows.sort_by(|a, b| a.p_value().total_cmp(&b.p_value()));
        rows.truncate(MOST_ROWS);
    }
    let shown = if rows.len() < check.rows.len() {
        format!("; the {} of {} statistics with the smallest p-values", rows.len(), check.rows.len())
    } else {
        String::new()
    };
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            vec![
                row.name.clone(),
                digits(row.observed),
                digits(row.quantile(0.5)),
                format!("{} to {}", digits(row.quantile(0.05)), digits(row.quantile(0.95))),
                p_value(row.p_value()),
            ]
        })
        .collect();
    let n = check.n_observations;
    let caption = format!(
        "{} replicates of {n} observation{}; all together: {}{shown}",
        check.n_replicates,
        if n == 1 { "" } else { "s" },
        p_equals(check.p_value())
    );
    page.table(&caption, &["statistic", "observed", "predicted median", "90 % range", "p-value"], 1, &rows);
    figure(
        page,
        "Statistics of the observations among those of data sets simulated from draws of the posterior. A dot far outside its bar is something that the model does not reproduce.",
        &[CheckPlot::new(check).to_svg()],
    );
}

fn misspecified(page: &mut Page, report: &MisspecificationReport) {
    page.heading("Could the model have produced the observations?");
    page.paragraph(&format!(
        "Features of the {} observation{} lie {} from the mean of simulated sets (Mahalanobis) and {} from the nearest of them. Of \
         sets simulated from the model, {:.1} % are as far or farther: {}.",
        report.n_observations,
        if report.n_observations == 1 { "" } else { "s" },
        digits(report.distance),
        digits(report.nearest),
        100.0 * report.p_value,
        p_equals(report.p_value)
    ));
    let rows: Vec<Vec<String>> = report
        .features
        .iter()
        .take(5)
        .map(|(name, off)| vec![name.clone(), format!("{off:+.2}").replace('-', "−")])
        .collect();
    page.table("The features farthest off", &["feature", "off by [sd of simulated sets]"], 1, &rows);
}

pub(super) fn calibration<const M: usize, const D: usize>(page: &mut Page, content: &Content<M, D>) {
    page.section("calibration", "Calibration");
    for report in &content.misspecification {
        misspecified(page, report);
    }
    if content.studies.is_empty() && content.coverage.is_empty() && content.growth.is_none() {
        let by = if content.hierarchy.is_some() { "posterior.study(...)" } else { "Study::run" };
        page.paragraph(&format!("Not checked. `{by}` simulates data sets and draws from the posterior of each; add it with `.study(&study)`."));
    } else {
        page.paragraph("Parameters are drawn from the prior, data sets are simulated from them, and the posterior of each is drawn from. Where posteriors are right, true values have every rank among the draws equally often.");
    }
    for part in &content.studies {
        study(page, content, part);
    }
    for part in &content.coverage {
        coverage(page, part);
    }
    for report in &content.local {
        local(page, report);
    }
    let Some(growth) = &content.growth else { return };
    page.heading(&format!("How the error grows with the number of {}s", content.one()));
    let rows: Vec<Vec<String>> = growth
        .rows
        .iter()
        .map(|row| match &row.table {
            Some(table) => vec![
                row.n_observations.to_string(),
                if growth.passes(row) { "passes".to_owned() } else { "fails".to_owned() },
                format!("{:.3}", row.bias),
                format!("{:.3}", row.spread),
                p_value(table.p_value()),
            ],
            None => vec![
                row.n_observations.to_string(),
                row.failure.clone(),
                "–".to_owned(),
                "–".to_owned(),
                "–".to_owned(),
            ],
        })
        .collect();
    page.table(
        &format!("The largest errors over parameters, by number of {}s", content.one()),
        &["n", "test", "bias", "spread", "p-value"],
        2,
        &rows,
    );
    let curve = |value: fn(&crate::calibrate::GrowthRow) -> f64| -> Vec<[f64; 2]> {
        let tested = growth.rows.iter().filter(|row| row.table.is_some());
        tested.map(|row| [row.n_observations as f64, value(row)]).collect()
    };
    let (bias, spread) = (curve(|row| row.bias), curve(|row| row.spread));
    if bias.is_empty() {
        return;
    }
    let at: Vec<f64> = bias.iter().map(|point| point[0]).collect();
    let plot = |label: &str, points: &[[f64; 2]], right: f64| {
        let plot = LinePlot::new(&format!("number of {}s n", content.one()), label)
            .level("calibrated", right)
            .line("", points)
            .dots("", points);
        plot.logarithmic([true, false]).ticks(&at).to_svg()
    };
    figure(
        page,
        "Bias: how many posterior standard deviations true values lie off the centre on average. Spread: how far they scatter relative to what the posterior says; above 1 it is too narrow.",
        &[plot("largest bias [sd]", &bias, 0.0), plot("worst spread", &spread, 1.0)],
    );
}

/// Pictures with one caption; where one cannot be drawn, the reason in words.
pub(super) fn figure(page: &mut Page, caption: &str, pictures: &[Result<String, PlotError>]) {
    let drawn: Vec<String> = pictures.iter().filter_map(|picture| picture.as_ref().ok().cloned()).collect();
    for error in pictures.iter().filter_map(|picture| picture.as_ref().err()) {
        page.paragraph(&format!("A picture is missing here: {error}."));
    }
    if !drawn.is_empty() {
        page.figure(caption, &drawn);
    }
}

fn study<const M: usize, const D: usize>(page: &mut Page, content: &Content<M, D>, part: &StudyPart) {
    let table = &part.table;
    page.heading(&format!("Posteriors with n = {}{}", table.n_observations, part.made_of));
    let levels = part.ranks.iter().enumerate().flat_map(|(level, ranks)| vec![level; ranks.len()]);
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .zip(levels.map(|level| content.level_name(level)).chain(std::iter::repeat("")))
        .map(|(row, level)| {
            let bias = format!("{:+.3}", row.test.bias).replace('-', "−");
            let name = if level.is_empty() { row.name.clone() } else { format!("{level}: {}", row.name) };
            vec![name, bias, format!("{:.3}", row.test.spread), p_value(row.test.p_value())]
        })
        .collect();
    let caption = format!(
        "{} data sets, {} draws each; all rows together: {}",
        table.n_sets,
        table.n_draws,
        p_equals(table.p_value())
    );
    page.table(&caption, &["quantity", "bias [sd]", "spread", "p-value"], 1, &rows);
    let drawn = |view: RankView, ranks: &[Ranks]| -> Vec<Result<String, PlotError>> {
        ranks.iter().map(|ranks| RankPlot::new(view, std::slice::from_ref(ranks)).to_svg()).collect()
    };
    for (level, ranks) in part.ranks.iter().enumerate() {
        let name = content.level_name(level);
        let of = if name.is_empty() { String::new() } else { format!("{name}: ") };
        let caption = "ranks of true values among their draws. Grey: where a bar of right ranks stays; bars outside are in another colour. A valley is a posterior that is too narrow, a hill one that is too wide, a slope one that is off.";
        figure(page, &sentence(&of, caption), &drawn(RankView::Histogram, ranks));
        let mut curves = drawn(RankView::EcdfDifference, ranks);
        let caption = match part.tarp.as_ref().filter(|_| level == 0) {
            Some(tarp) => {
                curves.extend(drawn(RankView::Coverage, std::slice::from_ref(tarp)));
                "the same ranks as cumulative curves less the diagonal, and expected coverage around random points (TARP). Right ones stay in the grey band as a whole."
            }
            None => {
                "the same ranks as cumulative curves less the diagonal. Right ones stay in the grey band as a whole."
            }
        };
        figure(page, &sentence(&of, caption), &curves);
    }
}

/// What is said of a level, or a sentence of its own where there is none.
fn sentence(of: &str, words: &str) -> String {
    let mut letters = words.chars();
    match letters.next().filter(|_| of.is_empty()) {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => format!("{of}{words}"),
    }
}

fn coverage(page: &mut Page, part: &CoveragePart) {
    let table = &part.table;
    page.heading(&format!("Highest-density regions with n = {}", table.n_observations));
    page.paragraph(&format!(
        "The smallest region that holds a share of the posterior should hold the truth in the same share of data sets. Tested on \
         {} data sets, {} draws each: {}.",
        table.n_sets,
        table.n_draws,
        p_equals(table.p_value())
    ));
    figure(
        page,
        "Expected coverage by the posterior's own density. Below the diagonal: regions hold the truth too seldom, the posterior is overconfident. A right one stays in the grey band as a whole.",
        &[RankPlot::new(RankView::Coverage, std::slice::from_ref(&part.ranks)).to_svg()],
    );
}

fn local(page: &mut Page, report: &LocalC2stReport) {
    let n = report.n_observations;
    page.heading(&format!("Is the posterior right at these {n} observation{}?", if n == 1 { "" } else { "s" }));
    page.paragraph(&format!(
        "A classifier was trained on {} simulated data sets to tell true parameters from draws of the posterior, then asked about \
         the posterior given these observations (local C2ST). Its statistic is {}; of {} classifiers that were trained on exchanged \
         labels, and so cannot tell anything, {} reach as much: {}.",
        report.n_sets,
        digits(report.statistic),
        report.null.len(),
        report.null.iter().filter(|null| **null >= report.statistic).count(),
        p_equals(report.p_value())
    ));
    figure(
        page,
        "The local test's statistic, mean (probability − ½)² over draws, among those of classifiers that cannot tell anything. A wrong posterior lies far to the right.",
        &[LinePlot::null_distribution(report).to_svg()],
    );
}

/// Four significant digits.
pub(super) fn digits(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let scale = 10_f64.powi(3 - value.abs().max(1e-300).log10().floor() as i32);
    let rounded = (value * scale).round() / scale;
    if !(1e-3..1e6).contains(&rounded.abs()) && rounded != 0.0 {
        return format!("{value:.3e}").replace('-', "−");
    }
    if rounded.abs() < 1e4 { four(rounded) } else { format!("{rounded}").replace('-', "−") }
}

fn four(value: f64) -> String {
    let power = value.abs().max(1e-3).log10().floor() as i32;
    let text = format!("{value:.*}", (3 - power).max(0) as usize);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

/// `p = 0.03` or `p < 0.0001`.
fn p_equals(p: f64) -> String {
    let value = p_value(p);
    if value.starts_with('<') { format!("p {value}") } else { format!("p = {value}") }
}

fn p_value(p: f64) -> String {
    if p < 1e-4 {
        "< 0.0001".to_owned()
    } else if p < 0.01 {
        format!("{p:.4}")
    } else {
        short((p * 1000.0).round() / 1000.0)
    }
}
