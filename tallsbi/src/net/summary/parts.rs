//! Lay out the tensors of a summary network, and run the layers that all kinds have in common.

use std::ops::Range;

use rand::RngExt;

use super::super::{
    activation::Nonlinearity,
    instructions::arch,
    linalg::{View, multiply},
    vector::{self, Terms},
};
use crate::model::Stream;

/// What a tensor is before training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// U(±1/√n)
    Uniform(usize),
    One,
    Zero,
}

/// One tensor of a summary network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::net) struct Tensor {
    /// Without `summary.`
    pub(in crate::net) name: String,
    pub(in crate::net) shape: Vec<usize>,
    /// Where it lies among the summary network's weights.
    pub(in crate::net) range: Range<usize>,
    pub(super) start: Start,
}

impl Tensor {
    pub(super) fn initialise(&self, rng: &mut Stream, weights: &mut [f32]) {
        let weights = &mut weights[self.range.clone()];
        match self.start {
            Start::Uniform(n) => {
                let bound = 1.0 / (n.max(1) as f32).sqrt();
                for weight in weights {
                    *weight = rng.random_range(-bound..bound);
                }
            }
            Start::One => weights.fill(1.0),
            Start::Zero => weights.fill(0.0),
        }
    }
}

/// Takes tensors one after the other.
#[derive(Default)]
pub(super) struct Tensors {
    pub(super) all: Vec<Tensor>,
    pub(super) total: usize,
}

impl Tensors {
    pub(super) fn take(&mut self, name: impl Into<String>, shape: &[usize], start: Start) -> Range<usize> {
        let range = self.total..self.total + shape.iter().product::<usize>();
        self.total = range.end;
        self.all.push(Tensor { name: name.into(), shape: shape.to_vec(), range: range.clone(), start });
        range
    }

    /// A layer of `outputs` sums of `inputs` numbers.
    pub(super) fn linear(&mut self, name: &str, inputs: usize, outputs: usize) -> Linear {
        let start = Start::Uniform(inputs);
        let weight = self.take(format!("{name}.weight"), &[outputs, inputs], start);
        let bias = self.take(format!("{name}.bias"), &[outputs], start);
        Linear { weight, bias, inputs, outputs }
    }
}

/// y = W x + b on rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Linear {
    pub(super) weight: Range<usize>,
    pub(super) bias: Range<usize>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Linear {
    /// The number of rows of `x`.
    fn rows(&self, x: &[f32]) -> usize {
        x.len() / self.inputs.max(1)
    }

    /// W x, without the bias.
    fn product(&self, weights: &[f32], x: &[f32], out: &mut Vec<f32>) {
        let rows = self.rows(x);
        out.resize(rows * self.outputs, 0.0);
        let weight = View::transposed(&weights[self.weight.clone()], self.inputs);
        multiply(rows, self.inputs, self.outputs, View::rows(x, self.inputs), weight, 0.0, out);
    }

    pub(super) fn forward(&self, weights: &[f32], x: &[f32], out: &mut Vec<f32>) {
        self.product(weights, x, out);
        vector::add_to_rows(arch(), &weights[self.bias.clone()], out);
    }

    /// SiLU of the layer, with its slopes.
    pub(super) fn silu(&self, weights: &[f32], x: &[f32], out: &mut Vec<f32>, slopes: &mut Vec<f32>) {
        self.product(weights, x, out);
        slopes.resize(out.len(), 0.0);
        let bias = Terms::of_all(&weights[self.bias.clone()]);
        vector::activate(arch(), Nonlinearity::Silu, bias, 0, out, slopes);
    }

    /// Adds the gradient of the weights, and writes that of x where it is asked for.
    pub(super) fn backward(
        &self,
        weights: &[f32],
        x: &[f32],
        d_out: &[f32],
        gradient: &mut [f32],
        d_x: Option<&mut Vec<f32>>,
    ) {
        let (rows, inputs, outputs) = (self.rows(x), self.inputs, self.outputs);
        let into = &mut gradient[self.weight.clone()];
        multiply(outputs, rows, inputs, View::transposed(d_out, outputs), View::rows(x, inputs), 1.0, into);
        vector::add_rows(arch(), &d_out[..rows * outputs], &mut gradient[self.bias.clone()]);
        if let Some(d_x) = d_x {
            d_x.resize(rows * inputs, 0.0);
            let weight = View::rows(&weights[self.weight.clone()], inputs);
            multiply(rows, outputs, inputs, View::rows(d_out, outputs), weight, 0.0, d_x);
        }
    }
}

/// The transpose of a row-major matrix with `width` columns.
pub(super) fn transpose(matrix: &[f32], width: usize, into: &mut Vec<f32>) {
    into.clear();
    into.extend((0..width).flat_map(|column| matrix.iter().skip(column).step_by(width)));
}

/// The mean over the steps of every item: `values: [items × steps × width]`, `means: [items × width]`.
pub(super) fn mean(values: &[f32], steps: usize, width: usize, means: &mut Vec<f32>) {
    let items = values.len() / (steps * width).max(1);
    means.clear();
    means.resize(items * width, 0.0);
    let share = 1.0 / steps as f32;
    for (values, mean) in values.chunks_exact(steps * width).zip(means.chunks_exact_mut(width)) {
        vector::add_rows(arch(), values, mean);
        for mean in mean {
            *mean *= share;
        }
    }
}

/// The gradient of the values, given that of their [`mean`].
pub(super) fn spread(d_means: &[f32], steps: usize, width: usize, d_values: &mut Vec<f32>) {
    let share = 1.0 / steps as f32;
    d_values.resize(d_means.len() * steps, 0.0);
    for (d_mean, d_values) in d_means.chunks_exact(width).zip(d_values.chunks_exact_mut(steps * width)) {
        for d_value in d_values.chunks_exact_mut(width) {
            d_value.iter_mut().zip(d_mean).for_each(|(value, mean)| *value = mean * share);
        }
    }
}
