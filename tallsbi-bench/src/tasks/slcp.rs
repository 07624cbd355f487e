//! Observe four points of a Gaussian in the plane whose parameters are seen through squares: up to four posterior modes.

use tallsbi::model::Stream;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

/// A mean, the square roots of two scales, and the inverse hyperbolic tangent of a correlation.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct Shape {
    /// simple likelihood, complex posterior: means (0, 1), roots of the scales (2, 3), atanh of the correlation (4)
    #[prior(Uniform(-3.0, 3.0))]
    pub theta: [f64; 5],
}

/// What `theta` means: the mean, and the covariance `[[v1, c], [c, v2]]`.
pub fn moments(theta: &Shape) -> ([f64; 2], [[f64; 2]; 2]) {
    let [m1, m2, root1, root2, z] = theta.theta;
    let (s1, s2) = (root1 * root1, root2 * root2);
    let covariance = z.tanh() * s1 * s2;
    ([m1, m2], [[s1 * s1 + JITTER, covariance], [covariance, s2 * s2 + JITTER]])
}

/// Added to both variances, as in the published task.
const JITTER: f64 = 1e-6;

/// Four independent points, (x1, y1, x2, y2, x3, y3, x4, y4), whose order tells nothing.
#[simulator]
pub fn slcp(theta: &Shape, rng: &mut Stream) -> Exchangeable<[f32; 2], 4> {
    let ([m1, m2], [[v1, c], [_, v2]]) = moments(theta);
    // Cholesky; the jitter keeps what is left of v2 positive, rounding may not.
    let l11 = v1.sqrt();
    let l21 = c / l11;
    let l22 = (v2 - l21 * l21).max(0.0).sqrt();
    Exchangeable(std::array::from_fn(|_| {
        let z1: f64 = StandardNormal.sample(rng);
        let z2: f64 = StandardNormal.sample(rng);
        [(m1 + l11 * z1) as f32, (m2 + l21 * z1 + l22 * z2) as f32]
    }))
}

/// ln p(x | theta) but for a constant.
pub fn log_likelihood(x: &[f64; 8], theta: &Shape) -> f64 {
    let ([m1, m2], [[v1, c], [_, v2]]) = moments(theta);
    let determinant = v1 * v2 - c * c;
    let point = |point: &[f64]| {
        let (a, b) = (point[0] - m1, point[1] - m2);
        -0.5 * (v2 * a * a - 2.0 * c * a * b + v1 * b * b) / determinant - 0.5 * determinant.ln()
    };
    x.chunks_exact(2).map(point).sum()
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;

    use super::{Shape, Slcp, log_likelihood, moments};
    use crate::tasks::Task;
    use crate::tasks::stein::{box_weight, check_single, check_tall_weighted};

    #[test]
    fn the_reference_posteriors() {
        let single =
            |power: f64| move |theta: &[f64; 5], x: &[f64; 8]| power * log_likelihood(x, &Shape { theta: *theta });
        check_single(Task::Slcp, box_weight(3.0), single(1.0), single(0.8));
        let tall = |power: f64| {
            move |theta: &[f64; 5], xs: &[[f64; 8]]| xs.iter().map(|x| single(power)(theta, x)).sum::<f64>()
        };
        check_tall_weighted(Task::Slcp, box_weight(3.0), tall(1.0), tall(0.5));
    }

    #[test]
    fn moments_given_theta() {
        let n = 50_000;
        for theta in [[0.5, -1.0, 1.2, -0.8, 0.7], [-2.0, 2.5, -0.3, 1.5, -1.1], [0.0, 0.0, 1.0, 1.0, 0.0]] {
            let theta = Shape { theta };
            let (mean, covariance) = moments(&theta);
            let mut points = Vec::with_capacity(4 * n);
            for i in 0..n {
                let x = Slcp.simulate(&theta, &mut stream(3, "test", i as u64)).expect("it cannot fail");
                points.extend(x.0.map(|point| point.map(f64::from)));
            }
            let count = points.len() as f64;
            for a in 0..2 {
                let estimate = points.iter().map(|p| p[a]).sum::<f64>() / count;
                // 4.9 standard errors: 1e-6 two-sided.
                let bound = 4.9 * (covariance[a][a] / count).sqrt();
                assert!((estimate - mean[a]).abs() < bound, "mean {a}: {estimate} {} ± {bound}", mean[a]);
                for b in 0..2 {
                    let estimate = points.iter().map(|p| (p[a] - mean[a]) * (p[b] - mean[b])).sum::<f64>() / count;
                    // Var of a product of normals: v_a v_b + c².
                    let spread = covariance[a][a] * covariance[b][b] + covariance[a][b].powi(2);
                    let bound = 4.9 * (spread / count).sqrt();
                    let expected = covariance[a][b];
                    assert!((estimate - expected).abs() < bound, "({a}, {b}): {estimate} {expected} ± {bound}");
                    // Negative control: 5 % more variance would be seen.
                    assert!(a != b || (1.05 * estimate - expected).abs() > bound);
                }
            }
        }
    }

    /// The corners of the prior, where the covariance is singular but for the jitter.
    #[test]
    fn corners_are_finite() {
        for roots in [0.0, 1e-9, 3.0] {
            for z in [-3.0, 3.0] {
                let theta = Shape { theta: [3.0, -3.0, roots, roots, z] };
                for i in 0..100 {
                    let x = Slcp.simulate(&theta, &mut stream(4, "test", i)).expect("it cannot fail");
                    assert!(x.0.as_flattened().iter().all(|value| value.is_finite()));
                }
            }
        }
        assert_eq!(Shape::labels()[4].name, "theta[4]");
    }
}
