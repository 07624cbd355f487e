//! Say what training and sampling need of a network, and give it for the built-in ones.

use std::ops::Range;

use rand::RngExt;

use super::{
    fused::{self, Activations, Inputs},
    shape::{ContextLayout, EncoderShape, Layout, NetworkShape},
    tile::{self, Tiles},
};
use crate::model::Stream;

/// What can go wrong with a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A dfdx module reported an error.
    #[error("the dfdx module failed: {reason}")]
    Module {
        /// What it reported.
        reason: String,
    },
    /// Stored weights do not fit this network.
    #[error("the stored tensor `{name}` has shape {found:?}, this network needs {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape of the network.
        expected: Vec<usize>,
    },
    /// A tensor of the network is not among the stored ones.
    #[error("the tensor `{name}` is missing")]
    Missing {
        /// The tensor.
        name: String,
    },
}

/// One named tensor of weights, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its name, as dfdx's savers see it (`hidden.0.weight`).
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: Vec<f32>,
}

/// A type of network with static shapes: M parameters, observations of D components, sets of at most `N_MAX`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a score network for {M} parameters and observations of {D} components",
    note = "use `Mlp<{M}, {D}>`, `SetMlp<{M}, {D}, N_MAX>` or `Custom<_>` around a dfdx module with these static shapes"
)]
pub trait ScoreNetwork<const M: usize, const D: usize>: Sized + 'static {
    /// Largest set of observations seen at once.
    const N_MAX: usize;
    /// What runs it.
    type Engine: ScoreEngine;

    /// A network with fresh random weights.
    ///
    /// # Errors
    /// A dfdx module could not be built.
    fn initialise(rng: &mut Stream) -> Result<Self::Engine, NetworkError>;
}

/// A network at work: weights as one flat vector, gradients for training, bound evaluation for sampling.
pub trait ScoreEngine: Clone + std::fmt::Debug + Send + Sync + 'static {
    /// Buffers of one thread in training.
    type Training: Default + Send;
    /// Buffers of one thread in sampling.
    type Inference: Default + Send;
    /// What is computed once per set of observations.
    type Bound: Send + Sync;

    /// Type and sizes, for the file: two engines with equal descriptions can exchange weights.
    fn describe(&self) -> serde_json::Value;
    /// Numbers in the observation slots of one set (n_max × features per observation).
    fn slot_width(&self) -> usize;
    /// All weights, one flat vector.
    fn weights(&self) -> &[f32];
    /// Changes the weights in place.
    ///
    /// # Errors
    /// A dfdx module refused them.
    fn update_weights(&mut self, change: &mut dyn FnMut(&mut [f32])) -> Result<(), NetworkError>;
    /// The weights as named tensors.
    fn tensors(&self) -> Vec<NamedTensor>;

    /// Evaluates a block of rows, keeping what [`backward`](Self::backward) needs. `out: [rows × M]`.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn forward(&self, inputs: &Inputs<'_>, ws: &mut Self::Training, out: &mut [f32]) -> Result<(), NetworkError>;
    /// Adds the gradient of the weights, given the gradient `[rows × M]` of the outputs of the last forward pass.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn backward(
        &self,
        inputs: &Inputs<'_>,
        ws: &mut Self::Training,
        d_out: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), NetworkError>;

    /// Binds sets of standardised observations: `observations: [sets × n_max × 2 D]` (z-scores, then
    /// normal scores, of every slot), `sizes: [sets]`.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn bind(&self, observations: &[f32], sizes: &[u32]) -> Result<Self::Bound, NetworkError>;
    /// Evaluates every draw for every bound set at time `t`: `source(draw, sets, features [sets × 2 M])` writes the θ
    /// features and signal shares of a run of rows, `sink(draw, first set, outputs [sets × M])` receives its outputs, in a fixed order.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn evaluate(
        &self,
        bound: &Self::Bound,
        t: f64,
        draws: usize,
        ws: &mut Self::Inference,
        source: &mut dyn FnMut(usize, Range<usize>, &mut [f32]),
        sink: &mut dyn FnMut(usize, usize, &[f32]),
    ) -> Result<(), NetworkError>;
}

/// An engine that also gives Jacobians with respect to θ (capability that JAC needs).
#[diagnostic::on_unimplemented(
    message = "JAC needs the Jacobian of the network, and `{Self}` does not give one",
    note = "use a built-in network, or another composer"
)]
pub trait EngineJacobians: ScoreEngine {
    /// As [`ScoreEngine::evaluate`] row by row: `sink(draw, set, output [M], jacobian)`, `jacobian[k * M + i]` = ∂out_i/∂feature_k
    /// for the first M features.
    ///
    /// # Errors
    /// A dfdx module failed.
    fn evaluate_with_jacobians(
        &self,
        bound: &Self::Bound,
        t: f64,
        draws: usize,
        ws: &mut Self::Inference,
        source: &mut dyn FnMut(usize, Range<usize>, &mut [f32]),
        sink: &mut dyn FnMut(usize, usize, &[f32], &[f32]),
    ) -> Result<(), NetworkError>;
}

/// The engine of the built-in networks.
#[derive(Clone, Debug)]
pub struct FusedEngine {
    shape: NetworkShape,
    layout: Layout,
    weights: Vec<f32>,
}

impl FusedEngine {
    /// A network of this shape with weights drawn from U(±1/√fan-in), zero null embedding and zero output layer: before
    /// training it predicts that an observation adds nothing.
    pub fn initialise(shape: NetworkShape, rng: &mut Stream) -> Self {
        let layout = shape.layout();
        let mut weights = vec![0.0_f32; layout.total];
        let mut fill = |range: &std::ops::Range<usize>, fan_in: usize| {
            let bound = 1.0 / (fan_in as f32).sqrt();
            weights[range.clone()].iter_mut().for_each(|w| *w = rng.random_range(-bound..bound));
        };
        let context_inputs = match &layout.context {
            ContextLayout::Single(_) => 2 * shape.observation,
            ContextLayout::Set { n_max, width, .. } => width + n_max,
        };
        let first = 2 * shape.parameters + context_inputs + 2 * shape.frequencies;
        fill(&layout.theta, first);
        fill(&layout.signal, first);
        match &layout.context {
            ContextLayout::Single(slot) => {
                fill(&slot.x, first);
                fill(&slot.scores, first);
            }
            ContextLayout::Set { width, first: one, second: two, embedding, size, .. } => {
                let slot = 2 * shape.observation;
                for (range, fan_in) in
                    [(&one.0.x, slot), (&one.0.scores, slot), (&one.1, slot), (&two.0, *width), (&two.1, *width)]
                {
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
        Self { shape, layout, weights }
    }

    /// A network of this shape with the given weights, by name.
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    pub fn from_tensors(shape: NetworkShape, tensors: &[NamedTensor]) -> Result<Self, NetworkError> {
        let layout = shape.layout();
        let mut weights = vec![0.0_f32; layout.total];
        for (name, expected, range) in named_ranges(&shape, &layout) {
            let tensor = tensors
                .iter()
                .find(|tensor| tensor.name == name)
                .ok_or_else(|| NetworkError::Missing { name: name.clone() })?;
            if tensor.shape != expected || tensor.values.len() != range.len() {
                return Err(NetworkError::Shape { name, found: tensor.shape.clone(), expected });
            }
            weights[range].copy_from_slice(&tensor.values);
        }
        Ok(Self { shape, layout, weights })
    }

    /// The shape of a Gaussian head: it sees sets of observations, and neither θ nor a time.
    pub fn head_shape(observation: usize, outputs: usize, n_max: usize, width: usize) -> NetworkShape {
        NetworkShape {
            parameters: 0,
            outputs,
            observation,
            width,
            depth: 3,
            frequencies: 0,
            activation: super::Nonlinearity::Silu,
            encoder: EncoderShape::for_sets(n_max, width),
        }
    }

    /// The network's shape.
    pub fn shape(&self) -> &NetworkShape {
        &self.shape
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
        fused::backward(&self.shape, &self.layout, &self.weights, inputs, ws, d_out, gradient, Some(d_theta));
    }
}

/// Name, shape and place of every tensor, in flat order.
fn named_ranges(shape: &NetworkShape, layout: &Layout) -> Vec<(String, Vec<usize>, std::ops::Range<usize>)> {
    let (m, d, h, f) = (shape.outputs, shape.observation, shape.width, shape.frequencies);
    let p = shape.parameters;
    let mut named = vec![
        ("theta".to_owned(), vec![h, p], layout.theta.clone()),
        ("signal".to_owned(), vec![h, p], layout.signal.clone()),
    ];
    match &layout.context {
        ContextLayout::Single(slot) => {
            named.push(("context.x".to_owned(), vec![h, d], slot.x.clone()));
            named.push(("context.scores".to_owned(), vec![h, d], slot.scores.clone()));
        }
        ContextLayout::Set { n_max, width, first, second, embedding, size } => {
            for (name, shape, range) in [
                ("first.x", vec![*width, d], &first.0.x),
                ("first.scores", vec![*width, d], &first.0.scores),
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
    type Bound = Vec<f32>;

    fn describe(&self) -> serde_json::Value {
        serde_json::json!({ "kind": "fused", "shape": self.shape })
    }

    fn slot_width(&self) -> usize {
        self.shape.n_max() * 2 * self.shape.observation
    }

    fn weights(&self) -> &[f32] {
        &self.weights
    }

    fn update_weights(&mut self, change: &mut dyn FnMut(&mut [f32])) -> Result<(), NetworkError> {
        change(&mut self.weights);
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        named_ranges(&self.shape, &self.layout)
            .into_iter()
            .map(|(name, shape, range)| NamedTensor { name, shape, values: self.weights[range].to_vec() })
            .collect()
    }

    fn forward(&self, inputs: &Inputs<'_>, ws: &mut Activations, out: &mut [f32]) -> Result<(), NetworkError> {
        fused::forward(&self.shape, &self.layout, &self.weights, inputs, ws, out);
        Ok(())
    }

    fn backward(
        &self,
        inputs: &Inputs<'_>,
        ws: &mut Activations,
        d_out: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), NetworkError> {
        fused::backward(&self.shape, &self.layout, &self.weights, inputs, ws, d_out, gradient, None);
        Ok(())
    }

    fn bind(&self, observations: &[f32], sizes: &[u32]) -> Result<Vec<f32>, NetworkError> {
        Ok(tile::bind(&self.shape, &self.layout, &self.weights, observations, sizes))
    }

    fn evaluate(
        &self,
        bound: &Vec<f32>,
        t: f64,
        draws: usize,
        ws: &mut Tiles,
        source: &mut dyn FnMut(usize, Range<usize>, &mut [f32]),
        sink: &mut dyn FnMut(usize, usize, &[f32]),
    ) -> Result<(), NetworkError> {
        tile::evaluate(&self.shape, &self.layout, &self.weights, bound, t, draws, ws, source, sink);
        Ok(())
    }
}

impl EngineJacobians for FusedEngine {
    fn evaluate_with_jacobians(
        &self,
        bound: &Vec<f32>,
        t: f64,
        draws: usize,
        ws: &mut Tiles,
        source: &mut dyn FnMut(usize, Range<usize>, &mut [f32]),
        sink: &mut dyn FnMut(usize, usize, &[f32], &[f32]),
    ) -> Result<(), NetworkError> {
        tile::evaluate_with_jacobians(&self.shape, &self.layout, &self.weights, bound, t, draws, ws, source, sink);
        Ok(())
    }
}

/// Used by the set encoder's constructor and by files.
impl EncoderShape {
    /// Single observations for `n_max` = 1, a set encoder of `width` otherwise.
    pub fn for_sets(n_max: usize, width: usize) -> Self {
        if n_max <= 1 { Self::Single } else { Self::Set { n_max, width } }
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::{EngineJacobians, FusedEngine, Inputs, ScoreEngine};
    use crate::{
        model::stream,
        net::{Activations, EncoderShape, NetworkShape, Nonlinearity, Tiles},
    };

    fn shape(activation: Nonlinearity, encoder: EncoderShape) -> NetworkShape {
        NetworkShape {
            parameters: 3,
            outputs: 3,
            observation: 4,
            width: 17,
            depth: 3,
            frequencies: 2,
            activation,
            encoder,
        }
    }

    /// A network whose output layer is not zero.
    fn random_network(shape: NetworkShape) -> FusedEngine {
        let mut rng = stream(1, "test", 0);
        let mut network = FusedEngine::initialise(shape, &mut rng);
        network
            .update_weights(&mut |weights| weights.iter_mut().for_each(|w| *w += rng.random_range(-0.2..0.2)))
            .expect("the fused engine accepts any weights");
        network
    }

    fn loss(network: &FusedEngine, inputs: &Inputs<'_>, coefficients: &[f32]) -> f64 {
        let mut out = vec![0.0; inputs.rows() * 3];
        network.forward(inputs, &mut Activations::default(), &mut out).expect("fused");
        out.iter().zip(coefficients).map(|(a, b)| f64::from(a * b)).sum()
    }

    #[test]
    fn gradients_are_finite_differences() {
        for activation in [Nonlinearity::Silu, Nonlinearity::Mish] {
            for encoder in [EncoderShape::Single, EncoderShape::Set { n_max: 3, width: 5 }] {
                let network = random_network(shape(activation, encoder));
                let n_max = network.shape().n_max();
                let mut rng = stream(2, "test", 0);
                let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
                let sizes: Vec<u32> = vec![1, 0, n_max as u32, 1, 0];
                let rows = sizes.len();
                let (theta, observations, times) = (draw(rows * 6), draw(rows * n_max * 8), draw(rows));
                let coefficients = draw(rows * 3);
                let inputs = Inputs { theta: &theta, observations: &observations, sizes: &sizes, times: &times };
                let mut gradient = vec![0.0; network.weights().len()];
                let (mut ws, mut out) = (Activations::default(), vec![0.0; rows * 3]);
                network.forward(&inputs, &mut ws, &mut out).expect("fused");
                network.backward(&inputs, &mut ws, &coefficients, &mut gradient).expect("fused");
                let scale = gradient.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
                for k in (0..gradient.len()).step_by(7) {
                    let h = 2e-3;
                    let at = |delta: f32| {
                        let mut moved = network.clone();
                        moved.update_weights(&mut |weights| weights[k] += delta).expect("fused");
                        loss(&moved, &inputs, &coefficients)
                    };
                    let slope = (at(h) - at(-h)) / (2.0 * f64::from(h));
                    assert!(
                        (slope - f64::from(gradient[k])).abs() < 3e-3 * f64::from(scale),
                        "{activation:?} {encoder:?} weight {k}: {slope} against {}",
                        gradient[k]
                    );
                }
            }
        }
    }

    /// The same six features for every set.
    fn copy(theta: &[f32]) -> impl FnMut(usize, std::ops::Range<usize>, &mut [f32]) {
        move |draw, _, out| out.chunks_exact_mut(6).for_each(|row| row.copy_from_slice(&theta[draw * 6..][..6]))
    }

    #[test]
    fn tiles_equal_the_plain_forward_and_jacobians_its_differences() {
        for encoder in [EncoderShape::Single, EncoderShape::Set { n_max: 3, width: 5 }] {
            let network = random_network(shape(Nonlinearity::Silu, encoder));
            let n_max = network.shape().n_max();
            let mut rng = stream(3, "test", 0);
            let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
            let (draws, t) = (7, 0.3);
            let sizes: Vec<u32> = (0..400).map(|i| (i % (n_max + 1)) as u32).collect();
            let (theta, observations) = (draw(draws * 6), draw(sizes.len() * n_max * 8));
            let bound = network.bind(&observations, &sizes).expect("fused");
            let mut tiled = vec![0.0_f32; draws * sizes.len() * 3];
            let mut ws = Tiles::default();
            network
                .evaluate(&bound, t, draws, &mut ws, &mut copy(&theta), &mut |draw, first, out| {
                    let at = (draw * sizes.len() + first) * 3;
                    tiled[at..at + out.len()].copy_from_slice(out);
                })
                .expect("fused");
            let mut plain = vec![0.0_f32; sizes.len() * 3];
            for i in 0..draws {
                let theta: Vec<f32> = theta[i * 6..][..6].repeat(sizes.len());
                let times = vec![t as f32; sizes.len()];
                let inputs = Inputs { theta: &theta, observations: &observations, sizes: &sizes, times: &times };
                network.forward(&inputs, &mut Activations::default(), &mut plain).expect("fused");
                for (a, b) in plain.iter().zip(&tiled[i * plain.len()..]) {
                    assert!((a - b).abs() < 1e-5, "{a} {b}");
                }
            }
            let at = |delta: f32, k: usize| {
                let moved: Vec<f32> =
                    theta.iter().enumerate().map(|(i, v)| if i % 6 == k { v + delta } else { *v }).collect();
                let mut out = vec![0.0_f32; draws * sizes.len() * 3];
                network
                    .evaluate(&bound, t, draws, &mut Tiles::default(), &mut copy(&moved), &mut |draw, first, values| {
                        let at = (draw * sizes.len() + first) * 3;
                        out[at..at + values.len()].copy_from_slice(values);
                    })
                    .expect("fused");
                out
            };
            let mut jacobians = vec![0.0_f32; draws * sizes.len() * 9];
            network
                .evaluate_with_jacobians(
                    &bound,
                    t,
                    draws,
                    &mut ws,
                    &mut copy(&theta),
                    &mut |draw, set, out, jacobian| {
                        let at = draw * sizes.len() + set;
                        for (a, b) in out.iter().zip(&tiled[at * 3..]) {
                            assert!((a - b).abs() < 1e-5);
                        }
                        jacobians[at * 9..][..9].copy_from_slice(jacobian);
                    },
                )
                .expect("fused");
            for k in 0..3 {
                let h = 1e-2;
                for (row, (up, down)) in at(h, k).chunks(3).zip(at(-h, k).chunks(3)).enumerate() {
                    for i in 0..3 {
                        let slope = (up[i] - down[i]) / (2.0 * h);
                        let jacobian = jacobians[row * 9 + k * 3 + i];
                        assert!((slope - jacobian).abs() < 2e-3, "{slope} {jacobian}");
                    }
                }
            }
        }
    }
}
