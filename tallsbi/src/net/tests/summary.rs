//! Check summary networks against finite differences, and against their formulas in double precision.

use rand::RngExt;

use crate::{
    model::{Channel, stream},
    net::{
        Activations, EncoderShape, FusedEngine, Inputs, NetworkShape, Nonlinearity, Precision, ScoreEngine,
        SummaryKind, SummaryShape, Tiles,
    },
};

const KINDS: [SummaryKind; 5] = [
    SummaryKind::Gru,
    SummaryKind::Conv1d,
    SummaryKind::Transformer,
    SummaryKind::DeepSets,
    SummaryKind::SetTransformer,
];

/// Two channels between two components beside them.
fn summary(kind: SummaryKind, steps: usize) -> SummaryShape {
    let channels = vec![Channel::array(1, steps), Channel::array(2 + steps, steps)];
    SummaryShape { kind, components: 2 * steps + 2, channels, width: 8, summaries: 6 }
}

fn network(summary: SummaryShape, encoder: EncoderShape) -> FusedEngine {
    let shape = NetworkShape {
        parameters: 3,
        whitened: true,
        outputs: 3,
        observation: summary.observation(),
        width: 17,
        depth: 2,
        frequencies: 2,
        activation: Nonlinearity::Silu,
        encoder,
    };
    let mut rng = stream(1, "test", 0);
    let mut network = FusedEngine::initialise_behind(shape, Some(summary), &mut rng);
    // No layer starts at zero here.
    network
        .update_weights(&mut |weights| weights.iter_mut().for_each(|w| *w += rng.random_range(-0.6..0.6)))
        .expect("the fused engine accepts any weights");
    network
}

/// What rows of these sizes bring.
struct Rows {
    theta: Vec<f32>,
    observations: Vec<f32>,
    sizes: Vec<u32>,
    times: Vec<f32>,
}

impl Rows {
    fn new(network: &FusedEngine, sizes: &[usize]) -> Self {
        let mut rng = stream(2, "test", 0);
        let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
        let rows = sizes.len();
        Self {
            theta: draw(rows * 9),
            observations: draw(rows * network.slot_width()),
            sizes: sizes.iter().map(|n| *n as u32).collect(),
            times: draw(rows),
        }
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs { theta: &self.theta, observations: &self.observations, sizes: &self.sizes, times: &self.times }
    }
}

fn outputs(network: &FusedEngine, inputs: &Inputs<'_>) -> Vec<f32> {
    let mut out = vec![0.0; inputs.rows() * network.shape().outputs];
    network.forward(inputs, &mut Activations::default(), &mut out).expect("fused");
    out
}

/// In the order of the weights' names.
fn is_of_summary(network: &FusedEngine) -> Vec<bool> {
    let tensors = network.tensors();
    tensors.iter().flat_map(|tensor| vec![tensor.name.starts_with("summary."); tensor.values.len()]).collect()
}

#[test]
fn gradients_are_finite_differences() {
    for kind in KINDS {
        for (encoder, sizes, steps) in [
            (EncoderShape::Single, vec![1, 0, 1, 1, 0], 7),
            (EncoderShape::Single, vec![1], 1),
            (EncoderShape::Single, vec![1, 1], 67),
            (EncoderShape::Set { n_max: 3, width: 5 }, vec![2, 0, 3, 1, 3], 10),
        ] {
            let network = network(summary(kind, steps), encoder);
            let rows = Rows::new(&network, &sizes);
            let inputs = rows.inputs();
            let mut rng = stream(3, "test", 0);
            let coefficients: Vec<f32> = (0..sizes.len() * 3).map(|_| rng.random_range(-1.0..1.0)).collect();
            let mut gradient = vec![f32::NAN; network.weights().len()];
            let (mut ws, mut out) = (Activations::default(), vec![0.0; sizes.len() * 3]);
            // Buffers of other rows are in the way.
            let other = Rows::new(&network, &[1, 1, 1, 1, 1, 1, 1]);
            network.forward(&other.inputs(), &mut ws, &mut [0.0; 21]).expect("fused");
            network.forward(&inputs, &mut ws, &mut out).expect("fused");
            assert_eq!(out, outputs(&network, &inputs));
            network.backward(&inputs, &mut ws, &coefficients, &mut gradient).expect("fused");
            let (of_summary, h) = (is_of_summary(&network), 1e-2);
            for part in [true, false] {
                let own = || (0..gradient.len()).filter(|k| of_summary[*k] == part);
                let scale = own().fold(0.0_f32, |largest, k| largest.max(gradient[k].abs()));
                assert!(scale > 1e-3, "{kind:?}: the gradient of {part} is {scale}");
                for k in own().step_by(if part { 3 } else { 29 }) {
                    let at = |delta: f32| -> f64 {
                        let mut moved = network.clone();
                        moved.update_weights(&mut |weights| weights[k] += delta).expect("fused");
                        let out = outputs(&moved, &inputs);
                        out.iter().zip(&coefficients).map(|(a, b)| f64::from(a * b)).sum()
                    };
                    // Of fourth order, so that the step can be long enough for single precision.
                    let slope = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * f64::from(h));
                    assert!(
                        (slope - f64::from(gradient[k])).abs() < 2e-3 * f64::from(scale),
                        "{kind:?} {encoder:?} {steps} steps, weight {k} of {}: {slope} against {}, of {scale}",
                        gradient.len(),
                        gradient[k]
                    );
                }
            }
        }
    }
}

#[test]
fn bound_observations_are_those_of_a_forward_pass() {
    for kind in KINDS {
        for encoder in [EncoderShape::Single, EncoderShape::Set { n_max: 3, width: 5 }] {
            let network = network(summary(kind, 9), encoder);
            let n_max = network.shape().n_max();
            // More than one block of them, and an empty one.
            let sizes: Vec<usize> = (0..300).map(|i| i % (n_max + 1)).collect();
            let mut rows = Rows::new(&network, &sizes);
            rows.times.fill(0.3);
            let first = rows.theta[..9].to_vec();
            rows.theta = first.repeat(sizes.len());
            let plain = outputs(&network, &rows.inputs());
            let bound = network.bind(&rows.observations, &rows.sizes, Precision::Highest).expect("fused");
            let mut bound_outputs = vec![0.0; plain.len()];
            let time = f64::from(0.3_f32);
            let mut source = |_: usize, _, out: &mut [f32]| out.copy_from_slice(&first.repeat(out.len() / 9));
            let mut sink = |_: usize, set: usize, out: &[f32]| {
                bound_outputs[set * 3..][..out.len()].copy_from_slice(out);
            };
            network.evaluate(&bound, time, 1, &mut Tiles::default(), &mut source, &mut sink).expect("fused");
            for (a, b) in plain.iter().zip(&bound_outputs) {
                assert!((a - b).abs() < 1e-5, "{kind:?} {encoder:?}: {a} {b}");
            }
        }
    }
}

/// What a summary network gives, read off a network behind it that passes its summaries on.
fn summaries(network: &FusedEngine, rows: &Rows) -> Vec<Vec<f64>> {
    let shape = *network.shape();
    let tensors = network.tensors();
    let slot = shape.observation;
    // One summary at a time: a head with one unit of tiny weight, where SiLU is a half of its argument.
    let small = 1e-3_f32;
    let probe = |summary: usize| -> Vec<f64> {
        let tensors: Vec<_> = tensors
            .iter()
            .map(|tensor| {
                let mut tensor = tensor.clone();
                if !tensor.name.starts_with("summary.") {
                    tensor.values.fill(0.0);
                    let block = ["context.x", "context.scores", "context.differences"][summary / 2];
                    if tensor.name == block {
                        tensor.values[slot - 2 + summary % 2] = small;
                    }
                    if tensor.name == "output.weight" {
                        tensor.values[0] = 1.0;
                    }
                }
                tensor
            })
            .collect();
        let shape = NetworkShape { depth: 1, ..shape };
        let tensors: Vec<_> = tensors.into_iter().filter(|tensor| !tensor.name.starts_with("hidden.")).collect();
        let summary = network.summary().cloned();
        let probe = FusedEngine::from_tensors_behind(shape, summary, &tensors).expect("the same tensors");
        let inverse = |y: f64| {
            // x σ(x) = y by Newton's iteration: y is small.
            (0..20).fold(2.0 * y, |x, _| {
                let s = 1.0 / (1.0 + (-x).exp());
                x - (x * s - y) / (s + x * s * (1.0 - s))
            })
        };
        let out = outputs(&probe, &rows.inputs());
        out.chunks_exact(3).map(|row| inverse(f64::from(row[0])) / f64::from(small)).collect()
    };
    let columns: Vec<Vec<f64>> = (0..6).map(probe).collect();
    (0..rows.sizes.len()).map(|row| columns.iter().map(|column| column[row]).collect()).collect()
}

/// The features of a step of a row: a z-score and a normal score of each channel.
fn step(rows: &Rows, row: usize, steps: usize, t: usize) -> Vec<f64> {
    let d = 2 * steps + 2;
    let x = &rows.observations[row * 3 * d..];
    [1 + t, d + 1 + t, 2 + steps + t, d + 2 + steps + t].iter().map(|k| f64::from(x[*k])).collect()
}

/// Weights of a layer by name.
struct Weights<'a>(&'a FusedEngine);

impl Weights<'_> {
    fn values(&self, name: &str) -> Vec<f64> {
        let tensors = self.0.tensors();
        let found = tensors.iter().find(|tensor| tensor.name == format!("summary.{name}")).expect("a tensor");
        found.values.iter().map(|value| f64::from(*value)).collect()
    }

    /// W x
    fn product(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let weight = self.values(&format!("{name}.weight"));
        weight.chunks_exact(x.len()).map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum()).collect()
    }

    /// W x + b
    fn linear(&self, name: &str, x: &[f64]) -> Vec<f64> {
        add(&self.product(name, x), &self.values(&format!("{name}.bias")))
    }
}

fn add(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn silu(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x * sigmoid(*x)).collect()
}

fn mean(rows: &[Vec<f64>]) -> Vec<f64> {
    let sum = rows.iter().skip(1).fold(rows[0].clone(), |sum, row| add(&sum, row));
    sum.iter().map(|value| value / rows.len() as f64).collect()
}

#[track_caller]
fn check(kind: SummaryKind, steps: usize, pooled: impl Fn(&Weights<'_>, &[Vec<f64>]) -> Vec<f64>) {
    let network = network(summary(kind, steps), EncoderShape::Single);
    let rows = Rows::new(&network, &[1, 1, 1]);
    let weights = Weights(&network);
    for (row, found) in summaries(&network, &rows).iter().enumerate() {
        let series: Vec<Vec<f64>> = (0..steps).map(|t| step(&rows, row, steps, t)).collect();
        let expected = weights.linear("output", &pooled(&weights, &series));
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-4, "{kind:?}: {found:?} {expected:?}");
        }
    }
}

#[test]
fn a_recurrent_unit_is_its_formulas() {
    check(SummaryKind::Gru, 5, |weights, series| {
        let (w, c) = (8, weights.values("recurrent.bias"));
        let mut states = vec![vec![0.0; w]];
        for x in series {
            let h = &states[states.len() - 1];
            let (x, u) = (weights.linear("input", x), weights.product("recurrent", h));
            let next = (0..w).map(|k| {
                let (r, z) = (sigmoid(x[w + k] + u[k]), sigmoid(x[2 * w + k] + u[w + k]));
                let n = (x[k] + r * (u[2 * w + k] + c[k])).tanh();
                (1.0 - z) * n + z * h[k]
            });
            let next = next.collect();
            states.push(next);
        }
        [states[series.len()].clone(), mean(&states[1..])].concat()
    });
}

#[test]
fn convolutions_are_their_formulas() {
    check(SummaryKind::Conv1d, 11, |weights, series| {
        let mut values = series.to_vec();
        // 11, 6, 3
        for layer in 0..2 {
            let zero = vec![0.0; values[0].len()];
            let at = |t: isize| usize::try_from(t).ok().and_then(|t| values.get(t)).unwrap_or(&zero).clone();
            let steps = (0..values.len().div_ceil(2) as isize).map(|t| {
                let neighbours: Vec<f64> = (-2..=2).flat_map(|k| at(2 * t + k)).collect();
                silu(&weights.linear(&format!("layer.{layer}"), &neighbours))
            });
            values = steps.collect();
        }
        mean(&values)
    });
}

#[test]
fn a_set_is_summarised_by_its_formulas() {
    check(SummaryKind::DeepSets, 5, |weights, series| {
        let each = |x: &Vec<f64>| silu(&weights.linear("second", &silu(&weights.linear("first", x))));
        mean(&series.iter().map(each).collect::<Vec<_>>())
    });
}

fn normalised(weights: &Weights<'_>, name: &str, x: &[f64]) -> Vec<f64> {
    let (gain, shift) = (weights.values(&format!("{name}.gain")), weights.values(&format!("{name}.shift")));
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
    (0..x.len()).map(|k| gain[k] * (x[k] - mean) / (variance + 1e-5).sqrt() + shift[k]).collect()
}

fn attention(weights: &Weights<'_>, tokens: &[Vec<f64>], ordered: bool) -> Vec<f64> {
    let (w, d) = (8, 2);
    let embedded = tokens.iter().enumerate().map(|(i, x)| {
        let place = (0..w).map(|k| {
            let angle = i as f64 / 10_000_f64.powf((k - k % 2) as f64 / w as f64);
            if ordered { [angle.sin(), angle.cos()][k % 2] } else { 0.0 }
        });
        add(&weights.linear("embedding", x), &place.collect::<Vec<_>>())
    });
    let mut x: Vec<Vec<f64>> = embedded.collect();
    for block in 0..2 {
        let name = |part: &str| format!("block.{block}.{part}");
        let of = |x: &Vec<f64>| weights.linear(&name("attention.projections"), &normalised(weights, &name("first"), x));
        let qkv: Vec<Vec<f64>> = x.iter().map(of).collect();
        let attended = (0..x.len()).map(|i| {
            let heads: Vec<f64> = (0..4)
                .flat_map(|head| {
                    let part = |j: usize, which: usize| &qkv[j][which * w + head * d..][..d];
                    let dot = |j: usize| part(i, 0).iter().zip(part(j, 1)).map(|(a, b)| a * b).sum::<f64>();
                    let shares: Vec<f64> = (0..qkv.len()).map(|j| (dot(j) / (d as f64).sqrt()).exp()).collect();
                    let total: f64 = shares.iter().sum();
                    let value = |k: usize| (0..qkv.len()).map(|j| shares[j] / total * part(j, 2)[k]).sum::<f64>();
                    (0..d).map(value).collect::<Vec<_>>()
                })
                .collect();
            weights.linear(&name("attention.output"), &heads)
        });
        let attended: Vec<Vec<f64>> = attended.collect();
        for (x, attended) in x.iter_mut().zip(attended) {
            *x = add(x, &attended);
            let inner = silu(&weights.linear(&name("inner"), &normalised(weights, &name("second"), x)));
            *x = add(x, &weights.linear(&name("outer"), &inner));
        }
    }
    mean(&x)
}

#[test]
fn attention_is_its_formulas() {
    check(SummaryKind::SetTransformer, 5, |weights, series| attention(weights, series, false));
    check(SummaryKind::Transformer, 5, |weights, series| attention(weights, series, true));
    // Patches of two steps, the last of which has one.
    check(SummaryKind::Transformer, 65, |weights, series| {
        let tokens: Vec<Vec<f64>> = series
            .chunks(2)
            .map(|steps| {
                let mut token = steps.concat();
                token.resize(8, 0.0);
                token
            })
            .collect();
        attention(weights, &tokens, true)
    });
}
