//! Measure how draws relate to the true parameters: contraction, z-score, normalised error, distance to the truth as a Dirac.

use super::{MetricError, Rows};

/// Posterior contraction of each component: 1 − Var(draws)/`prior_sd`². 1: the posterior is a point; 0: as wide as the prior;
/// negative: wider.
///
/// # Errors
/// `Length` where `prior_sd` has another length; `TooFewRows` below two; `NoSpread` where a prior deviation is not positive.
pub fn contraction(draws: Rows<'_>, prior_sd: &[f64]) -> Result<Vec<f64>, MetricError> {
    check_length(draws, prior_sd)?;
    if let Some(component) = prior_sd.iter().position(|sd| !(*sd > 0.0 && sd.is_finite())) {
        return Err(MetricError::NoSpread { component });
    }
    let (_, variances) = moments(draws)?;
    Ok(variances.iter().zip(prior_sd).map(|(variance, sd)| 1.0 - variance / (sd * sd)).collect())
}

/// Posterior z-score of each component: (mean of the draws − truth) / their standard deviation (divisor n − 1).
///
/// Over the joint distribution of truths and observations of a calibrated Gaussian posterior it is standard normal.
///
/// # Errors
/// `Length`, `TooFewRows`; `NoSpread` where all draws of a component coincide.
pub fn z_score(draws: Rows<'_>, truth: &[f64]) -> Result<Vec<f64>, MetricError> {
    check_length(draws, truth)?;
    let (means, variances) = moments(draws)?;
    check_spread(&variances)?;
    Ok(means.iter().zip(truth).zip(&variances).map(|((mean, truth), v)| (mean - truth) / v.sqrt()).collect())
}

/// The root mean squared error of `estimates` (a row for each data set), each component divided by the standard deviation
/// (divisor n) of its `truths`: 0 is perfect, 1 is what the mean of all truths would reach.
///
/// # Errors
/// `DifferentDimensions`; `DifferentCounts`; `NoSpread` where all truths of a component coincide.
pub fn nrmse(estimates: Rows<'_>, truths: Rows<'_>) -> Result<Vec<f64>, MetricError> {
    estimates.check_same_dim(&truths)?;
    let n = truths.n_rows() as f64;
    if estimates.n_rows() != truths.n_rows() {
        return Err(MetricError::DifferentCounts { first: estimates.n_rows(), second: truths.n_rows() });
    }
    let component = |k: usize| {
        let mean = truths.iter().map(|row| row[k]).sum::<f64>() / n;
        let variance = truths.iter().map(|row| (row[k] - mean).powi(2)).sum::<f64>() / n;
        let error = estimates.iter().zip(truths.iter()).map(|(e, t)| (e[k] - t[k]).powi(2)).sum::<f64>() / n;
        if variance > 0.0 { Ok((error / variance).sqrt()) } else { Err(MetricError::NoSpread { component: k }) }
    };
    (0..truths.dim()).map(component).collect()
}

/// The squared MMD, with a Gaussian kernel of `bandwidth` ℓ, of `draws` and a point mass at `truth`.
///
/// # Equation
/// mean_{i≠j} k(a_i, a_j) + 1 − 2 mean_i k(a_i, θ*), k(x, y) = exp(−‖x − y‖²/2ℓ²). For draws of N(μ, s² I) in m dimensions its
/// mean is (1 + 2s²/ℓ²)^(−m/2) + 1 − 2 (1 + s²/ℓ²)^(−m/2) exp(−‖μ − θ*‖²/2(ℓ² + s²)).
/// # Not to be confused with
/// [`distance_to_dirac`], which the paper of the tall benchmark calls MMD to the Dirac.
///
/// # Errors
/// `Length`, `TooFewRows`, `InvalidBandwidth`.
pub fn mmd2_to_dirac(draws: Rows<'_>, truth: &[f64], bandwidth: f64) -> Result<f64, MetricError> {
    check_length(draws, truth)?;
    // Two rows at the truth: the mean of the kernel between them is 1, as a point mass has it.
    let twice = [truth, truth].concat();
    super::mmd2_with_bandwidth(draws, Rows::new(&twice, draws.dim())?, bandwidth)
}

/// How far draws are from the true parameters, as arXiv:2404.07593's code has it: the mean over components of
/// (variance + (mean − truth)²)/s with s the standard deviation of the draws where `scaled`, and 1 otherwise. Unscaled it is
/// the squared 2-Wasserstein distance to the point mass, but for the divisor n − 1 of the variance, divided by m.
///
/// # Errors
/// `Length`, `TooFewRows`; where scaled, `NoSpread` where all draws of a component coincide.
pub fn distance_to_dirac(draws: Rows<'_>, truth: &[f64], scaled: bool) -> Result<f64, MetricError> {
    check_length(draws, truth)?;
    let (means, variances) = moments(draws)?;
    if scaled {
        check_spread(&variances)?;
    }
    let term = |((mean, truth), variance): ((&f64, &f64), &f64)| {
        (variance + (mean - truth).powi(2)) / if scaled { variance.sqrt() } else { 1.0 }
    };
    Ok(means.iter().zip(truth).zip(&variances).map(term).sum::<f64>() / draws.dim() as f64)
}

fn check_length(draws: Rows<'_>, given: &[f64]) -> Result<(), MetricError> {
    if draws.dim() == given.len() {
        return Ok(());
    }
    Err(MetricError::Length { expected: draws.dim(), found: given.len() })
}

fn check_spread(variances: &[f64]) -> Result<(), MetricError> {
    match variances.iter().position(|variance| !(*variance > 0.0)) {
        Some(component) => Err(MetricError::NoSpread { component }),
        None => Ok(()),
    }
}

/// Means and variances (divisor n − 1) of the components.
fn moments(draws: Rows<'_>) -> Result<(Vec<f64>, Vec<f64>), MetricError> {
    let n = draws.n_rows();
    if n < 2 {
        return Err(MetricError::TooFewRows { rows: n, needed: 2 });
    }
    let mean = |k: usize| draws.iter().map(|row| row[k]).sum::<f64>() / n as f64;
    let means: Vec<f64> = (0..draws.dim()).map(mean).collect();
    let variance = |k: usize| draws.iter().map(|row| (row[k] - means[k]).powi(2)).sum::<f64>() / (n - 1) as f64;
    let variances = (0..draws.dim()).map(variance).collect();
    Ok((means, variances))
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::model::stream;

    fn near(values: &[f64], expected: &[f64]) {
        assert_eq!(values.len(), expected.len());
        assert!(values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{values:?} {expected:?}");
    }

    /// Draws 1, 2, 3 and 0, 0, 6: means 2 and 2, variances 1 and 12.
    const DRAWS: [f64; 6] = [1.0, 0.0, 2.0, 0.0, 3.0, 6.0];

    #[test]
    fn by_hand() {
        let draws = Rows::new(&DRAWS, 2).expect("valid");
        near(&contraction(draws, &[2.0, 3.0]).expect("valid"), &[0.75, 1.0 - 12.0 / 9.0]);
        near(&z_score(draws, &[0.5, 4.0]).expect("valid"), &[1.5, -2.0 / 12.0_f64.sqrt()]);
        // (1 + 1.5²) and (12 + 2²), then divided by 1 and √12.
        near(&[distance_to_dirac(draws, &[0.5, 4.0], false).expect("valid")], &[f64::midpoint(3.25, 16.0)]);
        near(
            &[distance_to_dirac(draws, &[0.5, 4.0], true).expect("valid")],
            &[f64::midpoint(3.25, 16.0 / 12.0_f64.sqrt())],
        );
        // Truths 0, 2, 4 (variance 8/3) and errors 1, −1, 2: √(2/(8/3)).
        let (truths, estimates) = ([0.0, 2.0, 4.0], [1.0, 1.0, 6.0]);
        let [truths, estimates] = [&truths, &estimates].map(|values| Rows::new(values, 1).expect("valid"));
        near(&nrmse(estimates, truths).expect("valid"), &[0.75_f64.sqrt()]);
        let mean = [2.0; 3];
        near(&nrmse(Rows::new(&mean, 1).expect("valid"), truths).expect("valid"), &[1.0]);
        near(&nrmse(truths, truths).expect("valid"), &[0.0]);
    }

    /// Gaussian draws against the closed form of the mean, and the unscaled distance against W₂².
    #[test]
    fn gaussian_draws() {
        let (n, m, s, bandwidth) = (2_000, 3, 0.7, 1.5_f64);
        let truth = [0.5, -0.2, 1.0];
        let mut rng = stream(1, "test", 0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let draws: Vec<f64> = (0..n * m).map(|_| s * normal()).collect();
        let rows = Rows::new(&draws, m).expect("valid");
        let value = mmd2_to_dirac(rows, &truth, bandwidth).expect("valid");
        let squared: f64 = truth.iter().map(|x| x * x).sum();
        let closed = |s: f64| {
            let (l, v, power) = (bandwidth * bandwidth, s * s, -0.5 * m as f64);
            (1.0 + 2.0 * v / l).powf(power) + 1.0 - 2.0 * (1.0 + v / l).powf(power) * (-0.5 * squared / (l + v)).exp()
        };
        // k lies in [0, 1]: the mean over n draws of 2 k₁ − 2 k, k₁ the projection of the first part, has at most a
        // standard deviation of 1/√n.
        let bound = 4.9 / (n as f64).sqrt();
        assert!((value - closed(s)).abs() < bound && (value - closed(2.0 * s)).abs() > bound, "{value} {}", closed(s));
        let w2 =
            (0..m).map(|k| draws.iter().skip(k).step_by(m).map(|x| (x - truth[k]).powi(2)).sum::<f64>()).sum::<f64>()
                / (n * m) as f64;
        let distance = distance_to_dirac(rows, &truth, false).expect("valid");
        assert!((distance - w2).abs() < 2.0 * s * s / n as f64, "{distance} {w2}");
    }

    #[test]
    fn errors_name_the_cause() {
        let draws = Rows::new(&DRAWS, 2).expect("valid");
        let same = [1.0, 0.0, 1.0, 3.0];
        let same = Rows::new(&same, 2).expect("valid");
        assert_eq!(z_score(draws, &[1.0]), Err(MetricError::Length { expected: 2, found: 1 }));
        assert_eq!(z_score(same, &[1.0, 2.0]), Err(MetricError::NoSpread { component: 0 }));
        assert_eq!(contraction(draws, &[1.0, f64::NAN]), Err(MetricError::NoSpread { component: 1 }));
        assert_eq!(nrmse(draws, same), Err(MetricError::DifferentCounts { first: 3, second: 2 }));
        assert_eq!(nrmse(same, same), Err(MetricError::NoSpread { component: 0 }));
        let one = Rows::new(&[1.0, 2.0], 2).expect("valid");
        assert_eq!(contraction(one, &[1.0, 1.0]), Err(MetricError::TooFewRows { rows: 1, needed: 2 }));
        assert!(mmd2_to_dirac(draws, &[0.0, 0.0], 0.0).is_err());
    }
}
