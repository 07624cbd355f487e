//! Observe ten correlated Gaussian components under a wide prior: the toy of Section 4.1 of arXiv:2404.07593 as a task.

use tallsbi::compose::ComposeError;
use tallsbi::compose::oracle::{Gaussian, GaussianOracle};
use tallsbi::model::Stream;
use tallsbi::nalgebra::{SMatrix, SVector};
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

use crate::toy::gaussian::{RHO, draws};

/// Number of components.
const M: usize = 10;

/// The prior's means: those that the toy draws from U(−10, 10) with seed 1.
#[rustfmt::skip]
pub const PRIOR_MEAN: [f64; M] = [0.678115042473447, 1.5514445286653267, 2.119958182803895, 0.28308526206631335, 2.717468997061662, -6.44309701512438, -3.0510457297480116, 9.334187593817557, 1.043671117843143, 5.074093207972636];

/// The prior's standard deviations: those that the toy draws from U(0.1, 25.1) with seed 1.
#[rustfmt::skip]
pub const PRIOR_SD: [f64; M] = [15.857105278422518, 8.842872546389904, 18.058422820476732, 16.702392086510212, 20.55526913922665, 12.202361965456953, 15.579241462083795, 23.942782757266624, 10.495579840433974, 20.57287224211906];

const fn diagonal(sd: [f64; M]) -> [[f64; M]; M] {
    let (mut out, mut k) = ([[0.0; M]; M], 0);
    while k < M {
        out[k][k] = sd[k] * sd[k];
        k += 1;
    }
    out
}

const PRIOR_COVARIANCE: [[f64; M]; M] = diagonal(PRIOR_SD);

/// The means of ten correlated components.
#[derive(Parameters, Clone, Debug, PartialEq)]
pub struct CorrelatedMeans {
    /// mean
    #[prior(MvNormal(PRIOR_MEAN, PRIOR_COVARIANCE))]
    pub theta: [f64; M],
}

/// One observation, N(theta, R) with variances 1 and correlations 0.8: √0.2 of noise each, and √0.8 of noise that all share.
#[simulator]
pub fn toy_gaussian(theta: &CorrelatedMeans, rng: &mut Stream) -> [f32; M] {
    let shared: f64 = StandardNormal.sample(rng);
    theta.theta.map(|mean| {
        let own: f64 = StandardNormal.sample(rng);
        (mean + RHO.sqrt() * shared + (1.0 - RHO).sqrt() * own) as f32
    })
}

/// The exact posterior given any number of observations.
///
/// # Errors
/// No observations.
pub fn exact_posterior(xs: &[[f64; M]]) -> Result<Gaussian<M>, ComposeError> {
    let covariance = SMatrix::<f64, M, M>::from_diagonal(&SVector::from(PRIOR_SD.map(|sd| sd * sd)));
    let noise = SMatrix::<f64, M, M>::from_fn(|i, j| if i == j { 1.0 } else { RHO });
    let prior = Gaussian::new(PRIOR_MEAN, covariance)?;
    Ok(GaussianOracle::linear(prior, &SMatrix::identity(), &noise, xs)?.tall().clone())
}

/// Draws of [`exact_posterior`].
///
/// # Errors
/// No observations.
pub fn exact_draws(xs: &[[f64; M]], n: usize, seed: u64) -> Result<Vec<[f64; M]>, ComposeError> {
    draws(&exact_posterior(xs)?, n, seed)
}

#[cfg(test)]
mod tests {
    use tallsbi::model::stream;
    use tallsbi::prelude::*;
    use tallsbi::prior::Prior;

    use super::{CorrelatedMeans, M, PRIOR_MEAN, PRIOR_SD, ToyGaussian, exact_posterior};
    use crate::toy::gaussian::gaussian_toy;

    /// The declared prior is that of the toy with seed 1.
    #[test]
    fn the_prior() {
        let toy = gaussian_toy::<M>(1, 1, 0.0).expect("definite").toy;
        for k in 0..M {
            assert!((toy.prior.mean()[k] - PRIOR_MEAN[k]).abs() < 1e-12, "{k}: {}", toy.prior.mean()[k]);
            let sd = toy.prior.covariance()[(k, k)].sqrt();
            assert!((sd - PRIOR_SD[k]).abs() < 1e-12, "{k}: {sd}");
        }
    }

    /// Variances 1 and covariances 0.8 of x − θ.
    #[test]
    fn moments() {
        let (n, theta) = (40_000, CorrelatedMeans { theta: std::array::from_fn(|k| k as f64) });
        let (mut square, mut product) = (0.0, 0.0);
        for i in 0..n {
            let x = ToyGaussian.simulate(&theta, &mut stream(91, "test", i)).expect("it cannot fail");
            let [a, b] = [2, 7].map(|k| f64::from(x[k]) - theta.theta[k]);
            square += a * a / n as f64;
            product += a * b / n as f64;
        }
        // 4.9 standard errors: variances of a² and of a b are 2 and 1 + 0.8².
        let error = |variance: f64| 4.9 * (variance / n as f64).sqrt();
        assert!((square - 1.0).abs() < error(2.0) && (product - 0.8).abs() < error(1.64), "{square} {product}");
        assert!((product - 0.7).abs() > error(1.64), "another correlation would be seen");
    }

    /// (θ − mean)ᵀ Σ⁻¹ (θ − mean) is χ² with ten degrees of freedom over the joint distribution.
    #[test]
    fn the_exact_posterior_is_calibrated() {
        let n = 2_000;
        let mut mean = 0.0;
        for i in 0..n {
            let mut rng = stream(92, "test", i);
            let values = ToyGaussian.prior().sample(&mut rng);
            let theta = CorrelatedMeans::from_array(values);
            let xs: [_; 4] =
                std::array::from_fn(|_| ToyGaussian.simulate(&theta, &mut rng).expect("it cannot fail").map(f64::from));
            let exact = exact_posterior(&xs).expect("definite");
            let off = tallsbi::nalgebra::SVector::from(values) - exact.mean();
            mean += off.dot(&(exact.covariance().try_inverse().expect("definite") * off)) / n as f64;
        }
        let bound = 4.9 * (20.0 / n as f64).sqrt();
        assert!((mean - 10.0).abs() < bound && (mean / 1.21 - 10.0).abs() > bound, "{mean} {bound}");
    }
}
