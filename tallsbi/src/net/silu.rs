//! Compute SiLU in AVX-512, whose own reciprocals and powers of two spare a third of the work.

use std::arch::x86_64::__m512;

use pulp::{NullaryFnOnce, Simd, cast, f32x16, x86::V4};

use super::activation::Nonlinearity;

/// The polynomial closest to 2ʳ on [-1/2, 1/2] in its largest relative error, 8·10⁻⁵.
const CUBIC: [f32; 4] = [0.999_928_07, 0.693_261, 0.242_611_17, 0.055_171_69];

/// values ← silu(values + bias), row by row; `slopes`, where there are any, receive the derivative.
pub(super) fn activate(simd: V4, bias: &[f32], values: &mut [f32], slopes: Option<&mut [f32]>) {
    simd.vectorize(Loop { simd, bias, values, slopes });
}

struct Loop<'a> {
    simd: V4,
    bias: &'a [f32],
    values: &'a mut [f32],
    slopes: Option<&'a mut [f32]>,
}

impl NullaryFnOnce for Loop<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { simd, bias, values, slopes } = self;
        let rows = values.chunks_exact_mut(bias.len());
        match slopes {
            Some(slopes) => {
                rows.zip(slopes.chunks_exact_mut(bias.len())).for_each(|(values, slopes)| {
                    with_slopes(simd, bias, values, slopes);
                });
            }
            None => rows.for_each(|values| row(simd, bias, values)),
        }
    }
}

#[inline(always)]
fn row(simd: V4, bias: &[f32], values: &mut [f32]) {
    let f = simd.avx512f;
    let (wide, rest) = V4::as_mut_simd_f32s(values);
    let (bias, bias_rest) = V4::as_simd_f32s(bias);
    for (value, bias) in wide.iter_mut().zip(bias) {
        let x = f._mm512_add_ps(cast(*value), cast(*bias));
        *value = store(f._mm512_mul_ps(x, sigmoid::<false>(simd, x)));
    }
    for (value, bias) in rest.iter_mut().zip(bias_rest) {
        *value = Nonlinearity::Silu.evaluate::<true>(*value + bias).0;
    }
}

#[inline(always)]
fn with_slopes(simd: V4, bias: &[f32], values: &mut [f32], slopes: &mut [f32]) {
    let f = simd.avx512f;
    let (wide, rest) = V4::as_mut_simd_f32s(values);
    let (wide_slopes, slopes_rest) = V4::as_mut_simd_f32s(slopes);
    let (bias, bias_rest) = V4::as_simd_f32s(bias);
    for ((value, slope), bias) in wide.iter_mut().zip(wide_slopes).zip(bias) {
        let x = f._mm512_add_ps(cast(*value), cast(*bias));
        let s = sigmoid::<false>(simd, x);
        let y = f._mm512_mul_ps(x, s);
        *value = store(y);
        *slope = store(f._mm512_fmadd_ps(y, f._mm512_sub_ps(f._mm512_set1_ps(1.0), s), s));
    }
    for ((value, slope), bias) in rest.iter_mut().zip(slopes_rest).zip(bias_rest) {
        (*value, *slope) = Nonlinearity::Silu.evaluate::<true>(*value + bias);
    }
}

#[inline(always)]
pub(super) fn store(x: __m512) -> f32x16 {
    cast(x)
}

/// 1 / (1 + e⁻ˣ): to 3e-7 relative for x > -87, or to 1e-4 with `QUICK`.
#[inline(always)]
pub(super) fn sigmoid<const QUICK: bool>(simd: V4, x: __m512) -> __m512 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 · 2²³: adding it rounds to an integer
    let f = simd.avx512f;
    let constant = |c: f32| f._mm512_set1_ps(c);
    let one = constant(1.0);
    if QUICK {
        // e⁻ˣ = 2ᵏ 2ʳ with |r| ≤ 1/2. Beyond the range of f32 the power is infinite or zero, as it should.
        let k = f
            ._mm512_sub_ps(f._mm512_fnmadd_ps(x, constant(std::f32::consts::LOG2_E), constant(MAGIC)), constant(MAGIC));
        let r = f._mm512_fnmsub_ps(x, constant(std::f32::consts::LOG2_E), k);
        let p = f._mm512_fmadd_ps(constant(CUBIC[3]), r, constant(CUBIC[2]));
        let p = f._mm512_fmadd_ps(p, r, constant(CUBIC[1]));
        let p = f._mm512_fmadd_ps(p, r, constant(CUBIC[0]));
        return f._mm512_rcp14_ps(f._mm512_add_ps(f._mm512_scalef_ps(p, k), one));
    }
    let clipped = f._mm512_max_ps(constant(-87.0), x);
    let k = f._mm512_sub_ps(
        f._mm512_fnmadd_ps(clipped, constant(std::f32::consts::LOG2_E), constant(MAGIC)),
        constant(MAGIC),
    );
    // Cody–Waite: ln 2 in two pieces, the first exact in float products with small integers.
    let r = f._mm512_fmadd_ps(k, constant(2.121_944_4e-4), f._mm512_fnmsub_ps(k, constant(0.693_359_4), clipped));
    let p = constant(1.987_569_1e-4);
    let p = f._mm512_fmadd_ps(p, r, constant(1.398_199_9e-3));
    let p = f._mm512_fmadd_ps(p, r, constant(8.333_452e-3));
    let p = f._mm512_fmadd_ps(p, r, constant(4.166_579_6e-2));
    let p = f._mm512_fmadd_ps(p, r, constant(1.666_666_5e-1));
    let p = f._mm512_fmadd_ps(p, r, constant(0.5));
    let exp = f._mm512_add_ps(f._mm512_fmadd_ps(f._mm512_mul_ps(p, r), r, r), one);
    let sum = f._mm512_add_ps(f._mm512_scalef_ps(exp, k), one);
    reciprocal(simd, sum)
}

/// 1 / x to 2⁻²³, for normal x: 14 bits from the machine; Newton's iteration doubles them.
#[inline(always)]
pub(super) fn reciprocal(simd: V4, x: __m512) -> __m512 {
    let f = simd.avx512f;
    let guess = f._mm512_rcp14_ps(x);
    f._mm512_fmadd_ps(f._mm512_fnmadd_ps(x, guess, f._mm512_set1_ps(1.0)), guess, guess)
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, NullaryFnOnce, Simd, cast, x86::V4};

    use super::{activate, sigmoid, store};
    use crate::net::{
        activation::Nonlinearity,
        vector::{Terms, activate_only},
    };

    /// values ← silu(values) as strips are finished at medium precision, in whole vectors.
    struct Quick<'a>(V4, &'a mut [f32]);

    impl NullaryFnOnce for Quick<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self(simd, values) = self;
            let (vectors, rest) = V4::as_mut_simd_f32s(values);
            assert!(rest.is_empty(), "whole vectors");
            for value in vectors {
                let x = cast(*value);
                *value = store(simd.avx512f._mm512_mul_ps(x, sigmoid::<true>(simd, x)));
            }
        }
    }

    fn silu(x: f64) -> f64 {
        x / (1.0 + (-x).exp())
    }

    #[test]
    fn values_and_slopes_are_those_of_the_formulas() {
        let Arch::V4(simd) = Arch::new() else {
            eprintln!("this machine has no AVX-512: nothing to check");
            return;
        };
        // 21 columns: one vector and a rest.
        let bias: Vec<f32> = (0..21).map(|i| i as f32 * 0.013).collect();
        let z: Vec<f32> = (-1050..1050).map(|i| i as f32 * 0.0808).collect();
        let (mut exact, mut slopes) = (z.clone(), vec![0.0; z.len()]);
        activate(simd, &bias, &mut exact, Some(&mut slopes));
        let mut quick: Vec<f32> = z.iter().enumerate().map(|(i, z)| z + bias[i % 21]).collect();
        quick.resize(quick.len().next_multiple_of(16), 0.0);
        simd.vectorize(Quick(simd, &mut quick));
        let mut summed = z.clone();
        let halves: Vec<f32> = bias.iter().map(|b| b * 0.5).collect();
        let terms = Terms { base: &halves, own: &|_| &halves };
        activate_only(Arch::V4(simd), Nonlinearity::Silu, terms, 3, &mut summed);
        for (i, z) in z.iter().enumerate() {
            let x = f64::from(z + bias[i % 21]);
            let s = 1.0 / (1.0 + (-x).exp());
            let close =
                |value: f32, exact: f64, bound: f64| (f64::from(value) - exact).abs() <= bound * exact.abs() + 1e-30;
            assert!(close(exact[i], silu(x), 1e-6), "{x}: {}", exact[i]);
            assert!(close(summed[i], silu(x), 1e-5), "{x}: {}", summed[i]);
            assert!((f64::from(slopes[i]) - (s + x * s * (1.0 - s))).abs() < 1e-6, "{x}: slope {}", slopes[i]);
            assert!(close(quick[i], silu(x), 2e-4) || x < -87.0 && quick[i] == 0.0, "{x}: {}", quick[i]);
        }
    }

    #[test]
    fn what_is_not_finite_does_not_become_a_number() {
        let Arch::V4(simd) = Arch::new() else { return };
        let mut exact = [f32::NAN; 16];
        let mut quick = [f32::NAN; 16];
        (exact[3], quick[3]) = (f32::INFINITY, f32::INFINITY);
        activate(simd, &[0.5; 16], &mut exact, None);
        simd.vectorize(Quick(simd, &mut quick));
        assert!(exact.iter().chain(&quick).all(|value| !value.is_finite()));
    }
}
