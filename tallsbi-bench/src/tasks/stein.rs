//! Check reference draws against a density by Stein's identity: E\[h' + h ∂ ln p\] = 0 under p, for every h that fades at
//! the borders. A wrong simulator, a wrong prior or wrong draws break it.

use std::path::Path;

use crate::reference::Reference;
use crate::tasks::Task;

/// A test function and its derivative, at a component's value.
pub(crate) type Weight = fn(f64, f64) -> (f64, f64);

/// The weight 1, for parameters without borders, with the border's distance (not used).
pub(crate) fn no_weight() -> (Weight, f64) {
    (|_, _| (1.0, 0.0), 1.0)
}

/// The weight b² − θ², for parameters between −b and b.
pub(crate) fn box_weight(bound: f64) -> (Weight, f64) {
    (|value, bound| (1.0 - (value / bound).powi(2), -2.0 * value / (bound * bound)), bound)
}

/// ln N(theta; 0, I) but for a constant.
pub(crate) fn standard_normal<const M: usize>(theta: &[f64; M]) -> f64 {
    -0.5 * theta.iter().map(|value| value * value).sum::<f64>()
}

/// |t| above this is a failure. The draws are files, so that the test is not random; 25 batches of a correct sample stay
/// below 6.4 but for 1e-6.
const LARGEST_T: f64 = 6.4;
const BATCHES: usize = 25;

/// The largest |t| over all components and the two test functions w and w (θ − c)/s, with batch means because draws of
/// chains are correlated.
pub(crate) fn largest_t<const M: usize>(
    draws: &[[f64; M]],
    (weight, bound): (Weight, f64),
    log_density: impl Fn(&[f64; M]) -> f64,
) -> f64 {
    let n = draws.len() as f64;
    let centre: [f64; M] = std::array::from_fn(|k| draws.iter().map(|theta| theta[k]).sum::<f64>() / n);
    let scale: [f64; M] =
        std::array::from_fn(|k| (draws.iter().map(|theta| (theta[k] - centre[k]).powi(2)).sum::<f64>() / n).sqrt());
    let mut terms: Vec<[[f64; M]; 2]> = Vec::with_capacity(draws.len());
    for theta in draws {
        let mut both = [[0.0; M]; 2];
        for k in 0..M {
            let step = 1e-5 * scale[k];
            let at = |value: f64| {
                let mut theta = *theta;
                theta[k] = value;
                log_density(&theta)
            };
            let slope = (at(theta[k] + step) - at(theta[k] - step)) / (2.0 * step);
            let (w, dw) = weight(theta[k], bound);
            let z = (theta[k] - centre[k]) / scale[k];
            both[0][k] = (dw + w * slope) * scale[k];
            both[1][k] = (dw * z + w / scale[k] + w * z * slope) * scale[k];
        }
        terms.push(both);
    }
    let size = draws.len() / BATCHES;
    let mut largest = 0.0_f64;
    for function in 0..2 {
        for k in 0..M {
            let means: Vec<f64> = terms
                .chunks_exact(size)
                .map(|batch| batch.iter().map(|term| term[function][k]).sum::<f64>() / size as f64)
                .collect();
            let count = means.len() as f64;
            let mean = means.iter().sum::<f64>() / count;
            let variance = means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (count - 1.0);
            largest = largest.max((mean / (variance / count).sqrt()).abs());
        }
    }
    largest
}

/// Σ_k ln LogNormal(theta_k; mu_k, sd_k) but for a constant.
pub(crate) fn log_normal<const M: usize>(theta: &[f64; M], arguments: [(f64, f64); M]) -> f64 {
    let term = |(value, (mu, sd)): (&f64, (f64, f64))| -0.5 * ((value.ln() - mu) / sd).powi(2) - value.ln();
    theta.iter().zip(arguments).map(term).sum()
}

fn reference(kind: &str, task: Task) -> Option<Reference> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference").join(kind);
    if folder.is_dir() {
        return Some(Reference::read(&folder, task).expect("a well-formed reference"));
    }
    println_skipped(&folder);
    None
}

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn println_skipped(folder: &Path) {
    println!("skipped: {} is not here", folder.display());
}

/// The single-observation reference of a task, if the folder is here.
pub(crate) fn single_reference(task: Task) -> Option<Reference> {
    reference("single", task)
}

fn arrays<const M: usize>(values: &[f64]) -> Vec<[f64; M]> {
    values.chunks_exact(M).map(|row| std::array::from_fn(|k| row[k])).collect()
}

/// Every single-observation reference agrees with `log_density`(θ, x) and not with `wrong`.
pub(crate) fn check_single<const M: usize, const D: usize>(
    task: Task,
    weight: (Weight, f64),
    log_density: impl Fn(&[f64; M], &[f64; D]) -> f64,
    wrong: impl Fn(&[f64; M], &[f64; D]) -> f64,
) {
    check_single_of(10_000, task, weight, log_density, wrong);
}

/// As [`check_single`] with the first `n_draws` draws only, for densities that take long.
pub(crate) fn check_single_of<const M: usize, const D: usize>(
    n_draws: usize,
    task: Task,
    weight: (Weight, f64),
    log_density: impl Fn(&[f64; M], &[f64; D]) -> f64,
    wrong: impl Fn(&[f64; M], &[f64; D]) -> f64,
) {
    let Some(reference) = single_reference(task) else { return };
    for set in 1..=reference.n_sets() {
        let x = arrays::<D>(&reference.observations(set).expect("it exists").concat())[0];
        let mut draws = arrays::<M>(reference.posterior(set, 1).expect("it exists"));
        draws.truncate(n_draws);
        let t = largest_t(&draws, weight, |theta| log_density(theta, &x));
        assert!(t < LARGEST_T, "{task}, observation {set}: |t| = {t}");
        let t = largest_t(&draws, weight, |theta| wrong(theta, &x));
        assert!(t > LARGEST_T, "{task}, observation {set}: the control passes with |t| = {t}");
    }
}

/// As [`check_tall_weighted`] for parameters without borders.
pub(crate) fn check_tall<const M: usize, const D: usize>(
    task: Task,
    log_density: impl Fn(&[f64; M], &[[f64; D]]) -> f64,
    wrong: impl Fn(&[f64; M], &[[f64; D]]) -> f64,
) {
    check_tall_weighted(task, no_weight(), log_density, wrong);
}

/// The references of most sets (chains are short: one in eight may not have converged) given 1 and 30 observations agree
/// with `log_density`(θ, xs), and none of them with `wrong`.
pub(crate) fn check_tall_weighted<const M: usize, const D: usize>(
    task: Task,
    weight: (Weight, f64),
    log_density: impl Fn(&[f64; M], &[[f64; D]]) -> f64,
    wrong: impl Fn(&[f64; M], &[[f64; D]]) -> f64,
) {
    let Some(reference) = reference("tall", task) else { return };
    for n_obs in [1, 30] {
        let (mut agreed, mut fooled) = (Vec::new(), Vec::new());
        for set in 1..=reference.n_sets() {
            let mut xs = arrays::<D>(&reference.observations(set).expect("it exists").concat());
            xs.truncate(n_obs);
            let draws = arrays::<M>(reference.posterior(set, n_obs).expect("it exists"));
            agreed.push(largest_t(&draws, weight, |theta| log_density(theta, &xs)));
            fooled.push(largest_t(&draws, weight, |theta| wrong(theta, &xs)));
        }
        let passed = |t: &[f64]| t.iter().filter(|t| **t < LARGEST_T).count();
        assert!(passed(&agreed) + 1 >= agreed.len(), "{task}, n = {n_obs}: |t| = {agreed:.1?}");
        assert!(passed(&fooled) <= 1, "{task}, n = {n_obs}: the control passes, |t| = {fooled:.1?}");
    }
}
