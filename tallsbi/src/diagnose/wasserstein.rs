//! Measure the Wasserstein distance of two samples along lines: one component, random projections, the worst of them.

use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::{MetricError, Rows};
use crate::model::stream;

/// The sliced Wasserstein distance of order 2, the one that posterior benchmarks report (POT's default).
///
/// # Equation
/// sW(a, b) = \[1/L Σ_l W₂²(u_l·a, u_l·b)\]^½ with `projections` = L directions u_l uniform on the unit sphere and W₂
/// the one-dimensional distance of [`wasserstein_1d`]. 1,000 projections are usual.
///
/// # Accuracy
/// A Monte Carlo mean over directions: another seed changes it by a few percent. The same seed gives the same bits for
/// any number of threads.
///
/// # Errors
/// `DifferentDimensions`, `NoProjections`.
pub fn sliced_wasserstein(a: Rows<'_>, b: Rows<'_>, projections: usize, seed: u64) -> Result<f64, MetricError> {
    sliced_wasserstein_of_order(a, b, 2.0, projections, seed)
}

/// The sliced Wasserstein distance of any order p ≥ 1: \[1/L Σ_l W_p^p\]^(1/p). See [`sliced_wasserstein`].
///
/// # Errors
/// `DifferentDimensions`, `NoProjections`, `InvalidOrder`.
pub fn sliced_wasserstein_of_order(
    a: Rows<'_>,
    b: Rows<'_>,
    order: f64,
    projections: usize,
    seed: u64,
) -> Result<f64, MetricError> {
    let costs = projected_costs(a, b, order, projections, seed)?;
    Ok((costs.iter().sum::<f64>() / projections as f64).powf(order.recip()))
}

/// The max-sliced Wasserstein distance of order 2: the largest W₂ over the same random directions as
/// [`sliced_wasserstein`], a lower bound of the maximum over all directions.
///
/// # Errors
/// `DifferentDimensions`, `NoProjections`.
pub fn max_sliced_wasserstein(a: Rows<'_>, b: Rows<'_>, projections: usize, seed: u64) -> Result<f64, MetricError> {
    let costs = projected_costs(a, b, 2.0, projections, seed)?;
    Ok(costs.into_iter().fold(0.0, f64::max).sqrt())
}

/// The Wasserstein distance of each component's marginal, in the component's own unit.
///
/// # Errors
/// `DifferentDimensions`, `InvalidOrder`.
pub fn marginal_wasserstein(a: Rows<'_>, b: Rows<'_>, order: f64) -> Result<Vec<f64>, MetricError> {
    a.check_same_dim(&b)?;
    check_order(order)?;
    let column = |rows: Rows<'_>, k: usize| sorted(rows.iter().map(|row| row[k]).collect());
    Ok((0..a.dim()).map(|k| sorted_cost(&column(a, k), &column(b, k), order).powf(order.recip())).collect())
}

/// The Wasserstein distance of order p of two samples of one number, of equal or unequal sizes.
///
/// # Equation
/// W_p = \[∫₀¹ |F_a⁻¹(q) − F_b⁻¹(q)|^p dq\]^(1/p), exact for the two empirical distributions.
///
/// # Errors
/// `NoRows`, `NonFinite`, `InvalidOrder`.
pub fn wasserstein_1d(a: &[f64], b: &[f64], order: f64) -> Result<f64, MetricError> {
    let [a, b] = [Rows::new(a, 1)?, Rows::new(b, 1)?];
    Ok(marginal_wasserstein(a, b, order)?[0])
}

fn check_order(order: f64) -> Result<(), MetricError> {
    if order >= 1.0 && order.is_finite() { Ok(()) } else { Err(MetricError::InvalidOrder { order }) }
}

/// W_p^p along each direction; direction `l` comes from stream `l`.
fn projected_costs(
    a: Rows<'_>,
    b: Rows<'_>,
    order: f64,
    projections: usize,
    seed: u64,
) -> Result<Vec<f64>, MetricError> {
    a.check_same_dim(&b)?;
    check_order(order)?;
    if projections == 0 {
        return Err(MetricError::NoProjections);
    }
    let cost = |index: usize| {
        let direction = direction(a.dim(), seed, index as u64);
        let project = |rows: Rows<'_>| {
            sorted(rows.iter().map(|row| row.iter().zip(&direction).map(|(x, u)| x * u).sum()).collect())
        };
        sorted_cost(&project(a), &project(b), order)
    };
    Ok((0..projections).into_par_iter().map(cost).collect())
}

/// A direction uniform on the unit sphere.
fn direction(dim: usize, seed: u64, index: u64) -> Vec<f64> {
    let mut rng = stream(seed, "sliced wasserstein", index);
    loop {
        let raw: Vec<f64> = (0..dim).map(|_| StandardNormal.sample(&mut rng)).collect();
        let norm = raw.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 0.0 {
            return raw.into_iter().map(|x| x / norm).collect();
        }
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// W_p^p of two sorted samples. Quantile levels are compared as integers, so equal sizes pair exactly.
fn sorted_cost(a: &[f64], b: &[f64], order: f64) -> f64 {
    let cost = |x: f64, y: f64| if order == 2.0 { (x - y) * (x - y) } else { (x - y).abs().powf(order) };
    let (na, nb) = (a.len() as u128, b.len() as u128);
    let (mut i, mut j, mut level, mut total) = (0, 0, 0_u128, 0.0);
    while i < a.len() && j < b.len() {
        // Levels are in units of 1/(na nb).
        let (next_a, next_b) = ((i as u128 + 1) * nb, (j as u128 + 1) * na);
        let next = next_a.min(next_b);
        total += cost(a[i], b[j]) * (next - level) as f64;
        level = next;
        i += usize::from(next == next_a);
        j += usize::from(next == next_b);
    }
    total / (na as f64 * nb as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCIPY_1: f64 = 0.5889738242509509;
    const POT_2: f64 = 0.7224540820209726;
    const POT_SLICED: [(usize, usize, usize, f64); 3] =
        [(60, 60, 3, 0.1529767902714441), (60, 45, 3, 0.17693085111130397), (40, 40, 5, 0.25626121511385674)];

    #[track_caller]
    fn check(a: &[f64], b: &[f64], order: f64, expected: f64) {
        let value = wasserstein_1d(a, b, order).expect("valid");
        assert!((value - expected).abs() <= 1e-12 * expected.max(1.0), "{value} != {expected}");
        assert!((wasserstein_1d(b, a, order).expect("valid") - value).abs() <= 1e-14, "not symmetric");
    }

    #[test]
    fn one_dimension_is_exact() {
        check(&[1.0, 2.0, 3.0], &[3.0, 1.0, 2.0], 2.0, 0.0);
        check(&[0.0, 1.0], &[2.0, 3.0], 2.0, 2.0);
        check(&[0.0, 1.0], &[0.0, 3.0], 1.0, 1.0);
        check(&[0.0, 1.0], &[0.0, 3.0], 2.0, 2.0_f64.sqrt());
        // Unequal sizes: quantile functions 0|1 against 0|3|6, differing by 0, 3, 2, 5 on levels 1/3, 1/6, 1/6, 1/3.
        check(&[0.0, 1.0], &[0.0, 3.0, 6.0], 1.0, 0.5 + 2.0 / 6.0 + 5.0 / 3.0);
    }

    /// Values of `scipy.stats.wasserstein_distance` (order 1) and `ot.wasserstein_1d(p=2) ** 0.5`.
    #[test]
    fn unequal_sizes_match_scipy_and_pot() {
        let a: Vec<f64> = (0..7).map(|i| (i as f64 * 1.3).sin() * 2.0).collect();
        let b: Vec<f64> = (0..11).map(|i| (i as f64 * 0.7).cos() + 0.25).collect();
        check(&a, &b, 1.0, SCIPY_1);
        check(&a, &b, 2.0, POT_2);
    }

    fn lattice(n: usize, dim: usize, shift: f64) -> Vec<f64> {
        (0..n * dim).map(|i| (i as f64 * 0.37 + shift).sin() * (1.0 + (i % dim) as f64)).collect()
    }

    /// Values of `ot.sliced_wasserstein_distance` with 200,000 projections: ours, with as many, may differ by the
    /// Monte Carlo error of two means of squared distances, far below 1e-2 relative.
    #[test]
    fn sliced_distance_matches_pot() {
        for (n, m, dim, expected) in POT_SLICED {
            let (a, b) = (lattice(n, dim, 0.0), lattice(m, dim, 1.0));
            let (a, b) = (Rows::new(&a, dim).expect("valid"), Rows::new(&b, dim).expect("valid"));
            let value = sliced_wasserstein(a, b, 50_000, 1).expect("valid");
            assert!((value / expected - 1.0).abs() < 1e-2, "{value} != {expected}");
            assert!((value / (1.05 * expected) - 1.0).abs() > 1e-2, "the tolerance must see five percent");
        }
    }

    /// A shift by δ costs W₂ = |u·δ| on every direction: sW² = |δ|²/m, and the worst direction approaches |δ|.
    #[test]
    fn a_shift_has_a_closed_form() {
        let a = lattice(300, 3, 0.0);
        let b: Vec<f64> = a.iter().enumerate().map(|(i, x)| x + [1.0, 2.0, 2.0][i % 3]).collect();
        let (a, b) = (Rows::new(&a, 3).expect("valid"), Rows::new(&b, 3).expect("valid"));
        let n_projections = 20_000;
        let squared = sliced_wasserstein(a, b, n_projections, 7).expect("valid").powi(2);
        // (u·δ)²/|δ|² is Beta(1/2, 1), with mean 1/3 and variance 4/45; five standard errors.
        let error = 5.0 * 9.0 * (4.0_f64 / 45.0).sqrt() / (n_projections as f64).sqrt();
        assert!((squared - 3.0).abs() < error, "{squared}");
        let worst = max_sliced_wasserstein(a, b, n_projections, 7).expect("valid");
        assert!(worst <= 3.0 + 1e-9 && worst > 2.999, "{worst}");
        let marginal = marginal_wasserstein(a, b, 2.0).expect("valid");
        assert!(marginal.iter().zip([1.0, 2.0, 2.0]).all(|(w, d): (&f64, f64)| (w - d).abs() < 1e-12), "{marginal:?}");
    }

    #[test]
    fn threads_do_not_matter() {
        let (a, b) = (lattice(50, 4, 0.0), lattice(40, 4, 2.0));
        let (a, b) = (Rows::new(&a, 4).expect("valid"), Rows::new(&b, 4).expect("valid"));
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| sliced_wasserstein(a, b, 100, 3)).expect("valid").to_bits()
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn errors_name_the_argument() {
        let (a, b) = (Rows::new(&[1.0, 2.0], 2).expect("valid"), Rows::new(&[1.0], 1).expect("valid"));
        let message = |result: Result<f64, MetricError>| result.expect_err("must be refused").to_string();
        assert!(message(sliced_wasserstein(a, b, 10, 1)).starts_with("the first sample has 2 components"));
        assert_eq!(message(sliced_wasserstein(a, a, 0, 1)), "zero projections: ask for at least one (1000 is usual)");
        assert_eq!(
            message(sliced_wasserstein_of_order(a, a, 0.5, 10, 1)),
            "a Wasserstein distance of order 0.5 does not exist: the order is a finite number of at least 1"
        );
        assert_eq!(wasserstein_1d(&[1.0], &[1.0], f64::NAN).map_err(|_| ()), Err(()));
        assert_eq!(wasserstein_1d(&[], &[1.0], 1.0), Err(MetricError::NoRows));
    }
}
