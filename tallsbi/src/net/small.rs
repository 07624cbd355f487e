//! Multiply matrices of which one is small: without arranging anything first, which takes longer than such a product.

use pulp::{Simd, WithSimd};

use super::{instructions::arch, linalg::View};

/// Rows of C that a block of the product has.
const ROWS: usize = 4;

/// C ← β C + A B for A: m×k, B: k×n with rows in one piece, and row-major C: m×n. One thread; for B in a core's first-level cache.
///
/// # Panics
/// A slice is too short for its shape, or B's rows are not in one piece: a bug in this crate, not something a user can cause.
pub(super) fn multiply_small((m, k, n): (usize, usize, usize), a: View<'_>, b: View<'_>, beta: f32, c: &mut [f32]) {
    let in_one_piece = b.strides().1 == 1;
    assert!(in_one_piece && a.holds(m, k) && b.holds(k, n) && c.len() >= m * n, "matrix shapes disagree");
    arch().dispatch(Product { shape: (m, k, n), a, b, beta, c });
}

struct Product<'a> {
    shape: (usize, usize, usize),
    a: View<'a>,
    b: View<'a>,
    beta: f32,
    c: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (_, _, n) = self.shape;
        let lanes = S::F32_LANES;
        let mut column = 0;
        while n - column >= 2 * lanes {
            self.columns::<S, 2>(simd, column, 2 * lanes);
            column += 2 * lanes;
        }
        while column < n {
            let width = lanes.min(n - column);
            self.columns::<S, 1>(simd, column, width);
            column += width;
        }
    }
}

impl Product<'_> {
    /// `width` columns from `column` on, in `VECTORS` vectors of which only the last of a row may be partly filled.
    #[inline(always)]
    fn columns<S: Simd, const VECTORS: usize>(&mut self, simd: S, column: usize, width: usize) {
        let ((m, k, n), (a, b), lanes) = (self.shape, (self.a.data(), self.b.data()), S::F32_LANES);
        let ((row_of_a, column_of_a), (row_of_b, _)) = (self.a.strides(), self.b.strides());
        let full = width == VECTORS * lanes;
        for first in (0..m).step_by(ROWS) {
            // Rows beyond the last are the last again, and not stored.
            let rows: [usize; ROWS] = std::array::from_fn(|r| (first + r).min(m - 1) * row_of_a);
            let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
            for l in 0..k {
                let values = &b[l * row_of_b + column..][..width];
                let mut vectors = [simd.splat_f32s(0.0); VECTORS];
                if full {
                    vectors.copy_from_slice(S::as_simd_f32s(values).0);
                } else {
                    vectors[0] = simd.partial_load_f32s(values);
                }
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let factor = simd.splat_f32s(a[row + l * column_of_a]);
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = simd.mul_add_e_f32s(factor, vector, *sum);
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate().take(m - first) {
                let out = &mut self.c[(first + r) * n + column..][..width];
                for (out, sum) in out.chunks_mut(lanes).zip(sums) {
                    let before = if self.beta == 0.0 { simd.splat_f32s(0.0) } else { simd.partial_load_f32s(out) };
                    let sum = simd.mul_add_e_f32s(simd.splat_f32s(self.beta), before, *sum);
                    simd.partial_store_f32s(out, sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::multiply_small;
    use crate::net::linalg::{View, multiply};

    #[test]
    fn agrees_with_the_large_product() {
        for (m, k, n) in [(1, 1, 1), (4, 3, 16), (7, 5, 32), (3, 0, 5), (0, 2, 3), (9, 11, 53), (2, 8, 96)] {
            let number = |i: usize| ((i * 37 + 11) % 19) as f32 * 0.25 - 2.0;
            // Longer rows than the shape needs.
            let a: Vec<f32> = (0..(m + 2) * (k + 2)).map(number).collect();
            let b: Vec<f32> = (0..(k + 1) * (n + 3)).map(number).collect();
            for a in [View::columns(&a, k + 2, 1), View::transposed(&a, m + 2)] {
                for beta in [0.0, 1.0] {
                    let mut expected: Vec<f32> = (0..m * n).map(number).collect();
                    let mut found = expected.clone();
                    if beta == 0.0 {
                        found.fill(f32::NAN);
                    }
                    multiply(m, k, n, a, View::columns(&b, n + 3, 2), beta, &mut expected);
                    multiply_small((m, k, n), a, View::columns(&b, n + 3, 2), beta, &mut found);
                    for (x, y) in found.iter().zip(&expected) {
                        assert!((x - y).abs() < 1e-4, "{m} {k} {n}: {x} {y}");
                    }
                }
            }
        }
    }
}
