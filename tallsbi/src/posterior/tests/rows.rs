//! Check draws that each have a condition of their own, against scores of every set alone and exact Gaussians.

#![allow(clippy::default_trait_access)] // reason: a workspace's type is whatever its scores say

use nalgebra::{SMatrix, SVector};
use rand::RngExt;

use crate::{
    compose::{Composed, Composer, FactorizedDiffused, StandardNormal},
    dataset::FEATURES,
    diffusion::{GaussianBaseline, Parameterisation, Schedule},
    model::stream,
    net::{EncoderShape, FusedEngine, NetworkShape, Nonlinearity, Precision, ScoreEngine},
    posterior::{NetworkPilot, NetworkScores, RowScores},
    sample::{DpmSolver, DriveOptions, Grid, Score, drive_each},
};

const M: usize = 2;
const N_MAX: usize = 3;
const D: usize = 2;

fn engine() -> FusedEngine {
    let shape = NetworkShape {
        parameters: M,
        whitened: true,
        outputs: M,
        observation: D,
        width: 16,
        depth: 2,
        frequencies: 2,
        activation: Nonlinearity::Silu,
        encoder: EncoderShape::Set { n_max: N_MAX, width: 8 },
    };
    FusedEngine::initialise(shape, &mut stream(5, "test", 0))
}

fn baseline(mean: [f64; M], sd: [f64; M], correlation: f64) -> GaussianBaseline<M> {
    let covariance = SMatrix::<f64, M, M>::new(
        sd[0] * sd[0],
        correlation * sd[0] * sd[1],
        correlation * sd[0] * sd[1],
        sd[1] * sd[1],
    );
    let factor = covariance.try_inverse().expect("not singular").cholesky().expect("positive definite").l();
    GaussianBaseline::from_precision_factor(SVector::from(mean), &factor)
}

/// The score of a row is what the network gives for its set alone, whatever is bound beside it.
#[test]
fn a_row_is_scored_as_its_set_alone() {
    const ROWS: usize = 300; // more than a tile
    let mut engine = engine();
    let mut rng = stream(6, "test", 0);
    engine.update_weights(&mut |w| w.iter_mut().for_each(|w| *w += rng.random_range(-0.3..0.3))).expect("fused");
    let stride = N_MAX * FEATURES * D;
    let mut rng = stream(7, "test", 0);
    let observations: Vec<f32> = (0..ROWS * stride).map(|_| rng.random_range(-1.0..1.0)).collect();
    let sizes: Vec<u32> = (0..ROWS as u32).map(|row| 1 + row % N_MAX as u32).collect();
    let baselines: Vec<GaussianBaseline<M>> = (0..ROWS)
        .map(|_| {
            let mean = [rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0)];
            baseline(mean, [rng.random_range(0.3..0.9), rng.random_range(0.3..0.9)], rng.random_range(-0.7..0.7))
        })
        .collect();
    let theta: Vec<[f64; M]> = (0..ROWS).map(|_| [rng.random_range(-2.0..2.0), rng.random_range(-2.0..2.0)]).collect();
    for parameterisation in [
        Parameterisation::ResidualToGaussian { clip: 2.0, softness: 0.3 },
        Parameterisation::ResidualToPrior { clip: 2.0 },
        Parameterisation::Noise,
    ] {
        let rows = RowScores::bind(&engine, &observations, &sizes, &baselines, parameterisation).expect("fused");
        let mut workspace = Default::default();
        // A second level after a first: what a workspace remembers must not outlive it.
        for t in [0.3, 0.02] {
            let at = Schedule::default().level(t);
            let mut out = vec![[0.0; M]; ROWS];
            rows.score_into(&at, &theta, &mut workspace, &mut out).expect("fused");
            let mut differs = 0;
            for row in (0..ROWS).step_by(7) {
                let alone = |set: usize| {
                    let (observations, sizes) = (&observations[set * stride..(set + 1) * stride], &sizes[set..=set]);
                    let baselines = &baselines[set..=set];
                    let bound = engine.bind(observations, sizes, Precision::for_factors(1)).expect("fused");
                    let prior = &StandardNormal;
                    let local = NetworkScores::new(&engine, bound, baselines, parameterisation, prior, true);
                    let pilot = NetworkPilot {
                        engine: &engine,
                        prior: &StandardNormal,
                        standard_normal: true,
                        parameterisation,
                        schedule: Schedule::default(),
                        observations,
                        sizes,
                        baselines,
                        precision: Precision::for_factors(1),
                        seed: 0,
                    };
                    let composition = Composer::<M, _, NetworkScores<'_, FusedEngine, StandardNormal, M>>::prepare(
                        &FactorizedDiffused,
                        &StandardNormal,
                        &pilot,
                    )
                    .expect("one factor");
                    let composed = Composed { composition: &composition, prior: &StandardNormal, local: &local };
                    let mut out = [[0.0; M]];
                    composed.score_into(&at, &theta[row..=row], &mut Default::default(), &mut out).expect("fused");
                    out[0]
                };
                let (own, other) = (alone(row), alone((row + 1) % ROWS));
                for k in 0..M {
                    let scale = 1.0 + own[k].abs();
                    assert!(
                        (out[row][k] - own[k]).abs() < 1e-5 * scale,
                        "{parameterisation:?} {row}: {own:?} {:?}",
                        out[row]
                    );
                    // Negative control: the next row's condition gives another score.
                    differs += usize::from((out[row][k] - other[k]).abs() > 1e-3 * scale);
                }
            }
            assert!(differs > 20, "{parameterisation:?}: {differs}");
        }
    }
}

/// An untrained network adds nothing to its baselines, so that draws are those of each row's own Gaussian.
#[test]
fn rows_are_drawn_from_their_own_gaussians() {
    const ROWS: usize = 3_000;
    let engine = engine();
    let parameterisation = Parameterisation::ResidualToGaussian { clip: 5.0, softness: 0.3 };
    let mean = |row: usize| [row as f64 / ROWS as f64 * 2.0 - 1.0, 0.5];
    let sd = |row: usize| [if row.is_multiple_of(2) { 0.1 } else { 0.8 }, 0.4];
    let baselines: Vec<GaussianBaseline<M>> = (0..ROWS).map(|row| baseline(mean(row), sd(row), 0.6)).collect();
    let stride = N_MAX * FEATURES * D;
    let (observations, sizes) = (vec![0.0; ROWS * stride], vec![1; ROWS]);
    let draw = |block: usize| {
        let score_of = |rows: std::ops::Range<usize>| {
            let observations = &observations[rows.start * stride..rows.end * stride];
            Ok(RowScores::bind(&engine, observations, &sizes[rows.clone()], &baselines[rows], parameterisation)?)
        };
        let levels = Grid::log_snr(60).levels_for(&Schedule::default(), Some(0.1)).expect("a grid");
        let options = DriveOptions { draws: ROWS, seed: 3, block, ..DriveOptions::default() };
        drive_each(score_of, &DpmSolver, &levels, &options).expect("finite draws").draws
    };
    let draws = draw(256);
    assert_eq!(draws, draw(100), "the size of a block changes nothing");

    // z = (x − mean) / sd of every row is N(0, 1): mean within 4/√n, variance within 4 √(2/n) and the solver's 1.2 %.
    let moments = |of: &dyn Fn(usize, usize) -> f64, k: usize| {
        let z: Vec<f64> = (0..ROWS).map(|row| of(row, k)).collect();
        let mean = z.iter().sum::<f64>() / ROWS as f64;
        (mean, z.iter().map(|z| z * z).sum::<f64>() / ROWS as f64 - mean * mean)
    };
    let n = ROWS as f64;
    let fits = |(mean, variance): (f64, f64)| {
        mean.abs() < 4.0 / n.sqrt() && (variance - 1.0).abs() < 4.0 * (2.0 / n).sqrt() + 0.012
    };
    for k in 0..M {
        let own = moments(&|row, k| (draws[row][k] - mean(row)[k]) / sd(row)[k], k);
        assert!(fits(own), "component {k}: {own:?}");
    }
    // Negative control: the Gaussian of the row beside it, whose spread is another.
    let other = moments(&|row, k| (draws[row][k] - mean(row)[k]) / sd(row + 1)[k], 0);
    assert!(!fits(other), "{other:?}");
    let correlation = (0..ROWS)
        .map(|row| (draws[row][0] - mean(row)[0]) / sd(row)[0] * (draws[row][1] - mean(row)[1]) / sd(row)[1])
        .sum::<f64>()
        / n;
    // The product of two normals with correlation ρ has variance 1 + ρ².
    assert!((correlation - 0.6).abs() < 4.0 * (1.36 / n).sqrt() + 0.012, "{correlation}");
}
