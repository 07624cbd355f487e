//! Reset a tensor of a network to random weights, for dfdx's builders.

use dfdx::{shapes::Shape, tensor::Tensor, tensor_ops::Device};

/// Draws U(±1/√fan-in) from the device's generator: only dfdx's own `build` and `reset_params` come here, networks that
/// this crate trains draw from its streams.
pub(crate) fn uniform<S: Shape, V: Device<f32>>(tensor: &mut Tensor<S, f32, V>, fan_in: usize) {
    let bound = 1.0 / (fan_in.max(1) as f32).sqrt();
    let draws = tensor.device().sample_uniform_like(tensor).as_vec();
    let values: Vec<f32> = draws.iter().map(|u| (2.0 * u - 1.0) * bound).collect();
    tensor.copy_from(&values);
}
