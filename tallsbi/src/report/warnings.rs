//! Say in plain words what the reader of a report must know before trusting it.

use super::page::{CheckPart, Content, CoveragePart, DrawsPart, StudyPart};
use super::{levels, trained};
use crate::{calibrate::LocalC2stReport, diagnose::Uniformity};

/// What speaks against the result.
pub(super) const PROBLEM: &str = "Problem";
/// What to keep in mind.
pub(super) const NOTE: &str = "Note";
/// What was checked and holds.
pub(super) const FINE: &str = "Fine";

/// p-values below this speak against calibration.
const LEVEL: f64 = 0.01;
/// A study of fewer data sets does not say that all is well.
const ENOUGH_SETS: usize = 100;

pub(super) type Warning = (&'static str, String);

/// Everything worth saying, problems first.
pub(super) fn warnings<const M: usize, const D: usize>(content: &Content<M, D>) -> Vec<Warning> {
    let mut all = trained::warnings(content);
    all.extend(observed(content));
    for part in &content.draws {
        all.extend(drawn(content, part));
    }
    all.extend(content.groups.iter().flat_map(levels::warnings));
    all.extend(checked(content));
    all.extend(calibration(content));
    let weight = |warning: &Warning| [PROBLEM, NOTE, FINE].iter().position(|kind| *kind == warning.0);
    all.sort_by_key(weight);
    all
}

pub(super) fn percent(share: f64) -> String {
    if share >= 0.1 { format!("{:.0} %", 100.0 * share) } else { format!("{:.1} %", 100.0 * share) }
}

/// Observed components outside of the range of simulations.
fn observed<const M: usize, const D: usize>(content: &Content<M, D>) -> Vec<Warning> {
    let (mut outside, mut worst) = (Vec::new(), 0);
    for (label, (k, (low, high))) in content.model.observation.iter().zip(content.model.ranges.iter().enumerate()) {
        // Simulations come arbitrarily near to the ends of a bounded range and do not reach them; data may.
        let edge = 1e-3 * (high - low);
        let count = content.observations.iter().filter(|x| x[k] < low - edge || x[k] > high + edge).count();
        if count > 0 {
            outside.push(label.name.as_str());
            worst = worst.max(count);
        }
    }
    if outside.is_empty() {
        return Vec::new();
    }
    let shown = outside[..outside.len().min(5)].join(", ");
    let more = if outside.len() > 5 { format!(" and {} more", outside.len() - 5) } else { String::new() };
    vec![(
        PROBLEM,
        format!(
            "Observed values of {shown}{more} lie outside of everything simulated (in up to {worst} of {} observations). The \
             network was never trained there: check units, the order of columns, and whether the model can produce such data.",
            content.observations.len()
        ),
    )]
}

fn drawn<const M: usize, const D: usize>(content: &Content<M, D>, part: &DrawsPart<M>) -> Vec<Warning> {
    let (mut all, report) = (Vec::new(), &part.report);
    let (given, one) = (format!("Given {}", content.counted(report.n_observations)), content.one());
    if report.non_finite > 0 {
        all.push((
            PROBLEM,
            format!(
                "{given}: {} of {} draws became NaN or infinite and are left out. The others may be off too: try another \
                 composer, or check that the observations resemble simulations.",
                report.non_finite, report.asked
            ),
        ));
    }
    if report.strays > 0 {
        // One in a hundred and fifty of Student's t with two degrees of freedom is as far out.
        let many = report.strays as f64 > 0.01 * report.asked as f64;
        all.push((
            if many { PROBLEM } else { NOTE },
            format!(
                "{given}: {} of {} draws lie far from all others, more than ten robust standard deviations. Means and standard deviations are \
                 not to be trusted, quantiles less than usual: the composer lost these draws on the way. With up to about a hundred {one}s, try `Focused::default()`.",
                report.strays, report.asked
            ),
        ));
    }
    if report.clipped_components > 0 {
        all.push((
            NOTE,
            format!(
                "{given}: components of draws were clipped {} times while sampling. Without the clip they would have left the \
                 region that the network knows.",
                report.clipped_components
            ),
        ));
    }
    let floored = report.floored_directions as f64 / report.examined_directions.max(1) as f64;
    if report.floored_directions > 0 {
        // Composers that look at every draw meet what a single factor says far from it: a study tells whether that did harm.
        let mut of_as_many =
            content.studies.iter().filter(|part| part.table.n_observations == report.n_observations).peekable();
        let harmless = of_as_many.peek().is_some()
            && of_as_many.all(|part| part.table.p_value() >= LEVEL && part.table.n_sets >= ENOUGH_SETS);
        all.push((
            if floored > 0.2 && !harmless { PROBLEM } else { NOTE },
            format!(
                "{given}: in {} of {} directions ({}) a posterior of a single {one} was estimated wider than the prior and \
                 its precision raised to the prior's. {}",
                report.floored_directions,
                report.examined_directions,
                percent(floored),
                if floored <= 0.2 {
                    format!("A few are normal where single {one}s say little.")
                } else if harmless {
                    "So many mean that they say little alone; the posterior looks calibrated all the same.".to_owned()
                } else if content.hierarchy.is_some() {
                    "So many mean that single groups say little, or that the network is poor: larger groups say more.".to_owned()
                } else {
                    "So many mean that single observations say little, or that the network is poor: see `tall(n_max = ...)`.".to_owned()
                }
            ),
        ));
    }
    if part.rows.len() < 400 {
        all.push((NOTE, format!("{given}: {} draws are few for the tails; ask for 1,000 or more.", part.rows.len())));
    }
    for (k, (component, sd)) in part.summary.components.iter().zip(prior_sds(content)).enumerate() {
        let name = &component.label.name;
        let prior = content.model.prior_draws.iter().map(|theta| theta[k]).filter(|value| value.is_finite());
        let (low, high) = prior.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let median = component.quantiles[2];
        if median < low || median > high {
            all.push((
                PROBLEM,
                format!(
                    "{given}: the posterior of {name} lies beyond all of {} draws of its prior. The observations contradict the \
                     prior, or the network was asked for what it never saw.",
                    content.model.prior_draws.len()
                ),
            ));
        } else if component.sd > 0.95 * sd {
            all.push((
                NOTE,
                format!(
                    "{given}: the posterior of {name} is about as wide as its prior. The observations say little about it."
                ),
            ));
        }
    }
    all
}

/// What the observations say of the model.
fn checked<const M: usize, const D: usize>(content: &Content<M, D>) -> Vec<Warning> {
    let mut all = Vec::new();
    for CheckPart { of, check } in &content.checks {
        let of = of.as_ref().map_or_else(String::new, |group| format!("{group}: "));
        // At 0.05: these p-values are conservative, and a thousand replicates cannot make them small for many statistics.
        let stands_out = |p: f64| p * (check.rows.len() as f64) < 0.05;
        let mut bad: Vec<_> = check.rows.iter().filter(|row| stands_out(row.p_value())).collect();
        bad.sort_by(|a, b| a.p_value().total_cmp(&b.p_value()));
        if bad.is_empty() {
            all.push((
                FINE,
                format!("{of}The posterior predicts what was observed: no statistic stands out among replicates."),
            ));
        } else {
            let words: Vec<String> = bad
                .iter()
                .take(3)
                .map(|row| format!("{} is too {}", row.name, if row.upper() < 0.5 { "large" } else { "small" }))
                .collect();
            all.push((
                PROBLEM,
                format!(
                    "{of}The model with this posterior does not reproduce the observations: {} ({} of {} statistics stand out). Ask \
                     what the simulator leaves out.",
                    words.join(", "),
                    bad.len(),
                    check.rows.len()
                ),
            ));
        }
        if check.failed > 0 {
            all.push((
                NOTE,
                format!("{of}{} replicates of the predictive check failed and are left out.", check.failed),
            ));
        }
    }
    for report in &content.misspecification {
        if report.p_value < LEVEL {
            let worst = report.features.first().map_or("", |(name, _)| name.as_str());
            all.push((
                PROBLEM,
                format!(
                    "The model hardly produces observations like these (p = {:.3}), most of all in {worst}. Posteriors are then \
                     not to be trusted, however well they are calibrated on simulations.",
                    report.p_value
                ),
            ));
        } else {
            all.push((FINE, format!("The observations look like simulated ones (p = {:.2}).", report.p_value)));
        }
    }
    all
}

/// Standard deviations of the prior's draws.
pub(super) fn prior_sds<const M: usize, const D: usize>(content: &Content<M, D>) -> Vec<f64> {
    let summary = super::Summary::new(&content.model.parameters, &content.model.prior_draws);
    summary.components.iter().map(|component| component.sd).collect()
}

fn calibration<const M: usize, const D: usize>(content: &Content<M, D>) -> Vec<Warning> {
    let mut all = Vec::new();
    let mut given: Vec<usize> = content.draws.iter().map(|part| part.report.n_observations).collect();
    given.sort_unstable();
    given.dedup();
    if content.studies.is_empty() && content.coverage.is_empty() && content.growth.is_none() {
        let run = if content.hierarchy.is_some() { "`posterior.study(...)`" } else { "a `Study`" };
        all.push((
            NOTE,
            format!(
                "Calibration was not checked. Nothing here says whether credible regions hold the truth as often as they state: run \
                 {run} with as many {}s as you have and add it with `.study(&study)`.",
                content.one()
            ),
        ));
    }
    for part in &content.studies {
        all.extend(study(part));
    }
    all.extend(content.coverage.iter().map(coverage));
    all.extend(content.local.iter().map(local));
    let reached = content.growth.as_ref().map(|growth| growth.trustworthy_up_to().unwrap_or(0));
    for n in given {
        let tables =
            content.studies.iter().map(|part| &part.table).chain(content.coverage.iter().map(|part| &part.table));
        let studied = tables.into_iter().any(|table| table.n_observations == n);
        let covered = reached.is_some_and(|reached| n <= reached);
        let any = !content.studies.is_empty() || !content.coverage.is_empty() || content.growth.is_some();
        if any && !studied && !covered {
            all.push((
                NOTE,
                format!(
                    "Calibration was not checked for n = {n}, and one of the posteriors here is given as many {}s. Errors grow with n.",
                    content.one()
                ),
            ));
        }
    }
    if let Some(growth) = &content.growth {
        let largest = growth.rows.last().map_or(0, |row| row.n_observations);
        match growth.trustworthy_up_to() {
            Some(n) if n == largest => {
                all.push((
                    FINE,
                    format!("Nothing speaks against posteriors of up to n = {n} {}s, the most that were tested.", content.one()),
                ));
            }
            Some(n) => all.push((
                PROBLEM,
                if content.hierarchy.is_some() {
                    format!("Posteriors of more than n = {n} groups are not calibrated. Train on more simulated groups, or on larger ones.")
                } else {
                    format!(
                        "Posteriors of more than n = {n} observations are not calibrated. Train on more simulations, or let the \
                         network see sets of observations with `tall(n_max = ...)`."
                    )
                },
            )),
            None => all.push((
                PROBLEM,
                "Posteriors are not calibrated at the smallest n that was tested. Train on more simulations.".to_owned(),
            )),
        }
    }
    all
}

fn study(part: &StudyPart) -> Vec<Warning> {
    let (mut all, table) = (Vec::new(), &part.table);
    let n = table.n_observations;
    let failing: Vec<_> =
        table.rows.iter().filter(|row| row.test.p_value() * (table.rows.len() as f64) < LEVEL).collect();
    if failing.is_empty() {
        all.push((
            FINE,
            format!(
                "Posteriors with n = {n} look calibrated on {} simulated data sets (p = {:.2}).",
                table.n_sets,
                table.p_value()
            ),
        ));
    }
    for row in &failing {
        let serious = row.test.bias.abs() > 0.2 || row.test.spread.ln().abs() > 0.15;
        all.push((
            if serious { PROBLEM } else { NOTE },
            format!("Posteriors with n = {n} are not calibrated in {}: {}", row.name, fault(&row.name, &row.test)),
        ));
    }
    if table.n_sets < 200 {
        all.push((
            NOTE,
            format!(
                "The study of n = {n} has {} data sets: it finds errors of a scale only above about {}. Use 1,000.",
                table.n_sets,
                percent(3.0 / (2.0 * table.n_sets as f64).sqrt())
            ),
        ));
    }
    if table.failed > 0 {
        all.push((
            NOTE,
            format!(
                "{} data sets of the study of n = {n} failed and are left out; the first: {}",
                table.failed, part.first_failure
            ),
        ));
    }
    all
}

/// Whether highest-density regions hold the truth as often as they say.
fn coverage(part: &CoveragePart) -> Warning {
    let (table, n) = (&part.table, part.table.n_observations);
    let p = table.p_value();
    let Some(row) = table.rows.first().filter(|_| p < LEVEL) else {
        return (
            FINE,
            format!("Highest-density regions with n = {n} hold the truth as often as they say (p = {p:.2})."),
        );
    };
    let fault = if row.test.p_bias >= LEVEL {
        "hold the truth too often or too seldom, depending on their size. See the curve."
    } else if row.test.bias > 0.0 {
        "hold the truth too seldom: posteriors are too narrow, or not where the truth is."
    } else {
        "hold the truth too often: posteriors are too wide."
    };
    let serious = row.test.bias.abs() > 0.2 || row.test.spread.ln().abs() > 0.15;
    (if serious { PROBLEM } else { NOTE }, format!("Highest-density regions with n = {n} {fault}"))
}

/// Whether the posterior is right at the observations.
fn local(report: &LocalC2stReport) -> Warning {
    let (n, p) = (report.n_observations, report.p_value());
    // Few null classifiers cannot give a p-value below one over their number.
    if p < LEVEL.max(1.5 / (1.0 + report.null.len() as f64)).min(0.05) {
        (
            PROBLEM,
            format!(
                "A classifier tells the posterior given these {n} observation{} from the true one (local C2ST, p = {p:.3}): it is \
                 not right here, whatever it is elsewhere.",
                if n == 1 { "" } else { "s" }
            ),
        )
    } else {
        (
            FINE,
            format!(
                "No classifier tells the posterior given these observations from the true one (local C2ST, p = {p:.2})."
            ),
        )
    }
}

/// What is wrong with ranks, in words.
fn fault(name: &str, test: &Uniformity) -> String {
    if name.contains("TARP") {
        return "credible regions around random points hold the truth too often or too seldom. See the curve."
            .to_owned();
    }
    let mut words = Vec::new();
    if test.p_bias < LEVEL {
        let side = if test.bias > 0.0 { "above" } else { "below" };
        words.push(format!(
            "true values lie {:.2} posterior standard deviations {side} its centre on average",
            test.bias.abs()
        ));
    }
    if test.p_spread < LEVEL {
        let (side, share) =
            if test.spread > 1.0 { ("narrow", 1.0 - 1.0 / test.spread) } else { ("wide", 1.0 / test.spread - 1.0) };
        words.push(format!("the posterior is too {side} by about {}", percent(share)));
    }
    if words.is_empty() {
        words.push(format!("the distribution of ranks is off by up to {:.2}", test.largest_difference));
    }
    format!("{}.", words.join("; "))
}

#[cfg(test)]
#[path = "warnings_tests.rs"]
mod tests;
