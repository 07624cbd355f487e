//! Compute SiLU in AVX-512, whose own powers of two spare a third of the work.
#![allow(clippy::needless_range_loop)] // reason: a few vectors, unrolled

use std::{arch::x86_64::__m512, sync::LazyLock};

use pulp::{NullaryFnOnce, Simd, cast, f32x16, x86::V4};

use super::activation::Nonlinearity;

/// R rows of N vectors side by side, whose steps alternate so that none waits for the one before.
pub(super) type Group<const R: usize, const N: usize> = [[__m512; N]; R];

/// f of the vectors in the same place of three groups.
#[inline(always)]
fn zip3<const R: usize, const N: usize>(
    mut a: Group<R, N>,
    b: Group<R, N>,
    c: Group<R, N>,
    f: impl Fn(__m512, __m512, __m512) -> __m512,
) -> Group<R, N> {
    for r in 0..R {
        for n in 0..N {
            a[r][n] = f(a[r][n], b[r][n], c[r][n]);
        }
    }
    a
}

#[inline(always)]
fn zip<const R: usize, const N: usize>(
    a: Group<R, N>,
    b: Group<R, N>,
    f: impl Fn(__m512, __m512) -> __m512,
) -> Group<R, N> {
    zip3(a, b, b, |a, b, _| f(a, b))
}

#[inline(always)]
fn map<const R: usize, const N: usize>(group: Group<R, N>, f: impl Fn(__m512) -> __m512) -> Group<R, N> {
    zip3(group, group, group, |vector, _, _| f(vector))
}

/// What computes SiLU.
pub(super) trait Activate {
    /// x / (1 + e⁻ˣ)
    fn values<const R: usize, const N: usize>(&self, x: Group<R, N>) -> Group<R, N>;
}

/// To 5·10⁻⁷ relative for x > -87, and 0 below.
impl Activate for V4 {
    #[inline(always)]
    fn values<const R: usize, const N: usize>(&self, x: Group<R, N>) -> Group<R, N> {
        zip(x, one_and_power(*self, x), |x, sum| self.avx512f._mm512_div_ps(x, sum))
    }
}

/// SiLU and its derivative.
#[inline(always)]
pub(super) fn values_and_slopes<const R: usize, const N: usize>(
    simd: V4,
    x: Group<R, N>,
) -> (Group<R, N>, Group<R, N>) {
    let f = simd.avx512f;
    let one = f._mm512_set1_ps(1.0);
    let sigmoids = map(one_and_power(simd, x), |sum| f._mm512_div_ps(one, sum));
    let values = zip(x, sigmoids, |x, s| f._mm512_mul_ps(x, s));
    (values, zip(values, sigmoids, |y, s| f._mm512_fmadd_ps(y, f._mm512_sub_ps(one, s), s)))
}

/// The polynomial closest to 2ʳ on [-1/2, 1/2] in its largest relative error, 7.5·10⁻⁸.
const QUINTIC: [f32; 6] = [1.000_000_1, 0.693_146_97, 0.240_221_2, 0.055_507_13, 0.009_675_541, 0.001_327_647_2];

/// Adding it to a small number rounds that to an integer.
const MAGIC: f32 = 12_582_912.0; // 1.5 · 2²³

/// 1 + e⁻ˣ. Beyond the range of f32 the power is infinite or zero, as it should.
#[inline(always)]
fn one_and_power<const R: usize, const N: usize>(simd: V4, x: Group<R, N>) -> Group<R, N> {
    /// What `LOG2_E` leaves out.
    const LOW: f32 = 1.925_963e-8;
    let f = simd.avx512f;
    let constant = |c: f32| f._mm512_set1_ps(c);
    let log = constant(std::f32::consts::LOG2_E);
    // e⁻ˣ = 2ᵏ 2ʳ with |r| ≤ 1/2.
    let k = map(x, |x| f._mm512_fnmadd_ps(x, log, constant(MAGIC)));
    let k = map(k, |k| f._mm512_sub_ps(k, constant(MAGIC)));
    let remainder = zip(x, k, |x, k| f._mm512_fnmsub_ps(x, log, k));
    let remainder = zip(x, remainder, |x, r| f._mm512_fnmadd_ps(x, constant(LOW), r));
    let mut power = map(x, |_| constant(QUINTIC[5]));
    for coefficient in QUINTIC.iter().rev().skip(1) {
        power = zip(power, remainder, |p, r| f._mm512_fmadd_ps(p, r, constant(*coefficient)));
    }
    let power = zip(power, k, |p, k| f._mm512_scalef_ps(p, k));
    map(power, |power| f._mm512_add_ps(power, constant(1.0)))
}

/// SiLU is x/2 + |x| (1 / (1 + e^-|x|) - 1/2). The second term is even, here 32 quadratics of |x|: the last from 31 [`WIDTH`]s minus a half on
/// is |x|/2. Exact to 10⁻⁴.
pub(super) struct Quadratics {
    simd: V4,
    /// Those of 1, |x| and |x|².
    coefficients: [[__m512; 2]; 3],
}

/// Of an interval of |x| with one quadratic. Intervals are centred on its multiples.
const WIDTH: f64 = 0.4;
const INTERVALS: usize = 32;

impl Quadratics {
    #[inline(always)]
    pub(super) fn new(simd: V4) -> Self {
        static TABLE: LazyLock<[[f32; INTERVALS]; 3]> = LazyLock::new(quadratics);
        let vectors = |table: &[f32; INTERVALS]| {
            let (vectors, _) = V4::as_simd_f32s(table);
            [cast(vectors[0]), cast(vectors[1])]
        };
        let [constants, slopes, squares] = &*TABLE;
        Self { simd, coefficients: [vectors(constants), vectors(slopes), vectors(squares)] }
    }
}

/// The parabolas through the values at the Chebyshev nodes of every interval.
fn quadratics() -> [[f32; INTERVALS]; 3] {
    let even = |x: f64| x * (1.0 / (1.0 + (-x).exp()) - 0.5);
    let mut table = [[0.0; INTERVALS]; 3];
    for i in 0..INTERVALS - 1 {
        let ends = [(i as f64 - 0.5).max(0.0), i as f64 + 0.5].map(|end| end * WIDTH);
        let (middle, apart) = (0.5 * (ends[0] + ends[1]), 0.5 * (ends[1] - ends[0]) * 0.75_f64.sqrt());
        let [before, at, after] = [middle - apart, middle, middle + apart].map(even);
        let (slope, square) = ((after - before) / (2.0 * apart), (after - 2.0 * at + before) / (2.0 * apart * apart));
        table[0][i] = (at - slope * middle + square * middle * middle) as f32;
        table[1][i] = (slope - 2.0 * square * middle) as f32;
        table[2][i] = square as f32;
    }
    table[1][INTERVALS - 1] = 0.5;
    table
}

impl Activate for Quadratics {
    #[inline(always)]
    fn values<const R: usize, const N: usize>(&self, x: Group<R, N>) -> Group<R, N> {
        let f = self.simd.avx512f;
        let constant = |c: f32| f._mm512_set1_ps(c);
        let size = map(x, |x| {
            f._mm512_castsi512_ps(f._mm512_and_si512(f._mm512_castps_si512(x), f._mm512_set1_epi32(i32::MAX)))
        });
        // What is not a number stays so: the second operand is the result then.
        let largest = constant(((INTERVALS - 1) as f64 * WIDTH) as f32);
        let inside = map(size, |size| f._mm512_min_ps(largest, size));
        // The low bits of the sum are the interval.
        let interval = map(inside, |x| f._mm512_fmadd_ps(x, constant(1.0 / WIDTH as f32), constant(MAGIC)));
        let look_up = |[low, high]: [__m512; 2]| {
            map(interval, |interval| f._mm512_permutex2var_ps(low, f._mm512_castps_si512(interval), high))
        };
        let [constants, slopes, squares] = self.coefficients;
        let (slopes, squares) = (look_up(slopes), look_up(squares));
        let even = zip3(squares, size, slopes, |sum, size, next| f._mm512_fmadd_ps(sum, size, next));
        let even = zip3(even, size, look_up(constants), |sum, size, next| f._mm512_fmadd_ps(sum, size, next));
        zip(x, even, |x, even| f._mm512_fmadd_ps(x, constant(0.5), even))
    }
}

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
        *value = store(simd.values([[f._mm512_add_ps(cast(*value), cast(*bias))]])[0][0]);
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
        let (values, slopes) = values_and_slopes(simd, [[f._mm512_add_ps(cast(*value), cast(*bias))]]);
        (*value, *slope) = (store(values[0][0]), store(slopes[0][0]));
    }
    for ((value, slope), bias) in rest.iter_mut().zip(slopes_rest).zip(bias_rest) {
        (*value, *slope) = Nonlinearity::Silu.evaluate::<true>(*value + bias);
    }
}

#[inline(always)]
pub(super) fn store(x: __m512) -> f32x16 {
    cast(x)
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, NullaryFnOnce, Simd, cast, x86::V4};

    use super::{Activate, Quadratics, activate, store};
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
            let quadratics = Quadratics::new(simd);
            for value in vectors {
                *value = store(quadratics.values([[cast(*value)]])[0][0]);
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
        let terms = Terms { base: &halves, own: Some(&|_| &halves) };
        activate_only(Arch::V4(simd), Nonlinearity::Silu, terms, 3, &mut summed);
        for (i, z) in z.iter().enumerate() {
            let x = f64::from(z + bias[i % 21]);
            let s = 1.0 / (1.0 + (-x).exp());
            let close =
                |value: f32, exact: f64, bound: f64| (f64::from(value) - exact).abs() <= bound * exact.abs() + 1e-30;
            assert!(close(exact[i], silu(x), 1e-6), "{x}: {}", exact[i]);
            assert!(close(summed[i], silu(x), 1e-5), "{x}: {}", summed[i]);
            assert!((f64::from(slopes[i]) - (s + x * s * (1.0 - s))).abs() < 1e-6, "{x}: slope {}", slopes[i]);
            assert!((f64::from(quick[i]) - silu(x)).abs() < 1e-4, "{x}: {}", quick[i]);
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
