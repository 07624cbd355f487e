//! Check increments, their weighted sums and their Jacobians for every parameterisation.

#![allow(clippy::default_trait_access)] // reason: a workspace's type is whatever its scores say

use std::cmp::Ordering;

use nalgebra::{SMatrix, SVector};
use rand::RngExt;

use crate::{
    compose::{DiffusedPrior, LocalJacobians, LocalScores, StandardNormal, Weights},
    diffusion::{GaussianBaseline, Level, Parameterisation, Schedule},
    model::stream,
    net::{EncoderShape, FusedEngine, NetworkShape, Nonlinearity, Precision, ScoreEngine},
    posterior::{NetworkScores, factor::FactorMap},
};

const M: usize = 3;
const N: usize = 5;

const PARAMETERISATIONS: [Parameterisation; 3] = [
    Parameterisation::Noise,
    Parameterisation::ResidualToPrior { clip: 1.0 },
    Parameterisation::ResidualToGaussian { clip: 1.5, softness: 0.3 },
];

struct Bench {
    engine: FusedEngine,
    observations: Vec<f32>,
    baselines: Vec<GaussianBaseline<M>>,
    theta: Vec<[f64; M]>,
}

fn bench() -> Bench {
    let shape = NetworkShape {
        parameters: M,
        whitened: true,
        outputs: M,
        observation: 2,
        width: 16,
        depth: 2,
        frequencies: 2,
        activation: Nonlinearity::Silu,
        encoder: EncoderShape::Single,
    };
    let mut rng = stream(5, "test", 0);
    let mut engine = FusedEngine::initialise(shape, &mut rng);
    engine
        .update_weights(&mut |weights| weights.iter_mut().for_each(|w| *w += rng.random_range(-0.3..0.3)))
        .expect("fused");
    let mut number = |scale: f64| scale * rng.random_range(-1.0..1.0);
    let observations = (0..N * 6).map(|_| number(1.0) as f32).collect();
    let baselines = (0..N)
        .map(|_| {
            let factor = SMatrix::<f64, M, M>::from_fn(|i, k| match i.cmp(&k) {
                Ordering::Equal => 1.5 + number(1.0),
                Ordering::Greater => number(1.0),
                Ordering::Less => 0.0,
            });
            GaussianBaseline::from_precision_factor(SVector::from_fn(|_, _| number(1.0)), &factor)
        })
        .collect();
    let theta = (0..7).map(|_| std::array::from_fn(|_| number(2.0))).collect();
    Bench { engine, observations, baselines, theta }
}

fn scores<'a, P: DiffusedPrior<M>>(
    bench: &'a Bench,
    parameterisation: Parameterisation,
    prior: &'a P,
    standard_normal: bool,
) -> NetworkScores<'a, FusedEngine, P, M> {
    let bound = bench.engine.bind(&bench.observations, &[1; N], Precision::Highest).expect("fused");
    NetworkScores::new(&bench.engine, bound, &bench.baselines, parameterisation, prior, standard_normal)
}

fn levels() -> [Level; 4] {
    [0.002, 0.1, 0.4, 1.0].map(|t| Schedule::default().level(t))
}

#[test]
fn increments_are_the_same_however_the_prior_is_given() {
    let bench = bench();
    for parameterisation in PARAMETERISATIONS {
        for at in levels() {
            let (mut known, mut evaluated) = (vec![[0.0; M]; 7 * N], vec![[0.0; M]; 7 * N]);
            for (standard, out) in [(true, &mut known), (false, &mut evaluated)] {
                let local = scores(&bench, parameterisation, &StandardNormal, standard);
                local.increments_into(&at, &bench.theta, &mut Default::default(), out).expect("fused");
            }
            for (a, b) in known.iter().zip(&evaluated) {
                for k in 0..M {
                    assert!((a[k] - b[k]).abs() <= 1e-9 * (1.0 + a[k].abs()), "{parameterisation:?} {a:?} {b:?}");
                }
            }
        }
    }
}

#[test]
fn weighted_sums_are_sums_of_weighted_increments() {
    let bench = bench();
    let mut rng = stream(6, "test", 0);
    let weights: Vec<SMatrix<f64, M, M>> =
        (0..N).map(|_| SMatrix::from_fn(|_, _| rng.random_range(-1.0..1.0))).collect();
    for parameterisation in PARAMETERISATIONS {
        for standard in [true, false] {
            let local = scores(&bench, parameterisation, &StandardNormal, standard);
            for at in levels() {
                let mut increments = vec![[0.0; M]; 7 * N];
                let mut workspace = Default::default();
                local.increments_into(&at, &bench.theta, &mut workspace, &mut increments).expect("fused");
                for given in [Weights::Identity, Weights::Each(&weights)] {
                    let mut sums = vec![[0.0; M]; 7];
                    local.weighted_sum_into(&at, given, &bench.theta, &mut workspace, &mut sums).expect("fused");
                    for (draw, sum) in sums.iter().enumerate() {
                        let terms = &increments[draw * N..(draw + 1) * N];
                        let expected: SVector<f64, M> = terms
                            .iter()
                            .enumerate()
                            .map(|(j, term)| match given {
                                Weights::Identity => SVector::from(*term),
                                Weights::Each(weights) => weights[j] * SVector::from(*term),
                            })
                            .sum();
                        let size = terms.iter().map(|term| SVector::from(*term).amax()).sum::<f64>();
                        assert!((SVector::from(*sum) - expected).amax() < 1e-10 * (1.0 + size), "{parameterisation:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn jacobians_are_differences_of_increments() {
    let bench = bench();
    let mut compared = 0;
    for parameterisation in PARAMETERISATIONS {
        let local = scores(&bench, parameterisation, &StandardNormal, true);
        for at in levels() {
            let mut workspace = Default::default();
            let mut increments = vec![[0.0; M]; 7 * N];
            let mut jacobians = vec![SMatrix::<f64, M, M>::zeros(); 7 * N];
            local
                .increments_and_jacobians_into(&at, &bench.theta, &mut workspace, &mut increments, &mut jacobians)
                .expect("fused");
            // Single-precision networks: differences over a step where rounding and curvature balance.
            let h = 4e-3 * at.sigma.max(0.05);
            for k in 0..M {
                let at_offset = |delta: f64| {
                    let moved: Vec<[f64; M]> = bench
                        .theta
                        .iter()
                        .map(|theta| {
                            let mut moved = *theta;
                            moved[k] += delta;
                            moved
                        })
                        .collect();
                    let mut out = vec![[0.0; M]; 7 * N];
                    local.increments_into(&at, &moved, &mut Default::default(), &mut out).expect("fused");
                    out
                };
                let (up, down) = (at_offset(h), at_offset(-h));
                // A difference across the edge of a clip is half of one slope and half of another.
                let near_an_edge = |value: f64| {
                    let reach = 5.0 * h;
                    parameterisation.is_clipped(value.abs() - reach) != parameterisation.is_clipped(value.abs() + reach)
                };
                for row in 0..7 * N {
                    let theta = SVector::from(bench.theta[row / N]);
                    let seen = FactorMap::new(parameterisation, &bench.baselines[row % N], &at).seen(&theta);
                    if seen.iter().chain(&theta).any(|value| near_an_edge(*value)) {
                        continue;
                    }
                    compared += 1;
                    let scale = jacobians[row].amax().max(1.0);
                    for i in 0..M {
                        let slope = (up[row][i] - down[row][i]) / (2.0 * h);
                        let jacobian = jacobians[row][(i, k)];
                        assert!(
                            (slope - jacobian).abs() < 0.02 * scale,
                            "{parameterisation:?} t = {}: {slope} {jacobian}",
                            at.t
                        );
                    }
                }
            }
        }
    }
    let all = PARAMETERISATIONS.len() * levels().len() * M * 7 * N;
    assert!(compared > all * 9 / 10, "{compared} of {all}");
}
