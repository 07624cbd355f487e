//! Use any dfdx module with static shapes as a score network, trained through dfdx's own tapes.

use std::{fmt, marker::PhantomData};

use dfdx::{
    nn::{BuildModule, TensorCollection, modules::Module},
    shapes::{Const, Rank0},
    tensor::{Cpu, NoneTape, OwnedTape, Tensor, TensorFromVec, Trace},
    tensor_ops::{Backward, SumTo, TryMul},
};
use rand::RngExt;

use super::{
    collect::{self, Trainable},
    engine::{FeatureSource, NamedTensor, OutputSink, ScoreEngine, ScoreNetwork, select_rows},
    error::NetworkError,
    fused::Inputs,
    merge::CustomInput,
    precision::Precision,
    tile::for_each_tile,
};
use crate::{dataset::FEATURES, diffusion::Parameterisation, model::Stream};

/// Rows of a block in sampling.
const BLOCK_ROWS: usize = 1024;

/// What the outputs of a network of one's own are: `[rows × M]`.
type Output<const M: usize, T> = Tensor<(usize, Const<M>), f32, Cpu, T>;

/// A dfdx module with the static shapes of a score network for M parameters and observations of D components. Every
/// `TensorCollection` that is a [`Module`] on [`CustomInput`] with and without a tape is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a dfdx module for {M} parameters and observations of {D} components",
    note = "it must take `(Tensor<(usize, Const<{M}>), f32, Cpu, T>, Tensor<(usize, Const<{D}>), f32, Cpu>, \
            Tensor<(usize, Const<1>), f32, Cpu>)` and give `Tensor<(usize, Const<{M}>), f32, Cpu, T>`, for every tape T",
    note = "`MergeInputs<{M}, {D}, H>` makes one layer of the three: `(MergeInputs<{M}, {D}, H>, ReLU, Linear<H, {M}>)`"
)]
pub trait CustomModule<const M: usize, const D: usize>:
    TensorCollection<f32, Cpu, To<f32, Cpu> = Self>
    + Module<CustomInput<M, D, NoneTape>, Output = Output<M, NoneTape>>
    + Module<CustomInput<M, D, OwnedTape<f32, Cpu>>, Output = Output<M, OwnedTape<f32, Cpu>>>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<Mod, const M: usize, const D: usize> CustomModule<M, D> for Mod where
    Mod: TensorCollection<f32, Cpu, To<f32, Cpu> = Self>
        + Module<CustomInput<M, D, NoneTape>, Output = Output<M, NoneTape>>
        + Module<CustomInput<M, D, OwnedTape<f32, Cpu>>, Output = Output<M, OwnedTape<f32, Cpu>>>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// A dfdx module of one's own as a score network, in place of [`Mlp`](super::Mlp). It sees single observations: θ
/// features, z-scores and time, neither signal shares, latent coordinates, normal scores nor differences, and has no null context.
///
/// ```
/// use dfdx::nn::modules::{Linear, ReLU};
/// use dfdx::tensor::Cpu;
/// use tallsbi::net::{Custom, MergeInputs, ScoreNetwork};
///
/// type Mine = (MergeInputs<2, 3, 64>, ReLU, Linear<64, 2, f32, Cpu>);
/// let engine = <Custom<Mine> as ScoreNetwork<2, 3>>::initialise(&mut tallsbi::model::stream(1, "network", 0))?;
/// # let _ = engine;
/// # Ok::<(), tallsbi::net::NetworkError>(())
/// ```
///
/// A module with other static shapes does not compile (three outputs for two parameters):
///
/// ```compile_fail,E0277
/// use dfdx::nn::modules::{Linear, ReLU};
/// use dfdx::tensor::Cpu;
/// use tallsbi::net::{Custom, MergeInputs, ScoreNetwork};
///
/// type Mine = (MergeInputs<2, 3, 64>, ReLU, Linear<64, 3, f32, Cpu>);
/// let engine = <Custom<Mine> as ScoreNetwork<2, 3>>::initialise(&mut tallsbi::model::stream(1, "network", 0));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Custom<Mod>(PhantomData<Mod>);

impl<Mod: CustomModule<M, D>, const M: usize, const D: usize> ScoreNetwork<M, D> for Custom<Mod> {
    const N_MAX: usize = 1;
    type Engine = CustomEngine<Mod, M, D>;

    fn describe() -> Result<serde_json::Value, NetworkError> {
        let tensors = collect::shapes::<Mod>()?;
        Ok(serde_json::json!({ "kind": "custom", "parameters": M, "observation": D, "tensors": tensors }))
    }

    fn initialise(rng: &mut Stream) -> Result<Self::Engine, NetworkError> {
        // The module's own initialisation, from a generator that is ours.
        let device = Cpu::seed_from_u64(rng.random());
        CustomEngine::new(Mod::try_build(&device)?)
    }

    fn restore(tensors: &[NamedTensor]) -> Result<Self::Engine, NetworkError> {
        CustomEngine::new(collect::build(tensors)?)
    }
}

/// The engine of a dfdx module of one's own.
#[derive(Clone)]
pub struct CustomEngine<Mod, const M: usize, const D: usize> {
    module: Mod,
    /// The trainable parameters, in the order of the module's tensors.
    weights: Vec<f32>,
}

impl<Mod, const M: usize, const D: usize> fmt::Debug for CustomEngine<Mod, M, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomEngine")
            .field("module", &std::any::type_name::<Mod>())
            .field("weights", &self.weights.len())
            .finish_non_exhaustive()
    }
}

fn failed(error: impl fmt::Debug) -> NetworkError {
    NetworkError::Module { reason: format!("{error:?}") }
}

impl<Mod: CustomModule<M, D>, const M: usize, const D: usize> CustomEngine<Mod, M, D> {
    /// Runs `module` as it is.
    ///
    /// # Errors
    /// dfdx could not copy a tensor.
    pub fn new(mut module: Mod) -> Result<Self, NetworkError> {
        let weights = Trainable::<NoneTape>::of(&module)?.weights;
        // From here on every parameter is contiguous and this engine's alone.
        collect::write(&mut module, &weights)?;
        Ok(Self { module, weights })
    }

    /// The module with its present weights.
    pub fn module(&self) -> &Mod {
        &self.module
    }

    /// The module's input for rows of θ features, z-scores and times.
    fn input(theta: Vec<f32>, x: Vec<f32>, times: Vec<f32>) -> Result<CustomInput<M, D, NoneTape>, NetworkError> {
        let (device, rows) = (Cpu::default(), times.len());
        Ok((
            device.try_tensor_from_vec(theta, (rows, Const))?,
            device.try_tensor_from_vec(x, (rows, Const))?,
            device.try_tensor_from_vec(times, (rows, Const))?,
        ))
    }

    fn gather(inputs: &Inputs<'_>) -> Result<CustomInput<M, D, NoneTape>, NetworkError> {
        let x = z_scores::<D>(inputs.observations, inputs.sizes)?;
        Self::input(first_part(inputs.theta, M, Parameterisation::n_features(M)), x, inputs.times.to_vec())
    }
}

/// The first `width` of every `stride` values.
fn first_part(values: &[f32], width: usize, stride: usize) -> Vec<f32> {
    values.chunks_exact(stride.max(1)).flat_map(|row| &row[..width]).copied().collect()
}

fn z_scores<const D: usize>(observations: &[f32], sizes: &[u32]) -> Result<Vec<f32>, NetworkError> {
    if sizes.contains(&0) { Err(NetworkError::NoNullContext) } else { Ok(first_part(observations, D, FEATURES * D)) }
}

impl<Mod: CustomModule<M, D>, const M: usize, const D: usize> ScoreEngine for CustomEngine<Mod, M, D> {
    type Training = ();
    /// θ features of a block of rows.
    type Inference = Vec<f32>;
    /// z-scores: `[sets × D]`.
    type Bound = Vec<f32>;

    fn slot_width(&self) -> usize {
        FEATURES * D
    }

    fn weights(&self) -> &[f32] {
        &self.weights
    }

    fn update_weights(&mut self, change: &mut dyn FnMut(&mut [f32])) -> Result<(), NetworkError> {
        change(&mut self.weights);
        collect::write(&mut self.module, &self.weights)
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        collect::tensors(&self.module)
    }

    fn forward(&self, inputs: &Inputs<'_>, (): &mut (), out: &mut [f32]) -> Result<(), NetworkError> {
        if inputs.rows() == 0 {
            return Ok(());
        }
        let outputs = self.module.try_forward(Self::gather(inputs)?).map_err(failed)?;
        out.copy_from_slice(&outputs.as_vec());
        Ok(())
    }

    fn backward(
        &self,
        inputs: &Inputs<'_>,
        (): &mut (),
        d_out: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), NetworkError> {
        gradient.fill(0.0);
        if inputs.rows() == 0 {
            return Ok(());
        }
        // dfdx's tapes cannot move between threads, so the forward pass is run again instead of kept.
        let (theta, x, times) = Self::gather(inputs)?;
        let outputs = self.module.try_forward((theta.leaky_traced(), x, times)).map_err(failed)?;
        let d_out = Cpu::default().try_tensor_from_vec(d_out.to_vec(), (inputs.rows(), Const::<M>))?;
        let loss: Tensor<Rank0, f32, Cpu, _> = outputs.try_mul(d_out)?.try_sum()?;
        let mut gradients = loss.try_backward()?;
        let parameters = Trainable::<NoneTape>::of(&self.module)?.parameters;
        Ok(collect::take_gradients(&parameters, &mut gradients, gradient)?)
    }

    fn bind(&self, observations: &[f32], sizes: &[u32], _precision: Precision) -> Result<Vec<f32>, NetworkError> {
        z_scores::<D>(observations, sizes)
    }

    fn select(&self, bound: &Vec<f32>, sets: &[u32], into: &mut Vec<f32>) {
        select_rows(bound, D, sets, into);
    }

    fn evaluate(
        &self,
        bound: &Vec<f32>,
        t: f64,
        draws: usize,
        features: &mut Vec<f32>,
        source: &mut FeatureSource<'_>,
        sink: &mut OutputSink<'_>,
    ) -> Result<(), NetworkError> {
        let mut outcome = Ok(());
        for_each_tile(draws, bound.len() / D.max(1), BLOCK_ROWS, |draws, sets| {
            if outcome.is_err() {
                return;
            }
            let rows = draws.len() * sets.len();
            let width = Parameterisation::n_features(M);
            features.resize(rows * width, 0.0);
            for (draw, features) in draws.clone().zip(features.chunks_exact_mut((sets.len() * width).max(1))) {
                source(draw, sets.clone(), features);
            }
            let x = bound[sets.start * D..sets.end * D].repeat(draws.len());
            let outputs = Self::input(first_part(features, M, width), x, vec![t as f32; rows])
                .and_then(|input| self.module.try_forward(input).map_err(failed));
            match outputs {
                Ok(outputs) => {
                    for (draw, outputs) in draws.zip(outputs.as_vec().chunks_exact(sets.len() * M)) {
                        sink(draw, sets.start, outputs);
                    }
                }
                Err(error) => outcome = Err(error),
            }
        });
        outcome
    }
}
