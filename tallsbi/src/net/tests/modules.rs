//! Check the typed networks against the plain dfdx composition of the same layers.

use dfdx::{
    nn::{ModelEMA, NumParams, ResetParams, ZeroGrads, builders::DeviceBuildExt, modules::Module},
    optim::{Adam, AdamConfig, Optimizer},
    shapes::{Axes2, Axis, Const, Rank0, Rank1, Rank2},
    tensor::{
        AsArray, Cpu, Gradients, NoneTape, OwnedTape, Tape, Tensor, TensorFrom, TensorFromVec, Trace, WithEmptyTape,
    },
    tensor_ops::{Backward, BroadcastTo, MeanTo, PermuteTo, TryMatMul},
};
use rand::RngExt;

use crate::{
    model::stream,
    net::{
        Activation, FusedEngine, Mish, Mlp, NetworkError, Nonlinearity, Relu, ScoreEngine, ScoreInput, ScoreNetwork,
        SetInput, SetMlp, Silu, collect,
    },
};

const M: usize = 3;
const D: usize = 7;
const N: usize = 3;
const H: usize = 33;
const W: usize = 9;
const F: usize = 3;
const DEPTH: usize = 3;

type Single<A> = Mlp<M, D, H, DEPTH, F, A>;
type Set<A> = SetMlp<M, D, N, H, DEPTH, W, F, A>;
type Rows<const K: usize, T = NoneTape> = Tensor<(usize, Const<K>), f32, Cpu, T>;
type Taped = OwnedTape<f32, Cpu>;

/// A network whose output layer and null context are not zero.
fn moved(mut engine: FusedEngine) -> FusedEngine {
    let mut rng = stream(1, "move", 0);
    engine
        .update_weights(&mut |weights| weights.iter_mut().for_each(|w| *w += rng.random_range(-0.2..0.2)))
        .expect("the fused engine accepts any weights");
    engine
}

fn single<A: Activation>() -> Single<A> {
    let engine = <Single<A> as ScoreNetwork<M, D>>::initialise(&mut stream(2, "test", 0)).expect("fused");
    Single::try_from(&moved(engine)).expect("the same shape")
}

fn set<A: Activation>() -> Set<A> {
    let engine = <Set<A> as ScoreNetwork<M, D>>::initialise(&mut stream(2, "test", 0)).expect("fused");
    Set::try_from(&moved(engine)).expect("the same shape")
}

fn normal(n: usize, index: u64) -> Vec<f32> {
    let mut rng = stream(3, "data", index);
    (0..n).map(|_| rng.random_range(-1.7_f32..1.7)).collect()
}

/// Sizes 0 … n_max in turn.
fn sizes(rows: usize, n_max: usize) -> Vec<u32> {
    (0..rows).map(|row| ((row + 1) % (n_max + 1)) as u32).collect()
}

fn single_input(rows: usize) -> ScoreInput<M, D> {
    let dev = Cpu::default();
    ScoreInput {
        theta: dev.tensor_from_vec(normal(rows * M, 1), (rows, Const)),
        signal: dev.tensor_from_vec(normal(rows * M, 2), (rows, Const)),
        latent: dev.tensor_from_vec(normal(rows * M, 8), (rows, Const)),
        x: dev.tensor_from_vec(normal(rows * D, 3), (rows, Const)),
        scores: dev.tensor_from_vec(normal(rows * D, 4), (rows, Const)),
        differences: dev.tensor_from_vec(normal(rows * D, 10), (rows, Const)),
        time: dev.tensor_from_vec(normal(rows, 5).iter().map(|t| t.abs() / 2.0).collect(), (rows,)),
        sizes: Some(sizes(rows, 1)),
    }
}

fn set_input(rows: usize) -> SetInput<M, D, N> {
    let (dev, one) = (Cpu::default(), single_input(rows));
    SetInput {
        theta: one.theta,
        signal: one.signal,
        latent: one.latent,
        x: dev.tensor_from_vec(normal(rows * N * D, 6), (rows, Const, Const)),
        scores: dev.tensor_from_vec(normal(rows * N * D, 7), (rows, Const, Const)),
        differences: dev.tensor_from_vec(normal(rows * N * D, 11), (rows, Const, Const)),
        time: one.time,
        sizes: Some(sizes(rows, N)),
    }
}

/// x Wᵀ by dfdx.
fn apply<const I: usize, const O: usize, T: Tape<f32, Cpu>>(
    x: Rows<I, T>,
    weight: &Tensor<Rank2<O, I>, f32, Cpu>,
) -> Rows<O, T> {
    x.matmul(weight.retaped::<T>().permute::<Rank2<I, O>, Axes2<1, 0>>())
}

fn add_bias<const O: usize, T: Tape<f32, Cpu>>(x: Rows<O, T>, bias: &Tensor<Rank1<O>, f32, Cpu>) -> Rows<O, T> {
    let shape = *dfdx::shapes::HasShape::shape(&x);
    bias.retaped::<T>().broadcast_like::<_, Axis<0>>(&shape) + x
}

fn activate<A: Activation, const O: usize>(x: Rows<O, Taped>) -> Rows<O, Taped> {
    match A::KIND {
        Nonlinearity::Relu => x.relu(),
        Nonlinearity::Silu => x.with_empty_tape().sigmoid() * x,
        Nonlinearity::Mish => (x.with_empty_tape().exp() + 1.0).ln().tanh() * x,
    }
}

fn time_rows(time: &Tensor<(usize,), f32, Cpu>, f: fn(f64) -> f64) -> Rows<F> {
    let time = time.as_vec();
    let values =
        time.iter().flat_map(|t| (1..=F).map(move |k| f(k as f64 * std::f64::consts::PI * f64::from(*t)) as f32));
    Cpu::default().tensor_from_vec(values.collect(), (time.len(), Const))
}

/// A tensor `[rows × K]` of a function of the row's size and the column.
fn by_size<const K: usize>(sizes: &[u32], value: impl Fn(u32, usize) -> f32) -> Rows<K> {
    let value = &value;
    let values = sizes.iter().flat_map(|size| (0..K).map(move |k| value(*size, k))).collect();
    Cpu::default().tensor_from_vec(values, (sizes.len(), Const))
}

/// The layers after the context, common to both networks; the fields have the same names in both.
macro_rules! plain {
    ($network:expr, $input:expr, $context:expr, $activation:ty) => {{
        let (n, input) = ($network, $input);
        let sizes = input.sizes.clone().expect("given");
        let null = by_size::<H>(&sizes, |size, _| f32::from(u8::from(size == 0)));
        let null = null.retaped::<Taped>()
            * n.null.retaped::<Taped>().broadcast_like::<_, Axis<0>>(&(sizes.len(), Const::<H>));
        let z = apply(input.theta, &n.theta)
            + apply(input.signal.retaped::<Taped>(), &n.signal)
            + apply(input.latent.retaped::<Taped>(), &n.latent)
            + $context
            + null
            + apply(time_rows(&input.time, f64::cos).retaped::<Taped>(), &n.cos)
            + apply(time_rows(&input.time, f64::sin).retaped::<Taped>(), &n.sin);
        let mut h = activate::<$activation, H>(add_bias(z, &n.bias));
        for layer in &n.hidden {
            h = activate::<$activation, H>(layer.forward(h));
        }
        add_bias(apply(h, &n.output_weight), &n.output_bias)
    }};
}

fn plain_single<A: Activation>(network: &Single<A>, input: ScoreInput<M, D, Taped>) -> Rows<M, Taped> {
    let there = by_size::<H>(&input.sizes.clone().expect("given"), |size, _| f32::from(u8::from(size > 0)));
    let context = (apply(input.x.retaped::<Taped>(), &network.x)
        + apply(input.scores.retaped::<Taped>(), &network.scores)
        + apply(input.differences.retaped::<Taped>(), &network.differences))
        * there;
    plain!(network, input, context, A)
}

fn plain_set<A: Activation>(network: &Set<A>, input: SetInput<M, D, N, Taped>) -> Rows<M, Taped> {
    let dev = Cpu::default();
    let sizes = input.sizes.clone().expect("given");
    let slot = |values: &Tensor<(usize, Const<N>, Const<D>), f32, Cpu>, slot: usize| -> Rows<D> {
        let values = values.as_vec();
        let rows = values.chunks_exact(N * D).flat_map(|row| row[slot * D..][..D].to_vec()).collect();
        dev.tensor_from_vec(rows, (sizes.len(), Const))
    };
    let mut mean: Rows<W, Taped> = by_size::<W>(&sizes, |_, _| 0.0).retaped();
    for i in 0..N {
        let x = slot(&input.x, i).retaped::<Taped>();
        let scores = slot(&input.scores, i).retaped::<Taped>();
        let differences = slot(&input.differences, i).retaped::<Taped>();
        let first = apply(x, &network.x) + apply(scores, &network.scores) + apply(differences, &network.differences);
        let first = activate::<A, W>(add_bias(first, &network.first_bias));
        let second = activate::<A, W>(network.second.forward(first));
        mean = mean + second * by_size::<W>(&sizes, |size, _| if i < size as usize { 1.0 / size as f32 } else { 0.0 });
    }
    let one_hot = by_size::<N>(&sizes, |size, k| f32::from(u8::from(size as usize == k + 1)));
    let context = apply(mean, &network.embedding) + apply(one_hot.retaped::<Taped>(), &network.size);
    plain!(network, input, context, A)
}

/// The gradients of all parameters, flat.
fn flat<Mod: collect::Parameters>(module: &Mod, gradients: &mut Gradients<f32, Cpu>) -> Vec<f32> {
    let trainable = collect::Trainable::<NoneTape>::of(module).expect("contiguous");
    let mut flat = vec![0.0; trainable.weights.len()];
    collect::take_gradients(&trainable.parameters, gradients, &mut flat).expect("no memory limit");
    flat
}

#[track_caller]
fn close(what: &str, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len(), "{what}");
    let scale = b.iter().fold(1e-6_f32, |scale, v| scale.max(v.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= 1e-5 * scale, "{what} {i}: {a} against {b}, scale {scale}");
    }
}

/// Forward, loss, gradient of θ and of every parameter of both ways.
macro_rules! check_equal {
    ($network:expr, $input:expr, $rows:expr, $tape:expr, $plain:expr) => {{
        let (network, input, rows) = (&$network, $input, $rows);
        let target: Rows<M> = Cpu::default().tensor_from_vec(normal(rows * M, 9), (rows, Const));
        let mut results = Vec::new();
        for fused in [true, false] {
            let theta = input.theta.clone();
            let traced = $tape(&input);
            let out = if fused { network.forward(traced) } else { $plain(network, traced) };
            let values = out.as_vec();
            let loss: Tensor<Rank0, f32, Cpu, _> = (out - target.clone()).square().mean();
            let value = loss.array();
            let mut gradients = loss.backward();
            let d_theta = gradients.get(&theta).as_vec();
            results.push((values, vec![value], d_theta, flat(network, &mut gradients)));
        }
        let (fused, plain) = (&results[0], &results[1]);
        close("output", &fused.0, &plain.0);
        close("loss", &fused.1, &plain.1);
        close("gradient of θ", &fused.2, &plain.2);
        let mut at = 0;
        for tensor in collect::tensors(network) {
            let range = at..at + tensor.values.len();
            close(&tensor.name, &fused.3[range.clone()], &plain.3[range]);
            at += tensor.values.len();
        }
    }};
}

/// The input with a tape on θ that keeps every gradient.
fn tape_single(i: &ScoreInput<M, D>) -> ScoreInput<M, D, Taped> {
    let i = i.clone();
    ScoreInput {
        theta: i.theta.leaky_traced(),
        signal: i.signal,
        latent: i.latent,
        x: i.x,
        scores: i.scores,
        differences: i.differences,
        time: i.time,
        sizes: i.sizes,
    }
}

fn tape_set(i: &SetInput<M, D, N>) -> SetInput<M, D, N, Taped> {
    let i = i.clone();
    SetInput {
        theta: i.theta.leaky_traced(),
        signal: i.signal,
        latent: i.latent,
        x: i.x,
        scores: i.scores,
        differences: i.differences,
        time: i.time,
        sizes: i.sizes,
    }
}

fn check<A: Activation>(rows: usize) {
    check_equal!(single::<A>(), single_input(rows), rows, tape_single, plain_single::<A>);
    check_equal!(set::<A>(), set_input(rows), rows, tape_set, plain_set::<A>);
}

#[test]
fn modules_equal_the_plain_composition() {
    for rows in [1, 129, 300] {
        check::<Relu>(rows);
        check::<Silu>(rows);
        check::<Mish>(rows);
    }
}

#[test]
#[should_panic(expected = "output")]
fn a_wrong_composition_is_noticed() {
    let swap = |network: &Single<Silu>, mut input: ScoreInput<M, D, Taped>| {
        std::mem::swap(&mut input.x, &mut input.scores);
        plain_single::<Silu>(network, input)
    };
    check_equal!(single::<Silu>(), single_input(4), 4, tape_single, swap);
}

#[test]
fn a_permuted_tensor_gives_the_same_numbers() {
    let (rows, mut network, mut input) = (6, single::<Silu>(), single_input(6));
    let other = network.theta.as_vec();
    // The same values, held column by column.
    let columns = (0..M * H).map(|i| other[(i % H) * M + i / H]).collect();
    let columns: Tensor<Rank2<M, H>, f32, Cpu> = Cpu::default().tensor_from_vec(columns, (Const, Const));
    network.theta = columns.permute();
    assert_eq!(network.theta.as_vec(), other);
    let column = input.theta.as_vec()[..rows].to_vec();
    let column: Tensor<(usize,), f32, Cpu> = Cpu::default().tensor_from_vec(column, (rows,));
    input.theta = column.broadcast_like::<_, Axis<1>>(&(rows, Const::<M>));
    let one: Tensor<Rank1<D>, f32, Cpu> = Cpu::default().tensor(normal(D, 8).as_slice().try_into().unwrap_or([0.0; D]));
    input.x = one.broadcast_like::<_, Axis<0>>(&(rows, Const::<D>));
    let outputs: Vec<Vec<f32>> = [true, false]
        .map(|fused| {
            let out =
                if fused { network.forward(tape_single(&input)) } else { plain_single(&network, tape_single(&input)) };
            let mut all = out.as_vec();
            let gradients = out.square().mean::<Rank0, _>().backward();
            all.extend(gradients.get(&network.theta).as_vec());
            all.extend(gradients.get(&network.x).as_vec());
            all.extend(gradients.get(&input.theta).as_vec());
            all
        })
        .to_vec();
    close("permuted", &outputs[0], &outputs[1]);
}

#[test]
fn dfdx_trains_averages_and_counts_it() {
    let rows = 64;
    let (fused, plain, input) = (single::<Silu>(), single::<Silu>(), single_input(rows));
    assert_eq!(fused.num_trainable_params(), Single::<Silu>::shape().n_weights());
    let target: Rows<M> = Cpu::default().tensor_from_vec(normal(rows * M, 9), (rows, Const));
    let mut losses = Vec::new();
    let mut trained = Vec::new();
    for (run_fused, mut network) in [(true, fused), (false, plain)] {
        let mut adam = Adam::new(&network, AdamConfig { lr: 1e-2, ..Default::default() });
        let mut average = network.clone();
        let mut gradients = network.alloc_grads();
        for _ in 0..2 {
            let i = input.clone();
            let taped = ScoreInput {
                theta: i.theta.trace(gradients),
                signal: i.signal,
                latent: i.latent,
                x: i.x,
                scores: i.scores,
                differences: i.differences,
                time: i.time,
                sizes: i.sizes,
            };
            let out = if run_fused { network.forward(taped) } else { plain_single(&network, taped) };
            let loss: Tensor<Rank0, f32, Cpu, _> = (out - target.clone()).square().mean();
            losses.push(loss.array());
            gradients = loss.backward();
            adam.update(&mut network, &gradients).expect("every parameter has a gradient");
            network.zero_grads(&mut gradients);
        }
        average.ema(&network, 0.5);
        assert_ne!(average.theta.array(), network.theta.array());
        trained.push(network.engine().expect("no memory limit").weights().to_vec());
    }
    assert!(losses[1] < losses[0], "{losses:?}");
    close("losses", &losses[..2], &losses[2..]);
    close("weights after two Adam steps", &trained[0], &trained[1]);
}

#[test]
fn modules_and_engines_exchange_weights_by_name() {
    let (one, many) = (single::<Silu>(), set::<Mish>());
    let engine = one.engine().expect("no memory limit");
    assert_eq!(engine.tensors(), collect::tensors(&one));
    assert_eq!(many.engine().expect("no memory limit").tensors(), collect::tensors(&many));
    let restored = <Single<Silu> as ScoreNetwork<M, D>>::restore(&engine.tensors()).expect("its own tensors");
    assert_eq!(restored.weights(), engine.weights());
    assert!(matches!(
        <Single<Silu> as ScoreNetwork<M, D>>::restore(&engine.tensors()[1..]),
        Err(NetworkError::Missing { name }) if name == "theta"
    ));
    assert!(Single::<Relu>::try_from(&engine).is_err(), "another activation");
}

#[test]
fn dfdx_builds_and_resets_it() {
    let dev = Cpu::seed_from_u64(3);
    let mut network = dev.build_module::<Set<Silu>, f32>();
    let bound = 1.0 / ((3 * M + 2 * F + W + N) as f32).sqrt();
    let values = network.theta.as_vec();
    assert!(values.iter().all(|v| v.abs() <= bound) && values.iter().any(|v| v.abs() > bound / 2.0));
    assert_eq!(network.output_weight.as_vec(), vec![0.0; M * H]);
    network.reset_params();
    assert_ne!(network.theta.as_vec(), values);
}

#[test]
fn a_forward_pass_records_one_operation() {
    use dfdx::tensor::SplitTape;
    let (_, tape) = single::<Silu>().forward(tape_single(&single_input(300))).split_tape();
    assert!(format!("{tape:?}").contains("num_operations: 1,"), "{tape:?}");
    let (_, tape) = set::<Silu>().forward(tape_set(&set_input(5))).split_tape();
    assert!(format!("{tape:?}").contains("num_operations: 1,"), "{tape:?}");
}

#[test]
fn parts_that_disagree_are_refused() {
    let network = single::<Silu>();
    let short = ScoreInput { signal: single_input(4).signal, ..single_input(5) };
    assert!(matches!(network.try_forward(short), Err(NetworkError::Rows { name: "signal", found: 4, expected: 5 })));
    let large = ScoreInput { sizes: Some(vec![1, 2]), ..single_input(2) };
    assert!(matches!(network.try_forward(large), Err(NetworkError::SetSize { row: 1, found: 2, n_max: 1 })));
}
