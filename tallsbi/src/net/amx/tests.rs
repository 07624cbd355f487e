//! Check products on the tile unit against `f64` sums.

use rand::RngExt;

use super::{Amx, Form, Operand, Side};
use crate::{model::stream, net::linalg::View};

/// The matrix in both storage orders: element (i, k) of `outer × inner`.
fn both(values: &[f32], outer: usize, inner: usize) -> Vec<f32> {
    (0..outer * inner).map(|at| values[at % outer * inner + at / outer]).collect()
}

/// Largest error relative to ‖a_i‖ ‖b_j‖, and the product.
fn product(unit: Amx, (m, k, n): (usize, usize, usize), columns: [bool; 2], form: Form) -> (f64, Vec<f32>) {
    let mut rng = stream(4, "test", (m * 1_000_000 + k * 1000 + n) as u64);
    let mut draw = |n: usize| -> Vec<f32> {
        (0..n).map(|_| rng.random_range(-1.0_f32..1.0) * rng.random_range(-8.0_f32..8.0).exp2()).collect()
    };
    let (a, b) = (draw(m * k), draw(n * k));
    let (mut left, mut right) = (Operand::default(), Operand::default());
    for (side, outer, values, operand, columns) in
        [(Side::Left, m, &a, &mut left, columns[0]), (Side::Right, n, &b, &mut right, columns[1])]
    {
        let form = if side == Side::Right && form == Form::AllDigits { Form::Digits } else { form };
        if columns {
            let values = both(values, outer, k);
            unit.pack(side, (outer, k), View::transposed(&values, outer), form, operand);
        } else {
            unit.pack(side, (outer, k), View::rows(values, k), form, operand);
        }
    }
    let mut c = vec![f32::NAN; m * n];
    let mut finished = 0;
    unit.multiply(&left, &right, &mut c, |first, strip| {
        assert_eq!(first * n, finished);
        finished += strip.len();
    });
    assert_eq!(finished, m * n);
    let norm = |row: &[f32]| row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    let mut worst = 0.0_f64;
    for i in 0..m {
        for j in 0..n {
            let (a, b) = (&a[i * k..][..k], &b[j * k..][..k]);
            let exact = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
            worst = worst.max((f64::from(c[i * n + j]) - exact).abs() / (norm(a) * norm(b)).max(1e-30));
        }
    }
    (worst, c)
}

#[test]
fn products_are_as_exact_as_those_of_floats() {
    let Some(unit) = Amx::detect() else {
        eprintln!("this machine has no tile unit: nothing to check");
        return;
    };
    // Each of k additions in f32 rounds a partial sum that is at most ‖a‖ ‖b‖.
    for (m, k, n) in [(1, 1, 1), (7, 5, 3), (16, 32, 16), (17, 33, 31), (64, 64, 32), (33, 256, 65), (128, 100, 48)] {
        for columns in [[false, false], [true, false], [false, true], [true, true]] {
            for form in [Form::AllDigits, Form::Digits] {
                let (worst, _) = product(unit, (m, k, n), columns, form);
                let bound = f64::from(f32::EPSILON) * (k as f64).sqrt().max(2.0);
                assert!(worst < bound, "{form:?} {m}×{k}×{n} {columns:?}: {worst:e} against {bound:e}");
            }
        }
        let (worst, _) = product(unit, (m, k, n), [false, false], Form::Exact);
        let bound = f64::from(f32::EPSILON) * (k as f64).sqrt().max(2.0);
        assert!(worst < bound, "{m}×{k}×{n}, three brain floats: {worst:e} against {bound:e}");
    }
}

#[test]
fn brain_floats_are_as_exact_as_they_say() {
    let Some(unit) = Amx::detect() else { return };
    // Every number is off by at most half a unit of its last bit, and the errors of a sum's terms do not conspire.
    let unit_roundoff = 2.0_f64.powi(-8);
    for (m, k, n) in [(1, 1, 1), (17, 33, 31), (64, 64, 32), (33, 256, 65)] {
        let (worst, _) = product(unit, (m, k, n), [false, true], Form::Brain);
        assert!(worst < unit_roundoff, "{m}×{k}×{n}: {worst:e}");
        assert!(k < 32 || worst > unit_roundoff / 300.0, "more exact than it can be: {worst:e}");
    }
}

#[test]
fn an_operand_may_take_turns_between_shapes() {
    let Some(unit) = Amx::detect() else { return };
    let values: Vec<f32> = (0..64 * 64).map(|i| (i as f32 * 0.61).cos()).collect();
    let (mut fresh, mut used, mut right) = (Operand::default(), Operand::default(), Operand::default());
    unit.pack(Side::Left, (64, 64), View::rows(&values, 64), Form::Digits, &mut used);
    unit.pack(Side::Right, (16, 40), View::rows(&values, 40), Form::Digits, &mut right);
    let mut results = [[0.0; 20 * 16]; 2];
    for (left, result) in [&mut fresh, &mut used].into_iter().zip(&mut results) {
        unit.pack(Side::Left, (20, 40), View::rows(&values, 40), Form::Digits, left);
        unit.multiply(left, &right, result, |_, _| ());
    }
    assert_eq!(results[0], results[1]);
}

#[test]
fn a_row_does_not_depend_on_its_neighbours() {
    let Some(unit) = Amx::detect() else { return };
    let values: Vec<f32> = (0..40 * 50).map(|i| (i as f32 * 0.37).sin()).collect();
    let (mut left, mut right) = (Operand::default(), Operand::default());
    unit.pack(Side::Right, (20, 50), View::rows(&values, 50), Form::Digits, &mut right);
    let mut all = vec![0.0; 40 * 20];
    unit.pack(Side::Left, (40, 50), View::rows(&values, 50), Form::Digits, &mut left);
    unit.multiply(&left, &right, &mut all, |_, _| ());
    let mut one = vec![0.0; 20];
    unit.pack(Side::Left, (1, 50), View::rows(&values[37 * 50..], 50), Form::Digits, &mut left);
    unit.multiply(&left, &right, &mut one, |_, _| ());
    assert_eq!(one, all[37 * 20..38 * 20]);
}

#[test]
fn what_is_not_finite_stays_so() {
    let Some(unit) = Amx::detect() else { return };
    let (mut left, mut right) = (Operand::default(), Operand::default());
    unit.pack(Side::Left, (3, 1), View::rows(&[f32::NAN, f32::INFINITY, 2.0], 1), Form::Digits, &mut left);
    unit.pack(Side::Right, (1, 1), View::rows(&[1.5], 1), Form::Digits, &mut right);
    let mut c = [0.0; 3];
    unit.multiply(&left, &right, &mut c, |_, _| ());
    assert!(!c[0].is_finite() && !c[1].is_finite() && (c[2] - 3.0).abs() < 1e-6, "{c:?}");
}

#[test]
#[should_panic(expected = "shapes disagree")]
fn a_short_slice_is_refused() {
    let Some(unit) = Amx::detect() else { panic!("shapes disagree: not checked, there is no tile unit") };
    unit.pack(Side::Left, (4, 4), View::rows(&[0.0; 15], 4), Form::Digits, &mut Operand::default());
}
