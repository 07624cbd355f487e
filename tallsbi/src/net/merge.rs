//! Merge θ, observation and time into one layer: the entrance of a network of one's own.

use dfdx::{
    nn::{
        BuildOnDevice, ModuleVisitor, NonMutableModule, TensorCollection,
        modules::{Linear, Module, UnbiasedLinear},
    },
    shapes::{Const, Dtype},
    tensor::{Cpu, CpuError, Storage, Tape, Tensor},
    tensor_ops::{Device, TryAdd},
};

/// The first layer of a [`Custom`](super::Custom) network: W_θ θ + W_x x + w_t t + b, as plain dfdx layers.
#[derive(Clone, Debug)]
pub struct MergeInputs<const M: usize, const D: usize, const H: usize, E: Dtype = f32, V: Storage<E> = Cpu> {
    /// W_θ.
    pub theta: UnbiasedLinear<M, H, E, V>,
    /// W_x.
    pub x: UnbiasedLinear<D, H, E, V>,
    /// w_t and b.
    pub time: Linear<1, H, E, V>,
}

/// What a network of one's own sees: θ features `[rows × M]`, z-scores `[rows × D]` and times `[rows × 1]`. Only θ
/// carries a tape.
pub type CustomInput<const M: usize, const D: usize, T> =
    (Tensor<(usize, Const<M>), f32, Cpu, T>, Tensor<(usize, Const<D>), f32, Cpu>, Tensor<(usize, Const<1>), f32, Cpu>);

impl<const M: usize, const D: usize, const H: usize, T: Tape<f32, Cpu>> Module<CustomInput<M, D, T>>
    for MergeInputs<M, D, H>
{
    type Output = Tensor<(usize, Const<H>), f32, Cpu, T>;
    type Error = CpuError;

    fn try_forward(&self, (theta, x, time): CustomInput<M, D, T>) -> Result<Self::Output, CpuError> {
        let theta = self.theta.try_forward(theta)?;
        let x = self.x.try_forward(x.retaped::<T>())?;
        let time = self.time.try_forward(time.retaped::<T>())?;
        theta.try_add(x)?.try_add(time)
    }
}

impl<const M: usize, const D: usize, const H: usize, V: Device<f32>> TensorCollection<f32, V>
    for MergeInputs<M, D, H, f32, V>
{
    type To<E2: Dtype, V2: Device<E2>> = MergeInputs<M, D, H, E2, V2>;

    fn iter_tensors<W: ModuleVisitor<Self, f32, V>>(visitor: &mut W) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
        visitor.visit_fields(
            (
                Self::module("theta", |s| &s.theta, |s| &mut s.theta),
                Self::module("x", |s| &s.x, |s| &mut s.x),
                Self::module("time", |s| &s.time, |s| &mut s.time),
            ),
            |(theta, x, time)| MergeInputs { theta, x, time },
        )
    }
}

impl<const M: usize, const D: usize, const H: usize, V: Device<f32>> BuildOnDevice<V, f32> for MergeInputs<M, D, H> {
    type Built = MergeInputs<M, D, H, f32, V>;
}

impl<const M: usize, const D: usize, const H: usize> NonMutableModule for MergeInputs<M, D, H> {}
