//! Check every composer against the exact diffused posterior of a linear Gaussian model.

use nalgebra::{SMatrix, SVector};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal as Normal};

use super::oracle::{Gaussian, GaussianOracle};
use super::*;
use crate::{
    diffusion::{Level, Schedule},
    model::{Stream, stream},
    sample::Score,
};

const TIMES: [f64; 8] = [1e-3, 1e-2, 0.05, 0.2, 0.4, 0.7, 0.9, 1.0];

fn normal<const M: usize>(rng: &mut Stream) -> [f64; M] {
    std::array::from_fn(|_| Normal.sample(rng))
}

/// A positive definite matrix with eigenvalues of order one.
fn covariance<const M: usize>(rng: &mut Stream) -> SMatrix<f64, M, M> {
    let a = SMatrix::<f64, M, M>::from_fn(|_, _| Normal.sample(rng));
    a * a.transpose() / M as f64 * 0.5 + SMatrix::identity() * 0.5
}

/// A model whose observations differ in their design and their noise, given a prior.
pub(crate) fn model<const M: usize>(prior: Gaussian<M>, n: usize, seed: u64) -> GaussianOracle<M> {
    let mut rng = stream(seed, "compose-test", (1000 * M + n) as u64);
    let observations: Vec<_> = (0..n)
        .map(|_| {
            let information = covariance::<M>(&mut rng) * rng.random_range(0.2..4.0);
            let theta = SVector::<f64, M>::from(normal(&mut rng)) * 0.3 + SVector::repeat(0.5);
            (information, information * theta)
        })
        .collect();
    GaussianOracle::new(prior, &observations).expect("definite")
}

fn standard<const M: usize>() -> Gaussian<M> {
    Gaussian::new([0.0; M], SMatrix::identity()).expect("definite")
}

fn general<const M: usize>() -> Gaussian<M> {
    let mut rng = stream(9, "compose-test-prior", M as u64);
    Gaussian::new(normal(&mut rng), covariance(&mut rng)).expect("definite")
}

/// Draws typical of a level: the tall posterior's diffusion, the prior's, and far out.
fn thetas<const M: usize>(oracle: &GaussianOracle<M>, at: &Level) -> Vec<[f64; M]> {
    let mut rng = stream(3, "compose-test-theta", M as u64);
    (0..6)
        .map(|i| {
            let scale = [0.1, 1.0, 3.0][i % 3];
            std::array::from_fn(|k| {
                let noise: f64 = Normal.sample(&mut rng);
                at.mean() * oracle.tall().mean()[k] + scale * noise
            })
        })
        .collect()
}

fn composed<const M: usize, P: Sync, L: LocalScores<M> + Pilot<M>, C: Composer<M, P, L>>(
    composer: &C,
    prior: &P,
    local: &L,
    at: &Level,
    theta: &[[f64; M]],
) -> Vec<[f64; M]> {
    let composition = composer.prepare(prior, local).expect("prepared");
    let mut out = vec![[0.0; M]; theta.len()];
    let score = Composed { composition: &composition, prior, local };
    score.score_into(at, theta, &mut Default::default(), &mut out).expect("scored");
    out
}

fn exact<const M: usize>(oracle: &GaussianOracle<M>, at: &Level, theta: &[[f64; M]]) -> Vec<[f64; M]> {
    let mut out = vec![[0.0; M]; theta.len()];
    Score::score_into(oracle.tall(), at, theta, &mut (), &mut out).expect("scored");
    out
}

fn worst<const M: usize>(a: &[[f64; M]], b: &[[f64; M]]) -> f64 {
    a.iter().zip(b).fold(0.0, |worst, (a, b)| {
        let (a, b) = (SVector::from(*a), SVector::from(*b));
        let error = (a - b).norm() / b.norm();
        // NaN must not pass.
        if error > worst || error.is_nan() { error } else { worst }
    })
}

#[track_caller]
fn check_exact<const M: usize, P, C>(composer: &C, prior: &P, gaussian: &Gaussian<M>, label: &str)
where
    P: DiffusedPrior<M>,
    C: Composer<M, P, GaussianOracle<M>>,
{
    for n in [1, 2, 8, 30, 100] {
        let oracle = model(gaussian.clone(), n, 1);
        for t in TIMES {
            let at = Schedule::default().level(t);
            let theta = thetas(&oracle, &at);
            let error = worst(&composed(composer, prior, &oracle, &at, &theta), &exact(&oracle, &at, &theta));
            assert!(error < 1e-9, "{label}: M = {M}, n = {n}, t = {t}: {error:e}");
        }
    }
}

#[test]
fn gauss_and_jac_are_the_exact_tall_score() {
    fn rows<const M: usize>() {
        let (standard, general) = (standard::<M>(), general::<M>());
        check_exact(&Gauss::default(), &standard, &standard, "gauss, N(0, I)");
        check_exact(&Gauss::default(), &StandardNormal, &standard, "gauss, latent prior");
        check_exact(&Gauss { floor: false, ..Gauss::default() }, &general, &general, "gauss, no floor");
        check_exact(&Gauss::default(), &general, &general, "gauss, N(mu, S)");
        check_exact(&Jac::default(), &StandardNormal, &standard, "jac, latent prior");
        check_exact(&Jac::default(), &general, &general, "jac, N(mu, S)");
        check_exact(&Jac { floor: false }, &general, &general, "jac, no floor");
        check_exact(&Clipped::<Gauss>::default(), &general, &general, "clipped gauss");
    }
    rows::<1>();
    rows::<2>();
    rows::<5>();
    rows::<10>();
    rows::<32>();
}

#[test]
fn one_factor_is_the_identity_for_every_composer() {
    fn check<const M: usize, C: Composer<M, Gaussian<M>, GaussianOracle<M>>>(composer: &C) {
        let oracle = model(general::<M>(), 1, 4);
        for t in TIMES {
            let at = Schedule::default().level(t);
            let theta = thetas(&oracle, &at);
            let got = composed(composer, oracle.prior(), &oracle, &at, &theta);
            let mut sum = vec![[0.0; M]; theta.len()];
            let mut prior = sum.clone();
            oracle.increments_into(&at, &theta, &mut Default::default(), &mut sum).expect("scored");
            DiffusedPrior::score_into(oracle.prior(), &at, &theta, &mut (), &mut prior).expect("scored");
            for (sum, prior) in sum.iter_mut().zip(&prior) {
                for k in 0..M {
                    sum[k] += prior[k];
                }
            }
            assert_eq!(got, sum, "bitwise at t = {t}");
        }
    }
    check::<3, _>(&Gauss::default());
    check::<3, _>(&Jac::default());
    check::<3, _>(&Factorized);
    check::<3, _>(&FactorizedDiffused);
    check::<3, _>(&Clipped::<Jac>::default());
}

#[test]
fn the_order_of_observations_does_not_matter() {
    fn check<C: Composer<5, Gaussian<5>, GaussianOracle<5>>>(composer: &C, label: &str) {
        let mut rng = stream(6, "permutation", 0);
        let mut observations: Vec<_> =
            (0..30).map(|_| (covariance::<5>(&mut rng), SVector::<f64, 5>::from(normal(&mut rng)))).collect();
        let forward = GaussianOracle::new(general(), &observations).expect("definite");
        observations.reverse();
        observations.swap(3, 17);
        let shuffled = GaussianOracle::new(general(), &observations).expect("definite");
        for t in TIMES {
            let at = Schedule::default().level(t);
            let theta = thetas(&forward, &at);
            let a = composed(composer, forward.prior(), &forward, &at, &theta);
            let b = composed(composer, shuffled.prior(), &shuffled, &at, &theta);
            assert!(worst(&a, &b) < 1e-12, "{label}, t = {t}: {:e}", worst(&a, &b));
        }
    }
    check(&Gauss::default(), "gauss");
    check(&Jac::default(), "jac");
    check(&Factorized, "factorized");
    check(&FactorizedDiffused, "factorized diffused");
}

#[test]
fn no_observations_is_a_typed_error() {
    let oracle = model(standard::<2>(), 0, 1);
    fn check<C: Composer<2, Gaussian<2>, GaussianOracle<2>>>(composer: &C, oracle: &GaussianOracle<2>) {
        let error = composer.prepare(oracle.prior(), oracle).err();
        assert_eq!(error, Some(ComposeError::NoObservations));
    }
    check(&Gauss::default(), &oracle);
    check(&Jac::default(), &oracle);
    check(&Factorized, &oracle);
    check(&FactorizedDiffused, &oracle);
    check(&Clipped::<Jac>::default(), &oracle);
}
