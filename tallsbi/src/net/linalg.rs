//! Multiply matrices: a bounds-checked door to `matrixmultiply`, the only `unsafe` of the networks.
#![allow(unsafe_code)] // reason: `matrixmultiply` takes pointers; every call below proves its bounds first

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

    fn holds(&self, rows: usize, columns: usize) -> bool {
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

#[cfg(test)]
mod tests {
    use super::{View, multiply};

    #[test]
    fn agrees_with_the_plain_sum() {
        let (m, k, n) = (3, 5, 4);
        let a: Vec<f32> = (0..m * k).map(|i| i as f32 * 0.5 - 3.0).collect();
        let b: Vec<f32> = (0..k * n).map(|i| 1.0 - i as f32 * 0.25).collect();
        let bt: Vec<f32> = (0..n * k).map(|i| b[(i % k) * n + i / k]).collect();
        let wide: Vec<f32> =
            (0..k * 7).map(|i| if i % 7 < 2 || i % 7 >= 2 + n { f32::NAN } else { b[i / 7 * n + i % 7 - 2] }).collect();
        for view in [View::rows(&b, n), View::transposed(&bt, k), View::columns(&wide, 7, 2)] {
            let mut c = vec![1.0_f32; m * n];
            multiply(m, k, n, View::rows(&a, k), view, 2.0, &mut c);
            for i in 0..m {
                for j in 0..n {
                    let expected = 2.0 + (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum::<f32>();
                    assert!((c[i * n + j] - expected).abs() < 1e-4);
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
