//! Summarise a series by a gated recurrent unit: its last state, and the mean of its states.
//!
//! r_t = σ(W_r x_t + U_r h_{t−1} + b_r), z_t = σ(W_z x_t + U_z h_{t−1} + b_z), n_t = tanh(W_n x_t + b_n + r_t ∘ (U_n h_{t−1} + c)),
//! h_t = (1 − z_t) ∘ n_t + z_t ∘ h_{t−1}, h_0 = 0: Cho et al., arXiv:1406.1078, Eq. (5)–(8), with the reset gate after the product, as
//! cuDNN and PyTorch have it. The mean beside the last state gives every step a short way to the loss.
//!
//! Series are laid out by step here, `[steps × items × features]`, so that a step of all items is one block. The gates of x lie in
//! the order n, r, z and those of h in the order r, z, n: the gradients of both are columns of one matrix, (n | r | z | U_n h + c).

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::{
    super::{
        activation::{exp, multiply_add, reciprocal},
        instructions::arch,
        linalg::View,
        small::multiply_small,
        vector,
    },
    parts::{Start, Tensors, transpose},
};

/// Where its tensors lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gru {
    features: usize,
    steps: usize,
    width: usize,
    /// W_n, W_r, W_z: `[3 W × features]`.
    input: Range<usize>,
    /// b_n, b_r, b_z.
    bias: Range<usize>,
    /// U_r, U_z, U_n: `[3 W × W]`.
    recurrent: Range<usize>,
    /// c.
    reset_bias: Range<usize>,
}

/// Buffers of one forward and backward pass.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Wᵀ and Uᵀ.
    input: Vec<f32>,
    by_state: Vec<f32>,
    /// W x + b of one step: `[items × 3 W]`.
    products: Vec<f32>,
    /// U h of one step: `[items × 3 W]`.
    recurrent: Vec<f32>,
    /// n, r, z and U_n h + c of all steps: `[steps × items × 4 W]`.
    gates: Vec<f32>,
    /// h_0 … h_T: `[(steps + 1) × items × W]`.
    states: Vec<f32>,
    /// Gradients of the gates of one step: `[items × 4 W]`.
    d_gates: Vec<f32>,
    /// Of the state of one step: `[items × W]`.
    d_state: Vec<f32>,
    /// Of all biases.
    sums: Vec<f32>,
}

impl Gru {
    pub(super) fn new(tensors: &mut Tensors, features: usize, steps: usize, width: usize) -> Self {
        let start = Start::Uniform(width);
        Self {
            features,
            steps,
            width,
            input: tensors.take("input.weight", &[3 * width, features], start),
            bias: tensors.take("input.bias", &[3 * width], start),
            recurrent: tensors.take("recurrent.weight", &[3 * width, width], start),
            reset_bias: tensors.take("recurrent.bias", &[width], start),
        }
    }

    /// `series: [steps × items × features]`, `pooled: [items × 2 W]`, the last state and the mean of all.
    pub(super) fn forward(&self, weights: &[f32], series: &[f32], ws: &mut Buffers, pooled: &mut Vec<f32>) {
        let (arch, f, w) = (arch(), self.features, self.width);
        let items = series.len() / (self.steps * f);
        let rows = self.steps * items;
        ws.products.resize(items * 3 * w, 0.0);
        ws.recurrent.resize(items * 3 * w, 0.0);
        ws.gates.resize(rows * 4 * w, 0.0);
        ws.states.resize((rows + items) * w, 0.0);
        ws.states[..items * w].fill(0.0);
        transpose(&weights[self.input.clone()], f, &mut ws.input);
        transpose(&weights[self.recurrent.clone()], w, &mut ws.by_state);
        pooled.clear();
        pooled.resize(items * 2 * w, 0.0);
        let share = 1.0 / self.steps as f32;
        for t in 0..self.steps {
            let (before, after) = ws.states.split_at_mut((t + 1) * items * w);
            let (before, after) = (&before[t * items * w..], &mut after[..items * w]);
            let x = View::rows(&series[t * items * f..][..items * f], f);
            multiply_small((items, f, 3 * w), x, View::rows(&ws.input, 3 * w), 0.0, &mut ws.products);
            vector::add_to_rows(arch, &weights[self.bias.clone()], &mut ws.products);
            let by_state = View::rows(&ws.by_state, 3 * w);
            multiply_small((items, w, 3 * w), View::rows(before, w), by_state, 0.0, &mut ws.recurrent);
            let step = Step {
                width: w,
                input: &ws.products,
                recurrent: &ws.recurrent,
                bias: &weights[self.reset_bias.clone()],
                gates: &mut ws.gates[t * items * 4 * w..][..items * 4 * w],
                before,
                after: &mut *after,
            };
            step.run(arch);
            for (pooled, state) in pooled.chunks_exact_mut(2 * w).zip(after.chunks_exact(w)) {
                pooled[w..].iter_mut().zip(state).for_each(|(sum, value)| *sum += share * value);
            }
        }
        let last = &ws.states[rows * w..];
        for (pooled, state) in pooled.chunks_exact_mut(2 * w).zip(last.chunks_exact(w)) {
            pooled[..w].copy_from_slice(state);
        }
    }

    pub(super) fn backward(
        &self,
        weights: &[f32],
        series: &[f32],
        ws: &mut Buffers,
        d_pooled: &[f32],
        gradient: &mut [f32],
    ) {
        let (arch, f, w) = (arch(), self.features, self.width);
        let items = d_pooled.len() / (2 * w);
        ws.d_gates.resize(items * 4 * w, 0.0);
        ws.sums.clear();
        ws.sums.resize(4 * w, 0.0);
        ws.d_state.clear();
        ws.d_state.extend(d_pooled.chunks_exact(2 * w).flat_map(|d| &d[..w]));
        let share = 1.0 / self.steps as f32;
        for t in (0..self.steps).rev() {
            for (d_state, d) in ws.d_state.chunks_exact_mut(w).zip(d_pooled.chunks_exact(2 * w)) {
                d_state.iter_mut().zip(&d[w..]).for_each(|(sum, value)| *sum += share * value);
            }
            let gates = &ws.gates[t * items * 4 * w..][..items * 4 * w];
            let before = &ws.states[t * items * w..][..items * w];
            let (d_state, d_gates) = (&mut ws.d_state, &mut ws.d_gates);
            arch.dispatch(
                #[inline(always)]
                || step_backward(w, gates, before, d_state, d_gates),
            );
            // Every step adds to the gradients at once, while its gates' are in cache.
            let x = View::rows(&series[t * items * f..][..items * f], f);
            let of_input = View::transposed(d_gates, 4 * w);
            multiply_small((3 * w, items, f), of_input, x, 1.0, &mut gradient[self.input.clone()]);
            let of_state = View::transposed(&d_gates[w..], 4 * w);
            let into = &mut gradient[self.recurrent.clone()];
            multiply_small((3 * w, items, w), of_state, View::rows(before, w), 1.0, into);
            vector::add_rows(arch, d_gates, &mut ws.sums);
            // (d_r | d_z | d_m) U
            let recurrent = View::rows(&weights[self.recurrent.clone()], w);
            let d_gates = View::columns(d_gates, 4 * w, w);
            multiply_small((items, 3 * w, w), d_gates, recurrent, 1.0, &mut ws.d_state);
        }
        for (range, sums) in [(&self.bias, &ws.sums[..3 * w]), (&self.reset_bias, &ws.sums[3 * w..])] {
            gradient[range.clone()].iter_mut().zip(sums).for_each(|(gradient, sum)| *gradient += sum);
        }
    }
}

/// One step of all items.
struct Step<'a> {
    width: usize,
    /// W x + b.
    input: &'a [f32],
    /// U h.
    recurrent: &'a [f32],
    /// c.
    bias: &'a [f32],
    gates: &'a mut [f32],
    before: &'a [f32],
    after: &'a mut [f32],
}

impl Step<'_> {
    fn run(self, arch: Arch) {
        match arch {
            Arch::Scalar => arch.dispatch(Loop::<false>(self)),
            _ => arch.dispatch(Loop::<true>(self)),
        }
    }
}

/// A type and not a closure, as in `vector.rs`.
struct Loop<'a, const FUSED: bool>(Step<'a>);

#[inline(always)]
fn sigmoid<const FUSED: bool>(x: f32) -> f32 {
    reciprocal::<FUSED>(1.0 + exp::<FUSED>(-x))
}

impl<const FUSED: bool> WithSimd for Loop<'_, FUSED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Step { width: w, input, recurrent, bias, gates, before, after } = self.0;
        let rows = input.chunks_exact(3 * w).zip(recurrent.chunks_exact(3 * w)).zip(gates.chunks_exact_mut(4 * w));
        let states = before.chunks_exact(w).zip(after.chunks_exact_mut(w));
        for (((input, recurrent), gates), (before, after)) in rows.zip(states) {
            let ((x_n, rest), (u_r, others)) = (input.split_at(w), recurrent.split_at(w));
            let ((x_r, x_z), (u_z, u_n)) = (rest.split_at(w), others.split_at(w));
            let ((n, gates), (bias, before)) = (gates.split_at_mut(w), (&bias[..w], &before[..w]));
            let ((r, gates), after) = (gates.split_at_mut(w), &mut after[..w]);
            let (z, m) = gates.split_at_mut(w);
            let ((x_z, u_n), m) = ((&x_z[..w], &u_n[..w]), &mut m[..w]);
            for k in 0..w {
                r[k] = sigmoid::<FUSED>(x_r[k] + u_r[k]);
                z[k] = sigmoid::<FUSED>(x_z[k] + u_z[k]);
                m[k] = u_n[k] + bias[k];
                // tanh x = 2 σ(2 x) − 1
                let inside = multiply_add::<FUSED>(r[k], m[k], x_n[k]);
                n[k] = multiply_add::<FUSED>(2.0, sigmoid::<FUSED>(2.0 * inside), -1.0);
                after[k] = multiply_add::<FUSED>(z[k], before[k] - n[k], n[k]);
            }
        }
    }
}

/// The gradients of the gates, given that of the state after the step; which becomes the part of that of the state before
/// that does not go through the gates.
#[inline(always)]
fn step_backward(w: usize, gates: &[f32], before: &[f32], d_state: &mut [f32], d_gates: &mut [f32]) {
    let rows = gates.chunks_exact(4 * w).zip(d_gates.chunks_exact_mut(4 * w));
    for ((gates, d_gates), (before, d_state)) in rows.zip(before.chunks_exact(w).zip(d_state.chunks_exact_mut(w))) {
        let (n, gates) = gates.split_at(w);
        let (r, gates) = gates.split_at(w);
        let (z, m) = gates.split_at(w);
        let (d_n, d_gates) = d_gates.split_at_mut(w);
        let (d_r, d_gates) = d_gates.split_at_mut(w);
        let (d_z, d_m) = d_gates.split_at_mut(w);
        let (m, d_m, before, d_state) = (&m[..w], &mut d_m[..w], &before[..w], &mut d_state[..w]);
        for k in 0..w {
            let d = d_state[k];
            d_n[k] = d * (1.0 - z[k]) * (1.0 - n[k] * n[k]);
            d_z[k] = d * (before[k] - n[k]) * z[k] * (1.0 - z[k]);
            d_r[k] = d_n[k] * m[k] * r[k] * (1.0 - r[k]);
            d_m[k] = d_n[k] * r[k];
            d_state[k] = d * z[k];
        }
    }
}
