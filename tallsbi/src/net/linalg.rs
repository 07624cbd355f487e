//! Multiply matrices: a bounds-checked door to `matrixmultiply`, and the plain sums.
#![allow(unsafe_code)] // reason: `matrixmultiply` takes pointers; every call below proves its bounds first

use super::instructions::Instructions;

/// A read-only matrix in a slice: element (i, j) is `data[i * row + j * column]`.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    data: &'a [f32],
    row: usize,
    column: usize,
}

impl<'a> View<'a> {
    /// Row-major with `width` columns.
    pub(crate) fn rows(data: &'a [f32], width: usize) -> Self {
        Self { data, row: width, column: 1 }
    }

    /// The transpose of a row-major matrix with `width` columns.
    pub(crate) fn transposed(data: &'a [f32], width: usize) -> Self {
        Self { data, row: 1, column: width }
    }

    /// Columns `from ..` of a row-major matrix whose rows are `stride` apart. The shape of the product bounds their number.
    pub(crate) fn columns(data: &'a [f32], stride: usize, from: usize) -> Self {
        Self { data: data.get(from..).unwrap_or_default(), row: stride, column: 1 }
    }

    /// Distance of neighbouring rows and of neighbouring columns.
    pub(super) fn strides(&self) -> (usize, usize) {
        (self.row, self.column)
    }

    /// The slice.
    pub(super) fn data(&self) -> &'a [f32] {
        self.data
    }

    /// Whether every element of a matrix of this shape is in the slice.
    pub(super) fn holds(&self, rows: usize, columns: usize) -> bool {
        rows == 0 || columns == 0 || (rows - 1) * self.row + (columns - 1) * self.column < self.data.len()
    }
}

/// C ← β C + A B for A: m×k, B: k×n and row-major C: m×n. One thread.
///
/// # Panics
/// A slice is too short for its shape: a bug in this crate, not something a user can cause.
pub(crate) fn multiply(m: usize, k: usize, n: usize, a: View<'_>, b: View<'_>, beta: f32, c: &mut [f32]) {
    if k == 0 && beta == 1.0 {
        return;
    }
    assert!(a.holds(m, k) && b.holds(k, n) && c.len() >= m * n, "matrix shapes disagree");
    if Instructions::of_this_process() == Instructions::Plain {
        return multiply_plainly((m, k, n), a, b, beta, c);
    }
    // SAFETY: `holds` proved that (rows − 1) · row stride + (columns − 1) · column stride is inside each slice, so every
    // element the kernel reads at i · row + j · column (i < rows, j < columns, strides ≥ 0) is inside too; C has at
    // least m · n elements with row stride n and column stride 1, and `&mut` makes it disjoint from A and B. The
    // strides fit in isize because slices do.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a.data.as_ptr(),
            a.row as isize,
            a.column as isize,
            b.data.as_ptr(),
            b.row as isize,
            b.column as isize,
            beta,
            c.as_mut_ptr(),
            n as isize,
            1,
        );
    }
}

/// As [`multiply`], by the sums that define it.
fn multiply_plainly((m, k, n): (usize, usize, usize), a: View<'_>, b: View<'_>, beta: f32, c: &mut [f32]) {
    for (i, row) in c[..m * n].chunks_exact_mut(n.max(1)).enumerate() {
        if beta == 0.0 {
            row.fill(0.0);
        } else if beta != 1.0 {
            for c in row.iter_mut() {
                *c *= beta;
            }
        }
        if a.column == 1 && b.row == 1 {
            // Both factors lie along k: sixteen sums side by side.
            for (j, c) in row.iter_mut().enumerate() {
                *c += dot(&a.data[i * a.row..][..k], &b.data[j * b.column..][..k]);
            }
            continue;
        }
        for l in 0..k {
            let a = a.data[i * a.row + l * a.column];
            if b.column == 1 {
                row.iter_mut().zip(&b.data[l * b.row..]).for_each(|(c, b)| *c += a * b);
            } else {
                row.iter_mut().enumerate().for_each(|(j, c)| *c += a * b.data[l * b.row + j * b.column]);
            }
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let (mut a, mut b) = (a.chunks_exact(16), b.chunks_exact(16));
    for (a, b) in a.by_ref().zip(b.by_ref()) {
        for i in 0..16 {
            lanes[i] += a[i] * b[i];
        }
    }
    lanes.iter().sum::<f32>() + a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::{View, multiply, multiply_plainly};

    #[test]
    fn agrees_with_the_plain_sum() {
        let (m, k, n) = (3, 5, 4);
        let a: Vec<f32> = (0..m * k).map(|i| i as f32 * 0.5 - 3.0).collect();
        let b: Vec<f32> = (0..k * n).map(|i| 1.0 - i as f32 * 0.25).collect();
        let bt: Vec<f32> = (0..n * k).map(|i| b[(i % k) * n + i / k]).collect();
        let wide: Vec<f32> =
            (0..k * 7).map(|i| if i % 7 < 2 || i % 7 >= 2 + n { f32::NAN } else { b[i / 7 * n + i % 7 - 2] }).collect();
        for view in [View::rows(&b, n), View::transposed(&bt, k), View::columns(&wide, 7, 2)] {
            let (mut c, mut plain) = (vec![1.0_f32; m * n], vec![1.0_f32; m * n]);
            multiply(m, k, n, View::rows(&a, k), view, 2.0, &mut c);
            multiply_plainly((m, k, n), View::rows(&a, k), view, 2.0, &mut plain);
            for i in 0..m {
                for j in 0..n {
                    let expected = 2.0 + (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum::<f32>();
                    assert!((c[i * n + j] - expected).abs() < 1e-4);
                    assert!((plain[i * n + j] - expected).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "shapes disagree")]
    fn refuses_a_short_slice() {
        multiply(2, 2, 2, View::rows(&[0.0; 3], 2), View::rows(&[0.0; 4], 2), 0.0, &mut [0.0; 4]);
    }
}
