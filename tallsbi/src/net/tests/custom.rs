//! Check that a dfdx module of one's own trains, with right gradients, in place of a built-in network.

use std::ops::ControlFlow;

use dfdx::{
    nn::modules::{Linear, ReLU, Tanh},
    tensor::Cpu,
};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use crate::{
    dataset::FEATURES,
    diffusion::{Parameterisation, Schedule},
    model::stream,
    net::{Custom, FusedEngine, Inputs, MergeInputs, NetworkError, Precision, ScoreEngine, ScoreNetwork},
    train::{
        Baselines, HeadObjective, ScoreObjective, Times, TrainError, TrainOptions, TrainingSet, head_outputs, train,
    },
};

const M: usize = 2;
const D: usize = 3;

type Smooth = (MergeInputs<M, D, 16>, Tanh, Linear<16, M, f32, Cpu>);
type Rectified = (MergeInputs<M, D, 32>, ReLU, Linear<32, M, f32, Cpu>);

fn engine<Mod>(seed: u64) -> <Custom<Mod> as ScoreNetwork<M, D>>::Engine
where
    Custom<Mod>: ScoreNetwork<M, D>,
{
    <Custom<Mod> as ScoreNetwork<M, D>>::initialise(&mut stream(seed, "network", 0)).expect("dfdx builds it")
}

struct Rows {
    theta: Vec<f32>,
    observations: Vec<f32>,
    sizes: Vec<u32>,
    times: Vec<f32>,
    coefficients: Vec<f32>,
}

impl Rows {
    fn new(rows: usize) -> Self {
        let mut rng = stream(2, "rows", 0);
        let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
        Self {
            theta: draw(rows * 3 * M),
            observations: draw(rows * FEATURES * D),
            sizes: vec![1; rows],
            times: draw(rows).iter().map(|t| t.abs()).collect(),
            coefficients: draw(rows * M),
        }
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs { theta: &self.theta, observations: &self.observations, sizes: &self.sizes, times: &self.times }
    }
}

#[test]
fn gradients_are_finite_differences() {
    let (engine, rows) = (engine::<Smooth>(1), Rows::new(5));
    let loss = |engine: &<Custom<Smooth> as ScoreNetwork<M, D>>::Engine| -> f64 {
        let mut out = vec![0.0; rows.times.len() * M];
        engine.forward(&rows.inputs(), &mut (), &mut out).expect("one observation in every row");
        out.iter().zip(&rows.coefficients).map(|(a, b)| f64::from(a * b)).sum()
    };
    let mut gradient = vec![0.0; engine.weights().len()];
    engine.backward(&rows.inputs(), &mut (), &rows.coefficients, &mut gradient).expect("as forward");
    let scale = gradient.iter().fold(0.0_f32, |scale, g| scale.max(g.abs()));
    assert!(scale > 0.1);
    for k in 0..gradient.len() {
        let at = |delta: f32| {
            let mut moved = engine.clone();
            moved.update_weights(&mut |weights| weights[k] += delta).expect("dfdx copies them");
            loss(&moved)
        };
        let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
        assert!((slope - f64::from(gradient[k])).abs() < 1e-3 * f64::from(scale), "{k}: {slope} {}", gradient[k]);
    }
}

#[test]
fn blocks_of_draws_and_sets_equal_single_rows() {
    let engine = engine::<Smooth>(3);
    let (draws, sets) = (3, 1100);
    let rows = Rows::new(sets);
    let bound = engine.bind(&rows.observations, &rows.sizes, Precision::Highest).expect("one observation each");
    let mut tiled = vec![f32::NAN; draws * sets * M];
    engine
        .evaluate(
            &bound,
            0.25,
            draws,
            &mut Vec::new(),
            &mut |draw, sets, out| {
                for (set, row) in sets.zip(out.chunks_exact_mut(3 * M)) {
                    row.copy_from_slice(&rows.theta[((set + 7 * draw) % 1100) * 3 * M..][..3 * M]);
                }
            },
            &mut |draw, first, out| tiled[(draw * sets + first) * M..][..out.len()].copy_from_slice(out),
        )
        .expect("dfdx runs it");
    for draw in 0..draws {
        let mut theta = rows.theta.clone();
        theta.rotate_left(7 * draw * 3 * M);
        let times = vec![0.25; sets];
        let inputs = Inputs { theta: &theta, times: &times, ..rows.inputs() };
        let mut plain = vec![0.0; sets * M];
        engine.forward(&inputs, &mut (), &mut plain).expect("as above");
        for (a, b) in plain.iter().zip(&tiled[draw * sets * M..]) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}

/// θ ~ N(0, I), x = (θ, θ_1 − θ_2) + 0.5 noise.
fn gaussian(rows: usize) -> TrainingSet {
    let mut rng = stream(4, "simulate", 0);
    let mut set =
        TrainingSet { parameters: M, observation: D, slots: 1, theta: Vec::new(), x: Vec::new(), scores: Vec::new() };
    for _ in 0..rows {
        let mut normal = || -> f32 { StandardNormal.sample(&mut rng) };
        let theta = [normal(), normal()];
        let x = [theta[0] + 0.5 * normal(), theta[1] + 0.5 * normal(), theta[0] - theta[1] + 0.5 * normal()];
        set.theta.extend(theta);
        // In the place of all features: a network of one's own reads the z-scores only.
        (0..FEATURES).for_each(|_| set.x.extend(x));
    }
    set
}

/// Features for other sizes than it names, as of a set made for an earlier version, are an error and no panic.
#[test]
fn a_training_set_that_contradicts_itself_is_refused() {
    let mut set = gaussian(50);
    set.x.truncate(50 * 2 * D);
    let objective = HeadObjective::<M> { set: &set };
    let shape = FusedEngine::head_shape(D, head_outputs(M), 1, 8, 1);
    let mut head = FusedEngine::initialise(shape, &mut stream(1, "head", 0));
    let error = train(&mut head, &objective, &TrainOptions::head(), 1, &mut |_, _| ControlFlow::Continue(()));
    let text = "a training set of 50 simulations needs 450 features of observations, and has 300";
    assert_eq!(error.expect_err("refused").to_string(), text);
}

#[test]
fn it_trains_in_place_of_a_built_in_network() {
    let set = gaussian(1000);
    let objective = ScoreObjective {
        set: &set,
        schedule: Schedule::default(),
        parameterisation: Parameterisation::default(),
        baselines: Baselines::<FusedEngine, M>::Absent,
        complete: None,
    };
    let options = TrainOptions {
        epochs: 15,
        batch: 100,
        rate: 5e-3,
        warm_up: 10,
        ema: 0.9,
        // There is no baseline, so the network matters at every noise level.
        times: Times::Uniform { min: 1e-3 },
        ..TrainOptions::default()
    };
    let runs: Vec<_> = (0..2)
        .map(|_| {
            let mut engine = engine::<Rectified>(5);
            let report = train(&mut engine, &objective, &options, 6, &mut |_, _| ControlFlow::Continue(()));
            (engine, report.expect("it trains"))
        })
        .collect();
    let (engine, report) = &runs[0];
    let losses: Vec<f64> = report.epochs.iter().map(|epoch| epoch.validation).collect();
    assert!(losses[losses.len() - 1] < 0.8 * losses[0], "{losses:?}");
    assert_eq!(engine.weights(), runs[1].0.weights(), "the same seeds give the same weights");
    let stored = <Custom<Rectified> as ScoreNetwork<M, D>>::restore(&engine.tensors()).expect("its own tensors");
    assert_eq!(stored.weights(), engine.weights());
    let listed: Vec<_> = engine.tensors().into_iter().map(|tensor| (tensor.name, tensor.shape)).collect();
    let description = <Custom<Rectified> as ScoreNetwork<M, D>>::describe().expect("walked");
    assert_eq!(description["tensors"], serde_json::json!(listed), "described without building it");
}

/// A head that fails stops the training with its own error: nothing stands in for a baseline.
#[test]
fn a_baseline_that_fails_is_an_error_of_training() {
    let set = gaussian(50);
    // A head without a null context, and a batch that has rows without an observation.
    let head = engine::<Smooth>(1);
    let objective = ScoreObjective {
        set: &set,
        schedule: Schedule::default(),
        parameterisation: Parameterisation::default(),
        baselines: Baselines::<_, M>::Head(&head),
        complete: None,
    };
    let options = TrainOptions { null_share: 0.9, ..TrainOptions::default() };
    let mut engine = engine::<Smooth>(1);
    let found = train(&mut engine, &objective, &options, 1, &mut |_, _| ControlFlow::Continue(()));
    assert_eq!(found, Err(TrainError::Network(NetworkError::NoNullContext)));
}

#[test]
fn an_absent_observation_is_refused_by_name() {
    let (engine, mut rows) = (engine::<Smooth>(1), Rows::new(3));
    rows.sizes[1] = 0;
    let error = engine.forward(&rows.inputs(), &mut (), &mut [0.0; 3 * M]).expect_err("no null context");
    assert_eq!(error, NetworkError::NoNullContext);
    assert!(error.to_string().contains("learned_prior()"), "{error}");
    assert_eq!(engine.bind(&rows.observations, &rows.sizes, Precision::Highest), Err(NetworkError::NoNullContext));
}
