//! Run elementwise loops in the widest vector instructions of the machine, chosen at run time.

use pulp::Arch;

use super::activation::Nonlinearity;

/// Applies `act(z + bias)` row by row: `values` holds z and receives the activation, `slopes` its derivative.
pub(crate) fn activate(arch: Arch, kind: Nonlinearity, bias: &[f32], values: &mut [f32], slopes: &mut [f32]) {
    match kind {
        Nonlinearity::Relu => activate_as(
            arch,
            bias,
            values,
            slopes,
            #[inline(always)]
            |x| Nonlinearity::Relu.evaluate(x),
        ),
        Nonlinearity::Silu => activate_as(
            arch,
            bias,
            values,
            slopes,
            #[inline(always)]
            |x| Nonlinearity::Silu.evaluate(x),
        ),
        Nonlinearity::Mish => activate_as(
            arch,
            bias,
            values,
            slopes,
            #[inline(always)]
            |x| Nonlinearity::Mish.evaluate(x),
        ),
    }
}

#[inline(always)]
fn activate_as(arch: Arch, bias: &[f32], values: &mut [f32], slopes: &mut [f32], f: impl Fn(f32) -> (f32, f32)) {
    arch.dispatch(
        #[inline(always)]
        || {
            let width = bias.len();
            for (values, slopes) in values.chunks_exact_mut(width).zip(slopes.chunks_exact_mut(width)) {
                for ((value, slope), bias) in values.iter_mut().zip(slopes).zip(bias) {
                    (*value, *slope) = f(*value + bias);
                }
            }
        },
    );
}

/// Applies `act(z + bias)` row by row, without the derivative.
pub(crate) fn activate_only(arch: Arch, kind: Nonlinearity, bias: &[f32], values: &mut [f32]) {
    match kind {
        Nonlinearity::Relu => activate_only_as(
            arch,
            bias,
            values,
            #[inline(always)]
            |x| Nonlinearity::Relu.evaluate(x).0,
        ),
        Nonlinearity::Silu => activate_only_as(
            arch,
            bias,
            values,
            #[inline(always)]
            |x| Nonlinearity::Silu.evaluate(x).0,
        ),
        Nonlinearity::Mish => activate_only_as(
            arch,
            bias,
            values,
            #[inline(always)]
            |x| Nonlinearity::Mish.evaluate(x).0,
        ),
    }
}

#[inline(always)]
fn activate_only_as(arch: Arch, bias: &[f32], values: &mut [f32], f: impl Fn(f32) -> f32) {
    arch.dispatch(
        #[inline(always)]
        || {
            for values in values.chunks_exact_mut(bias.len()) {
                for (value, bias) in values.iter_mut().zip(bias) {
                    *value = f(*value + bias);
                }
            }
        },
    );
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

/// Adds `terms[j]` to every row of tile row j: `out[i] = base + terms[i]` for a base row and a block of term rows.
pub(crate) fn add_base(arch: Arch, base: &[f32], terms: &[f32], out: &mut [f32]) {
    arch.dispatch(
        #[inline(always)]
        || {
            let width = base.len();
            for (out, terms) in out.chunks_exact_mut(width).zip(terms.chunks_exact(width)) {
                for ((out, term), base) in out.iter_mut().zip(terms).zip(base) {
                    *out = term + base;
                }
            }
        },
    );
}

/// One AdamW step with an exponential moving average of the weights, fused over one slice of parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    /// Learning rate.
    pub(crate) rate: f32,
    /// First-moment decay.
    pub(crate) beta1: f32,
    /// Second-moment decay.
    pub(crate) beta2: f32,
    /// 1 − β₁ᵏ at step k.
    pub(crate) correction1: f32,
    /// 1 − β₂ᵏ at step k.
    pub(crate) correction2: f32,
    /// Added to the root of the second moment.
    pub(crate) epsilon: f32,
    /// Decoupled weight decay.
    pub(crate) decay: f32,
    /// Factor on the gradient (gradient clipping).
    pub(crate) gradient_scale: f32,
    /// Weight of the old average.
    pub(crate) ema: f32,
}

impl AdamStep {
    /// Updates weights, both moments and the average in one pass.
    pub(crate) fn apply(
        &self,
        arch: Arch,
        gradient: &[f32],
        weights: &mut [f32],
        first: &mut [f32],
        second: &mut [f32],
        average: &mut [f32],
    ) {
        let s = *self;
        let n = gradient.len();
        let (weights, first, second, average) =
            (&mut weights[..n], &mut first[..n], &mut second[..n], &mut average[..n]);
        arch.dispatch(
            #[inline(always)]
            || {
                let step = s.rate / s.correction1;
                let root = 1.0 / s.correction2.sqrt();
                let shrink = 1.0 - s.rate * s.decay;
                for i in 0..n {
                    let g = gradient[i] * s.gradient_scale;
                    first[i] = s.beta1 * first[i] + (1.0 - s.beta1) * g;
                    second[i] = s.beta2 * second[i] + (1.0 - s.beta2) * g * g;
                    weights[i] = shrink * weights[i] - step * first[i] / (second[i].sqrt() * root + s.epsilon);
                    average[i] += (1.0 - s.ema) * (weights[i] - average[i]);
                }
            },
        );
    }
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
