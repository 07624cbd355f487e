//! Measure the squared maximum mean discrepancy of two samples with a Gaussian kernel.

use rayon::prelude::*;

use super::{MetricError, Rows};

/// The unbiased MMD² with the median heuristic, as posterior benchmarks report it.
///
/// # Equation
/// MMD² = mean_{i≠j} k(a_i, a_j) + mean_{i≠j} k(b_i, b_j) − 2 mean_{i,j} k(a_i, b_j) with
/// k(x, y) = exp(−‖x − y‖² / 2ℓ²) and ℓ = [`median_distance`] of the *first* sample alone (the reference), so that the
/// kernel does not depend on what is judged. Nothing is standardised. This is the definition of `sbibm`.
///
/// # Accuracy
/// Exact for the two samples, in O((n + m)²) time and O(n + m) memory. Unbiased, therefore sometimes slightly negative.
///
/// # Errors
/// `DifferentDimensions`; `TooFewRows` below two rows; `InvalidBandwidth` where half of the first sample's distances are 0.
pub fn mmd2(reference: Rows<'_>, draws: Rows<'_>) -> Result<f64, MetricError> {
    reference.check_same_dim(&draws)?;
    mmd2_with_bandwidth(reference, draws, median_distance(reference)?)
}

/// [`mmd2`] with a bandwidth ℓ of the caller's choice, for instance one for several pairs of samples.
///
/// # Errors
/// `DifferentDimensions`; `TooFewRows` below two rows; `InvalidBandwidth`.
pub fn mmd2_with_bandwidth(a: Rows<'_>, b: Rows<'_>, bandwidth: f64) -> Result<f64, MetricError> {
    a.check_same_dim(&b)?;
    check_two(a)?;
    check_two(b)?;
    let gamma = 0.5 / (bandwidth * bandwidth);
    if !(bandwidth > 0.0 && bandwidth.is_finite() && gamma.is_finite()) {
        return Err(MetricError::InvalidBandwidth { bandwidth });
    }
    Ok(mean_within(a, gamma) + mean_within(b, gamma) - 2.0 * mean_between(a, b, gamma))
}

/// The median of the Euclidean distances of all pairs of rows (of an even number of pairs the lower of the middle two).
///
/// # Errors
/// `TooFewRows` below two rows.
pub fn median_distance(rows: Rows<'_>) -> Result<f64, MetricError> {
    check_two(rows)?;
    let n = rows.n_rows();
    let mut rank = (n * (n - 1) / 2 - 1) / 2;
    // Non-negative doubles are ordered as their bits, so sixteen bits at a time find the median without storing n²
    // distances.
    let mut prefix = 0_u64;
    for shift in [48, 32, 16, 0] {
        let mut counts = vec![0_usize; 1 << 16];
        for i in 0..n {
            for j in 0..i {
                let bits = squared_distance(rows.row(i), rows.row(j)).to_bits();
                if shift == 48 || bits >> (shift + 16) == prefix {
                    counts[(bits >> shift) as usize & 0xffff] += 1;
                }
            }
        }
        let mut digit = 0;
        while counts[digit] <= rank {
            rank -= counts[digit];
            digit += 1;
        }
        prefix = prefix << 16 | digit as u64;
    }
    Ok(f64::from_bits(prefix).sqrt())
}

fn check_two(rows: Rows<'_>) -> Result<(), MetricError> {
    match rows.n_rows() {
        0 | 1 => Err(MetricError::TooFewRows { rows: rows.n_rows(), needed: 2 }),
        _ => Ok(()),
    }
}

fn squared_distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// The mean of k over pairs of different rows.
fn mean_within(rows: Rows<'_>, gamma: f64) -> f64 {
    let n = rows.n_rows();
    let of_row = |i: usize| (0..i).map(|j| (-gamma * squared_distance(rows.row(i), rows.row(j))).exp()).sum::<f64>();
    let sums: Vec<f64> = (0..n).into_par_iter().map(of_row).collect();
    sums.iter().sum::<f64>() / (0.5 * n as f64 * (n - 1) as f64)
}

/// The mean of k over all pairs of a row of each sample.
fn mean_between(a: Rows<'_>, b: Rows<'_>, gamma: f64) -> f64 {
    let of_row = |i: usize| b.iter().map(|y| (-gamma * squared_distance(a.row(i), y)).exp()).sum::<f64>();
    let sums: Vec<f64> = (0..a.n_rows()).into_par_iter().map(of_row).collect();
    sums.iter().sum::<f64>() / (a.n_rows() as f64 * b.n_rows() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMPY: [(usize, usize, usize, f64); 3] =
        [(60, 60, 3, -0.014503467938525416), (60, 45, 3, -0.016671136629413663), (40, 40, 5, -0.020595808889584788)];

    fn lattice(n: usize, dim: usize, shift: f64) -> Vec<f64> {
        (0..n * dim).map(|i| (i as f64 * 0.37 + shift).sin() * (1.0 + (i % dim) as f64)).collect()
    }

    #[track_caller]
    fn check_median(rows: &[f64], dim: usize, expected: f64) {
        let value = median_distance(Rows::new(rows, dim).expect("valid")).expect("two rows");
        assert!((value - expected).abs() <= 1e-15 * expected, "{value} != {expected}");
    }

    #[test]
    fn the_median_is_the_lower_of_the_middle_two() {
        check_median(&[0.0, 3.0], 1, 3.0);
        check_median(&[0.0, 1.0, 3.0], 1, 2.0);
        check_median(&[0.0, 1.0, 3.0, 7.0], 1, 3.0); // 1 2 3 4 6 7
        check_median(&[0.0, 0.0, 3.0, 4.0, 0.0, 0.0], 2, 5.0); // 0 5 5
    }

    #[test]
    fn the_median_equals_a_sort() {
        let data = lattice(90, 3, 0.2);
        let rows = Rows::new(&data, 3).expect("valid");
        let mut all: Vec<f64> =
            (0..90).flat_map(|i| (0..i).map(move |j| squared_distance(rows.row(i), rows.row(j)).sqrt())).collect();
        all.sort_by(f64::total_cmp);
        check_median(&data, 3, all[(all.len() - 1) / 2]);
    }

    /// Two points each, bandwidth 1: e^{-1/2} + e^{-2} − (2/4)(1 + e^{-2} + e^{-1/2} + e^{-1/2}).
    #[test]
    fn four_points_by_hand() {
        let (a, b) = ([0.0, 1.0], [0.0, 2.0]);
        let value =
            mmd2_with_bandwidth(Rows::new(&a, 1).expect("a"), Rows::new(&b, 1).expect("b"), 1.0).expect("valid");
        let (half, two) = ((-0.5_f64).exp(), (-2.0_f64).exp());
        let expected = half + two - 0.5 * (1.0 + two + half + half);
        assert!((value - expected).abs() < 1e-15, "{value} != {expected}");
    }

    /// Values computed with numpy from the definition of `sbibm` 1.1.0 (`bandwidth="X"`).
    #[test]
    fn lattices_match_numpy() {
        for (n, m, dim, expected) in NUMPY {
            let (a, b) = (lattice(n, dim, 0.0), lattice(m, dim, 1.0));
            let value = mmd2(Rows::new(&a, dim).expect("a"), Rows::new(&b, dim).expect("b")).expect("valid");
            assert!((value - expected).abs() < 1e-12, "{value} != {expected}");
        }
    }

    #[test]
    fn errors_name_the_cause() {
        let one = Rows::new(&[1.0], 1).expect("valid");
        let same = Rows::new(&[1.0, 1.0, 1.0], 1).expect("valid");
        let message = |result: Result<f64, MetricError>| result.expect_err("must be refused").to_string();
        assert_eq!(message(mmd2(one, same)), "a sample has 1 rows and this metric needs 2: draw more");
        assert_eq!(
            message(mmd2_with_bandwidth(same, one, 1.0)),
            "a sample has 1 rows and this metric needs 2: draw more"
        );
        assert_eq!(
            message(mmd2(same, same)),
            "the kernel's bandwidth is 0: most draws of the first sample coincide; give a positive bandwidth"
        );
        assert!(message(mmd2_with_bandwidth(same, same, f64::NAN)).starts_with("the kernel's bandwidth is NaN"));
        assert!(message(mmd2(same, Rows::new(&[1.0, 2.0], 2).expect("valid"))).starts_with("the first sample has 1"));
    }
}
