//! Declare the multilayer perceptron of single observations as a dfdx module with static shapes.

use std::marker::PhantomData;

use dfdx::{
    nn::{
        BuildOnDevice, ModuleVisitor, NonMutableModule, TensorCollection, TensorOptions,
        modules::{Linear, Module},
    },
    shapes::{Const, ConstShape, Dtype, Rank1, Rank2},
    tensor::{Cpu, NoneTape, Storage, Tape, Tensor},
    tensor_ops::Device,
};

use super::{
    activation::{Activation, Silu},
    collect,
    engine::{NamedTensor, ScoreEngine, ScoreNetwork},
    error::NetworkError,
    fused_engine::FusedEngine,
    record::{self, Parts, Theta},
    reset::uniform,
    shape::{EncoderShape, NetworkShape},
};
use crate::{dataset::FEATURES, model::Stream};

/// What an [`Mlp`] sees, one row per evaluation. Only θ carries a tape: gradients flow to it and to every parameter; the
/// other parts are data.
#[derive(Clone, Debug)]
pub struct ScoreInput<const M: usize, const D: usize, T = NoneTape> {
    /// Features of θ_t: `[rows × M]`.
    pub theta: Tensor<(usize, Const<M>), f32, Cpu, T>,
    /// Signal share of every component: `[rows × M]`.
    pub signal: Tensor<(usize, Const<M>), f32, Cpu>,
    /// θ_t in latent coordinates: `[rows × M]`.
    pub latent: Tensor<(usize, Const<M>), f32, Cpu>,
    /// z-scores of the observations: `[rows × D]`.
    pub x: Tensor<(usize, Const<D>), f32, Cpu>,
    /// Normal scores of the observations: `[rows × D]`.
    pub scores: Tensor<(usize, Const<D>), f32, Cpu>,
    /// Normal scores of differences of components: `[rows × D]`.
    pub differences: Tensor<(usize, Const<D>), f32, Cpu>,
    /// Diffusion times: `[rows]`.
    pub time: Tensor<(usize,), f32, Cpu>,
    /// 1 for a row with an observation, 0 for one with the null context; `None`: every row has its observation.
    pub sizes: Option<Vec<u32>>,
}

/// A score network for M parameters and single observations of D components: DEPTH hidden layers of H units, time as
/// cos kπt and sin kπt for k ≤ F,
/// h₁ = a(W_θ θ + W_r r + W_z z + W_x x + W_s s + W_g g + W_c cos + W_d sin + b), h_{l+1} = a(W_l h_l + b_l), out = W_o h_L + b_o,
/// with the learned null context in place of W_x x + W_s s + W_g g where there is no observation.
///
/// All tensors are dfdx parameters under the names of [`FusedEngine`]'s, so dfdx's optimisers, averages and savers see
/// them; a forward pass runs the fused kernels and records one operation. `E` and `V` are dfdx's dtype and device:
/// evaluation exists for `f32` on the CPU.
///
/// ```
/// use dfdx::prelude::*;
/// use tallsbi::net::{Mlp, ScoreInput};
///
/// let dev = Cpu::seed_from_u64(1);
/// let network = dev.build_module::<Mlp<2, 3, 16>, f32>();
/// let rows = 4;
/// let input = ScoreInput {
///     theta: dev.ones_like(&(rows, Const::<2>)).trace(network.alloc_grads()),
///     signal: dev.ones_like(&(rows, Const::<2>)),
///     latent: dev.ones_like(&(rows, Const::<2>)),
///     x: dev.ones_like(&(rows, Const::<3>)),
///     scores: dev.ones_like(&(rows, Const::<3>)),
///     differences: dev.ones_like(&(rows, Const::<3>)),
///     time: dev.ones_like(&(rows,)),
///     sizes: None,
/// };
/// let out = network.try_forward(input)?;
/// let gradients = out.square().mean().backward();
/// # let _ = gradients;
/// # Ok::<(), tallsbi::net::NetworkError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mlp<
    const M: usize,
    const D: usize,
    const H: usize = 256,
    const DEPTH: usize = 3,
    const F: usize = 3,
    A: Activation = Silu,
    E: Dtype = f32,
    V: Storage<E> = Cpu,
> {
    /// W_θ, `theta`.
    pub theta: Tensor<Rank2<H, M>, E, V>,
    /// W_r, `signal`.
    pub signal: Tensor<Rank2<H, M>, E, V>,
    /// W_z, `latent`.
    pub latent: Tensor<Rank2<H, M>, E, V>,
    /// W_x, `context.x`.
    pub x: Tensor<Rank2<H, D>, E, V>,
    /// W_s, `context.scores`.
    pub scores: Tensor<Rank2<H, D>, E, V>,
    /// W_g, `context.differences`.
    pub differences: Tensor<Rank2<H, D>, E, V>,
    /// The null context, `null`.
    pub null: Tensor<Rank1<H>, E, V>,
    /// W_c, `time.cos`.
    pub cos: Tensor<Rank2<H, F>, E, V>,
    /// W_d, `time.sin`.
    pub sin: Tensor<Rank2<H, F>, E, V>,
    /// b, `time.bias`.
    pub bias: Tensor<Rank1<H>, E, V>,
    /// Hidden layers 2 … DEPTH, `hidden.0.weight`, `hidden.0.bias`, …
    pub hidden: Vec<Linear<H, H, E, V>>,
    /// W_o, `output.weight`.
    pub output_weight: Tensor<Rank2<M, H>, E, V>,
    /// b_o, `output.bias`.
    pub output_bias: Tensor<Rank1<M>, E, V>,
    /// The activation.
    pub activation: PhantomData<A>,
}

impl<const M: usize, const D: usize, const H: usize, const DEPTH: usize, const F: usize, A: Activation>
    Mlp<M, D, H, DEPTH, F, A>
{
    /// The network's sizes.
    pub fn shape() -> NetworkShape {
        const { assert!(DEPTH > 0, "a network has at least one hidden layer: choose DEPTH of 1 or more") };
        NetworkShape {
            parameters: M,
            whitened: true,
            outputs: M,
            observation: D,
            width: H,
            depth: DEPTH,
            frequencies: F,
            activation: A::KIND,
            encoder: EncoderShape::Single,
        }
    }

    /// The engine with these weights.
    ///
    /// # Errors
    /// dfdx could not copy a tensor.
    pub fn engine(&self) -> Result<FusedEngine, NetworkError> {
        Ok(FusedEngine::from_weights(Self::shape(), collect::Trainable::<NoneTape>::of(self)?.weights))
    }
}

impl<const M: usize, const D: usize, const H: usize, const DEPTH: usize, const F: usize, A: Activation>
    TryFrom<&FusedEngine> for Mlp<M, D, H, DEPTH, F, A>
{
    type Error = NetworkError;

    /// The module with the weights of an engine of the same shape and activation.
    fn try_from(engine: &FusedEngine) -> Result<Self, NetworkError> {
        engine.expect_shape(&Self::shape())?;
        collect::build(&engine.tensors())
    }
}

impl<const M: usize, const D: usize, const H: usize, const DEPTH: usize, const F: usize, A: Activation>
    ScoreNetwork<M, D> for Mlp<M, D, H, DEPTH, F, A>
{
    const N_MAX: usize = 1;
    type Engine = FusedEngine;

    fn describe() -> Result<serde_json::Value, NetworkError> {
        Ok(Self::shape().describe())
    }

    fn initialise(rng: &mut Stream) -> Result<FusedEngine, NetworkError> {
        Ok(FusedEngine::initialise(Self::shape(), rng))
    }

    fn restore(tensors: &[NamedTensor]) -> Result<FusedEngine, NetworkError> {
        FusedEngine::from_tensors(Self::shape(), tensors)
    }
}

impl<
    const M: usize,
    const D: usize,
    const H: usize,
    const DEPTH: usize,
    const F: usize,
    A: Activation,
    T: Tape<f32, Cpu>,
> Module<ScoreInput<M, D, T>> for Mlp<M, D, H, DEPTH, F, A>
{
    type Output = Tensor<(usize, Const<M>), f32, Cpu, T>;
    type Error = NetworkError;

    fn try_forward(&self, input: ScoreInput<M, D, T>) -> Result<Theta<M, T>, NetworkError> {
        let parts = Parts {
            signal: input.signal.as_vec(),
            latent: input.latent.as_vec(),
            x: input.x.as_vec(),
            scores: input.scores.as_vec(),
            differences: input.differences.as_vec(),
            time: input.time.as_vec(),
            sizes: input.sizes,
        };
        record::forward(self, Self::shape(), input.theta, parts)
    }
}

impl<const M: usize, const D: usize, const H: usize, const DEPTH: usize, const F: usize, A: Activation, V: Device<f32>>
    Mlp<M, D, H, DEPTH, F, A, f32, V>
{
    /// How a weight of the first layer is reset.
    fn first<S: ConstShape>() -> TensorOptions<S, f32, V> {
        TensorOptions::reset_with(|tensor| {
            uniform(tensor, 3 * M + FEATURES * D + 2 * F);
            Ok(())
        })
    }
}

impl<const M: usize, const D: usize, const H: usize, const DEPTH: usize, const F: usize, A: Activation, V: Device<f32>>
    TensorCollection<f32, V> for Mlp<M, D, H, DEPTH, F, A, f32, V>
{
    type To<E2: Dtype, V2: Device<E2>> = Mlp<M, D, H, DEPTH, F, A, E2, V2>;

    /// In the flat order of the engine.
    fn iter_tensors<W: ModuleVisitor<Self, f32, V>>(visitor: &mut W) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
        let names: Vec<String> = (1..DEPTH).map(|layer| format!("hidden.{}", layer - 1)).collect();
        let layers = names.iter().enumerate();
        visitor.visit_fields(
            (
                (
                    Self::tensor("theta", |s| &s.theta, |s| &mut s.theta, Self::first()),
                    Self::tensor("signal", |s| &s.signal, |s| &mut s.signal, Self::first()),
                    Self::tensor("latent", |s| &s.latent, |s| &mut s.latent, Self::first()),
                    Self::tensor("context.x", |s| &s.x, |s| &mut s.x, Self::first()),
                    Self::tensor("context.scores", |s| &s.scores, |s| &mut s.scores, Self::first()),
                    Self::tensor("context.differences", |s| &s.differences, |s| &mut s.differences, Self::first()),
                ),
                (
                    Self::tensor("null", |s| &s.null, |s| &mut s.null, TensorOptions::reset_to_zeros()),
                    Self::tensor("time.cos", |s| &s.cos, |s| &mut s.cos, Self::first()),
                    Self::tensor("time.sin", |s| &s.sin, |s| &mut s.sin, Self::first()),
                    Self::tensor("time.bias", |s| &s.bias, |s| &mut s.bias, Self::first()),
                ),
                layers
                    .map(|(l, name)| Self::module(name, move |s| &s.hidden[l], move |s| &mut s.hidden[l]))
                    .collect::<Vec<_>>(),
                Self::tensor(
                    "output.weight",
                    |s| &s.output_weight,
                    |s| &mut s.output_weight,
                    TensorOptions::reset_to_zeros(),
                ),
                Self::tensor(
                    "output.bias",
                    |s| &s.output_bias,
                    |s| &mut s.output_bias,
                    TensorOptions::reset_to_zeros(),
                ),
            ),
            |(
                (theta, signal, latent, x, scores, differences),
                (null, cos, sin, bias),
                hidden,
                output_weight,
                output_bias,
            )| Mlp {
                theta,
                signal,
                latent,
                x,
                scores,
                differences,
                null,
                cos,
                sin,
                bias,
                hidden,
                output_weight,
                output_bias,
                activation: PhantomData,
            },
        )
    }
}

impl<const M: usize, const D: usize, const H: usize, const DEPTH: usize, const F: usize, A: Activation, V: Device<f32>>
    BuildOnDevice<V, f32> for Mlp<M, D, H, DEPTH, F, A>
{
    type Built = Mlp<M, D, H, DEPTH, F, A, f32, V>;
}

impl<const M: usize, const D: usize, const H: usize, const DEPTH: usize, const F: usize, A: Activation> NonMutableModule
    for Mlp<M, D, H, DEPTH, F, A>
{
}
