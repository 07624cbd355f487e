//! Check every composer against the exact diffused posterior of a linear Gaussian model.
#![allow(clippy::default_trait_access, clippy::items_after_statements)] // reason: tests keep small parts where they are used

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

mod crowds;
mod exact;
mod policies;
mod scatter;

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

pub(crate) fn standard<const M: usize>() -> Gaussian<M> {
    Gaussian::new([0.0; M], SMatrix::identity()).expect("definite")
}

pub(crate) fn general<const M: usize>() -> Gaussian<M> {
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
