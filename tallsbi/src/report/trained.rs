//! Put how networks were trained into a report: their sizes, the curve of losses, what speaks against them.

use super::{
    LinePlot,
    evidence::figure,
    html::Page,
    page::Content,
    warnings::{NOTE, PROBLEM, Warning, percent},
};
use crate::{model::Label, train::TrainingReport};

/// The training of one network.
pub(super) struct Trained<'a> {
    /// The level that it belongs to; empty where there is only one network.
    pub(super) level: &'a str,
    pub(super) report: &'a TrainingReport,
    pub(super) network: &'a str,
    /// Its parameters, where groups are its factors.
    pub(super) of_groups: &'a [Label],
}

impl Trained<'_> {
    /// Parameters that were learned from noise alone although others of its groups' parameters tell of them.
    fn from_noise_alone(&self) -> Vec<&str> {
        let Some(complete) = &self.report.complete else { return Vec::new() };
        let names = self.of_groups.iter().map(|label| label.name.as_str());
        names.filter(|name| !complete.iter().any(|known| known == name)).collect()
    }
}

pub(super) fn section<const M: usize, const D: usize>(page: &mut Page, content: &Content<M, D>) {
    page.section("training", "Training");
    for trained in content.networks() {
        let Trained { level, report, network, .. } = trained;
        if !level.is_empty() {
            page.heading(&format!("The network of {level}"));
        }
        let mut facts = vec![
            ("simulations", format!("{} for training, {} held out", report.training_rows, report.validation_rows)),
            ("dropped simulations", report.dropped.to_string()),
            ("epochs", format!("{}, kept the weights of epoch {}", report.epochs.len(), report.best_epoch)),
            ("time", format!("{:.0} s", report.seconds)),
            ("network", network.to_owned()),
        ];
        if let Some(complete) = report.complete.as_ref().filter(|complete| !complete.is_empty()) {
            facts.push(("learned from groups' parameters", complete.join(", ")));
        }
        page.facts(&facts);
        if !report.epochs.is_empty() {
            figure(
                page,
                "Loss of the score network. Training stops when the validation loss no longer falls; the weights of its lowest point are kept.",
                &[LinePlot::losses(report).to_svg()],
            );
        }
    }
}

/// `a was`, `a, b and c were`
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("{only} was"),
        [first @ .., last] => format!("{} and {last} were", first.join(", ")),
    }
}

/// What speaks against the training of any network.
pub(super) fn warnings<const M: usize, const D: usize>(content: &Content<M, D>) -> Vec<Warning> {
    content.networks().iter().flat_map(of_network).collect()
}

fn of_network(trained: &Trained<'_>) -> Vec<Warning> {
    let Trained { level, report, .. } = trained;
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
    let alone = trained.from_noise_alone();
    if !alone.is_empty() {
        all.push((
            NOTE,
            format!(
                "{of}{} learned from noise alone, not from the parameters of simulated groups: either observations read {them} themselves, or \
                 what they read moves with {them}, or a score could not be evaluated. Errors show with fewer groups than elsewhere: study as \
                 many as you have.",
                listed(&alone),
                them = if alone.len() == 1 { "it" } else { "them" },
            ),
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
