//! Test closed-form diffused priors against high-precision values and against their own log-marginals.

use nalgebra::SMatrix;

use super::declared::parameters;
use crate::compose::{CleanPriorScore, DiffusedPrior};
use crate::diffusion::{Level, Schedule};
use crate::model::{Dimension, Label, Parameters, stream};
use crate::prior::diffused_marginal::Marginal;
use crate::prior::*;

parameters!(Paper, 6, ["a", "b", "c", "d", "e[0]", "e[1]"], |walk| {
    walk.scalar(Normal::new(1.0, 2.0))?;
    walk.scalar(LogNormal::new(-2.0, 0.5))?;
    walk.scalar(Uniform::new(-3.0, 5.0))?;
    walk.scalar(Mixture::new([(0.3, -1.0, 0.2), (0.7, 2.0, 0.6)]))?;
    walk.multivariate(MvNormal::<2>::new([1.0, -1.0], [[2.0, 0.6], [0.6, 0.5]]))?;
});
impl ClosedFormDiffusion for Paper {}

parameters!(Open, 1, ["shape"], |walk| {
    walk.scalar(Gamma::new(2.0, 1.0))?;
});
impl ClosedFormDiffusion for Open {}

parameters!(Dependent, 2, ["a", "b"], |walk| {
    let a = walk.scalar(Normal::new(0.0, 1.0))?;
    walk.scalar(Normal::new(a, 1.0))?;
});
impl ClosedFormDiffusion for Dependent {}

#[test]
fn diffused_uniform_matches_high_precision_values() {
    // (low, high, α, σ, θ, score, slope of the score), at 420 digits: up to 40 standard deviations outside the box.
    for (low, high, alpha, sigma, theta, score, slope) in [
        (-1.0, 1.0, 0.5, 0.5, 20.75, -80.22140396444524, -3.9975199360148292),
        (-1.0, 1.0, 0.5, 0.5, -20.75, 80.22140396444524, -3.9975199360148292),
        (-1.5, 1.75, 0.99, 0.1, 5.5, -376.14286755885956, -99.92951923581226),
        (-1.5, 1.75, 1e-07, 1.0, 3.0, -2.9999602074702785, -0.9999999119792116),
        (-1.5, 1.75, 1e-07, 1.0, 40.0, -39.99995695079868, -0.999999911986607),
        (-1.0, 1.0, 0.9999, 0.01, 0.3, -0.0, -0.0),
        (-1.0, 1.0, 0.9999, 0.01, 1.0, -80.10704621612506, -6377.08432897619),
        (-1.0, 1.0, 0.64, 0.6, 0.25, -0.3755266152776728, -1.5337929124193863),
        (-1.0, 1.0, 0.64, 0.6, 0.0, 0.0, -1.4859623119177796),
        (-1.0, 1.0, 0.25, 0.866, 34.0, -44.699098247587784, -1.3325240461249752),
        (-0.001, 0.001, 0.5, 0.7, 2.0, -4.081631264751759, -2.0408156323766504),
        (-1.0, 1.0, 0.9999, 0.01, 1.4, -4002.996585918146, -9993.774866835567),
        (0.5, 0.50001, 0.5, 0.01, 1.0, -6464.430469386306, -9999.999583376866),
    ] {
        let level = Level { t: 0.5, alpha, sigma };
        let found = Marginal::Uniform { low, high }.derivatives(&level, theta);
        // Inside the box both are the small difference of terms of size 1/σ and 1/σ²; far outside, relative.
        let scale = (0.01_f64 / sigma).max(f64::abs(score));
        assert!((found.score - score).abs() <= 1e-12 * scale, "score({theta}): {} not {score}", found.score);
        let scale = (1.0_f64 / (sigma * sigma)).max(f64::abs(slope));
        // Variance = 1 + slope σ² cancels A² at A standard deviations out.
        let tolerance = 1e-14 * (1.0 + (score * sigma).powi(2)).max(10.0) * scale;
        assert!((found.slope - slope).abs() <= tolerance, "slope({theta}): {} not {slope}", found.slope);
    }
}

#[test]
fn diffused_uniform_is_finite_and_monotone_far_outside() {
    let uniform = Marginal::Uniform { low: -1.0, high: 1.5 };
    for t in [1e-3, 0.01, 0.1, 0.3, 0.7, 1.0] {
        let level = Schedule::default().level(t);
        let mut last = f64::INFINITY;
        for step in -400..=400 {
            let outside = 0.1 * f64::from(step) * level.sigma;
            let theta = outside + level.mean() * if step < 0 { -1.0 } else { 1.5 };
            let found = uniform.derivatives(&level, theta);
            assert!(found.score.is_finite() && found.slope.is_finite(), "t = {t}, step {step}");
            assert!(found.score <= last + 1e-9 / level.sigma, "t = {t}, step {step}: {} after {last}", found.score);
            assert!(found.slope <= 1e-9 / level.sigma.powi(2), "log-concave: {}", found.slope);
            last = found.score;
        }
    }
}

/// ln p_t of [`Paper`] written out independently, in coordinates with these means and standard deviations.
fn ln_marginal(at: &Level, theta: &[f64; 6], mean: &[f64; 6], sd: &[f64; 6], box_scale: f64) -> f64 {
    let normal = |x: f64, centre: f64, variance: f64| {
        -0.5 * (x - centre).powi(2) / variance - 0.5 * (2.0 * std::f64::consts::PI * variance).ln()
    };
    let (m, noise) = (at.mean(), at.sigma * at.sigma);
    let one = |k: usize, centre: f64, own: f64| {
        normal(theta[k], m * (centre - mean[k]) / sd[k], at.alpha * (own / sd[k]).powi(2) + noise)
    };
    let (low, high) = (box_scale * (-3.0 - mean[2]) / sd[2], box_scale * (5.0 - mean[2]) / sd[2]);
    let cdf = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
    let uniform =
        ((cdf((theta[2] - m * low) / at.sigma) - cdf((theta[2] - m * high) / at.sigma)) / (m * (high - low))).ln();
    let mixture = (0.3 * one(3, -1.0, 0.2).exp() + 0.7 * one(3, 2.0, 0.6).exp()).ln();
    let v = |i: usize, j: usize, entry: f64| at.alpha * entry / (sd[i] * sd[j]) + if i == j { noise } else { 0.0 };
    let covariance = SMatrix::<f64, 2, 2>::new(v(4, 4, 2.0), v(4, 5, 0.6), v(5, 4, 0.6), v(5, 5, 0.5));
    let offset =
        nalgebra::Vector2::new(theta[4] - m * (1.0 - mean[4]) / sd[4], theta[5] - m * (-1.0 - mean[5]) / sd[5]);
    let inverse = covariance.try_inverse().expect("positive definite");
    let block = -0.5 * (offset.transpose() * inverse * offset)[0] - 0.5 * covariance.determinant().ln();
    one(0, 1.0, 2.0) + one(1, -2.0, 0.5) + uniform + mixture + block
}

#[test]
fn scores_and_jacobians_are_derivatives_of_the_log_marginal() {
    let (mean, sd) = ([0.5, -1.9, 1.1, 0.9, 0.8, -1.1], [2.1, 0.6, 2.2, 1.3, 1.4, 0.8]);
    let coordinates = PaperCoordinates::new(mean, sd, [false, true, false, false, false, false]).expect("positive");
    for box_scale in [1.0, 2.0] {
        let prior = PaperPrior::with_uniform_box_scale::<Paper>(&coordinates, box_scale).expect("closed form");
        for t in [0.02, 0.2, 0.5, 1.0] {
            let level = Schedule::published().level(t);
            for theta in [[0.0; 6], [1.0, -0.5, 0.9, -0.4, 0.3, -1.2], [-1.3, 2.0, -1.1, 1.5, 1.7, 0.4]] {
                let score = |theta: [f64; 6]| {
                    let mut out = [[0.0; 6]];
                    prior.score_into(&level, &[theta], &mut (), &mut out).expect("closed form");
                    out[0]
                };
                let mut jacobian = [SMatrix::<f64, 6, 6>::zeros()];
                prior.jacobian_into(&level, &[theta], &mut (), &mut jacobian).expect("closed form");
                let here = score(theta);
                let h = 1e-4 * level.sigma;
                for k in 0..6 {
                    let shifted = |by: f64| {
                        let mut moved = theta;
                        moved[k] += by;
                        moved
                    };
                    let f = |by: f64| ln_marginal(&level, &shifted(by), &mean, &sd, box_scale);
                    let slope = (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h);
                    let tolerance = 1e-9 * here[k].abs() + 1e-9 / level.sigma * (1.0 + f(0.0).abs());
                    assert!((here[k] - slope).abs() < tolerance, "t = {t}, {k}: {} not {slope}", here[k]);
                    let (up, down) = (score(shifted(h)), score(shifted(-h)));
                    for i in 0..6 {
                        let slope = (up[i] - down[i]) / (2.0 * h);
                        let tolerance = 1e-6 / level.sigma.powi(2);
                        assert!((jacobian[0][(i, k)] - slope).abs() < tolerance, "t = {t}: d s_{i} / d θ_{k}");
                    }
                }
            }
        }
    }
}

#[test]
fn covariances_are_the_moments_of_the_prior() {
    let coordinates = PaperCoordinates::new([0.0; 6], [1.0, 0.5, 2.0, 1.0, 1.0, 2.0], [false; 6]).expect("positive");
    let covariance = PaperPrior::new::<Paper>(&coordinates).expect("closed form").covariance();
    let mixture = 0.3 * (0.04 + 2.1 * 2.1) + 0.7 * (0.36 + 0.9 * 0.9);
    for (i, j, expected) in [
        (0, 0, 4.0),
        (1, 1, 1.0),
        (2, 2, 64.0 / 48.0),
        (3, 3, mixture),
        (4, 4, 2.0),
        (4, 5, 0.3),
        (5, 5, 0.125),
        (0, 1, 0.0),
    ] {
        assert!((covariance[(i, j)] - expected).abs() < 1e-12, "({i}, {j}): {}", covariance[(i, j)]);
    }
}

#[test]
fn clean_scores_are_the_limit_without_noise() {
    let coordinates = PaperCoordinates::new([0.0; 6], [1.0; 6], [false; 6]).expect("positive");
    let prior = PaperPrior::new::<Paper>(&coordinates).expect("closed form");
    let theta = [[0.3, -1.0, 0.2, 1.0, 0.5, -0.5]];
    let (mut clean, mut diffused) = ([[0.0; 6]], [[0.0; 6]]);
    prior.clean_score_into(&theta, &mut clean);
    prior.score_into(&Schedule::default().level(1e-6), &theta, &mut (), &mut diffused).expect("closed form");
    for k in 0..6 {
        assert!((clean[0][k] - diffused[0][k]).abs() < 1e-7, "{k}: {} {}", clean[0][k], diffused[0][k]);
    }
}

#[test]
fn coordinates_invert_fit_and_survive_serde() {
    let mut rng = stream(5, "test", 0);
    let draws: Vec<[f64; 6]> = (0..2_000).map(|_| Declared::<Paper>::new().sample(&mut rng)).collect();
    let coordinates = PaperCoordinates::fit::<Paper>(&draws).expect("2,000 draws");
    assert_eq!(coordinates.log(), &[false, true, false, false, false, false]);
    let rows: Vec<[f64; 6]> = draws.iter().map(|draw| coordinates.forward(draw).expect("inside")).collect();
    for k in 0..6 {
        let mean = rows.iter().map(|row| row[k]).sum::<f64>() / 2_000.0;
        let variance = rows.iter().map(|row| row[k] * row[k]).sum::<f64>() / 1_999.0;
        assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-12, "{k}: {mean} {variance}");
    }
    for (draw, row) in draws.iter().zip(&rows) {
        let back = coordinates.inverse(row);
        for k in 0..6 {
            assert!((back[k] - draw[k]).abs() < 1e-12 * draw[k].abs().max(1.0));
        }
    }
    let stored = serde_json::to_string(&coordinates).expect("plain numbers");
    assert_eq!(serde_json::from_str::<PaperCoordinates<6>>(&stored).expect("the same"), coordinates);
    assert!(serde_json::from_str::<PaperCoordinates<5>>(&stored).is_err());
    assert!(coordinates.forward(&[0.0; 6]).is_err(), "zero has no logarithm");
    assert!(PaperCoordinates::new([0.0], [0.0], [false]).is_err());
    let constant = PaperCoordinates::fit::<Paper>(&[draws[0], draws[0]]);
    assert!(matches!(constant, Err(PriorError::Standardisation { name, .. }) if name == "a"));
}

#[test]
fn families_without_closed_form_are_refused_by_name() {
    let one = PaperCoordinates::new([0.0], [1.0], [false]).expect("positive");
    let error = PaperPrior::new::<Open>(&one).expect_err("gamma");
    assert!(matches!(&error, PriorError::NoClosedForm { name, .. } if name == "shape"), "{error}");
    for scale in [0.0, -1.0, f64::NAN] {
        assert!(matches!(PaperPrior::with_uniform_box_scale::<Open>(&one, scale), Err(PriorError::BoxScale { .. })));
    }
    let two = PaperCoordinates::new([0.0; 2], [1.0; 2], [false; 2]).expect("positive");
    let error = PaperPrior::new::<Dependent>(&two).expect_err("b depends on a");
    assert!(matches!(&error, PriorError::Conditional { name } if name == "b"), "{error}");
}
