//! Every bad input is a typed error whose message names the thing and the remedy.

use tallsbi::compose::{ComposeError, Gauss, GaussComposition};
use tallsbi::dataset::{DataError, FailurePolicy};
use tallsbi::model::stream;
use tallsbi::nalgebra::SMatrix;
use tallsbi::net::Mlp;
use tallsbi::posterior::{Error, Npse};
use tallsbi::prelude::*;
use tallsbi::report::read_csv;
use tallsbi::sample::{Grid, NoiseSource, Plan, SampleError, Sampler, Score};
use tallsbi::train::{Optimiser, Times, TrainError, TrainOptions};

#[derive(Parameters, Clone, Debug)]
struct Decay {
    /// rate [1/s]
    #[prior(LogNormal(0, 0.5))]
    rate: f64,
    #[prior(Normal(0, 1))]
    offset: f64,
}

#[derive(Observation, Clone, Debug)]
struct Reading {
    #[transform(log)]
    level: f64,
    drift: f64,
}

fn reading(theta: &Decay, rng: &mut impl Rng) -> Reading {
    Reading { level: theta.rate * (0.5 + rng.random::<f64>()), drift: theta.offset + rng.random::<f64>() }
}

#[simulator(network = Mlp<2, 2, 16>)]
fn decay_model(theta: &Decay, rng: &mut impl Rng) -> Reading {
    reading(theta, rng)
}

#[simulator(network = Mlp<2, 2, 16>)]
fn no_negative_offset(theta: &Decay, rng: &mut impl Rng) -> Option<Reading> {
    (theta.offset > 0.0).then(|| reading(theta, rng))
}

#[simulator(network = Mlp<2, 2, 16>)]
fn not_a_number(theta: &Decay, rng: &mut impl Rng) -> Reading {
    Reading { drift: f64::NAN, ..reading(theta, rng) }
}

#[simulator(network = Mlp<2, 2, 16>)]
fn not_positive(theta: &Decay, rng: &mut impl Rng) -> Reading {
    Reading { level: -1.0, ..reading(theta, rng) }
}

#[simulator(network = Mlp<2, 2, 16>)]
fn diverges(_theta: &Decay, _rng: &mut impl Rng) -> Result<Reading, String> {
    Err("the step size fell below 1e-12".to_owned())
}

fn quick() -> TrainOptions {
    let mut options = TrainOptions::default();
    options.epochs = 2;
    options
}

macro_rules! npse {
    ($model:ident) => {
        $model::npse().simulations(100).seed(1).train_options(quick()).head_options(quick(), 16).quiet()
    };
}

/// The message, which must hold every one of `parts`.
#[track_caller]
fn says<T>(result: Result<T, Error>, parts: &[&str]) {
    let message = match result {
        Ok(_) => panic!("accepted; expected a message with {parts:?}"),
        Err(error) => error.to_string(),
    };
    for part in parts {
        assert!(message.contains(part), "`{message}` lacks `{part}`");
    }
    assert!(!message.contains("  ") && !message.ends_with('.'), "`{message}`");
}

#[test]
fn simulators_that_fail() {
    says(
        npse!(NoNegativeOffset).train(),
        &[
            " of 100 simulations failed, more than the allowed share of 0.1",
            "the first failed at rate = ",
            ", offset = -",
            "the simulator returned None",
            "Mend the simulator, narrow the prior, or allow more with `.failures(...)`",
        ],
    );
    says(npse!(Diverges).train(), &["100 of 100 simulations failed", "the step size fell below 1e-12"]);
    says(npse!(NotANumber).train(), &["100 of 100 simulations failed", "`drift` = NaN is not finite"]);
    says(
        npse!(NotPositive).train(),
        &["100 of 100 simulations failed", "`level` = -1 has no logarithm", "choose another #[transform(...)]"],
    );
    // All of them, however many are allowed; a share that is not a number allows none.
    says(
        npse!(Diverges).failures(FailurePolicy { max_share: 1.0 }).train(),
        &["all 100 simulations failed", "the first at rate = ", "the step size fell below 1e-12"],
    );
    says(npse!(NoNegativeOffset).failures(FailurePolicy { max_share: f64::NAN }).train(), &["share of NaN"]);
    let allowed = npse!(NoNegativeOffset).failures(FailurePolicy { max_share: 0.7 }).train().expect("allowed");
    let report = allowed.training();
    assert!(report.dropped > 20 && report.dropped + report.training_rows + report.validation_rows == 100, "{report:?}");
}

#[test]
fn too_few_simulations() {
    says(npse!(DecayModel).simulations(0).train(), &["no simulations", "at least 20", "`.simulations(n)`"]);
    says(npse!(DecayModel).simulations(19).train(), &["19 simulations are too few to train on: give at least 20"]);
    npse!(DecayModel).simulations(20).train().expect("twenty are enough");
}

fn pairs(n: usize) -> (Vec<Decay>, Vec<Reading>) {
    (0..n)
        .map(|i| {
            let theta = Decay { rate: 1.0 + 0.01 * i as f64, offset: 0.02 * i as f64 };
            let x = reading(&theta, &mut stream(1, "pairs", i as u64));
            (theta, x)
        })
        .unzip()
}

#[test]
fn simulations_made_elsewhere() {
    let (theta, x) = pairs(50);
    npse!(DecayModel).from_pairs(&theta, &x).train().expect("good pairs");
    says(npse!(DecayModel).from_pairs(&theta, &x[..49]).train(), &["50 rows of parameters", "49 observations"]);
    says(npse!(DecayModel).from_pairs(&[] as &[Decay], &x).train(), &["no simulations"]);

    let mut bad = theta.clone();
    bad[7].rate = -2.0;
    says(
        npse!(DecayModel).from_pairs(&bad, &x).train(),
        &["row 7 of the parameters", "`rate` = -2 is outside the support of its prior, LogNormal(0, 0.5)"],
    );
    let at_row = &["row 7 of the parameters", "`rate` = -2", "its logarithm"];
    says(npse!(DecayModel).from_pairs(&bad, &x).paper_coordinates().train(), at_row);
    says(npse!(DecayModel).from_pairs(&bad, &x).paper_coordinates().learned_prior().train(), at_row);
    bad[7].rate = f64::INFINITY;
    says(npse!(DecayModel).from_pairs(&bad, &x).train(), &["row 7 of the parameters: `rate` = inf is not finite"]);

    let mut bad = x.clone();
    bad[3].drift = f64::NAN;
    says(npse!(DecayModel).from_pairs(&theta, &bad).train(), &["observation 3: `drift` = NaN is not finite"]);
    bad[3] = Reading { level: 0.0, drift: 0.0 };
    says(npse!(DecayModel).from_pairs(&theta, &bad).train(), &["observation 3: `level` = 0 has no logarithm"]);
}

#[simulator(tall(n_max = 3))]
fn decay_sets(theta: &Decay, rng: &mut impl Rng) -> Reading {
    reading(theta, rng)
}

#[test]
fn sets_made_elsewhere() {
    let (theta, x) = pairs(50);
    says(
        DecaySets::npse().quiet().from_pairs(&theta[..16], &x).train(),
        &["16 rows of parameters", "50 observations", "3 each"],
    );
}

#[test]
fn computed_priors() {
    fn negative() -> f64 {
        -1.0
    }
    #[derive(Parameters, Clone)]
    struct Invalid {
        #[prior(Normal(0.0, negative()))]
        x: f64,
    }
    #[simulator]
    fn invalid_prior(theta: &Invalid, _rng: &mut impl Rng) -> [f64; 1] {
        [theta.x]
    }
    says(InvalidPrior::npse().quiet().train(), &["the prior of `x` is invalid"]);
}

#[test]
fn observations() {
    let posterior = npse!(DecayModel).train().expect("training");
    let good = Reading { level: 1.0, drift: 0.0 };
    says(posterior.observe(&[] as &[Reading]), &["no observations: give at least one"]);
    says(
        posterior.observe(&[good.clone(), Reading { drift: f64::NAN, ..good.clone() }]),
        &["observation 1: `drift` = NaN is not finite"],
    );
    says(posterior.observe(&[Reading { drift: f64::NEG_INFINITY, ..good.clone() }]), &["`drift` = -inf is not finite"]);
    says(
        posterior.observe(&[Reading { level: -3.0, ..good.clone() }]),
        &["observation 0: `level` = -3 has no logarithm: choose another #[transform(...)] or remove the value"],
    );
    // Far from every simulation, but a number: draws, or an error that says so.
    let far = posterior.observe(&[Reading { level: 1e300, drift: -1e300 }]).expect("finite").sample(50);
    if let Err(error) = far {
        assert!(matches!(error, Error::Sample(_) | Error::Compose(_)), "{error}");
    }
}

#[test]
fn one_simulation() {
    let error = Error::from(SimulationError::new("the mean is negative"));
    assert_eq!(error.to_string(), "this simulation failed: the mean is negative");
}

#[test]
fn csv_files() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("errors.csv");
    let check = |text: &str, parts: &[&str]| {
        std::fs::write(&path, text).expect("a file");
        says(read_csv::<Reading, 2>(&path).map_err(Error::from), parts);
    };
    let missing = path.with_extension("absent");
    says(read_csv::<Reading, 2>(&missing).map_err(Error::from), &["errors.absent"]);
    check("", &["errors.csv is empty"]);
    check("level,drift\n", &["has a header and no rows"]);
    check("level,drift\n1,2\n3\n", &["errors.csv, line 3: 1 cells below a header of 2"]);
    check("level,drift\n1,two\n", &["line 2, column 2 (`drift`): `two` is not a number"]);
    check("level,drift\n1,NaN\n", &["row 1, column `drift`: an observation must be finite, not NaN"]);
    check("level,slope\n1,2\n", &["expected the columns", "drift", "found", "slope"]);
    check("level\n1\n", &["1 columns, and an observation has 2 components (`level`, `drift`)"]);
    check("1,2\n3,4\n", &["the first line holds numbers: put a line of column names above it"]);
}

/// A change of the defaults.
type Change = fn(&mut TrainOptions);

#[test]
fn training_options() {
    let rows: &[(Change, &str)] = &[
        (|o| o.epochs = 0, "`epochs` = 0 is not possible: train for at least 1 epoch"),
        (|o| o.batch = 0, "`batch` = 0 is not possible"),
        (|o| o.rate = 0.0, "`rate` = 0 is not possible: the learning rate must be positive"),
        (|o| o.rate = f64::NAN, "`rate` = NaN"),
        (|o| o.rate = f64::INFINITY, "`rate` = inf"),
        (|o| o.validation = 0.0, "`validation` = 0 is not possible: the share must be between 0 and 1"),
        (|o| o.validation = 1.0, "`validation` = 1"),
        (|o| o.validation = 0.999, "`validation` = 0.999 is not possible"),
        (|o| o.validation = f64::NAN, "`validation` = NaN"),
        (|o| o.ema = 1.0, "`ema` = 1 is not possible: the decay must be at least 0 and below 1"),
        (|o| o.ema = f64::NAN, "`ema` = NaN"),
        (|o| o.null_share = 1.0, "`null_share` = 1 is not possible"),
        (|o| o.gradient_norm = 0.0, "`gradient_norm` = 0 is not possible: the largest norm must be positive"),
        (|o| o.patience = 0, "`patience` = 0 is not possible"),
        (|o| o.observation_noise = -0.1, "`observation_noise` = -0.1 is not possible"),
        (|o| o.observation_noise = f64::NAN, "`observation_noise` = NaN"),
        (|o| o.optimiser = Optimiser::AdamW { decay: -1.0 }, "`optimiser.decay` = -1 is not possible"),
        (|o| o.times = Times::Uniform { min: 0.0 }, "`times` = 0 is not possible"),
        (|o| o.times = Times::LogSnr { min: 0.5, max: 0.4, tilt: 1.0 }, "`times` = 0.5 is not possible"),
        (|o| o.times = Times::LogSnr { min: 0.5, max: f64::NAN, tilt: 1.0 }, "`times`"),
        (|o| o.times = Times::LogSnr { min: 0.1, max: 0.4, tilt: 0.0 }, "`times.tilt` = 0 is not possible"),
    ];
    for (change, message) in rows {
        let mut options = quick();
        change(&mut options);
        says(npse!(DecayModel).train_options(options.clone()).learned_prior().train(), &[message]);
        says(npse!(DecayModel).head_options(options, 16).train(), &[message]);
    }
    says(
        npse!(DecayModel).head_options(quick(), 0).train(),
        &["`head width` = 0 is not possible: use at least 1 unit"],
    );
}

#[test]
fn a_loss_that_is_not_finite() {
    let mut options = quick();
    options.rate = 1e30;
    options.warm_up = 0;
    says(
        npse!(DecayModel).train_options(options).train(),
        &["the loss became ", "in epoch 1", "lower the learning rate (now 1e30)"],
    );
}

#[test]
fn zero_of_something() {
    let posterior = npse!(DecayModel).train().expect("training");
    let x = [Reading { level: 1.0, drift: 0.0 }, Reading { level: 1.2, drift: 0.3 }];
    let bind = || posterior.observe(&x).expect("finite").compose(Gauss::default()).quiet();
    says(bind().sample(0), &["the number of draws must be at least 1"]);
    says(bind().sampler(Plan::dpm(0)).sample(10), &["the number of steps must be at least 1"]);
    says(bind().sampler(Plan::ddim(0)).sample(10), &["the number of steps must be at least 1"]);
    let times = Plan { sampler: tallsbi::sample::DpmSolver, grid: Grid::Times(vec![1.0, 0.2, 0.5]) };
    says(bind().sampler(times).sample(10), &["level 2 of the grid", "times must fall strictly, within [0, 1]"]);
    let composer = |gauss: Gauss| posterior.observe(&x).expect("finite").compose(gauss).quiet().sample(10);
    says(composer(Gauss::pilot(100, 0)), &["pilot", "the number of steps must be at least 1"]);
    for draws in [0, 1, 3] {
        says(composer(Gauss::pilot(draws, 30)), &["pilot draws"]);
    }
}

#[test]
fn estimates_that_do_not_compose() {
    let prior = SMatrix::<f64, 2, 2>::identity();
    // Wider than the prior in one direction, which only the floor forgives.
    let wide = SMatrix::<f64, 2, 2>::from_diagonal(&[0.5, 1.5].into());
    let error = GaussComposition::from_covariances(&prior, &[wide; 10], false).expect_err("indefinite");
    assert_eq!(error, ComposeError::IndefinitePrecision { n_factors: 10, directions: 1 });
    assert_eq!(
        error.to_string(),
        "the precisions estimated for 10 observations (or blocks) do not compose to a positive definite one (1 bad \
         directions); keep the prior floor (`floor: true`) or use more pilot draws"
    );
    GaussComposition::from_covariances(&prior, &[wide; 10], true).expect("floored");
    let indefinite = SMatrix::<f64, 2, 2>::new(1.0, 2.0, 2.0, 1.0);
    let error = GaussComposition::from_covariances(&prior, &[wide, indefinite], true).expect_err("indefinite");
    assert_eq!(
        error.to_string(),
        "the covariance estimated for observation 1 is not positive definite; use more pilot draws"
    );
}

/// Makes every draw, or the first of every block, not a number.
#[derive(Clone)]
struct Spoil {
    all: bool,
}

impl<const M: usize> Sampler<M> for Spoil {
    type State = ();
    fn step<S: Score<M>, N: NoiseSource<M>>(
        &self,
        _score: &S,
        _from: &tallsbi::diffusion::Level,
        _to: &tallsbi::diffusion::Level,
        theta: &mut [[f64; M]],
        (): &mut (),
        _workspace: &mut S::Workspace,
        _noise: &mut N,
    ) -> Result<(), SampleError> {
        let spoilt = if self.all { theta.len() } else { 1 };
        theta[..spoilt].fill([f64::NAN; M]);
        Ok(())
    }
}

#[test]
fn draws_that_are_not_finite() {
    let posterior = npse!(DecayModel).train().expect("training");
    let sample = |all: bool| {
        let plan = Plan { sampler: Spoil { all }, grid: Grid::Uniform { steps: 3 } };
        posterior
            .observe(&[Reading { level: 1.0, drift: 0.0 }])
            .expect("finite")
            .compose(Gauss::default())
            .sampler(plan)
            .quiet()
            .sample(200)
    };
    says(sample(true), &["all 200 draws became non-finite", "try another composer or sampler", "resemble simulations"]);
    let some = sample(false).expect("some");
    assert!(some.report().non_finite > 0 && some.len() + some.report().non_finite == 200);
    assert!(some.summary().to_string().contains("became non-finite"), "{}", some.summary());
}

/// Errors are data: a program can tell them apart without reading.
#[test]
fn errors_are_typed() {
    let error = npse!(DecayModel).simulations(10).train().expect_err("too few");
    assert!(matches!(error, Error::Train(TrainError::TooFew { rows: 10, needed: 20 })), "{error:?}");
    let error = Npse::<_, Mlp<2, 2, 16>, 2, 2>::new(DecayModel)
        .from_pairs(&pairs(3).0, &pairs(2).1)
        .train()
        .expect_err("another number of rows");
    assert!(matches!(error, Error::Data(DataError::RowCount { theta: 3, x: 2, slots: 1 })), "{error:?}");
}
