//! Declare the network of sets of observations as a dfdx module with static shapes.

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

/// What a [`SetMlp`] sees, one row per evaluation. Only θ carries a tape: gradients flow to it and to every parameter;
/// the other parts are data.
#[derive(Clone, Debug)]
pub struct SetInput<const M: usize, const D: usize, const N_MAX: usize, T = NoneTape> {
    /// Features of θ_t: `[rows × M]`.
    pub theta: Tensor<(usize, Const<M>), f32, Cpu, T>,
    /// Signal share of every component: `[rows × M]`.
    pub signal: Tensor<(usize, Const<M>), f32, Cpu>,
    /// θ_t in latent coordinates: `[rows × M]`.
    pub latent: Tensor<(usize, Const<M>), f32, Cpu>,
    /// z-scores of the observations: `[rows × N_MAX × D]`.
    pub x: Tensor<(usize, Const<N_MAX>, Const<D>), f32, Cpu>,
    /// Normal scores of the observations: `[rows × N_MAX × D]`.
    pub scores: Tensor<(usize, Const<N_MAX>, Const<D>), f32, Cpu>,
    /// Normal scores of differences of components: `[rows × N_MAX × D]`.
    pub differences: Tensor<(usize, Const<N_MAX>, Const<D>), f32, Cpu>,
    /// Diffusion times: `[rows]`.
    pub time: Tensor<(usize,), f32, Cpu>,
    /// Observations of each row, at most N_MAX; slots beyond are not read, and 0 means the null context. `None`: every
    /// row has N_MAX.
    pub sizes: Option<Vec<u32>>,
}

/// A score network for M parameters and sets of at most N_MAX observations of D components, whatever their order: every
/// observation passes two layers of W units, e_i = a(W_2 a(W_x x_i + W_s s_i + W_g g_i + b_1) + b_2); the mean over the set and
/// its size enter the first layer of an [`Mlp`](super::Mlp) as W_e (Σ e_i)/n + w_n in place of W_x x + W_s s + W_g g, and the
/// learned null context where the set is empty.
///
/// As in [`Mlp`](super::Mlp), the tensors are dfdx parameters under the engine's names and a forward pass records one
/// operation; evaluation exists for `f32` on the CPU.
#[derive(Clone, Debug)]
pub struct SetMlp<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const H: usize = 256,
    const DEPTH: usize = 3,
    const W: usize = 128,
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
    /// W_x, `context.first.x`.
    pub x: Tensor<Rank2<W, D>, E, V>,
    /// W_s, `context.first.scores`.
    pub scores: Tensor<Rank2<W, D>, E, V>,
    /// W_g, `context.first.differences`.
    pub differences: Tensor<Rank2<W, D>, E, V>,
    /// b_1, `context.first.bias`.
    pub first_bias: Tensor<Rank1<W>, E, V>,
    /// W_2 and b_2, `context.second.weight` and `context.second.bias`.
    pub second: Linear<W, W, E, V>,
    /// W_e, `context.embedding`.
    pub embedding: Tensor<Rank2<H, W>, E, V>,
    /// w_1 … w_N_MAX as columns, `context.size`.
    pub size: Tensor<Rank2<H, N_MAX>, E, V>,
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

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const H: usize,
    const DEPTH: usize,
    const W: usize,
    const F: usize,
    A: Activation,
> SetMlp<M, D, N_MAX, H, DEPTH, W, F, A>
{
    /// The network's sizes.
    pub fn shape() -> NetworkShape {
        const { assert!(DEPTH > 0, "a network has at least one hidden layer: choose DEPTH of 1 or more") };
        const { assert!(N_MAX > 0, "a set has at least one observation: choose N_MAX of 1 or more") };
        NetworkShape {
            parameters: M,
            whitened: true,
            outputs: M,
            observation: D,
            width: H,
            depth: DEPTH,
            frequencies: F,
            activation: A::KIND,
            encoder: EncoderShape::Set { n_max: N_MAX, width: W },
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

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const H: usize,
    const DEPTH: usize,
    const W: usize,
    const F: usize,
    A: Activation,
> TryFrom<&FusedEngine> for SetMlp<M, D, N_MAX, H, DEPTH, W, F, A>
{
    type Error = NetworkError;

    /// The module with the weights of an engine of the same shape and activation.
    fn try_from(engine: &FusedEngine) -> Result<Self, NetworkError> {
        engine.expect_shape(&Self::shape())?;
        collect::build(&engine.tensors())
    }
}

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const H: usize,
    const DEPTH: usize,
    const W: usize,
    const F: usize,
    A: Activation,
> ScoreNetwork<M, D> for SetMlp<M, D, N_MAX, H, DEPTH, W, F, A>
{
    const N_MAX: usize = N_MAX;
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
    const N_MAX: usize,
    const H: usize,
    const DEPTH: usize,
    const W: usize,
    const F: usize,
    A: Activation,
    T: Tape<f32, Cpu>,
> Module<SetInput<M, D, N_MAX, T>> for SetMlp<M, D, N_MAX, H, DEPTH, W, F, A>
{
    type Output = Tensor<(usize, Const<M>), f32, Cpu, T>;
    type Error = NetworkError;

    fn try_forward(&self, input: SetInput<M, D, N_MAX, T>) -> Result<Theta<M, T>, NetworkError> {
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

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const H: usize,
    const DEPTH: usize,
    const W: usize,
    const F: usize,
    A: Activation,
    V: Device<f32>,
> SetMlp<M, D, N_MAX, H, DEPTH, W, F, A, f32, V>
{
    /// How a weight of the encoder's first layer is reset.
    fn item<S: ConstShape>() -> TensorOptions<S, f32, V> {
        TensorOptions::reset_with(|tensor| {
            uniform(tensor, FEATURES * D);
            Ok(())
        })
    }

    /// How a weight of the first layer is reset.
    fn first<S: ConstShape>() -> TensorOptions<S, f32, V> {
        TensorOptions::reset_with(|tensor| {
            uniform(tensor, 3 * M + 2 * F + W + N_MAX);
            Ok(())
        })
    }
}

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const H: usize,
    const DEPTH: usize,
    const W: usize,
    const F: usize,
    A: Activation,
    V: Device<f32>,
> TensorCollection<f32, V> for SetMlp<M, D, N_MAX, H, DEPTH, W, F, A, f32, V>
{
    type To<E2: Dtype, V2: Device<E2>> = SetMlp<M, D, N_MAX, H, DEPTH, W, F, A, E2, V2>;

    /// In the flat order of the engine.
    fn iter_tensors<B: ModuleVisitor<Self, f32, V>>(visitor: &mut B) -> Result<Option<Self::To<B::E2, B::D2>>, B::Err> {
        let names: Vec<String> = (1..DEPTH).map(|layer| format!("hidden.{}", layer - 1)).collect();
        let layers = names.iter().enumerate();
        visitor.visit_fields(
            (
                (
                    Self::tensor("theta", |s| &s.theta, |s| &mut s.theta, Self::first()),
                    Self::tensor("signal", |s| &s.signal, |s| &mut s.signal, Self::first()),
                    Self::tensor("latent", |s| &s.latent, |s| &mut s.latent, Self::first()),
                ),
                (
                    (
                        Self::tensor("context.first.x", |s| &s.x, |s| &mut s.x, Self::item()),
                        Self::tensor("context.first.scores", |s| &s.scores, |s| &mut s.scores, Self::item()),
                        Self::tensor(
                            "context.first.differences",
                            |s| &s.differences,
                            |s| &mut s.differences,
                            Self::item(),
                        ),
                    ),
                    Self::tensor("context.first.bias", |s| &s.first_bias, |s| &mut s.first_bias, Self::item()),
                    Self::module("context.second", |s| &s.second, |s| &mut s.second),
                    Self::tensor("context.embedding", |s| &s.embedding, |s| &mut s.embedding, Self::first()),
                    Self::tensor("context.size", |s| &s.size, |s| &mut s.size, Self::first()),
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
                (theta, signal, latent),
                ((x, scores, differences), first_bias, second, embedding, size),
                (null, cos, sin, bias),
                hidden,
                output_weight,
                output_bias,
            )| SetMlp {
                theta,
                signal,
                latent,
                x,
                scores,
                differences,
                first_bias,
                second,
                embedding,
                size,
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

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const H: usize,
    const DEPTH: usize,
    const W: usize,
    const F: usize,
    A: Activation,
    V: Device<f32>,
> BuildOnDevice<V, f32> for SetMlp<M, D, N_MAX, H, DEPTH, W, F, A>
{
    type Built = SetMlp<M, D, N_MAX, H, DEPTH, W, F, A, f32, V>;
}

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const H: usize,
    const DEPTH: usize,
    const W: usize,
    const F: usize,
    A: Activation,
> NonMutableModule for SetMlp<M, D, N_MAX, H, DEPTH, W, F, A>
{
}
