//! Compute SiLU in AVX-512, whose own reciprocals and powers of two spare a third of the work.

use std::arch::x86_64::__m512;

use pulp::{NullaryFnOnce, Simd, cast, f32x16, x86::V4};

use super::{activation::Nonlinearity, vector::Added};

/// The polynomial closest to 2ʳ on [-1/2, 1/2] in its largest relative error, 8·10⁻⁵.
const CUBIC: [f32; 4] = [0.999_928_07, 0.693_261, 0.242_611_17, 0.055_171_69];

/// values ← silu(values + added); `slopes`, where there are any, receive the derivative. `QUICK` is exact to 2·10⁻⁴.
pub(super) fn activate<const QUICK: bool>(simd: V4, added: Added<'_>, values: &mut [f32], slopes: Option<&mut [f32]>) {
    simd.vectorize(Loop::<QUICK> { simd, added, values, slopes });
}

struct Loop<'a, const QUICK: bool> {
    simd: V4,
    added: Added<'a>,
    values: &'a mut [f32],
    slopes: Option<&'a mut [f32]>,
}

impl<const QUICK: bool> NullaryFnOnce for Loop<'_, QUICK> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { simd, added, values, slopes } = self;
        match (added, slopes) {
            (Added::Bias(bias), Some(slopes)) => {
                let width = bias.len();
                for (values, slopes) in values.chunks_exact_mut(width).zip(slopes.chunks_exact_mut(width)) {
                    with_slopes::<QUICK>(simd, bias, values, slopes);
                }
            }
            (Added::Bias(bias), None) => {
                for values in values.chunks_exact_mut(bias.len()) {
                    row::<QUICK>(simd, bias, None, values);
                }
            }
            (Added::Sum(base, terms, first), _) => {
                let width = base.len();
                let mut at = first * width % terms.len();
                for values in values.chunks_exact_mut(width) {
                    row::<QUICK>(simd, base, Some(&terms[at..at + width]), values);
                    at = if at + width == terms.len() { 0 } else { at + width };
                }
            }
        }
    }
}

#[inline(always)]
fn row<const QUICK: bool>(simd: V4, base: &[f32], terms: Option<&[f32]>, values: &mut [f32]) {
    let f = simd.avx512f;
    let (wide, rest) = V4::as_mut_simd_f32s(values);
    let (base, base_rest) = V4::as_simd_f32s(base);
    if let Some(terms) = terms {
        let (terms, terms_rest) = V4::as_simd_f32s(terms);
        for ((value, base), term) in wide.iter_mut().zip(base).zip(terms) {
            let x = f._mm512_add_ps(cast(*value), f._mm512_add_ps(cast(*term), cast(*base)));
            *value = store(f._mm512_mul_ps(x, sigmoid::<QUICK>(simd, x)));
        }
        for ((value, base), term) in rest.iter_mut().zip(base_rest).zip(terms_rest) {
            *value = Nonlinearity::Silu.evaluate::<true>(*value + (term + base)).0;
        }
        return;
    }
    for (value, base) in wide.iter_mut().zip(base) {
        let x = f._mm512_add_ps(cast(*value), cast(*base));
        *value = store(f._mm512_mul_ps(x, sigmoid::<QUICK>(simd, x)));
    }
    for (value, base) in rest.iter_mut().zip(base_rest) {
        *value = Nonlinearity::Silu.evaluate::<true>(*value + base).0;
    }
}

#[inline(always)]
fn with_slopes<const QUICK: bool>(simd: V4, bias: &[f32], values: &mut [f32], slopes: &mut [f32]) {
    let f = simd.avx512f;
    let (wide, rest) = V4::as_mut_simd_f32s(values);
    let (wide_slopes, slopes_rest) = V4::as_mut_simd_f32s(slopes);
    let (bias, bias_rest) = V4::as_simd_f32s(bias);
    for ((value, slope), bias) in wide.iter_mut().zip(wide_slopes).zip(bias) {
        let x = f._mm512_add_ps(cast(*value), cast(*bias));
        let s = sigmoid::<QUICK>(simd, x);
        let y = f._mm512_mul_ps(x, s);
        *value = store(y);
        *slope = store(f._mm512_fmadd_ps(y, f._mm512_sub_ps(f._mm512_set1_ps(1.0), s), s));
    }
    for ((value, slope), bias) in rest.iter_mut().zip(slopes_rest).zip(bias_rest) {
        (*value, *slope) = Nonlinearity::Silu.evaluate::<true>(*value + bias);
    }
}

#[inline(always)]
fn store(x: __m512) -> f32x16 {
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
    // 14 bits from the machine; Newton's iteration doubles them.
    let guess = f._mm512_rcp14_ps(sum);
    f._mm512_fmadd_ps(f._mm512_fnmadd_ps(sum, guess, one), guess, guess)
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::{Added, activate};

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
        let (mut exact, mut slopes, mut quick) = (z.clone(), vec![0.0; z.len()], z.clone());
        activate::<false>(simd, Added::Bias(&bias), &mut exact, Some(&mut slopes));
        activate::<true>(simd, Added::Bias(&bias), &mut quick, None);
        let mut summed = z.clone();
        let terms: Vec<f32> = bias.iter().map(|b| b * 0.5).chain(bias.iter().map(|b| b * 0.5)).collect();
        let halves: Vec<f32> = bias.iter().map(|b| b * 0.5).collect();
        activate::<false>(simd, Added::Sum(&halves, &terms, 3), &mut summed, None);
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
        activate::<false>(simd, Added::Bias(&[0.5; 16]), &mut exact, None);
        activate::<true>(simd, Added::Bias(&[0.5; 16]), &mut quick, None);
        assert!(exact.iter().chain(&quick).all(|value| !value.is_finite()));
    }
}
