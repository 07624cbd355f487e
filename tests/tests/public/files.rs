//! A file that is not this model's posterior is a typed error that names the file and what is wrong: never a panic.

use std::path::{Path, PathBuf};

use dfdx::nn::modules::{Linear, ReLU};
use dfdx::tensor::Cpu;
use tallsbi::net::{Custom, MergeInputs, Mlp, SetMlp};
use tallsbi::posterior::{Error, FileError, Paper, Posterior};
use tallsbi::prelude::*;
use tallsbi::train::TrainOptions;

#[derive(Parameters, Clone, Debug)]
struct Decay {
    #[prior(LogNormal(0, 0.5))]
    rate: f64,
    #[prior(Normal(0, 1))]
    offset: f64,
}

type Small = Mlp<2, 2, 8, 2>;

#[simulator(network = Small)]
fn decay_model(theta: &Decay, rng: &mut impl Rng) -> [f64; 2] {
    [theta.rate + rng.random::<f64>(), theta.offset + rng.random::<f64>()]
}

fn quick() -> TrainOptions {
    let mut options = TrainOptions::default();
    options.epochs = 1;
    options
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A saved posterior.
fn saved(name: &str) -> Vec<u8> {
    let posterior = DecayModel::npse()
        .simulations(50)
        .train_options(quick())
        .head_options(quick(), 4)
        .quiet()
        .train()
        .expect("training");
    let path = path(name);
    posterior.save(&path).expect("saved");
    std::fs::read(&path).expect("a file")
}

/// What loading `bytes` refuses.
#[track_caller]
fn refusal(name: &str, bytes: &[u8]) -> FileError {
    let path = path(name);
    std::fs::write(&path, bytes).expect("a file");
    file_error(DecayModel::load(&path), name)
}

#[track_caller]
fn file_error<T>(result: Result<T, Error>, name: &str) -> FileError {
    match result {
        Ok(_) => panic!("{name} was accepted"),
        Err(Error::File(error)) => {
            assert!(error.to_string().contains(name), "`{error}` does not name {name}");
            error
        }
        Err(other) => panic!("`{other}` is not an error of a file"),
    }
}

#[track_caller]
fn says(error: &FileError, parts: &[&str]) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "`{message}` lacks `{part}`");
    }
}

/// The file with `from` replaced by `to` in its header.
#[track_caller]
fn edited(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (header, data) = split(bytes);
    assert!(header.contains(from), "`{from}` is not in {header}");
    let mut header = header.replace(from, to);
    while header.len() % 8 != 0 {
        header.push(' ');
    }
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// The header of a safetensors file, and what follows it.
fn split(bytes: &[u8]) -> (String, &[u8]) {
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
    (String::from_utf8(rest[..length].to_vec()).expect("text"), &rest[length..])
}

#[test]
fn truncated_anywhere() {
    let bytes = saved("whole.tallsbi");
    for cut in (0..bytes.len()).step_by(13).chain([1, 7, 8, 9, bytes.len() - 1]) {
        let error = refusal("cut.tallsbi", &bytes[..cut]);
        assert!(matches!(error, FileError::Foreign { .. }), "cut at {cut}: {error}");
        says(&error, &["is not a posterior file, or it is truncated"]);
    }
    DecayModel::load(path("whole.tallsbi")).expect("the whole file");
}

/// One byte changed at a time: an error or a posterior, never a panic.
#[test]
fn damaged_anywhere() {
    let bytes = saved("undamaged.tallsbi");
    let path = path("damaged.tallsbi");
    let mut refused = 0;
    for at in (0..bytes.len().min(6_000)).step_by(11) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x15;
        std::fs::write(&path, &bytes).expect("a file");
        refused += usize::from(DecayModel::load(&path).is_err());
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn foreign() {
    says(&file_error(DecayModel::load(path("absent.tallsbi")), "absent.tallsbi"), &["No such file"]);
    let here = std::env::current_dir().expect("a folder").display().to_string();
    says(&file_error(DecayModel::load("absent.tallsbi"), "absent.tallsbi"), &["it was looked for in", &here]);
    says(&refusal("empty.tallsbi", &[]), &["is not a posterior file, or it is truncated", "copy it again"]);
    let noise: Vec<u8> = (0..5_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    says(&refusal("noise.tallsbi", &noise), &["is not a posterior file"]);
    // Another safetensors file: one tensor, no metadata.
    let header = br#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  "#;
    let mut other = (header.len() as u64).to_le_bytes().to_vec();
    other.extend_from_slice(header);
    other.extend_from_slice(&[0; 4]);
    says(&refusal("other.tallsbi", &other), &["it has no `tallsbi` metadata"]);
    let bytes = saved("own.tallsbi");
    says(&refusal("key.tallsbi", &edited(&bytes, "\"tallsbi\":", "\"tollsbi\":")), &["it has no `tallsbi` metadata"]);
    says(&refusal("unversioned.tallsbi", &edited(&bytes, r#"\"format\""#, r#"\"farmot\""#)), &["it states no format"]);
}

/// A header that was altered: its differences are of components that the observation does not have, which must not be looked up.
#[test]
fn differences_of_nothing() {
    let bytes = edited(&saved("differences.tallsbi"), r#"\"first\":1"#, r#"\"first\":9"#);
    let error = refusal("nothing.tallsbi", &bytes);
    assert!(matches!(error, FileError::Foreign { .. }), "{error:?}");
    says(&error, &["its standardisation takes differences of components that are not there"]);
}

#[test]
fn of_another_version() {
    let bytes = edited(&saved("now.tallsbi"), r#"\"format\":2"#, r#"\"format\":7"#);
    let error = refusal("newer.tallsbi", &bytes);
    assert!(matches!(error, FileError::Newer { found: 7, supported: 2, .. }), "{error:?}");
    says(&error, &["has format 7; this version of tallsbi reads 2: update tallsbi"]);
    let bytes = edited(&saved("then.tallsbi"), r#"\"format\":2"#, r#"\"format\":1"#);
    let error = refusal("older.tallsbi", &bytes);
    assert!(matches!(error, FileError::Older { found: 1, supported: 2, .. }), "{error:?}");
    says(&error, &["has format 1, of an earlier version", "this one reads 2", "train again"]);
}

/// The same dimensions in other words.
mod other {
    use tallsbi::prelude::*;

    #[derive(Parameters, Clone)]
    pub(crate) struct Names {
        #[prior(LogNormal(0, 0.5))]
        pub(crate) rate: f64,
        #[prior(Normal(0, 1))]
        pub(crate) shift: f64,
    }

    #[derive(Parameters, Clone)]
    pub(crate) struct Priors {
        #[prior(LogNormal(0, 0.5))]
        pub(crate) rate: f64,
        #[prior(Normal(0, 2))]
        pub(crate) offset: f64,
    }

    #[derive(Observation, Clone)]
    pub(crate) struct Seen {
        pub(crate) first: f64,
        pub(crate) second: f64,
    }

    #[derive(Observation, Clone)]
    pub(crate) struct Logged {
        #[transform(log)]
        pub(crate) first: f64,
        pub(crate) second: f64,
    }
}

#[simulator(network = Small)]
fn other_names(theta: &other::Names, _rng: &mut impl Rng) -> [f64; 2] {
    [theta.rate, theta.shift]
}

#[simulator(network = Small)]
fn other_priors(theta: &other::Priors, _rng: &mut impl Rng) -> [f64; 2] {
    [theta.rate, theta.offset]
}

#[simulator(network = Small)]
fn other_observation(theta: &Decay, _rng: &mut impl Rng) -> other::Seen {
    other::Seen { first: theta.rate, second: theta.offset }
}

#[simulator(network = Small)]
fn other_transform(theta: &Decay, _rng: &mut impl Rng) -> other::Logged {
    other::Logged { first: theta.rate, second: theta.offset }
}

#[simulator(tall(n_max = 3))]
fn other_sets(theta: &Decay, _rng: &mut impl Rng) -> [f64; 2] {
    [theta.rate, theta.offset]
}

/// Another type of posterior of the same model.
type Wider = Posterior<DecayModel, Mlp<2, 2, 16, 2>, 2, 2>;
/// Another type of posterior of the same model.
type Sets = Posterior<DecayModel, SetMlp<2, 2, 3>, 2, 2>;
/// Another type of posterior of the same model.
type InPaper = Posterior<DecayModel, Small, 2, 2, Paper<2>>;

#[test]
fn another_model() {
    saved("model.tallsbi");
    let name = "model.tallsbi";
    let path = path(name);
    says(
        &file_error(OtherNames::load(&path), name),
        &[
            "holds another model, with the parameters rate, offset",
            "where this program has rate, shift: load it with its own declaration",
        ],
    );
    says(&file_error(OtherPriors::load(&path), name), &["with the prior", "Normal(0, 1)", "Normal(0, 2)"]);
    says(&file_error(OtherObservation::load(&path), name), &["with the observation ", "x[0], x[1]", "first, second"]);
    says(&file_error(OtherSets::load(&path), name), &["with the n_max 1 where this program has 3"]);
    says(&file_error(Wider::load(DecayModel, &path), name), &["with the network ", "\"width\":8", "\"width\":16"]);
    says(&file_error(Sets::load(DecayModel, &path), name), &["n_max 1", "has 3"]);
    says(
        &file_error(InPaper::load(DecayModel, &path), name),
        &["with the coordinates prior_gaussian where this program has paper"],
    );

    // The names agree and the transforms do not.
    let posterior = OtherObservation::npse()
        .simulations(50)
        .train_options(quick())
        .head_options(quick(), 4)
        .quiet()
        .train()
        .expect("training");
    posterior.save(&path).expect("saved");
    says(&file_error(OtherTransform::load(&path), name), &["with the transforms ", "Identity", "Log"]);
}

#[test]
fn tensors_that_do_not_fit() {
    let bytes = saved("tensors.tallsbi");
    says(
        &refusal("shape.tallsbi", &edited(&bytes, r#""shape":[2,8]"#, r#""shape":[8,2]"#)),
        &["the stored tensor `network.output.weight` has shape [8, 2], this network needs [2, 8]"],
    );
    says(
        &refusal("missing.tallsbi", &edited(&bytes, "network.null", "network.nill")),
        &["the tensor `network.null` is missing"],
    );
    says(&refusal("head.tallsbi", &edited(&bytes, "head.null", "head.nill")), &["the tensor `head.null` is missing"]);
    // A baseline too large for any file is refused before memory is asked for.
    for (width, part) in [("9", "`head."), ("9000000000000000000", "with the baseline")] {
        let to = format!(r#"\"width\":{width}}}"#);
        says(&refusal("width.tallsbi", &edited(&bytes, r#"\"width\":4}"#, &to)), &[part]);
    }
}

/// A dfdx module of one's own is stored by the names of its tensors and comes back with its weights.
#[test]
fn a_module_of_ones_own() {
    type Own = Custom<(MergeInputs<2, 2, 8>, ReLU, Linear<8, 2, f32, Cpu>)>;
    let posterior = DecayModel::npse()
        .network::<Own>()
        .simulations(50)
        .train_options(quick())
        .head_options(quick(), 4)
        .quiet()
        .train()
        .expect("training");
    let path = path("own_module.tallsbi");
    posterior.save(&path).expect("saved");
    let loaded = Posterior::<DecayModel, Own, 2, 2>::load(DecayModel, &path).expect("loaded");
    let draws = |posterior: &Posterior<DecayModel, Own, 2, 2>| {
        let observed = posterior.observe(&[[1.0, 0.5]]).expect("observed");
        observed.compose(Gauss::default()).quiet().sample(20).expect("drawn").rows().to_vec()
    };
    assert_eq!(draws(&posterior), draws(&loaded));
    let bytes = std::fs::read(&path).expect("a file");
    says(
        &file_error(DecayModel::load(&path), "own_module.tallsbi"),
        &["with the network ", r#""kind":"custom""#, r#""kind":"fused""#],
    );
    // The last tensor, by its name in the module.
    let (header, _) = split(&bytes);
    assert!(header.contains("network.2.bias"), "{header}");
    std::fs::write(&path, edited(&bytes, "network.2.bias", "network.2.bios")).expect("a file");
    says(
        &file_error(Posterior::<DecayModel, Own, 2, 2>::load(DecayModel, &path), "own_module.tallsbi"),
        &["the tensor `network.2.bias` is missing"],
    );
}

#[test]
fn unwritable() {
    saved("writable.tallsbi");
    let posterior = DecayModel::load(path("writable.tallsbi")).expect("loaded");
    let nowhere = path("no_such_directory").join("x.tallsbi");
    says(
        &file_error(posterior.save(&nowhere), "x.tallsbi"),
        &["No such file or directory", "make the folder", "no_such_directory first"],
    );
    let directory = path("a_directory.tallsbi");
    std::fs::create_dir_all(&directory).expect("a directory");
    file_error(posterior.save(&directory), "a_directory.tallsbi");
    file_error(DecayModel::load(&directory), "a_directory.tallsbi");
}
