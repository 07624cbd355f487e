//! Check the fused engine against finite differences and itself.

use rand::RngExt;

use crate::{
    model::stream,
    net::{
        Activations, EncoderShape, EngineJacobians, FusedEngine, Inputs, Instructions, NetworkShape, Nonlinearity,
        Precision, ScoreEngine, Tiles,
    },
};

fn shape(activation: Nonlinearity, encoder: EncoderShape) -> NetworkShape {
    NetworkShape {
        parameters: 3,
        whitened: true,
        outputs: 3,
        observation: 4,
        width: 17,
        depth: 3,
        frequencies: 2,
        activation,
        encoder,
    }
}

/// A network whose output layer is not zero.
fn random_network(shape: NetworkShape) -> FusedEngine {
    let mut rng = stream(1, "test", 0);
    let mut network = FusedEngine::initialise(shape, &mut rng);
    network
        .update_weights(&mut |weights| weights.iter_mut().for_each(|w| *w += rng.random_range(-0.2..0.2)))
        .expect("the fused engine accepts any weights");
    network
}

fn loss(network: &FusedEngine, inputs: &Inputs<'_>, coefficients: &[f32]) -> f64 {
    let mut out = vec![0.0; inputs.rows() * 3];
    network.forward(inputs, &mut Activations::default(), &mut out).expect("fused");
    out.iter().zip(coefficients).map(|(a, b)| f64::from(a * b)).sum()
}

#[test]
fn gradients_are_finite_differences() {
    for activation in [Nonlinearity::Silu, Nonlinearity::Mish] {
        for encoder in [EncoderShape::Single, EncoderShape::Set { n_max: 3, width: 5 }] {
            let network = random_network(shape(activation, encoder));
            let n_max = network.shape().n_max();
            let mut rng = stream(2, "test", 0);
            let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
            let sizes: Vec<u32> = vec![1, 0, n_max as u32, 1, 0];
            let rows = sizes.len();
            let (theta, observations, times) = (draw(rows * 9), draw(rows * n_max * 12), draw(rows));
            let coefficients = draw(rows * 3);
            let inputs = Inputs { theta: &theta, observations: &observations, sizes: &sizes, times: &times };
            let mut gradient = vec![0.0; network.weights().len()];
            let (mut ws, mut out) = (Activations::default(), vec![0.0; rows * 3]);
            network.forward(&inputs, &mut ws, &mut out).expect("fused");
            let mut inferred = vec![0.0; rows * 3];
            network.infer(&inputs, &mut Activations::default(), &mut inferred).expect("fused");
            assert!(out.iter().zip(&inferred).all(|(a, b)| (a - b).abs() < 1e-6), "{out:?} {inferred:?}");
            network.backward(&inputs, &mut ws, &coefficients, &mut gradient).expect("fused");
            let scale = gradient.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            for k in (0..gradient.len()).step_by(7) {
                let h = 2e-3;
                let at = |delta: f32| {
                    let mut moved = network.clone();
                    moved.update_weights(&mut |weights| weights[k] += delta).expect("fused");
                    loss(&moved, &inputs, &coefficients)
                };
                let slope = (at(h) - at(-h)) / (2.0 * f64::from(h));
                assert!(
                    (slope - f64::from(gradient[k])).abs() < 3e-3 * f64::from(scale),
                    "{activation:?} {encoder:?} weight {k}: {slope} against {}",
                    gradient[k]
                );
            }
        }
    }
}

/// The same nine features for every set.
fn copy(theta: &[f32]) -> impl FnMut(usize, std::ops::Range<usize>, &mut [f32]) {
    move |draw, _, out| out.chunks_exact_mut(9).for_each(|row| row.copy_from_slice(&theta[draw * 9..][..9]))
}

#[test]
fn tiles_equal_the_plain_forward_and_jacobians_its_differences() {
    for encoder in [EncoderShape::Single, EncoderShape::Set { n_max: 3, width: 5 }] {
        let network = random_network(shape(Nonlinearity::Silu, encoder));
        let n_max = network.shape().n_max();
        let mut rng = stream(3, "test", 0);
        let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
        let (draws, t) = (7, 0.3);
        let sizes: Vec<u32> = (0..400).map(|i| (i % (n_max + 1)) as u32).collect();
        let (theta, observations) = (draw(draws * 9), draw(sizes.len() * n_max * 12));
        // How the features change with three parameters: anything, the same for every row.
        let directions = draw(3 * 9);
        let bound = network.bind(&observations, &sizes, Precision::Highest).expect("fused");
        let mut tiled = vec![0.0_f32; draws * sizes.len() * 3];
        let mut ws = Tiles::default();
        network
            .evaluate(&bound, t, draws, &mut ws, &mut copy(&theta), &mut |draw, first, out| {
                let at = (draw * sizes.len() + first) * 3;
                tiled[at..at + out.len()].copy_from_slice(out);
            })
            .expect("fused");
        let mut plain = vec![0.0_f32; sizes.len() * 3];
        for i in 0..draws {
            let theta: Vec<f32> = theta[i * 9..][..9].repeat(sizes.len());
            let times = vec![t as f32; sizes.len()];
            let inputs = Inputs { theta: &theta, observations: &observations, sizes: &sizes, times: &times };
            network.forward(&inputs, &mut Activations::default(), &mut plain).expect("fused");
            for (a, b) in plain.iter().zip(&tiled[i * plain.len()..]) {
                assert!((a - b).abs() < 1e-5, "{a} {b}");
            }
        }
        let at = |delta: f32, k: usize| {
            let moved: Vec<f32> =
                theta.iter().enumerate().map(|(i, v)| v + delta * directions[k * 9 + i % 9]).collect();
            let mut out = vec![0.0_f32; draws * sizes.len() * 3];
            network
                .evaluate(&bound, t, draws, &mut Tiles::default(), &mut copy(&moved), &mut |draw, first, values| {
                    let at = (draw * sizes.len() + first) * 3;
                    out[at..at + values.len()].copy_from_slice(values);
                })
                .expect("fused");
            out
        };
        let mut jacobians = vec![0.0_f32; draws * sizes.len() * 9];
        network
            .evaluate_with_jacobians(
                &bound,
                t,
                draws,
                &mut ws,
                &mut |draw, _, features, out| {
                    features.copy_from_slice(&theta[draw * 9..][..9]);
                    out.copy_from_slice(&directions);
                },
                &mut |draw, set, out, jacobian| {
                    let at = draw * sizes.len() + set;
                    for (a, b) in out.iter().zip(&tiled[at * 3..]) {
                        assert!((a - b).abs() < 1e-5);
                    }
                    jacobians[at * 9..][..9].copy_from_slice(jacobian);
                },
            )
            .expect("fused");
        for k in 0..3 {
            let h = 1e-2;
            for (row, (up, down)) in at(h, k).chunks(3).zip(at(-h, k).chunks(3)).enumerate() {
                for i in 0..3 {
                    let slope = (up[i] - down[i]) / (2.0 * h);
                    let jacobian = jacobians[row * 9 + k * 3 + i];
                    assert!((slope - jacobian).abs() < 2e-3, "{slope} {jacobian}");
                }
            }
        }
    }
}

#[test]
fn a_lower_precision_is_as_exact_as_it_says() {
    let shape = NetworkShape { width: 80, ..shape(Nonlinearity::Silu, EncoderShape::Single) };
    let network = random_network(shape);
    let mut rng = stream(4, "test", 0);
    let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
    let (draws, sets) = (9, 5);
    let (theta, observations, sizes) = (draw(draws * 9), draw(sets * 12), vec![1; sets]);
    let at = |precision: Precision| {
        let bound = network.bind(&observations, &sizes, precision).expect("fused");
        let mut out = vec![0.0_f32; draws * sets * 3];
        let mut keep = |draw: usize, first: usize, values: &[f32]| {
            out[(draw * sets + first) * 3..][..values.len()].copy_from_slice(values);
        };
        network.evaluate(&bound, 0.3, draws, &mut Tiles::default(), &mut copy(&theta), &mut keep).expect("fused");
        out
    };
    let exact = at(Precision::Highest);
    let size = (exact.iter().map(|v| v * v).sum::<f32>() / exact.len() as f32).sqrt();
    for (precision, bound) in [(Precision::High, 5e-6), (Precision::Medium, 2e-2)] {
        // Without the tile unit there is nothing to choose.
        assert!(Instructions::of_this_process() == Instructions::Tiles || at(precision) == exact, "{precision:?}");
        for (value, exact) in at(precision).iter().zip(&exact) {
            assert!((value - exact).abs() < bound * size, "{precision:?}: {value} against {exact}, of order {size}");
        }
    }
}

/// Scores beside their Jacobians are as exact as can be whatever the precision, and Jacobians never in brain floats. 135 directions of 45 rows end
/// within a strip, and 600 of 200 rows do not fit into one tile.
#[test]
fn jacobians_are_nearly_as_exact_at_a_lower_precision() {
    let shape = NetworkShape { width: 80, ..shape(Nonlinearity::Silu, EncoderShape::Single) };
    let network = random_network(shape);
    let mut rng = stream(5, "test", 0);
    let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
    for (draws, sets) in [(9, 5), (4, 50)] {
        let (theta, observations, sizes) = (draw(draws * 9), draw(sets * 12), vec![1; sets]);
        let directions = draw(27);
        let at = |precision: Precision| {
            let bound = network.bind(&observations, &sizes, precision).expect("fused");
            let (mut outputs, mut jacobians) = (vec![0.0_f32; draws * sets * 3], vec![0.0_f32; draws * sets * 9]);
            let mut source = |draw: usize, _, features: &mut [f32], out: &mut [f32]| {
                features.copy_from_slice(&theta[draw * 9..][..9]);
                out.copy_from_slice(&directions);
            };
            let mut sink = |draw: usize, set: usize, output: &[f32], jacobian: &[f32]| {
                let row = draw * sets + set;
                outputs[row * 3..][..3].copy_from_slice(output);
                jacobians[row * 9..][..9].copy_from_slice(jacobian);
            };
            let ws = &mut Tiles::default();
            network.evaluate_with_jacobians(&bound, 0.3, draws, ws, &mut source, &mut sink).expect("fused");
            (outputs, jacobians)
        };
        let exact = at(Precision::Highest);
        let size = (exact.1.iter().map(|v| v * v).sum::<f32>() / exact.1.len() as f32).sqrt();
        let high = at(Precision::High);
        assert_eq!(at(Precision::Medium), high);
        assert_eq!(high.0, exact.0);
        assert!(Instructions::of_this_process() == Instructions::Tiles || high == exact);
        for (value, exact) in high.1.iter().zip(&exact.1) {
            assert!((value - exact).abs() < 5e-6 * size, "{value} against {exact}, of order {size}");
        }
    }
}
