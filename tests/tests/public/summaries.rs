//! Posteriors of series with a summary network: declared and by hand, saved and loaded, the same whatever the threads.

use std::marker::PhantomData;
use std::path::Path;

use tallsbi::model::stream;
use tallsbi::net::{
    Conv1d, DeepSets, Gru, Mlp, ScoreEngine, ScoreNetwork, SetMlp, Summarised, Transformer, summarised,
};
use tallsbi::posterior::{Error, FileError};
use tallsbi::prelude::*;
use tallsbi::train::TrainOptions;

#[derive(Parameters, Clone, Debug)]
struct Wave {
    #[prior(Normal(0, 1))]
    phase: f64,
    #[prior(LogNormal(0, 0.5))]
    amplitude: f64,
}

#[derive(Design, Clone, Debug, PartialEq)]
struct Clock {
    #[design(Uniform(0.5, 1.5))]
    frequency: f64,
}

const STEPS: usize = 9;

#[derive(Observation, Clone, Debug)]
struct Recording {
    baseline: f64,
    east: [f64; STEPS],
    peak: f32,
    north: [f32; 9],
}

fn record(theta: &Wave, clock: &Clock, rng: &mut impl Rng) -> Recording {
    let at = |t: usize| theta.amplitude * (theta.phase + clock.frequency * t as f64).sin();
    let east: [f64; STEPS] = std::array::from_fn(|t| at(t) + 0.1 * rng.random::<f64>());
    let north = std::array::from_fn(|t| (at(t + 2) + 0.1 * rng.random::<f64>()) as f32);
    Recording { baseline: rng.random(), east, peak: east.iter().copied().fold(f64::MIN, f64::max) as f32, north }
}

#[simulator(tall(n_max = 2))]
#[summary(Conv1d, width = 8, summaries = 6)]
fn recorded(theta: &Wave, clock: &Clock, rng: &mut impl Rng) -> Recording {
    record(theta, clock, rng)
}

// Above or below, it says the same.
#[summary(Gru)]
#[simulator]
fn seen_once(theta: &Wave, rng: &mut impl Rng) -> [f64; STEPS] {
    record(theta, &Clock { frequency: 1.0 }, rng).east
}

#[simulator]
#[summary(DeepSets, width = 8, summaries = 3)]
fn points(theta: &Wave, rng: &mut impl Rng) -> Exchangeable<[f64; 2], 4> {
    Exchangeable(std::array::from_fn(|_| [theta.phase + rng.random::<f64>(), theta.amplitude * rng.random::<f64>()]))
}

#[simulator]
mod growth {
    use super::*;

    #[global]
    struct Species {
        #[prior(Normal(0.0, 1.0))]
        mean: f64,
    }

    #[local(plate = plants)]
    struct Plant {
        #[prior(Normal(species.mean, 0.5))]
        rate: f64,
    }

    #[observe(plate = plants, n_max = 2)]
    #[summary(Transformer, width = 8, summaries = 6)]
    fn heights(plant: &Plant, rng: &mut impl Rng) -> [f64; 5] {
        std::array::from_fn(|t| plant.rate * t as f64 + rng.random::<f64>())
    }
}

fn options() -> TrainOptions {
    let mut options = TrainOptions::default();
    options.epochs = 3;
    options
}

macro_rules! train {
    ($model:ident) => {
        $model::npse().simulations(300).seed(1).train_options(options()).head_options(options(), 16).quiet()
    };
}

fn observed() -> Vec<(Recording, Clock)> {
    let (theta, mut rng) = (Wave { phase: 0.4, amplitude: 1.2 }, stream(3, "observed", 0));
    (0..5)
        .map(|j| {
            let clock = Clock { frequency: 0.6 + 0.1 * f64::from(j) };
            (record(&theta, &clock, &mut rng), clock)
        })
        .collect()
}

/// The two types are one.
fn same<T>(_: PhantomData<T>, _: PhantomData<T>) {}

#[test]
fn the_attribute_names_types_that_can_be_written() {
    type Summary = Conv1d<Recording, 8, 6>;
    // Twenty components and a design: three beside the series, and two thirds of six.
    same::<Summarised<Summary, SetMlp<2, 5, 2>>>(PhantomData, PhantomData::<RecordedNetwork>);
    same::<Summarised<Gru<[f64; STEPS]>, Mlp<2, 16>>>(PhantomData, PhantomData::<SeenOnceNetwork>);
    same::<Summarised<Gru<[f64; STEPS], 32, 48>, Mlp<2, { summarised::<Gru<[f64; 9]>>(9) }>>>(
        PhantomData,
        PhantomData::<SeenOnceNetwork>,
    );
    same::<Summarised<DeepSets<Exchangeable<[f64; 2], 4>, 8, 3>, Mlp<2, 1>>>(PhantomData, PhantomData::<PointsNetwork>);
    same::<Summarised<Transformer<[f64; 5], 8, 6>, SetMlp<1, 2, 2>>>(PhantomData, PhantomData::<GrowthGlobalNetwork>);
    same::<Summarised<Transformer<[f64; 5], 8, 6>, SetMlp<1, 3, 2>>>(PhantomData, PhantomData::<GrowthLocalNetwork>);
}

#[test]
fn a_file_holds_the_summary() -> Result<(), Error> {
    let posterior = train!(Recorded).train()?;
    let draw =
        |posterior: &RecordedPosterior| posterior.observe(&observed())?.compose(Gauss::default()).quiet().sample(50);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("summary.tallsbi");
    posterior.save(&path)?;
    let loaded = Recorded::load(&path)?;
    assert_eq!(draw(&posterior)?.rows(), draw(&loaded)?.rows());
    assert!(loaded.engine().tensors().iter().any(|tensor| tensor.name == "summary.layer.0.weight"));

    // Without the summary, or with another, it is another network.
    let other = tallsbi::posterior::Posterior::<Recorded, SetMlp<2, 21, 2>, 2, 21>::load(Recorded, &path);
    assert!(matches!(other, Err(Error::File(FileError::Mismatch { what: "network", .. }))), "{other:?}");
    let plain = <SetMlp<2, 21, 2> as ScoreNetwork<2, 21>>::describe()?;
    assert!(plain.get("summary").is_none(), "files of other networks are as they were");
    Ok(())
}

#[test]
fn runs_do_not_depend_on_threads() -> Result<(), Error> {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| -> Result<_, Error> {
            let posterior = train!(Recorded).train()?;
            let draws = posterior.observe(&observed())?.compose(Gauss::default()).quiet().sample(40)?;
            let points = train!(Points).train()?;
            // Four points in another order are the same points.
            let [a, b, c, d] = [[0.1, 0.2], [0.5, 0.3], [0.7, 0.9], [0.2, 1.5]];
            let forth = points.observe(&[[a, b, c, d]])?.compose(Gauss::default()).quiet().sample(40)?.rows().to_vec();
            assert_eq!(forth, points.observe(&[[c, a, d, b]])?.compose(Gauss::default()).quiet().sample(40)?.rows());
            Ok((draws.rows().to_vec(), forth, posterior.engine().weights().to_vec()))
        })
    };
    assert_eq!(run(1)?, run(3)?);
    Ok(())
}

#[test]
fn groups_are_summarised_on_both_levels() -> Result<(), Error> {
    let posterior = train!(Growth).train()?;
    let draws = posterior.observe(&[vec![[0.1, 0.4, 0.9, 1.6, 2.0]; 2], vec![[0.2, 0.1, 0.4, 0.8, 0.9]]])?;
    let draws = draws.compose(Gauss::default()).quiet().sample(30)?;
    assert!(draws.local(1)?.rows().iter().flatten().all(|value| value.is_finite()));
    Ok(())
}

#[test]
fn a_prior_is_learned_without_observations() -> Result<(), Error> {
    let posterior = train!(SeenOnce).learned_prior().train()?;
    let draws = posterior.observe(&[[0.1; STEPS], [0.3; STEPS]])?.compose(Gauss::default()).quiet().sample(30)?;
    assert!(draws.rows().iter().flatten().all(|value| value.is_finite()));
    Ok(())
}
