//! Summarise the series of an observation: a network in front of a built-in one, trained together with it.

mod attention;
mod conv;
mod deep_sets;
mod gru;
mod network;
mod norm;
mod parts;
mod shape;
mod transformer;

pub use network::{
    Conv1d, DeepSets, FusedNetwork, Gru, SUMMARIES, SUMMARY_WIDTH, SetTransformer, Summarised, SummaryNetwork,
    Transformer, summarised,
};
pub use shape::{SummaryKind, SummaryShape};

pub(super) use self::parts::Tensor;
use self::{
    parts::{Linear, Tensors},
    shape::OF_A_STEP,
};
use super::fused::Inputs;
use crate::{dataset::FEATURES, model::Stream};

/// A summary network: where its tensors lie among the weights, and what it reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Summary {
    shape: SummaryShape,
    /// Components beside the series.
    beside: Vec<usize>,
    network: Network,
    output: Linear,
    tensors: Vec<Tensor>,
}

#[derive(Clone, Debug, PartialEq)]
enum Network {
    Gru(gru::Gru),
    Conv(conv::Conv),
    DeepSets(deep_sets::DeepSets),
    Transformer(transformer::Transformer),
}

/// Buffers of one forward and backward pass.
#[derive(Debug, Default)]
pub(super) struct Activations {
    /// Features of all series that are there, in the order that the network reads.
    series: Vec<f32>,
    pooled: Vec<f32>,
    summaries: Vec<f32>,
    /// What the network behind sees: `[rows × n_max × 3 D']`.
    observations: Vec<f32>,
    d_summaries: Vec<f32>,
    d_pooled: Vec<f32>,
    gru: gru::Buffers,
    conv: conv::Buffers,
    deep_sets: deep_sets::Buffers,
    transformer: transformer::Buffers,
}

impl Activations {
    /// The inputs of the network behind, of which these were summarised.
    pub(super) fn inputs<'a>(&'a self, inputs: &Inputs<'a>) -> Inputs<'a> {
        Inputs { observations: &self.observations, ..*inputs }
    }
}

impl Summary {
    pub(super) fn new(shape: SummaryShape) -> Self {
        let mut tensors = Tensors::default();
        let (steps, features, width) = (shape.steps(), OF_A_STEP * shape.channels.len(), shape.width);
        let mut transformer = |ordered| {
            Network::Transformer(transformer::Transformer::new(&mut tensors, features, steps, width, ordered))
        };
        let (network, pooled) = match shape.kind {
            SummaryKind::Transformer => (transformer(true), width),
            SummaryKind::SetTransformer => (transformer(false), width),
            SummaryKind::Gru => (Network::Gru(gru::Gru::new(&mut tensors, features, steps, width)), 2 * width),
            SummaryKind::Conv1d => (Network::Conv(conv::Conv::new(&mut tensors, features, steps, width)), width),
            SummaryKind::DeepSets => {
                (Network::DeepSets(deep_sets::DeepSets::new(&mut tensors, features, steps, width)), width)
            }
        };
        let output = tensors.linear("output", pooled, shape.summaries);
        Self { beside: shape.beside(), network, output, tensors: tensors.all, shape }
    }

    pub(super) fn shape(&self) -> &SummaryShape {
        &self.shape
    }

    /// Its tensors in flat order.
    pub(super) fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Random weights in flat order.
    pub(super) fn initialise(&self, rng: &mut Stream) -> Vec<f32> {
        let mut weights = vec![0.0; self.tensors.last().map_or(0, |tensor| tensor.range.end)];
        self.tensors.iter().for_each(|tensor| tensor.initialise(rng, &mut weights));
        weights
    }

    /// Summarises every observation of a block of rows with slots for `n_max` each: `ws` then has the inputs of the network behind.
    pub(super) fn forward(&self, weights: &[f32], inputs: &Inputs<'_>, n_max: usize, ws: &mut Activations) {
        let items: usize = inputs.sizes.iter().map(|n| *n as usize).sum();
        self.gather(inputs, n_max, items, &mut ws.series);
        ws.summaries.clear();
        if items > 0 {
            let Activations { series, pooled, summaries, gru, conv, deep_sets, transformer, .. } = ws;
            match &self.network {
                Network::Gru(network) => network.forward(weights, series, gru, pooled),
                Network::Conv(network) => network.forward(weights, series, conv, pooled),
                Network::DeepSets(network) => network.forward(weights, series, deep_sets, pooled),
                Network::Transformer(network) => network.forward(weights, series, transformer, pooled),
            }
            self.output.forward(weights, pooled, summaries);
        }
        self.scatter(inputs, n_max, &ws.summaries, &mut ws.observations);
    }

    /// Adds the gradient of the weights, given that of what the network behind sees of every observation that is there, block after
    /// block: `d_items: [3 × items × D']`.
    pub(super) fn backward(&self, weights: &[f32], ws: &mut Activations, d_items: &[f32], gradient: &mut [f32]) {
        let (k, inner) = (self.shape.summaries, self.shape.observation());
        let items = ws.summaries.len() / k;
        if items == 0 {
            return;
        }
        let (share, beside) = (k / FEATURES, self.beside.len());
        ws.d_summaries.resize(items * k, 0.0);
        for (block, d_block) in d_items.chunks_exact(items * inner).enumerate() {
            for (d_item, into) in d_block.chunks_exact(inner).zip(ws.d_summaries.chunks_exact_mut(k)) {
                into[block * share..(block + 1) * share].copy_from_slice(&d_item[beside..]);
            }
        }
        let Activations { series, pooled, d_summaries, d_pooled, gru, conv, deep_sets, transformer, .. } = ws;
        self.output.backward(weights, pooled, d_summaries, gradient, Some(d_pooled));
        match &self.network {
            Network::Gru(network) => network.backward(weights, series, gru, d_pooled, gradient),
            Network::Conv(network) => network.backward(weights, conv, d_pooled, gradient),
            Network::DeepSets(network) => network.backward(weights, series, deep_sets, d_pooled, gradient),
            Network::Transformer(network) => network.backward(weights, series, transformer, d_pooled, gradient),
        }
    }

    /// Features of every step of the observations that are there: item after item, or step after step for a recurrent unit.
    fn gather(&self, inputs: &Inputs<'_>, n_max: usize, items: usize, series: &mut Vec<f32>) {
        let (d, steps, features) = (self.shape.components, self.shape.steps(), OF_A_STEP * self.shape.channels.len());
        // Where a series is cut into patches, the last is filled up with zeros, which are never written.
        let patch = match self.shape.kind {
            SummaryKind::Transformer => transformer::patch(steps, true),
            _ => 1,
        };
        let padded = steps.next_multiple_of(patch);
        series.resize(items * padded * features, 0.0);
        let (of_item, of_step) = match self.network {
            Network::Gru(_) => (features, items * features),
            _ => (padded * features, features),
        };
        let slot = FEATURES * d;
        let rows = inputs.observations.chunks_exact(n_max * slot).zip(inputs.sizes);
        let observations = rows.flat_map(|(row, n)| row.chunks_exact(slot).take(*n as usize));
        for (item, x) in observations.enumerate() {
            for (c, channel) in self.shape.channels.iter().enumerate() {
                let mut at = item * of_item + OF_A_STEP * c;
                for step in 0..steps {
                    let component = channel.component(step);
                    series[at] = x[component];
                    series[at + 1] = x[d + component];
                    at += of_step;
                }
            }
        }
    }

    /// What the network behind sees: three blocks of features, in each the components beside the series, then a third of the
    /// summaries. The third block starts with the moments and the closest differences of the observation, which belong to no component.
    fn scatter(&self, inputs: &Inputs<'_>, n_max: usize, summaries: &[f32], out: &mut Vec<f32>) {
        let (d, inner, share) = (self.shape.components, self.shape.observation(), self.shape.summaries / FEATURES);
        out.resize(inputs.rows() * n_max * FEATURES * inner, 0.0);
        let slots = inputs.observations.chunks_exact(n_max * FEATURES * d).zip(inputs.sizes);
        let slots = slots.zip(out.chunks_exact_mut((n_max * FEATURES * inner).max(1)));
        let mut summaries = summaries.chunks_exact(self.shape.summaries);
        for ((row, n), out) in slots {
            let observations = row.chunks_exact(FEATURES * d).zip(out.chunks_exact_mut(FEATURES * inner));
            for ((x, out), summaries) in observations.take(*n as usize).zip(&mut summaries) {
                for (block, (out, x)) in out.chunks_exact_mut(inner).zip(x.chunks_exact(d)).enumerate() {
                    for (j, component) in self.beside.iter().enumerate() {
                        out[j] = x[if block + 1 < FEATURES { *component } else { j }];
                    }
                    out[self.beside.len()..].copy_from_slice(&summaries[block * share..(block + 1) * share]);
                }
            }
        }
    }
}
