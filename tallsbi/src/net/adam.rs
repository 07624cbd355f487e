//! Step weights with AdamW and average them, in one pass over a slice of parameters.

use pulp::{Arch, Simd, WithSimd};

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
        let n = gradient.len();
        let (weights, first, second, average) =
            (&mut weights[..n], &mut first[..n], &mut second[..n], &mut average[..n]);
        let all = AdamLoop { step: *self, gradient, weights, first, second, average };
        #[cfg(target_arch = "x86_64")]
        if let Arch::V4(simd) = arch {
            return simd.vectorize(wide::Adam { simd, all });
        }
        arch.dispatch(all);
    }

    /// What the first moment, the root of the second and the weight are multiplied by.
    fn factors(&self) -> (f32, f32, f32) {
        (self.rate / self.correction1, 1.0 / self.correction2.sqrt(), 1.0 - self.rate * self.decay)
    }
}

/// All slices have one length.
struct AdamLoop<'a> {
    step: AdamStep,
    gradient: &'a [f32],
    weights: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    average: &'a mut [f32],
}

impl WithSimd for AdamLoop<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { step: s, gradient, weights, first, second, average } = self;
        let (step, root, shrink) = s.factors();
        let moments = first.iter_mut().zip(second);
        for (((weight, average), (first, second)), gradient) in
            weights.iter_mut().zip(average).zip(moments).zip(gradient)
        {
            let g = gradient * s.gradient_scale;
            *first = s.beta1 * *first + (1.0 - s.beta1) * g;
            *second = s.beta2 * *second + (1.0 - s.beta2) * g * g;
            *weight = shrink * *weight - step * *first / (second.sqrt() * root + s.epsilon);
            *average += (1.0 - s.ema) * (*weight - *average);
        }
    }
}

/// The same in AVX-512, whose own reciprocals and roots, with a step of Newton's iteration, cost a third of exact ones.
#[cfg(target_arch = "x86_64")]
mod wide {
    use std::arch::x86_64::__m512;

    use pulp::{NullaryFnOnce, Simd, WithSimd, cast, x86::V4};

    use super::AdamLoop;
    use crate::net::silu::store;

    pub(super) struct Adam<'a> {
        pub(super) simd: V4,
        pub(super) all: AdamLoop<'a>,
    }

    impl NullaryFnOnce for Adam<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self { simd, all: AdamLoop { step: s, gradient, weights, first, second, average } } = self;
            let f = simd.avx512f;
            let constant = |c: f32| f._mm512_set1_ps(c);
            let (gradient, gradient_rest) = V4::as_simd_f32s(gradient);
            let (weights, weights_rest) = V4::as_mut_simd_f32s(weights);
            let (first, first_rest) = V4::as_mut_simd_f32s(first);
            let (second, second_rest) = V4::as_mut_simd_f32s(second);
            let (average, average_rest) = V4::as_mut_simd_f32s(average);
            let (step, root, shrink) = s.factors();
            let [step, root, shrink, epsilon] = [-step, root, shrink, s.epsilon].map(constant);
            let [beta1, rest1, beta2, rest2] = [s.beta1, 1.0 - s.beta1, s.beta2, 1.0 - s.beta2].map(constant);
            let [scale, new] = [s.gradient_scale, 1.0 - s.ema].map(constant);
            let moments = first.iter_mut().zip(second);
            for (((weight, average), (first, second)), gradient) in
                weights.iter_mut().zip(average).zip(moments).zip(gradient)
            {
                let g = f._mm512_mul_ps(cast(*gradient), scale);
                let m = f._mm512_fmadd_ps(rest1, g, f._mm512_mul_ps(beta1, cast(*first)));
                let v = f._mm512_fmadd_ps(rest2, f._mm512_mul_ps(g, g), f._mm512_mul_ps(beta2, cast(*second)));
                let size = f._mm512_fmadd_ps(square_root(simd, v), root, epsilon);
                let change = f._mm512_mul_ps(f._mm512_mul_ps(step, m), reciprocal(simd, size));
                let w = f._mm512_fmadd_ps(shrink, cast(*weight), change);
                let a: __m512 = cast(*average);
                *average = store(f._mm512_fmadd_ps(new, f._mm512_sub_ps(w, a), a));
                (*first, *second, *weight) = (store(m), store(v), store(w));
            }
            let rest = AdamLoop {
                step: s,
                gradient: gradient_rest,
                weights: weights_rest,
                first: first_rest,
                second: second_rest,
                average: average_rest,
            };
            rest.with_simd(simd);
        }
    }

    /// 1 / x to 2⁻²³, for normal x: 14 bits from the machine, doubled.
    #[inline(always)]
    fn reciprocal(simd: V4, x: __m512) -> __m512 {
        let f = simd.avx512f;
        let guess = f._mm512_rcp14_ps(x);
        f._mm512_fmadd_ps(f._mm512_fnmadd_ps(x, guess, f._mm512_set1_ps(1.0)), guess, guess)
    }

    /// √x to 2⁻²³, for x ≥ 0, with 0 for what is too small to be normal.
    #[inline(always)]
    fn square_root(simd: V4, x: __m512) -> __m512 {
        let f = simd.avx512f;
        // The root of zero is zero times the root of the smallest normal number's reciprocal.
        let guess = f._mm512_rsqrt14_ps(f._mm512_max_ps(f._mm512_set1_ps(f32::MIN_POSITIVE), x));
        let root = f._mm512_mul_ps(x, guess);
        let left = f._mm512_fnmadd_ps(root, root, x);
        f._mm512_fmadd_ps(left, f._mm512_mul_ps(guess, f._mm512_set1_ps(0.5)), root)
    }
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::AdamStep;

    /// One step of every instruction set, from small, large and zero gradients.
    #[test]
    fn every_instruction_set_makes_the_same_step() {
        let step = AdamStep {
            rate: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            correction1: 0.271,
            correction2: 0.003,
            epsilon: 1e-8,
            decay: 1e-4,
            gradient_scale: 0.7,
            ema: 0.99,
        };
        let gradient: Vec<f32> = (0..37).map(|i| [0.0, 1e-12, -1e-4, 0.3, -20.0][i % 5] * (1.0 + i as f32)).collect();
        let after = |arch: Arch| {
            let [mut weights, mut first, mut second, mut average] = [0.5, 0.01, 1e-6, 0.4].map(|value| vec![value; 37]);
            // Nothing has happened yet to the first five.
            first[..5].fill(0.0);
            second[..5].fill(0.0);
            for _ in 0..3 {
                step.apply(arch, &gradient, &mut weights, &mut first, &mut second, &mut average);
            }
            [weights, first, second, average].concat()
        };
        let plain = after(Arch::Scalar);
        for (found, expected) in after(Arch::new()).iter().zip(&plain) {
            assert!((found - expected).abs() <= 1e-6 * expected.abs() + 1e-30, "{found} against {expected}");
        }
    }
}
