//! Declare the separable network, whose sum over observations moves inside.

use std::marker::PhantomData;

use rand::RngExt;

use super::{
    activation::{Activation, Silu},
    engine::{NamedTensor, ScoreEngine, ScoreNetwork},
    error::NetworkError,
    fused_engine::FusedEngine,
    separable_engine::{ENCODER, SeparableEngine, TRUNK},
    shape::{EncoderShape, NetworkShape},
};
use crate::model::Stream;

/// Width of the layers that every observation of a set passes.
const SET_WIDTH: usize = 128;

/// A separable score network for M parameters and sets of at most N_MAX observations of D components: a trunk of DEPTH
/// layers of H units on (θ, t) gives K + 1 vectors φ_k, an encoder of the same size on (x, t) gives the K coefficients c_k.
///
/// For many observations composed linearly (`Gauss`, `Factorized`): a step of 1,000 draws given 1,000 observations costs
/// 2,000 rows, not a million. The trunk sees θ_t in latent coordinates, which are the same for every observation; the
/// Gaussian baseline of each observation is exact as ever, and only its correction is a sum of products.
#[derive(Clone, Copy, Debug, Default)]
pub struct Separable<
    const M: usize,
    const D: usize,
    const N_MAX: usize = 1,
    const K: usize = 64,
    const H: usize = 256,
    const DEPTH: usize = 3,
    const F: usize = 3,
    A: Activation = Silu,
>(PhantomData<A>);

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const K: usize,
    const H: usize,
    const DEPTH: usize,
    const F: usize,
    A: Activation,
> Separable<M, D, N_MAX, K, H, DEPTH, F, A>
{
    /// The sizes of the trunk and of the encoder.
    pub fn shapes() -> (NetworkShape, NetworkShape) {
        const { assert!(DEPTH > 0, "a network has at least one hidden layer: choose DEPTH of 1 or more") };
        const { assert!(N_MAX > 0, "a set has at least one observation: choose N_MAX of 1 or more") };
        const { assert!(K > 0, "a separable network has at least one basis function: choose K of 1 or more") };
        let trunk = NetworkShape {
            parameters: M,
            whitened: false,
            outputs: (K + 1) * M,
            observation: 0,
            width: H,
            depth: DEPTH,
            frequencies: F,
            activation: A::KIND,
            encoder: EncoderShape::Single,
        };
        let encoder = EncoderShape::for_sets(N_MAX, SET_WIDTH);
        (trunk, NetworkShape { parameters: 0, outputs: K, observation: D, encoder, ..trunk })
    }
}

impl<
    const M: usize,
    const D: usize,
    const N_MAX: usize,
    const K: usize,
    const H: usize,
    const DEPTH: usize,
    const F: usize,
    A: Activation,
> ScoreNetwork<M, D> for Separable<M, D, N_MAX, K, H, DEPTH, F, A>
{
    const N_MAX: usize = N_MAX;
    type Engine = SeparableEngine;

    fn describe() -> Result<serde_json::Value, NetworkError> {
        let (trunk, encoder) = Self::shapes();
        Ok(serde_json::json!({ "kind": "separable", "trunk": trunk, "encoder": encoder }))
    }

    fn initialise(rng: &mut Stream) -> Result<SeparableEngine, NetworkError> {
        let (trunk, encoder) = Self::shapes();
        let trunk = FusedEngine::initialise(trunk, rng);
        let mut encoder = FusedEngine::initialise(encoder, rng);
        // Output layers start at zero. With both factors zero neither would ever move.
        let (outputs, bound) = (encoder.shape().layout().output.0, 1.0 / (H as f32).sqrt());
        encoder.update_weights(&mut |weights| {
            weights[outputs.clone()].iter_mut().for_each(|weight| *weight = rng.random_range(-bound..bound));
        })?;
        Ok(SeparableEngine::assemble(trunk, encoder))
    }

    fn restore(tensors: &[NamedTensor]) -> Result<SeparableEngine, NetworkError> {
        let (trunk, encoder) = Self::shapes();
        let part = |shape, prefix: &str| {
            let own: Vec<NamedTensor> = tensors
                .iter()
                .filter_map(|tensor| {
                    let name = tensor.name.strip_prefix(prefix)?.to_owned();
                    Some(NamedTensor { name, shape: tensor.shape.clone(), values: tensor.values.clone() })
                })
                .collect();
            FusedEngine::from_tensors(shape, &own).map_err(|error| error.within(prefix))
        };
        Ok(SeparableEngine::assemble(part(trunk, TRUNK)?, part(encoder, ENCODER)?))
    }
}
