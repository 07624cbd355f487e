//! Run a built-in network: weights as one flat vector, by name, trained and evaluated by the fused kernels.

use std::{ops::Range, sync::Arc};

use rand::RngExt;
use rayon::prelude::*;

use super::{
    dense::Packed,
    engine::{DirectionSource, EngineJacobians, FeatureSource, JacobianSink, NamedTensor, OutputSink, ScoreEngine},
    error::NetworkError,
    fused::{self, Activations, Inputs},
    precision::Precision,
    shape::{ContextLayout, Layout, NetworkShape, Slot},
    summary::{self, Summary, SummaryShape},
    tile::{self, BoundContexts, Tiles},
};
use crate::{dataset::FEATURES, model::Stream};

/// Rows that a thread summarises at a time when observations are bound.
const BLOCK: usize = 128;

/// The engine of the built-in networks.
#[derive(Clone, Debug)]
pub struct FusedEngine {
    shape: NetworkShape,
    layout: Layout,
    /// What makes the observations that the network sees, where something does.
    summary: Option<Arc<Summary>>,
    /// The network's weights, then those of the summary.
    weights: Vec<f32>,
    packed: Packed,
}

impl FusedEngine {
    /// A network of this shape with weights drawn from U(±1/√fan-in), zero null embedding and zero output layer: before
    /// training it predicts that an observation adds nothing.
    pub fn initialise(shape: NetworkShape, rng: &mut Stream) -> Self {
        Self::initialise_behind(shape, None, rng)
    }

    /// As [`initialise`](Self::initialise), behind a summary of this shape, which gives the observations that the network sees.
    pub fn initialise_behind(shape: NetworkShape, summary: Option<SummaryShape>, rng: &mut Stream) -> Self {
        let layout = shape.layout();
        let mut weights = vec![0.0_f32; layout.total];
        let mut fill = |range: &Range<usize>, fan_in: usize| {
            let bound = 1.0 / (fan_in as f32).sqrt();
            weights[range.clone()].iter_mut().for_each(|w| *w = rng.random_range(-bound..bound));
        };
        let context_inputs = match &layout.context {
            ContextLayout::Single(_) => FEATURES * shape.observation,
            ContextLayout::Set { n_max, width, .. } => width + n_max,
        };
        let first = shape.n_features() + context_inputs + 2 * shape.frequencies;
        fill(&layout.theta, first);
        fill(&layout.signal, first);
        fill(&layout.latent, first);
        match &layout.context {
            ContextLayout::Single(slot) => {
                slot.weights().into_iter().for_each(|range| fill(range, first));
            }
            ContextLayout::Set { width, first: one, second: two, embedding, size, .. } => {
                let slot = FEATURES * shape.observation;
                one.0.weights().into_iter().for_each(|range| fill(range, slot));
                for (range, fan_in) in [(&one.1, slot), (&two.0, *width), (&two.1, *width)] {
                    fill(range, fan_in);
                }
                fill(embedding, first);
                fill(size, first);
            }
        }
        fill(&layout.cos, first);
        fill(&layout.sin, first);
        fill(&layout.bias, first);
        for (weight, bias) in &layout.hidden {
            fill(weight, shape.width);
            fill(bias, shape.width);
        }
        let summary = summary.map(Summary::new);
        weights.extend(summary.iter().flat_map(|summary| summary.initialise(rng)));
        Self::assemble(shape, layout, summary, weights)
    }

    /// A network of this shape with the given weights, by name.
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    pub fn from_tensors(shape: NetworkShape, tensors: &[NamedTensor]) -> Result<Self, NetworkError> {
        Self::from_tensors_behind(shape, None, tensors)
    }

    /// As [`from_tensors`](Self::from_tensors), behind a summary of this shape.
    ///
    /// # Errors
    /// As [`from_tensors`](Self::from_tensors).
    pub fn from_tensors_behind(
        shape: NetworkShape,
        summary: Option<SummaryShape>,
        tensors: &[NamedTensor],
    ) -> Result<Self, NetworkError> {
        let layout = shape.layout();
        let summary = summary.map(Summary::new);
        let named = all_ranges(&shape, &layout, summary.as_ref());
        let mut weights = vec![0.0_f32; named.last().map_or(0, |(_, _, range)| range.end)];
        for (name, expected, range) in named {
            let tensor = tensors
                .iter()
                .find(|tensor| tensor.name == name)
                .ok_or_else(|| NetworkError::Missing { name: name.clone() })?;
            if tensor.shape != expected || tensor.values.len() != range.len() {
                return Err(NetworkError::Shape { name, found: tensor.shape.clone(), expected });
            }
            weights[range].copy_from_slice(&tensor.values);
        }
        Ok(Self::assemble(shape, layout, summary, weights))
    }

    /// A network of this shape with the given weights in flat order; the caller has matched their number.
    pub(crate) fn from_weights(shape: NetworkShape, weights: Vec<f32>) -> Self {
        let layout = shape.layout();
        debug_assert_eq!(layout.total, weights.len());
        Self::assemble(shape, layout, None, weights)
    }

    fn assemble(shape: NetworkShape, layout: Layout, summary: Option<Summary>, weights: Vec<f32>) -> Self {
        let packed = Packed::new(&shape, &layout, &weights);
        Self { shape, layout, summary: summary.map(Arc::new), weights, packed }
    }

    /// Errors where this network has another shape than `expected`.
    pub(crate) fn expect_shape(&self, expected: &NetworkShape) -> Result<(), NetworkError> {
        if let Some(summary) = &self.summary {
            let reason = format!("it sees summaries of the shape {:?}, which a module does not make", summary.shape());
            return Err(NetworkError::Module { reason });
        }
        if self.shape == *expected {
            return Ok(());
        }
        Err(NetworkError::Module { reason: format!("it has the shape {:?}, not {expected:?}", self.shape) })
    }

    /// The shape of a Gaussian head: it sees sets of observations, and neither θ nor a time.
    pub fn head_shape(observation: usize, outputs: usize, n_max: usize, width: usize, depth: usize) -> NetworkShape {
        NetworkShape {
            parameters: 0,
            whitened: true,
            outputs,
            observation,
            width,
            depth,
            frequencies: 0,
            activation: super::Nonlinearity::Silu,
            encoder: super::EncoderShape::for_sets(n_max, width),
        }
    }

    /// The network's shape; of the network behind the summary, where there is one.
    pub fn shape(&self) -> &NetworkShape {
        &self.shape
    }

    /// The shape of the summary in front of it.
    pub fn summary(&self) -> Option<&SummaryShape> {
        self.summary.as_deref().map(Summary::shape)
    }

    /// As [`ScoreEngine::backward`], with the gradient with respect to the θ features as well: `d_theta: [rows × M]`.
    pub fn backward_with_theta(
        &self,
        inputs: &Inputs<'_>,
        ws: &mut Activations,
        d_out: &[f32],
        gradient: &mut [f32],
        d_theta: &mut [f32],
    ) {
        self.backward_from(inputs, ws, d_out, gradient, Some(d_theta));
    }

    /// Runs `network` on the inputs that it sees: as they are, or summarised.
    fn with_summaries<T>(
        &self,
        inputs: &Inputs<'_>,
        ws: &mut Activations,
        network: impl FnOnce(&Inputs<'_>, &mut Activations) -> T,
    ) -> T {
        let Some(summary) = &self.summary else { return network(inputs, ws) };
        let mut own = std::mem::take(&mut ws.summary);
        summary.forward(&self.weights[self.layout.total..], inputs, self.shape.n_max(), &mut own);
        let result = network(&own.inputs(inputs), ws);
        ws.summary = own;
        result
    }

    fn backward_from(
        &self,
        inputs: &Inputs<'_>,
        ws: &mut Activations,
        d_out: &[f32],
        gradient: &mut [f32],
        d_theta: Option<&mut [f32]>,
    ) {
        let Self { shape, layout, summary, weights, packed } = self;
        let Some(summary) = summary else {
            return fused::backward(shape, layout, weights, packed, inputs, ws, d_out, gradient, d_theta);
        };
        let mut own = std::mem::take(&mut ws.summary);
        let seen = own.inputs(inputs);
        fused::backward(shape, layout, weights, packed, &seen, ws, d_out, gradient, d_theta);
        let mut d_items = std::mem::take(&mut ws.d_items);
        fused::items_backward(shape, layout, weights, &seen, ws, &mut d_items);
        summary.backward(&weights[layout.total..], &mut own, &d_items, &mut gradient[layout.total..]);
        (ws.summary, ws.d_items) = (own, d_items);
    }
}

/// As [`named_ranges`], with the tensors of a summary behind.
fn all_ranges(
    shape: &NetworkShape,
    layout: &Layout,
    summary: Option<&Summary>,
) -> Vec<(String, Vec<usize>, Range<usize>)> {
    let mut named = named_ranges(shape, layout);
    let tensors = summary.into_iter().flat_map(Summary::tensors);
    named.extend(tensors.map(|tensor| {
        let range = layout.total + tensor.range.start..layout.total + tensor.range.end;
        (format!("summary.{}", tensor.name), tensor.shape.clone(), range)
    }));
    named
}

/// Name, shape and place of every tensor, in flat order.
fn named_ranges(shape: &NetworkShape, layout: &Layout) -> Vec<(String, Vec<usize>, Range<usize>)> {
    let (m, d, h, f) = (shape.outputs, shape.observation, shape.width, shape.frequencies);
    let p = shape.parameters;
    let mut named = Vec::new();
    if shape.whitened {
        named.push(("theta".to_owned(), vec![h, p], layout.theta.clone()));
        named.push(("signal".to_owned(), vec![h, p], layout.signal.clone()));
    }
    named.push(("latent".to_owned(), vec![h, p], layout.latent.clone()));
    match &layout.context {
        ContextLayout::Single(slot) => {
            for (name, range) in Slot::NAMES.into_iter().zip(slot.weights()) {
                named.push((format!("context.{name}"), vec![h, d], range.clone()));
            }
        }
        ContextLayout::Set { n_max, width, first, second, embedding, size } => {
            for (name, range) in Slot::NAMES.into_iter().zip(first.0.weights()) {
                named.push((format!("context.first.{name}"), vec![*width, d], range.clone()));
            }
            for (name, shape, range) in [
                ("first.bias", vec![*width], &first.1),
                ("second.weight", vec![*width, *width], &second.0),
                ("second.bias", vec![*width], &second.1),
                ("embedding", vec![h, *width], embedding),
                ("size", vec![h, *n_max], size),
            ] {
                named.push((format!("context.{name}"), shape, range.clone()));
            }
        }
    }
    named.push(("null".to_owned(), vec![h], layout.null.clone()));
    named.push(("time.cos".to_owned(), vec![h, f], layout.cos.clone()));
    named.push(("time.sin".to_owned(), vec![h, f], layout.sin.clone()));
    named.push(("time.bias".to_owned(), vec![h], layout.bias.clone()));
    for (l, (weight, bias)) in layout.hidden.iter().enumerate() {
        named.push((format!("hidden.{l}.weight"), vec![h, h], weight.clone()));
        named.push((format!("hidden.{l}.bias"), vec![h], bias.clone()));
    }
    named.push(("output.weight".to_owned(), vec![m, h], layout.output.0.clone()));
    named.push(("output.bias".to_owned(), vec![m], layout.output.1.clone()));
    named
}

impl ScoreEngine for FusedEngine {
    type Training = Activations;
    type Inference = Tiles;
    type Bound = BoundContexts;

    fn slot_width(&self) -> usize {
        let components = self.summary().map_or(self.shape.observation, |summary| summary.components);
        self.shape.n_max() * FEATURES * components
    }

    fn weights(&self) -> &[f32] {
        &self.weights
    }

    fn update_weights(&mut self, change: &mut dyn FnMut(&mut [f32])) -> Result<(), NetworkError> {
        change(&mut self.weights);
        self.packed.update(&self.shape, &self.layout, &self.weights);
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        all_ranges(&self.shape, &self.layout, self.summary.as_deref())
            .into_iter()
            .map(|(name, shape, range)| NamedTensor { name, shape, values: self.weights[range].to_vec() })
            .collect()
    }

    fn forward(&self, inputs: &Inputs<'_>, ws: &mut Activations, out: &mut [f32]) -> Result<(), NetworkError> {
        self.with_summaries(inputs, ws, |inputs, ws| {
            fused::forward(&self.shape, &self.layout, &self.weights, &self.packed, inputs, ws, out);
        });
        Ok(())
    }

    fn infer(&self, inputs: &Inputs<'_>, ws: &mut Activations, out: &mut [f32]) -> Result<(), NetworkError> {
        self.with_summaries(inputs, ws, |inputs, ws| {
            fused::infer(&self.shape, &self.layout, &self.weights, &self.packed, inputs, ws, out);
        });
        Ok(())
    }

    fn backward(
        &self,
        inputs: &Inputs<'_>,
        ws: &mut Activations,
        d_out: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), NetworkError> {
        self.backward_from(inputs, ws, d_out, gradient, None);
        Ok(())
    }

    fn bind(&self, observations: &[f32], sizes: &[u32], precision: Precision) -> Result<BoundContexts, NetworkError> {
        let bind = |observations: &[f32], sizes: &[u32]| {
            tile::bind(&self.shape, &self.layout, &self.weights, observations, sizes, precision)
        };
        let Some(summary) = &self.summary else { return Ok(bind(observations, sizes)) };
        // Blocks of fixed size: no summary depends on the number of threads.
        let (n_max, slot) = (self.shape.n_max(), self.slot_width());
        let blocks = observations.par_chunks(BLOCK * slot).zip(sizes.par_chunks(BLOCK));
        let seen: Vec<Vec<f32>> = blocks
            .map(|(observations, sizes)| {
                let (mut own, times) = (summary::Activations::default(), vec![0.0; sizes.len()]);
                let inputs = Inputs { theta: &[], observations, sizes, times: &times };
                summary.forward(&self.weights[self.layout.total..], &inputs, n_max, &mut own);
                own.inputs(&inputs).observations.to_vec()
            })
            .collect();
        Ok(bind(&seen.concat(), sizes))
    }

    fn select(&self, bound: &BoundContexts, sets: &[u32], into: &mut BoundContexts) {
        into.select(bound, self.shape.width, sets);
    }

    fn evaluate(
        &self,
        bound: &BoundContexts,
        t: f64,
        draws: usize,
        ws: &mut Tiles,
        source: &mut FeatureSource<'_>,
        sink: &mut OutputSink<'_>,
    ) -> Result<(), NetworkError> {
        tile::evaluate(&self.shape, &self.layout, &self.weights, &self.packed, bound, t, draws, ws, source, sink);
        Ok(())
    }
}

impl EngineJacobians for FusedEngine {
    fn evaluate_with_jacobians(
        &self,
        bound: &BoundContexts,
        t: f64,
        draws: usize,
        ws: &mut Tiles,
        source: &mut DirectionSource<'_>,
        sink: &mut JacobianSink<'_>,
    ) -> Result<(), NetworkError> {
        tile::evaluate_with_jacobians(
            &self.shape,
            &self.layout,
            &self.weights,
            &self.packed,
            bound,
            t,
            draws,
            ws,
            source,
            sink,
        );
        Ok(())
    }
}
