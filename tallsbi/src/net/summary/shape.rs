//! Say what a summary network reads of an observation, and what it makes of it.

use serde::Serialize;

use crate::model::{Channel, components_of};

/// Which network summarises a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SummaryKind {
    /// A gated recurrent unit.
    Gru,
    /// Convolutions along the steps.
    Conv1d,
    /// Attention between steps that have an order.
    Transformer,
    /// A function of every step, and its mean.
    DeepSets,
    /// Attention between steps that have none.
    SetTransformer,
}

/// The shape of a summary network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SummaryShape {
    /// Which network.
    pub kind: SummaryKind,
    /// Components D of an observation, those beside the series included.
    pub components: usize,
    /// Where the series lies among them: channels of one length.
    pub channels: Vec<Channel>,
    /// Width of its layers.
    pub width: usize,
    /// Numbers K that it makes of a series: a multiple of [`FEATURES`](crate::dataset::FEATURES).
    pub summaries: usize,
}

/// Features of every channel at a step: a z-score and a normal score.
pub(super) const OF_A_STEP: usize = 2;

impl SummaryShape {
    /// Steps of the series.
    pub fn steps(&self) -> usize {
        self.channels.first().map_or(0, |channel| channel.steps)
    }

    /// Components that are not in the series, in declared order.
    pub fn beside(&self) -> Vec<usize> {
        let mut beside = vec![true; self.components];
        for channel in &self.channels {
            (0..channel.steps).for_each(|step| beside[channel.component(step)] = false);
        }
        (0..self.components).filter(|k| beside[*k]).collect()
    }

    /// Components of what the network behind it sees in place of an observation: those beside the series, and a third of
    /// the summaries, because every component has three features.
    pub fn observation(&self) -> usize {
        seen(self.components, components_of(&self.channels), self.summaries)
    }
}

/// Components that are seen of `components` when `series` of them are summarised in `summaries` numbers.
pub(super) const fn seen(components: usize, series: usize, summaries: usize) -> usize {
    components - series + summaries / crate::dataset::FEATURES
}
