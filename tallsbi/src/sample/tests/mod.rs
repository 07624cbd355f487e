//! Check samplers against exact Gaussian posteriors: noise-free moments, orders, drawn moments, determinism.
//!
//! On a Gaussian score every sampler but the tamed one is affine in its start and its noise. Its mean and covariance
//! then follow exactly from one run per unit vector of noise, so discretisation errors are measured without luck.
#![allow(clippy::default_trait_access, clippy::items_after_statements)] // reason: tests keep small parts where they are used
#![allow(clippy::print_stdout)] // reason: a statistic is shown beside its threshold

use std::ops::ControlFlow;

use nalgebra::{SMatrix, SVector};

use super::*;
use crate::{
    compose::{
        Clipped, ComposeError, Composed, Composer, DiffusedPrior, Factorized, FactorizedDiffused, Gauss, Jac,
        LocalScores,
        oracle::{Gaussian, GaussianOracle},
        tests::{general, model, standard},
    },
    diffusion::{Level, Schedule},
};

mod convergence;
mod density;
mod driver;
mod moments;
mod steps;

type Moments<const M: usize> = (SVector<f64, M>, SMatrix<f64, M, M>);

/// Noise of unit vectors: call f gives e_k to row `first + f M + k` and nothing to any other.
struct Probe {
    calls: usize,
    first: usize,
}

impl<const M: usize> NoiseSource<M> for Probe {
    fn fill(&mut self, out: &mut [[f64; M]]) {
        out.fill([0.0; M]);
        for k in 0..M {
            if let Some(row) = out.get_mut(self.first + self.calls * M + k) {
                row[k] = 1.0;
            }
        }
        self.calls += 1;
    }
}

fn run<const M: usize, S: Score<M>, A: Sampler<M>>(
    score: &S,
    sampler: &A,
    levels: &[Level],
    theta: &mut [[f64; M]],
    noise: &mut impl NoiseSource<M>,
) {
    let (mut state, mut workspace) = (A::State::default(), S::Workspace::default());
    for interval in levels.windows(2) {
        sampler.step(score, &interval[0], &interval[1], theta, &mut state, &mut workspace, noise).expect("stepped");
    }
}

/// Exact mean and covariance of what an affine sampler draws.
fn moments<const M: usize, S: Score<M>, A: Sampler<M>>(score: &S, sampler: &A, levels: &[Level]) -> Moments<M> {
    let mut counter = Probe { calls: 0, first: usize::MAX / 2 };
    run(score, sampler, levels, &mut [[0.0; M]], &mut counter);
    let mut theta = vec![[0.0; M]; 1 + M + counter.calls * M];
    for k in 0..M {
        theta[1 + k][k] = 1.0;
    }
    run(score, sampler, levels, &mut theta, &mut Probe { calls: 0, first: 1 + M });
    let mean = SVector::from(theta[0]);
    let covariance = theta[1..].iter().fold(SMatrix::zeros(), |sum, theta| {
        let deviation = SVector::from(*theta) - mean;
        sum + deviation * deviation.transpose()
    });
    (mean, covariance)
}

/// Largest error of mean (in standard deviations) and covariance (relative), against `target`.
fn distance<const M: usize>(a: &Moments<M>, target: &Moments<M>) -> f64 {
    let mut worst: f64 = 0.0;
    for i in 0..M {
        worst = worst.max((a.0[i] - target.0[i]).abs() / target.1[(i, i)].sqrt());
        for j in 0..M {
            worst = worst.max((a.1[(i, j)] - target.1[(i, j)]).abs() / (target.1[(i, i)] * target.1[(j, j)]).sqrt());
        }
    }
    if a.0.iter().chain(a.1.iter()).all(|x| x.is_finite()) { worst } else { f64::INFINITY }
}

fn of<const M: usize>(gaussian: &Gaussian<M>) -> Moments<M> {
    (*gaussian.mean(), *gaussian.covariance())
}

fn levels(grid: &Grid) -> Vec<Level> {
    grid.levels(&Schedule::default()).expect("a grid")
}

fn options(draws: usize, seed: u64) -> DriveOptions<'static> {
    DriveOptions { draws, seed, block: 250, ..DriveOptions::default() }
}
