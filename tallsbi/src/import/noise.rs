//! Make a `Sequential` that predicts noise a network of this library.

use super::{ImportError, Sequential};
use crate::net::{EncoderShape, FusedEngine, NamedTensor, NetworkShape};

/// A run of inputs of a noise predictor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputBlock {
    /// The diffused parameters θ_t, M numbers.
    Theta,
    /// The observation, D numbers.
    Observation,
    /// cos kπt for k = 1 … frequencies.
    Cosines,
    /// sin kπt for k = 1 … frequencies.
    Sines,
}

/// What the inputs of a network are that predicts the noise ε(θ_t, x, t), in the order in which they are concatenated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoiseLayout<const M: usize, const D: usize> {
    frequencies: usize,
    blocks: [InputBlock; 4],
}

impl<const M: usize, const D: usize> NoiseLayout<M, D> {
    /// θ_t, x, cos kπt, sin kπt with k = 1 … `frequencies`: the published networks of arXiv:2404.07593 (3 frequencies).
    pub fn published(frequencies: usize) -> Self {
        use InputBlock::{Cosines, Observation, Sines, Theta};
        Self { frequencies, blocks: [Theta, Observation, Cosines, Sines] }
    }

    /// The same inputs in another order.
    #[must_use]
    pub fn order(mut self, blocks: [InputBlock; 4]) -> Self {
        self.blocks = blocks;
        self
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        M + D + 2 * self.frequencies
    }

    fn width(&self, block: InputBlock) -> usize {
        match block {
            InputBlock::Theta => M,
            InputBlock::Observation => D,
            InputBlock::Cosines | InputBlock::Sines => self.frequencies,
        }
    }

    /// The network with these inputs and M outputs, ready to be evaluated. Its rows bring what the library's networks see (θ in
    /// whitened coordinates, and normal scores of the observation): what the imported network does not know has weight 0.
    ///
    /// # Errors
    /// [`ImportError::Layout`] where a block comes twice, the number of inputs or outputs is another, there is no hidden layer, or
    /// hidden layers have different widths.
    pub fn engine(&self, network: &Sequential) -> Result<FusedEngine, ImportError> {
        let refuse = |reason: String| Err(ImportError::Layout { reason });
        for (k, block) in self.blocks.iter().enumerate() {
            if self.blocks[..k].contains(block) {
                return refuse(format!("the input block {block:?} comes twice"));
            }
        }
        if network.inputs() != self.inputs() || network.outputs() != M {
            return refuse(format!(
                "the network has {} inputs and {} outputs; noise of {M} parameters given {D} numbers and 2 × {} of the time needs {} and {M}",
                network.inputs(),
                network.outputs(),
                self.frequencies,
                self.inputs()
            ));
        }
        let [first, hidden @ .., output] = &network.layers[..] else {
            return refuse("there is no hidden layer".to_owned());
        };
        let width = first.bias.len();
        if let Some(other) = hidden.iter().find(|layer| layer.bias.len() != width) {
            return refuse(format!("hidden layers have {width} and {} units; all must have as many", other.bias.len()));
        }
        let columns = |name: &str, block: InputBlock| {
            let before = self.blocks.iter().take_while(|other| **other != block).map(|other| self.width(*other));
            let (from, n) = (before.sum::<usize>(), self.width(block));
            let rows = first.weight.chunks_exact(first.inputs);
            tensor(name, &[width, n], rows.flat_map(|row| &row[from..from + n]).copied().collect())
        };
        let zeros = |name: &str, shape: &[usize]| tensor(name, shape, vec![0.0; shape.iter().product()]);
        let mut tensors = vec![
            columns("theta", InputBlock::Theta),
            zeros("signal", &[width, M]),
            zeros("latent", &[width, M]),
            columns("context.x", InputBlock::Observation),
            zeros("context.scores", &[width, D]),
            zeros("context.differences", &[width, D]),
            zeros("null", &[width]),
            columns("time.cos", InputBlock::Cosines),
            columns("time.sin", InputBlock::Sines),
            tensor("time.bias", &[width], first.bias.clone()),
            tensor("output.weight", &[M, width], output.weight.clone()),
            tensor("output.bias", &[M], output.bias.clone()),
        ];
        for (k, layer) in hidden.iter().enumerate() {
            tensors.push(tensor(&format!("hidden.{k}.weight"), &[width, width], layer.weight.clone()));
            tensors.push(tensor(&format!("hidden.{k}.bias"), &[width], layer.bias.clone()));
        }
        let shape = NetworkShape {
            parameters: M,
            whitened: true,
            outputs: M,
            observation: D,
            width,
            depth: network.layers.len() - 1,
            frequencies: self.frequencies,
            activation: network.activation,
            encoder: EncoderShape::Single,
        };
        Ok(FusedEngine::from_tensors(shape, &tensors)?)
    }
}

fn tensor(name: &str, shape: &[usize], values: Vec<f32>) -> NamedTensor {
    NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values }
}
