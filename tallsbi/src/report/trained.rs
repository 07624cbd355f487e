//! Put how networks were trained into a report: their sizes, the curve of losses, what speaks against them.

use super::{
    LinePlot,
    evidence::figure,
    html::Page,
    page::Content,
    warnings::{NOTE, PROBLEM, Warning, percent},
};
use crate::train::TrainingReport;

/// The training of one network.
pub(super) struct Trained<'a> {
    /// The level that it belongs to; empty where there is only one network.
    pub(super) level: &'a str,
    pub(super) report: &'a TrainingReport,
    pub(super) network: &'a str,
}

pub(super) fn section<const M: usize, const D: usize>(page: &mut Page, content: &Content<M, D>) {
    page.section("training", "Training");
    for Trained { level, report, network } in content.networks() {
        if !level.is_empty() {
            page.heading(&format!("The network of {level}"));
        }
        page.facts(&[
            ("simulations", format!("{} for training, {} held out", report.training_rows, report.validation_rows)),
            ("dropped simulations", report.dropped.to_string()),
            ("epochs", format!("{}, kept the weights of epoch {}", report.epochs.len(), report.best_epoch)),
            ("time", format!("{:.0} s", report.seconds)),
            ("network", network.to_owned()),
        ]);
        if !report.epochs.is_empty() {
            figure(
                page,
                "Loss of the score network. Training stops when the validation loss no longer falls; the weights of its lowest point are kept.",
                &[LinePlot::losses(report).to_svg()],
            );
        }
    }
}

/// What speaks against the training of any network.
pub(super) fn warnings<const M: usize, const D: usize>(content: &Content<M, D>) -> Vec<Warning> {
    content.networks().iter().flat_map(of_network).collect()
}

fn of_network(Trained { level, report, .. }: &Trained<'_>) -> Vec<Warning> {
    let of = if level.is_empty() { String::new() } else { format!("{level}: ") };
    let (mut all, run, best) = (Vec::new(), report.epochs.len(), report.best_epoch);
    if run > 1 && best == 1 {
        all.push((
            PROBLEM,
            format!(
                "{of}Training was best after its first epoch: the network found nothing that helps on held-out simulations. Use more \
                 simulations, or a lower learning rate."
            ),
        ));
    } else if best == run && run > 0 {
        all.push((
            NOTE,
            format!(
                "{of}Training was best in its last epoch, {run}: more may help (`.epochs(...)`). Look at draws given many observations \
                 before and after, where too many epochs add up noise."
            ),
        ));
    }
    let simulated = report.training_rows + report.validation_rows;
    if simulated < 2_000 {
        all.push((
            NOTE,
            format!("{of}{simulated} simulations are few for a network; its error adds up over observations. Use 10,000 or more."),
        ));
    }
    let share = report.dropped as f64 / (report.dropped + simulated).max(1) as f64;
    if share > 0.01 {
        all.push((
            if share > 0.1 { PROBLEM } else { NOTE },
            format!(
                "{of}{} of the simulations ({}) failed and were dropped. The posterior is that of simulations that succeed: where \
                 failing depends on the parameters, it is not the posterior of your model.",
                percent(share),
                report.dropped
            ),
        ));
    }
    all
}
