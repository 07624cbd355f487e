//! Import networks written for the test, and refuse everything that is nearly one.

use std::collections::BTreeMap;

use rand::RngExt;
use safetensors::{Dtype, tensor::TensorView};

use super::*;
use crate::{
    model::{Transform, stream},
    net::{Activations, Inputs, Nonlinearity, ScoreEngine},
};

type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// Random weights for these widths under the names of a PyTorch `Sequential`.
fn stored(widths: &[usize], prefix: &str) -> Tensors {
    let mut rng = stream(3, "import", 0);
    let mut tensors = Tensors::new();
    let mut add = |name: String, shape: Vec<usize>| {
        let numbers = shape.iter().product::<usize>();
        let bytes = (0..numbers).flat_map(|_| (rng.random::<f32>() - 0.5).to_le_bytes()).collect();
        tensors.insert(name, (Dtype::F32, shape, bytes));
    };
    for (k, pair) in widths.windows(2).enumerate() {
        add(format!("{prefix}{}.weight", 2 * k), vec![pair[1], pair[0]]);
        add(format!("{prefix}{}.bias", 2 * k), vec![pair[1]]);
    }
    tensors
}

fn encode(tensors: &Tensors) -> Vec<u8> {
    let views = tensors.iter().map(|(name, (kind, shape, bytes))| {
        (name.clone(), TensorView::new(*kind, shape.clone(), bytes).expect("its bytes"))
    });
    safetensors::serialize(views, None).expect("encoded")
}

fn open(tensors: &Tensors) -> StoredTensors {
    StoredTensors::read(&encode(tensors)).expect("a file")
}

/// The layers and nothing else.
fn import(tensors: &Tensors, layout: &SequentialLayout) -> Result<Sequential, ImportError> {
    let mut file = open(tensors);
    let network = layout.take(&mut file)?;
    file.finish()?;
    Ok(network)
}

#[test]
fn a_row_goes_through_by_hand() {
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let tensors = Tensors::from([
        ("0.weight".to_owned(), (Dtype::F32, vec![2, 3], bytes(&[1.0, 0.0, -1.0, 2.0, 1.0, 0.5]))),
        ("0.bias".to_owned(), (Dtype::F32, vec![2], bytes(&[0.5, -20.0]))),
        ("3.weight".to_owned(), (Dtype::F32, vec![1, 2], bytes(&[3.0, 7.0]))),
        ("3.bias".to_owned(), (Dtype::F32, vec![1], bytes(&[0.25]))),
    ]);
    let layout = SequentialLayout::new(&[3, 2, 1], Nonlinearity::Relu).places(&[0, 3]);
    let network = import(&tensors, &layout).expect("imported");
    // Hidden units 1·4 − 2 + 0.5 = 2.5 and 8 + 1 + 1 − 20 < 0: 3 · 2.5 + 0.25.
    assert_eq!(network.forward(&[4.0, 1.0, 2.0]).expect("three inputs"), [7.75]);
    assert_eq!((network.inputs(), network.outputs()), (3, 1));
    assert!(matches!(network.forward(&[1.0]), Err(ImportError::Layout { .. })));
}

/// The engine of a noise predictor against its plain forward pass, whatever the order of its inputs.
#[test]
fn engines_predict_what_the_network_predicts() {
    use InputBlock::{Cosines, Observation, Sines, Theta};
    for activation in [Nonlinearity::Relu, Nonlinearity::Silu, Nonlinearity::Mish] {
        for order in [[Theta, Observation, Cosines, Sines], [Sines, Observation, Theta, Cosines]] {
            let layout = NoiseLayout::<2, 3>::published(4).order(order);
            let widths = [layout.inputs(), 16, 16, 2];
            let network = import(&stored(&widths, ""), &SequentialLayout::new(&widths, activation)).expect("imported");
            let engine = layout.engine(&network).expect("an engine");
            let (theta, x, t) = ([0.3_f32, -1.2], [0.7_f32, 0.1, -2.0], 0.37_f32);
            let wave = |f: fn(f64) -> f64| -> Vec<f32> {
                (1..=4).map(|k| f(f64::from(k) * std::f64::consts::PI * f64::from(t)) as f32).collect()
            };
            let row = |order: [InputBlock; 4]| -> Vec<f32> {
                let block = |block| match block {
                    Theta => theta.to_vec(),
                    Observation => x.to_vec(),
                    Cosines => wave(f64::cos),
                    Sines => wave(f64::sin),
                };
                order.into_iter().flat_map(block).collect()
            };
            let inputs = Inputs {
                theta: &[theta[0], theta[1], 9.0, 9.0, 9.0, 9.0],
                observations: &[x[0], x[1], x[2], 9.0, 9.0, 9.0, 8.0, 8.0, 8.0],
                sizes: &[1],
                times: &[t],
            };
            let mut out = [0.0; 2];
            engine.forward(&inputs, &mut Activations::default(), &mut out).expect("a forward pass");
            let distance = |order| {
                let expected = network.forward(&row(order)).expect("its inputs");
                out.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            };
            assert!(distance(order) < 2e-6, "{activation:?} {order:?}: {}", distance(order));
            // Negative control: another order of the inputs.
            assert!(distance([Observation, Theta, Cosines, Sines]) > 1e-3);
        }
    }
}

#[test]
fn what_is_nearly_a_network_is_refused_by_name() {
    #[track_caller]
    fn check(tensors: &Tensors, layout: &SequentialLayout, message: &str) {
        let error = import(tensors, layout).expect_err("refused").to_string();
        assert_eq!(error, message);
    }
    let widths = [12, 8, 8, 2];
    let layout = SequentialLayout::new(&widths, Nonlinearity::Silu).prefix("net.");
    let right = stored(&widths, "net.");
    import(&right, &layout).expect("imported");
    let changed = |change: &dyn Fn(&mut Tensors)| {
        let mut tensors = right.clone();
        change(&mut tensors);
        tensors
    };
    check(
        &changed(&|t| drop(t.remove("net.2.bias"))),
        &layout,
        "the tensor `net.2.bias` [8] is missing; what is left of the file: `net.4.bias`, `net.4.weight`",
    );
    check(
        &changed(&|t| drop(t.insert("net.6.weight".to_owned(), right["net.4.weight"].clone()))),
        &layout,
        "nothing is known of `net.6.weight`: add them to the layout, or `skip` them",
    );
    // The weight transposed, as other libraries store it.
    check(
        &changed(&|t| t.get_mut("net.0.weight").expect("there").1 = vec![12, 8]),
        &layout,
        "the tensor `net.0.weight` has shape [12, 8], expected [8, 12] (a `Linear` stores [outputs, inputs])",
    );
    check(
        &changed(&|t| {
            let tensor = t.get_mut("net.0.bias").expect("there");
            (tensor.0, tensor.2) = (Dtype::F64, vec![0; 64]);
        }),
        &layout,
        "the tensor `net.0.bias` holds F64 and not F32: convert it with `.float()` before saving",
    );
    check(
        &changed(&|t| t.get_mut("net.4.bias").expect("there").2[4..8].copy_from_slice(&f32::NAN.to_le_bytes())),
        &layout,
        "number 1 of the tensor `net.4.bias` is NaN: the training diverged, or the file is damaged",
    );
    // The names of the same network on its own.
    let error = import(&right, &SequentialLayout::new(&widths, Nonlinearity::Silu)).expect_err("no prefix");
    assert!(matches!(&error, ImportError::Missing { name, .. } if name == "0.weight"), "{error}");
    let mut file = open(&right);
    file.skip("net.4.");
    assert_eq!(file.names(), ["net.0.bias", "net.0.weight", "net.2.bias", "net.2.weight"]);

    for (layout, words) in [
        (SequentialLayout::new(&[3], Nonlinearity::Relu), "give the number of inputs"),
        (SequentialLayout::new(&[3, 0, 2], Nonlinearity::Relu), "each at least 1"),
        (layout.clone().places(&[0, 2]), "one place for each layer"),
    ] {
        let error = import(&right, &layout).expect_err("refused").to_string();
        assert!(error.contains(words), "{error}");
    }
    let encoded = encode(&right);
    let error = StoredTensors::read(&encoded[..encoded.len() - 1]).expect_err("cut off").to_string();
    assert!(error.contains("is not a safetensors file, or it is truncated"), "{error}");
    let error = StoredTensors::open("no/such/file").expect_err("absent").to_string();
    assert!(error.starts_with("no/such/file: "), "{error}");
}

#[test]
fn networks_that_are_no_noise_predictors_are_refused() {
    let layout = NoiseLayout::<2, 4>::published(3);
    assert_eq!(layout.inputs(), 12);
    let engine = |widths: &[usize], layout: &NoiseLayout<2, 4>| {
        let network = import(&stored(widths, ""), &SequentialLayout::new(widths, Nonlinearity::Relu));
        layout.engine(&network.expect("imported")).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(engine(&[12, 8, 8, 2], &layout), Ok(()));
    for (widths, words) in [
        (&[13, 8, 8, 2][..], "has 13 inputs and 2 outputs"),
        (&[12, 8, 8, 3], "needs 12 and 2"),
        (&[12, 2], "there is no hidden layer"),
        (&[12, 8, 9, 2], "hidden layers have 8 and 9 units"),
    ] {
        let error = engine(widths, &layout).expect_err("refused");
        assert!(error.contains(words), "{error}");
    }
    let twice = layout.clone().order([InputBlock::Theta; 4]);
    assert!(engine(&[12, 8, 8, 2], &twice).expect_err("refused").contains("the input block Theta comes twice"));
}

#[test]
fn observations_are_standardised_or_refused() {
    let scale = ObservationScale::new([Transform::Log, Transform::Identity], [1.0, 5.0], [2.0, 0.0]).expect("fine");
    assert_eq!(scale.features(&[[3.0_f64.exp(), 6.0]]).expect("positive"), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let error = scale.features(&[[1.0, 0.0], [-1.0, 0.0]]).expect_err("no logarithm").to_string();
    assert!(error.starts_with("component 0 of observation 1: -1 has no logarithm"), "{error}");
    let error = ObservationScale::new([Transform::Identity], [0.0], [f64::NAN]).expect_err("NaN").to_string();
    assert!(error.starts_with("component 0 is standardised by mean 0 and standard deviation NaN"), "{error}");
}
