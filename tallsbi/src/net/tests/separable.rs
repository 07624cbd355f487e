//! Check the separable network against finite differences, its own rows and its own sums.

#![allow(clippy::default_trait_access)] // reason: a workspace is whatever its engine says

use nalgebra::{SMatrix, SVector};
use rand::RngExt;

use crate::{
    model::stream,
    net::{
        EngineJacobians, Inputs, NamedTensor, NetworkError, Precision, ScoreEngine, ScoreNetwork, Separable,
        SeparableEngine,
    },
};

const M: usize = 2;
const D: usize = 3;
type Small = Separable<M, D, 1, 7, 19, 2, 2>;
type Sets = Separable<M, D, 3, 5, 17, 2, 2>;

fn numbers(n: usize, index: u64) -> Vec<f32> {
    let mut rng = stream(4, "test", index);
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// A network none of whose layers is zero.
fn engine<N: ScoreNetwork<M, D, Engine = SeparableEngine>>() -> SeparableEngine {
    let mut engine = N::initialise(&mut stream(3, "test", 0)).expect("nothing can fail");
    let noise = numbers(engine.weights().len(), 1);
    engine
        .update_weights(&mut |weights| weights.iter_mut().zip(&noise).for_each(|(w, e)| *w += 0.2 * e))
        .expect("as above");
    engine
}

#[test]
fn gradients_are_finite_differences() {
    check_gradients::<Small>();
    check_gradients::<Sets>();
}

fn check_gradients<N: ScoreNetwork<M, D, Engine = SeparableEngine>>() {
    let engine = engine::<N>();
    let sizes = [N::N_MAX as u32, 0, 1, 1, 0];
    let rows = sizes.len();
    let (theta, observations, times) =
        (numbers(rows * 3 * M, 2), numbers(rows * engine.slot_width(), 3), numbers(rows, 4));
    let coefficients = numbers(rows * M, 5);
    let inputs = Inputs { theta: &theta, observations: &observations, sizes: &sizes, times: &times };
    let loss = |engine: &SeparableEngine| -> f64 {
        let mut out = vec![0.0; rows * M];
        engine.forward(&inputs, &mut Default::default(), &mut out).expect("fused");
        out.iter().zip(&coefficients).map(|(a, b)| f64::from(a * b)).sum()
    };
    let mut gradient = vec![0.0; engine.weights().len()];
    let (mut ws, mut out) = (Default::default(), vec![0.0; rows * M]);
    engine.forward(&inputs, &mut ws, &mut out).expect("fused");
    engine.backward(&inputs, &mut ws, &coefficients, &mut gradient).expect("fused");
    let scale = gradient.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    assert!(scale > 0.1);
    for k in (0..gradient.len()).step_by(11) {
        let h = 2e-3;
        let at = |delta: f32| {
            let mut moved = engine.clone();
            moved.update_weights(&mut |weights| weights[k] += delta).expect("fused");
            loss(&moved)
        };
        let slope = (at(h) - at(-h)) / (2.0 * f64::from(h));
        assert!((slope - f64::from(gradient[k])).abs() < 3e-3 * f64::from(scale), "{k}: {slope} {}", gradient[k]);
    }
}

#[test]
fn sums_move_inside() {
    check_sums::<Small>();
    check_sums::<Sets>();
}

/// The order of the sums is all that differs between rows one by one, draws × sets, and the contracted sum.
fn check_sums<N: ScoreNetwork<M, D, Engine = SeparableEngine>>() {
    let engine = engine::<N>();
    let (draws, sets, t) = (300, 270, 0.4);
    let sizes: Vec<u32> = (0..sets as u32).map(|i| i % (N::N_MAX as u32 + 1)).collect();
    let (theta, observations) = (numbers(draws * 3 * M, 6), numbers(sets * engine.slot_width(), 7));
    let gains: Vec<SMatrix<f64, M, M>> = numbers(sets * M * M, 8)
        .chunks_exact(M * M)
        .map(|gain| SMatrix::from_iterator(gain.iter().map(|v| f64::from(*v))))
        .collect();
    let mut source = |draw: usize, sets: std::ops::Range<usize>, out: &mut [f32]| {
        assert_eq!(out.len(), sets.len() * 3 * M);
        out.chunks_exact_mut(3 * M).for_each(|row| row.copy_from_slice(&theta[draw * 3 * M..][..3 * M]));
    };
    let bound = engine.bind(&observations, &sizes, Precision::Highest).expect("fused");
    let mut all = vec![f32::NAN; draws * sets * M];
    engine
        .evaluate(&bound, t, draws, &mut Default::default(), &mut source, &mut |draw, first, out| {
            all[(draw * sets + first) * M..][..out.len()].copy_from_slice(out);
        })
        .expect("fused");
    for draw in [0, 17, 299] {
        let theta = theta[draw * 3 * M..][..3 * M].repeat(sets);
        let times = vec![t as f32; sets];
        let inputs = Inputs { theta: &theta, observations: &observations, sizes: &sizes, times: &times };
        let mut rows = vec![0.0; sets * M];
        engine.forward(&inputs, &mut Default::default(), &mut rows).expect("fused");
        assert!(rows.iter().zip(&all[draw * sets * M..]).all(|(a, b)| (a - b).abs() < 1e-5));
    }
    // Jacobians along two directions are differences along them.
    let directions = numbers(M * 3 * M, 9);
    let moved = |k: usize, delta: f32| -> Vec<f32> {
        let mut out = vec![f32::NAN; all.len()];
        let mut source = |draw: usize, _: std::ops::Range<usize>, features: &mut [f32]| {
            for row in features.chunks_exact_mut(3 * M) {
                for (i, feature) in row.iter_mut().enumerate() {
                    *feature = theta[draw * 3 * M + i] + delta * directions[k * 3 * M + i];
                }
            }
        };
        engine
            .evaluate(&bound, t, draws, &mut Default::default(), &mut source, &mut |draw, first, values| {
                out[(draw * sets + first) * M..][..values.len()].copy_from_slice(values);
            })
            .expect("fused");
        out
    };
    let h = 1e-2;
    let differences: Vec<(Vec<f32>, Vec<f32>)> = (0..M).map(|k| (moved(k, h), moved(k, -h))).collect();
    engine
        .evaluate_with_jacobians(
            &bound,
            t,
            draws,
            &mut Default::default(),
            &mut |draw, _, features, out| {
                features.copy_from_slice(&theta[draw * 3 * M..][..3 * M]);
                out.copy_from_slice(&directions);
            },
            &mut |draw, set, out, jacobian| {
                let at = (draw * sets + set) * M;
                assert!(out.iter().zip(&all[at..]).all(|(a, b)| (a - b).abs() < 1e-5));
                for (k, (up, down)) in differences.iter().enumerate() {
                    for i in 0..M {
                        let slope = (up[at + i] - down[at + i]) / (2.0 * h);
                        assert!((slope - jacobian[k * M + i]).abs() < 2e-3, "{slope} {}", jacobian[k * M + i]);
                    }
                }
            },
        )
        .expect("fused");
    let mut sums = vec![[1.0; M]; draws];
    engine.subtract_weighted(&bound, t, &gains, &mut Default::default(), &mut source, &mut sums).expect("fused");
    for (draw, sum) in sums.iter().enumerate() {
        let mut expected = SVector::<f64, M>::repeat(1.0);
        for (gain, out) in gains.iter().zip(all[draw * sets * M..].chunks_exact(M)) {
            expected -= gain * SVector::<f64, M>::from_fn(|k, _| f64::from(out[k]));
        }
        // Single precision, 270 terms of order one.
        assert!((expected - SVector::from(*sum)).amax() < 270.0 * 1e-6, "{draw}: {expected} {sum:?}");
    }
}

#[test]
fn weights_go_by_name() {
    let engine = engine::<Small>();
    let tensors = engine.tensors();
    let restored = <Small as ScoreNetwork<M, D>>::restore(&tensors).expect("its own tensors");
    assert_eq!(restored.weights(), engine.weights());
    let without: Vec<NamedTensor> = tensors.into_iter().filter(|t| t.name != "encoder.context.x").collect();
    assert!(matches!(
        <Small as ScoreNetwork<M, D>>::restore(&without),
        Err(NetworkError::Missing { name }) if name == "encoder.context.x"
    ));
}
