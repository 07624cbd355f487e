//! Observe a correlated Gaussian: the toy whose tall posterior is a Gaussian in closed form.

use tallsbi::compose::ComposeError;
use tallsbi::compose::oracle::{Gaussian, GaussianOracle};
use tallsbi::model::stream;
use tallsbi::nalgebra::{Cholesky, SMatrix, SVector};
use tallsbi::rand::RngExt;
use tallsbi::rand_distr::{Distribution, StandardNormal};

use super::{Normals, Perturbation, Toy};

/// Correlation of any two components of an observation.
pub const RHO: f64 = 0.8;

/// A toy with its exact tall posterior.
#[derive(Clone, Debug)]
pub struct GaussianToy<const M: usize> {
    /// Scores of single observations.
    pub toy: Toy<M>,
    /// The exact posterior of all of them.
    pub tall: Gaussian<M>,
}

/// `n_obs` observations of x ~ N(θ, R), R of variances 1 and covariances 0.8, with the prior N(mean, diag(sd²)) of a seed:
/// means from U(−10, 10), standard deviations from U(0.1, 25.1), θ from the prior.
///
/// # Errors
/// None in practice: every covariance is positive definite.
pub fn gaussian_toy<const M: usize>(seed: u64, n_obs: usize, size: f64) -> Result<GaussianToy<M>, ComposeError> {
    let mut rng = stream(seed, "toy gaussian", 0);
    let mean: [f64; M] = std::array::from_fn(|_| 20.0 * rng.random::<f64>() - 10.0);
    let sd: [f64; M] = std::array::from_fn(|_| 25.0 * rng.random::<f64>() + 0.1);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let theta = SVector::<f64, M>::from_fn(|k, _| mean[k] + sd[k] * normal());
    let noise = SMatrix::<f64, M, M>::from_fn(|i, j| if i == j { 1.0 } else { RHO });
    let factor = Cholesky::new(noise).ok_or(ComposeError::IndefiniteCovariance { index: 0 })?.l();
    let xs: Vec<[f64; M]> =
        (0..n_obs).map(|_| (theta + factor * SVector::<f64, M>::from_fn(|_, _| normal())).into()).collect();
    let prior = Gaussian::new(mean, SMatrix::from_diagonal(&SVector::from(sd.map(|sd| sd * sd))))?;
    let oracle = GaussianOracle::linear(prior.clone(), &SMatrix::<f64, M, M>::identity(), &noise, &xs)?;
    let posteriors = oracle
        .factors()
        .iter()
        .map(|posterior| Normals { components: vec![(0.0, *posterior.mean(), *posterior.covariance())] })
        .collect();
    let toy = Toy { prior, posteriors, xs, perturbation: Perturbation::new(seed), size, seed };
    Ok(GaussianToy { toy, tall: oracle.tall().clone() })
}

/// `n` draws of a Gaussian.
///
/// # Errors
/// Its covariance is not positive definite.
pub fn draws<const M: usize>(of: &Gaussian<M>, n: usize, seed: u64) -> Result<Vec<[f64; M]>, ComposeError> {
    let factor = Cholesky::new(*of.covariance()).ok_or(ComposeError::IndefiniteCovariance { index: 0 })?.l();
    let mut rng = stream(seed, "toy reference", 0);
    let mut draw = || (of.mean() + factor * SVector::<f64, M>::from_fn(|_, _| StandardNormal.sample(&mut rng))).into();
    Ok((0..n).map(|_| draw()).collect())
}

#[cfg(test)]
mod tests {
    use tallsbi::compose::{Composed, Composer, Gauss, LocalJacobians, LocalScores};
    use tallsbi::nalgebra::{SMatrix, SVector};
    use tallsbi::sample::{DpmSolver, DriveOptions, Grid, drive};

    use super::{Toy, gaussian_toy};
    use crate::toy::{ToyWorkspace, schedule};

    /// Jacobians with the perturbation are derivatives of the increments.
    #[test]
    fn jacobians() {
        let toy = gaussian_toy::<3>(1, 2, 0.3).expect("definite").toy;
        let at = schedule().level(0.4);
        let theta = [[1.0, -2.0, 3.0]];
        let (mut increments, mut jacobians) = (vec![[0.0; 3]; 2], vec![SMatrix::<f64, 3, 3>::zeros(); 2]);
        let mut workspace = ToyWorkspace::default();
        toy.increments_and_jacobians_into(&at, &theta, &mut workspace, &mut increments, &mut jacobians).expect("fine");
        let at_point = |theta: [f64; 3]| {
            let mut out = vec![[0.0; 3]; 2];
            toy.increments_into(&at, &[theta], &mut ToyWorkspace::default(), &mut out).expect("fine");
            out
        };
        assert_eq!(at_point(theta[0]), increments);
        for k in 0..3 {
            let moved = |h: f64| at_point(std::array::from_fn(|i| theta[0][i] + if i == k { h } else { 0.0 }));
            let (up, down) = (moved(1e-5), moved(-1e-5));
            for j in 0..2 {
                let slope = (SVector::from(up[j]) - SVector::from(down[j])) / 2e-5;
                assert!((slope - jacobians[j].column(k)).amax() < 1e-6, "{j} {k}");
            }
        }
    }

    /// GAUSS on exact scores gives the exact posterior; on perturbed ones it does not.
    #[test]
    fn gauss_is_exact() {
        let worst = |size: f64| {
            let exact = gaussian_toy::<2>(3, 8, size).expect("definite");
            let toy: &Toy<2> = &exact.toy;
            let gauss = Gauss::pilot(5_000, 100);
            let composition = Composer::<2, _, Toy<2>>::prepare(&gauss, &toy.prior, toy).expect("definite");
            let score = Composed { composition: &composition, prior: &toy.prior, local: toy };
            let levels = Grid::log_snr(60).levels(&schedule()).expect("a grid");
            let options = DriveOptions { draws: 4_000, ..DriveOptions::default() };
            let draws = drive(&score, &DpmSolver, &levels, &options).expect("finite").draws;
            let sd = exact.tall.covariance().diagonal().map(f64::sqrt);
            (0..2)
                .map(|k| {
                    let mean = draws.iter().map(|draw| draw[k]).sum::<f64>() / draws.len() as f64;
                    ((mean - exact.tall.mean()[k]) / sd[k]).abs()
                })
                .fold(0.0, f64::max)
        };
        // 4.9 standard errors of a mean, and 2 % of a standard deviation for the covariances from 5,000 draws and the steps.
        let bound = 4.9 / 4_000.0_f64.sqrt() + 0.02;
        assert!(worst(0.0) < bound, "{}", worst(0.0));
        assert!(worst(1.0) > bound, "{}", worst(1.0));
    }
}
