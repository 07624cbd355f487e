//! Factor and solve small symmetric matrices of static size, without allocating.
//!
//! nalgebra's eigen-decomposition needs arithmetic on dimensions that stable Rust cannot express for a generic `M`;
//! Jacobi's method needs none, is as accurate as any for M ≤ 64, and keeps relative accuracy on graded matrices.

use nalgebra::{SMatrix, SVector};

/// ½ (A + Aᵀ).
pub(crate) fn symmetrised<const M: usize>(a: &SMatrix<f64, M, M>) -> SMatrix<f64, M, M> {
    SMatrix::from_fn(|i, j| 0.5 * (a[(i, j)] + a[(j, i)]))
}

/// The centred covariance of draws, divisor n − 1: what a [`Pilot`](super::Pilot) estimates.
pub fn covariance_of<const M: usize>(draws: &[[f64; M]]) -> SMatrix<f64, M, M> {
    let n = draws.len() as f64;
    let mean = draws.iter().map(|draw| SVector::from(*draw)).sum::<SVector<f64, M>>() / n;
    let scatter: SMatrix<f64, M, M> = draws
        .iter()
        .map(|draw| {
            let centred = SVector::from(*draw) - mean;
            centred * centred.transpose()
        })
        .sum();
    scatter / (n - 1.0)
}

/// A = Q diag(values) Qᵀ of a symmetric matrix by cyclic Jacobi rotations. Not-finite input gives not-finite values.
pub(crate) fn symmetric_eigen<const M: usize>(a: &SMatrix<f64, M, M>) -> (SVector<f64, M>, SMatrix<f64, M, M>) {
    const MAX_SWEEPS: usize = 30;
    let mut a = symmetrised(a);
    let mut q = SMatrix::<f64, M, M>::identity();
    for _ in 0..MAX_SWEEPS {
        let mut rotated = false;
        for i in 0..M {
            for j in i + 1..M {
                let off = a[(i, j)];
                // A rotation is due while it would change a digit of either diagonal entry.
                if off.abs() <= 0.5 * f64::EPSILON * (a[(i, i)].abs() * a[(j, j)].abs()).sqrt() || off == 0.0 {
                    continue;
                }
                rotated = true;
                let half_gap = 0.5 * (a[(j, j)] - a[(i, i)]) / off;
                let tan = half_gap.signum() / (half_gap.abs() + half_gap.hypot(1.0));
                let cos = 1.0 / tan.hypot(1.0);
                let sin = tan * cos;
                for k in 0..M {
                    let (x, y) = (a[(k, i)], a[(k, j)]);
                    a[(k, i)] = cos * x - sin * y;
                    a[(k, j)] = sin * x + cos * y;
                }
                for k in 0..M {
                    let (x, y) = (a[(i, k)], a[(j, k)]);
                    a[(i, k)] = cos * x - sin * y;
                    a[(j, k)] = sin * x + cos * y;
                    let (x, y) = (q[(k, i)], q[(k, j)]);
                    q[(k, i)] = cos * x - sin * y;
                    q[(k, j)] = sin * x + cos * y;
                }
                a[(i, j)] = 0.0;
                a[(j, i)] = 0.0;
            }
        }
        if !rotated {
            break;
        }
    }
    (SVector::from_fn(|i, _| a[(i, i)]), q)
}

/// Q diag(values) Qᵀ.
pub(crate) fn from_eigen<const M: usize>(values: &SVector<f64, M>, q: &SMatrix<f64, M, M>) -> SMatrix<f64, M, M> {
    let scaled = SMatrix::<f64, M, M>::from_fn(|i, k| q[(i, k)] * values[k]);
    symmetrised(&(scaled * q.transpose()))
}

/// The lower Cholesky factor, or `None` where the matrix is not positive definite.
pub(crate) fn cholesky<const M: usize>(a: &SMatrix<f64, M, M>) -> Option<SMatrix<f64, M, M>> {
    let mut l = SMatrix::<f64, M, M>::zeros();
    for j in 0..M {
        let mut pivot = a[(j, j)];
        for k in 0..j {
            pivot -= l[(j, k)] * l[(j, k)];
        }
        // Also refuses NaN.
        if !(pivot > 0.0 && pivot.is_finite()) {
            return None;
        }
        let pivot = pivot.sqrt();
        l[(j, j)] = pivot;
        for i in j + 1..M {
            let mut value = a[(i, j)];
            for k in 0..j {
                value -= l[(i, k)] * l[(j, k)];
            }
            l[(i, j)] = value / pivot;
        }
    }
    Some(l)
}

/// L⁻¹ of a lower triangular matrix with a positive diagonal.
pub(crate) fn invert_lower<const M: usize>(l: &SMatrix<f64, M, M>) -> SMatrix<f64, M, M> {
    let mut inverse = SMatrix::<f64, M, M>::zeros();
    for j in 0..M {
        inverse[(j, j)] = 1.0 / l[(j, j)];
        for i in j + 1..M {
            let mut sum = 0.0;
            for k in j..i {
                sum += l[(i, k)] * inverse[(k, j)];
            }
            inverse[(i, j)] = -sum / l[(i, i)];
        }
    }
    inverse
}

/// A⁻¹ X from the lower Cholesky factor of A, in the place of X.
pub(crate) fn solve_factored<const M: usize, const N: usize>(l: &SMatrix<f64, M, M>, x: &mut SMatrix<f64, M, N>) {
    let pivots: [f64; M] = std::array::from_fn(|k| 1.0 / l[(k, k)]);
    // Down the columns of L, which lie side by side in memory.
    for column in 0..N {
        for k in 0..M {
            x[(k, column)] *= pivots[k];
            for i in k + 1..M {
                x[(i, column)] -= l[(i, k)] * x[(k, column)];
            }
        }
        for k in (0..M).rev() {
            let below: f64 = (k + 1..M).map(|i| l[(i, k)] * x[(i, column)]).sum();
            x[(k, column)] = (x[(k, column)] - below) * pivots[k];
        }
    }
}

/// A⁻¹ of a positive definite matrix, or `None` where it is not.
pub(crate) fn invert_definite<const M: usize>(a: &SMatrix<f64, M, M>) -> Option<SMatrix<f64, M, M>> {
    let inverse = invert_lower(&cholesky(a)?);
    Some(inverse.transpose() * inverse)
}

/// x with A x = b for any regular A, by elimination with row pivots; not finite where A is singular.
pub(crate) fn solve<const M: usize>(a: &SMatrix<f64, M, M>, b: &SVector<f64, M>) -> SVector<f64, M> {
    let (mut a, mut x) = (*a, *b);
    for column in 0..M {
        let pivot = (column..M).fold(
            column,
            |best, row| {
                if a[(row, column)].abs() > a[(best, column)].abs() { row } else { best }
            },
        );
        a.swap_rows(column, pivot);
        x.swap_rows(column, pivot);
        for row in column + 1..M {
            let factor = a[(row, column)] / a[(column, column)];
            for k in column + 1..M {
                a[(row, k)] -= factor * a[(column, k)];
            }
            x[row] -= factor * x[column];
        }
    }
    for row in (0..M).rev() {
        for k in row + 1..M {
            x[row] -= a[(row, k)] * x[k];
        }
        x[row] /= a[(row, row)];
    }
    x
}

#[cfg(test)]
mod tests {
    use nalgebra::{SMatrix, SVector};

    use super::{cholesky, from_eigen, invert_definite, solve, solve_factored, symmetric_eigen};

    fn check<const M: usize>(scale: impl Fn(usize) -> f64) {
        let a = SMatrix::<f64, M, M>::from_fn(|i, j| ((i * 7 + j * 3) as f64).sin());
        let spd = a * a.transpose() + SMatrix::identity();
        let graded = SMatrix::<f64, M, M>::from_fn(|i, j| spd[(i, j)] * scale(i) * scale(j));
        let (values, q) = symmetric_eigen(&graded);
        let size = graded.norm();
        assert!((from_eigen(&values, &q) - graded).norm() < 1e-13 * size, "eigen, M = {M}");
        assert!((q * q.transpose() - SMatrix::identity()).norm() < 1e-13 * M as f64, "orthogonal, M = {M}");
        assert!(values.iter().all(|value| *value > 0.0));
        let b = SVector::<f64, M>::from_fn(|i, _| (i as f64 + 0.5).cos());
        assert!((spd * solve(&spd, &b) - b).norm() < 1e-11, "solve, M = {M}");
        let mut solved = a;
        solve_factored(&cholesky(&spd).expect("positive definite"), &mut solved);
        assert!((spd * solved - a).norm() <= 1e-11 * a.norm(), "solve by the factor, M = {M}");
        let inverse = invert_definite(&spd).expect("positive definite");
        assert!((inverse * spd - SMatrix::identity()).norm() < 1e-10, "inverse, M = {M}");
        assert!(cholesky(&-spd).is_none());
        assert!(cholesky(&(spd * f64::NAN)).is_none());
    }

    #[test]
    fn factors_multiply_back() {
        check::<1>(|_| 1.0);
        check::<2>(|i| 10f64.powi(-3 * i as i32));
        check::<5>(|i| 10f64.powi(-(i as i32)));
        check::<32>(|_| 1.0);
    }

    #[test]
    fn a_permutation_is_solved_with_pivots() {
        let a = SMatrix::<f64, 2, 2>::new(0.0, 1.0, 1.0, 0.0);
        assert_eq!(solve(&a, &SVector::<f64, 2>::new(3.0, 4.0)), SVector::<f64, 2>::new(4.0, 3.0));
    }
}
