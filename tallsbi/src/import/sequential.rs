//! Read a PyTorch `Sequential` of `Linear` layers with an activation between them.

use super::{ImportError, StoredTensors};
use crate::net::Nonlinearity;

/// What a `Sequential` consists of, and how its tensors are called: `0.weight`, `0.bias`, `2.weight`, … unless told otherwise.
///
/// # Example
/// ```
/// use tallsbi::{import::SequentialLayout, net::Nonlinearity};
/// // Sequential(Linear(19, 256), ReLU(), Linear(256, 256), ReLU(), Linear(256, 5)) as `self.net` of a module
/// let layout = SequentialLayout::new(&[19, 256, 256, 5], Nonlinearity::Relu).prefix("net.");
/// assert_eq!(layout.names()[2], ("net.4.weight".to_owned(), "net.4.bias".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequentialLayout {
    widths: Vec<usize>,
    activation: Nonlinearity,
    prefix: String,
    places: Vec<usize>,
}

impl SequentialLayout {
    /// Layers from `widths[0]` inputs over hidden layers to the last of the widths, with `activation` after every layer but the
    /// last: every second place of the `Sequential` is a `Linear`.
    pub fn new(widths: &[usize], activation: Nonlinearity) -> Self {
        let places = (0..widths.len().saturating_sub(1)).map(|layer| 2 * layer).collect();
        Self { widths: widths.to_vec(), activation, prefix: String::new(), places }
    }

    /// What stands before the place of a layer: the `Sequential` is a part of a module.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// The places of the `Linear` layers, where other modules without weights stand between them (dropout in training).
    #[must_use]
    pub fn places(mut self, places: &[usize]) -> Self {
        self.places = places.to_vec();
        self
    }

    /// Names of weight and bias of every layer.
    pub fn names(&self) -> Vec<(String, String)> {
        let name = |place: &usize, part: &str| format!("{}{place}.{part}", self.prefix);
        self.places.iter().map(|place| (name(place, "weight"), name(place, "bias"))).collect()
    }

    /// Takes the layers out of a file; what else is in it stays there.
    ///
    /// # Errors
    /// [`ImportError::Layout`] for fewer than two widths, a width of zero, or another number of places than of layers; whatever
    /// [`StoredTensors::take`] says of a tensor.
    pub fn take(&self, tensors: &mut StoredTensors) -> Result<Sequential, ImportError> {
        let refuse = |reason: &str| Err(ImportError::Layout { reason: reason.to_owned() });
        if self.widths.len() < 2 || self.widths.contains(&0) {
            return refuse(
                "give the number of inputs, the widths of hidden layers and the number of outputs, each at least 1",
            );
        }
        if self.places.len() != self.widths.len() - 1 {
            return refuse("give one place for each layer: one fewer than widths");
        }
        let layers = self.names().into_iter().zip(self.widths.windows(2)).map(|((weight, bias), widths)| {
            let [inputs, outputs] = [widths[0], widths[1]];
            Ok(Layer {
                inputs,
                weight: tensors.take(&weight, &[outputs, inputs])?,
                bias: tensors.take(&bias, &[outputs])?,
            })
        });
        Ok(Sequential { activation: self.activation, layers: layers.collect::<Result<_, ImportError>>()? })
    }

    /// Opens a file that holds these layers and nothing else.
    ///
    /// # Errors
    /// As [`StoredTensors::open`], [`take`](Self::take) and [`StoredTensors::finish`].
    pub fn load(&self, path: impl AsRef<std::path::Path>) -> Result<Sequential, ImportError> {
        let mut tensors = StoredTensors::open(path)?;
        let network = self.take(&mut tensors)?;
        tensors.finish()?;
        Ok(network)
    }
}

/// One `Linear`: weight `[outputs, inputs]`, bias `[outputs]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    pub(super) inputs: usize,
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// A network of `Linear` layers with an activation between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequential {
    pub(super) activation: Nonlinearity,
    pub(super) layers: Vec<Layer>,
}

impl Sequential {
    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.inputs)
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.bias.len())
    }

    /// The outputs of one row of inputs, summed in f64. For a summary or a check; a score is faster as an engine
    /// ([`NoiseLayout::engine`](super::NoiseLayout::engine)).
    ///
    /// # Errors
    /// [`ImportError::Layout`] for a row of another length.
    pub fn forward(&self, input: &[f32]) -> Result<Vec<f32>, ImportError> {
        if input.len() != self.inputs() {
            let reason = format!("a row has {} numbers, the network {} inputs", input.len(), self.inputs());
            return Err(ImportError::Layout { reason });
        }
        let mut row: Vec<f64> = input.iter().copied().map(f64::from).collect();
        for (index, layer) in self.layers.iter().enumerate() {
            let sum = |(weights, bias): (&[f32], &f32)| {
                f64::from(*bias) + weights.iter().zip(&row).map(|(w, x)| f64::from(*w) * x).sum::<f64>()
            };
            let next: Vec<f64> = layer.weight.chunks_exact(layer.inputs).zip(&layer.bias).map(sum).collect();
            row = if index + 1 < self.layers.len() {
                next.into_iter().map(|value| activate(self.activation, value)).collect()
            } else {
                next
            };
        }
        Ok(row.into_iter().map(|value| value as f32).collect())
    }
}

fn activate(kind: Nonlinearity, x: f64) -> f64 {
    match kind {
        Nonlinearity::Relu => x.max(0.0),
        Nonlinearity::Silu => x / (1.0 + (-x).exp()),
        Nonlinearity::Mish => x * x.exp().ln_1p().tanh(),
    }
}
