//! Run elementwise loops in the widest vector instructions of the machine, chosen at run time.

use pulp::{Arch, Simd, WithSimd};

use super::activation::Nonlinearity;
#[cfg(target_arch = "x86_64")]
use super::silu;

/// What is added to rows before their activation: the same to all, and to each something of its own or nothing.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    /// As long as a row.
    pub(super) base: &'a [f32],
    /// Of the row of this index: as long as `base`, or empty.
    pub(super) own: Option<&'a dyn Fn(usize) -> &'a [f32]>,
}

impl<'a> Terms<'a> {
    /// The same to all rows.
    pub(super) fn of_all(base: &'a [f32]) -> Self {
        Self { base, own: None }
    }

    /// Adds to rows from `first` on what is their own.
    fn add_own(&self, arch: Arch, first: usize, values: &mut [f32]) {
        let Some(own) = self.own else { return };
        for (i, row) in values.chunks_exact_mut(self.base.len()).enumerate() {
            let own = own(first + i);
            if !own.is_empty() {
                add_rows(arch, own, row);
            }
        }
    }
}

/// Runs `Loop::<KIND, FUSED>` in the widest vectors for a run-time activation.
macro_rules! dispatch {
    ($arch:expr, $kind:expr, $loop:ident { $($field:ident),* }) => {
        match ($kind, !matches!($arch, Arch::Scalar)) {
            (Nonlinearity::Relu, true) => $arch.dispatch($loop::<RELU, true> { $($field),* }),
            (Nonlinearity::Silu, true) => $arch.dispatch($loop::<SILU, true> { $($field),* }),
            (Nonlinearity::Mish, true) => $arch.dispatch($loop::<MISH, true> { $($field),* }),
            (Nonlinearity::Relu, false) => $arch.dispatch($loop::<RELU, false> { $($field),* }),
            (Nonlinearity::Silu, false) => $arch.dispatch($loop::<SILU, false> { $($field),* }),
            (Nonlinearity::Mish, false) => $arch.dispatch($loop::<MISH, false> { $($field),* }),
        }
    };
}

const RELU: u8 = 0;
const SILU: u8 = 1;
const MISH: u8 = 2;

#[inline(always)]
fn evaluate<const KIND: u8, const FUSED: bool>(x: f32) -> (f32, f32) {
    match KIND {
        RELU => Nonlinearity::Relu.evaluate::<FUSED>(x),
        SILU => Nonlinearity::Silu.evaluate::<FUSED>(x),
        _ => Nonlinearity::Mish.evaluate::<FUSED>(x),
    }
}

// A loop is a type and not a closure, so that it is inlined into its vector code whatever its size: outside of it, a fused
// multiplication and addition is a call of the C library.

/// Applies `act(z + terms)` to rows from `first` on: `values` holds z and receives the activation, `slopes` its derivative.
pub(super) fn activate(
    arch: Arch,
    kind: Nonlinearity,
    terms: Terms<'_>,
    first: usize,
    values: &mut [f32],
    slopes: &mut [f32],
) {
    terms.add_own(arch, first, values);
    let bias = terms.base;
    #[cfg(target_arch = "x86_64")]
    if let (Arch::V4(simd), Nonlinearity::Silu) = (arch, kind) {
        return silu::activate(simd, bias, values, Some(slopes));
    }
    dispatch!(arch, kind, Activate { bias, values, slopes });
}

struct Activate<'a, const KIND: u8, const FUSED: bool> {
    bias: &'a [f32],
    values: &'a mut [f32],
    slopes: &'a mut [f32],
}

impl<const KIND: u8, const FUSED: bool> WithSimd for Activate<'_, KIND, FUSED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let width = self.bias.len();
        for (values, slopes) in self.values.chunks_exact_mut(width).zip(self.slopes.chunks_exact_mut(width)) {
            for ((value, slope), bias) in values.iter_mut().zip(slopes).zip(self.bias) {
                (*value, *slope) = evaluate::<KIND, FUSED>(*value + bias);
            }
        }
    }
}

/// As [`activate`], without the derivative.
pub(super) fn activate_only(arch: Arch, kind: Nonlinearity, terms: Terms<'_>, first: usize, values: &mut [f32]) {
    terms.add_own(arch, first, values);
    let bias = terms.base;
    #[cfg(target_arch = "x86_64")]
    if let (Arch::V4(simd), Nonlinearity::Silu) = (arch, kind) {
        return silu::activate(simd, bias, values, None);
    }
    dispatch!(arch, kind, ActivateOnly { bias, values });
}

struct ActivateOnly<'a, const KIND: u8, const FUSED: bool> {
    bias: &'a [f32],
    values: &'a mut [f32],
}

impl<const KIND: u8, const FUSED: bool> WithSimd for ActivateOnly<'_, KIND, FUSED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for values in self.values.chunks_exact_mut(self.bias.len()) {
            for (value, bias) in values.iter_mut().zip(self.bias) {
                *value = evaluate::<KIND, FUSED>(*value + bias).0;
            }
        }
    }
}

/// out[row, i] ← bias[i] + Σ_k values[row, k] weights[i, k]: a layer of few outputs.
pub(crate) fn narrow_layer(arch: Arch, weights: &[f32], bias: &[f32], values: &[f32], out: &mut [f32]) {
    arch.dispatch(NarrowLayer { weights, bias, values, out });
}

struct NarrowLayer<'a> {
    weights: &'a [f32],
    bias: &'a [f32],
    values: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for NarrowLayer<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { weights, bias, values, out } = self;
        let (width, outputs) = (weights.len() / bias.len(), bias.len());
        // Four rows and two outputs at once: their sums wait for one another's instructions and not for their own. A row's result
        // does not depend on its neighbours.
        for (values, out) in values.chunks(4 * width).zip(out.chunks_mut(4 * outputs)) {
            let rows = values.len() / width;
            let row = |r: usize| &values[r.min(rows - 1) * width..][..width];
            let values = [row(0), row(1), row(2), row(3)];
            for i in (0..outputs).step_by(2) {
                let weights = [i, (i + 1).min(outputs - 1)].map(|i| &weights[i * width..][..width]);
                let sums = products(simd, weights, values);
                for (i, sums) in (i..outputs).zip(sums) {
                    for (r, sum) in sums.into_iter().enumerate().take(rows) {
                        out[r * outputs + i] = sum + bias[i];
                    }
                }
            }
        }
    }
}

/// The products of two rows with each of four.
#[inline(always)]
fn products<S: Simd>(simd: S, weights: [&[f32]; 2], values: [&[f32]; 4]) -> [[f32; 4]; 2] {
    let ((first, first_rest), (second, second_rest)) = (S::as_simd_f32s(weights[0]), S::as_simd_f32s(weights[1]));
    let [(a, a_rest), (b, b_rest), (c, c_rest), (d, d_rest)] = values.map(S::as_simd_f32s);
    let mut sums = [[simd.splat_f32s(0.0); 4]; 2];
    for (((((first, second), a), b), c), d) in first.iter().zip(second).zip(a).zip(b).zip(c).zip(d) {
        for (sum, value) in sums[0].iter_mut().zip([a, b, c, d]) {
            *sum = simd.mul_add_e_f32s(*first, *value, *sum);
        }
        for (sum, value) in sums[1].iter_mut().zip([a, b, c, d]) {
            *sum = simd.mul_add_e_f32s(*second, *value, *sum);
        }
    }
    let mut totals = [[0.0; 4]; 2];
    for ((totals, sums), rest) in totals.iter_mut().zip(sums).zip([first_rest, second_rest]) {
        for ((total, sum), values) in totals.iter_mut().zip(sums).zip([a_rest, b_rest, c_rest, d_rest]) {
            *total = rest.iter().zip(values).fold(simd.reduce_sum_f32s(sum), |sum, (w, value)| sum + value * w);
        }
    }
    totals
}

/// The backward pass of a layer of few outputs: gradient ← gradient + d_outᵀ values, upstream ← (d_out weights) ∘ slopes.
pub(crate) fn narrow_backward(
    arch: Arch,
    outputs: usize,
    weights: &[f32],
    (values, slopes): (&[f32], &[f32]),
    d_out: &[f32],
    gradient: &mut [f32],
    upstream: &mut [f32],
) {
    arch.dispatch(NarrowBackward { outputs, weights, values, slopes, d_out, gradient, upstream });
}

struct NarrowBackward<'a> {
    outputs: usize,
    weights: &'a [f32],
    values: &'a [f32],
    slopes: &'a [f32],
    d_out: &'a [f32],
    gradient: &'a mut [f32],
    upstream: &'a mut [f32],
}

impl WithSimd for NarrowBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { outputs, weights, values, slopes, d_out, gradient, upstream } = self;
        let width = weights.len() / outputs;
        let rows = values.chunks_exact(width).zip(slopes.chunks_exact(width)).zip(d_out.chunks_exact(outputs));
        for (((values, slopes), d_out), upstream) in rows.zip(upstream.chunks_exact_mut(width)) {
            upstream.fill(0.0);
            let layer = weights.chunks_exact(width).zip(gradient.chunks_exact_mut(width));
            for ((weights, gradient), d) in layer.zip(d_out) {
                for (((up, weight), sum), value) in upstream.iter_mut().zip(weights).zip(gradient).zip(values) {
                    *up += d * weight;
                    *sum += d * value;
                }
            }
            upstream.iter_mut().zip(slopes).for_each(|(up, slope)| *up *= slope);
        }
    }
}

/// values ← values ∘ factors
pub(crate) fn scale_by(arch: Arch, factors: &[f32], values: &mut [f32]) {
    arch.dispatch(
        #[inline(always)]
        || values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor),
    );
}

/// sums ← sums + Σ_rows values
pub(crate) fn add_rows(arch: Arch, values: &[f32], sums: &mut [f32]) {
    arch.dispatch(
        #[inline(always)]
        || {
            for row in values.chunks_exact(sums.len()) {
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        },
    );
}

/// Adds `terms` to every row.
pub(crate) fn add_to_rows(arch: Arch, terms: &[f32], values: &mut [f32]) {
    arch.dispatch(
        #[inline(always)]
        || {
            for row in values.chunks_exact_mut(terms.len()) {
                row.iter_mut().zip(terms).for_each(|(value, term)| *value += term);
            }
        },
    );
}

/// Σ x²
pub(crate) fn sum_of_squares(arch: Arch, x: &[f32]) -> f64 {
    arch.dispatch(
        #[inline(always)]
        || {
            // Sixteen lanes summed in a fixed order keep the result independent of the vector width.
            let mut lanes = [0.0_f32; 16];
            let chunks = x.chunks_exact(16);
            let tail: f32 = chunks.remainder().iter().map(|v| v * v).sum();
            for chunk in chunks {
                for (lane, v) in lanes.iter_mut().zip(chunk) {
                    *lane += v * v;
                }
            }
            lanes.iter().map(|v| f64::from(*v)).sum::<f64>() + f64::from(tail)
        },
    )
}
