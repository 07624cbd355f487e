//! Summarise series of groups of which something is known: a network in front of both levels' networks, saved, and the same on any threads.

use tallsbi::hierarchy::{GroupStudyOptions, HierarchicalPosterior};
use tallsbi::net::{Conv1d, SetMlp, Summarised, summarised};
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::TrainOptions;

const STEPS: usize = 40;

/// Cells whose firing rate falls with their known depth; a recording is noise around a level.
#[simulator]
mod recordings {
    #[global]
    struct Population {
        #[prior(Normal(0.0, 1.0))]
        level: f64,
        #[prior(Normal(0.0, 1.0))]
        slope: f64,
    }

    #[design(plate = cells)]
    struct Place {
        /// depth below the surface, standardised
        #[design(Uniform(-1.5, 1.5))]
        depth: f64,
    }

    #[local(plate = cells)]
    struct Cell {
        #[prior(Normal(population.level + population.slope * place.depth, 0.5))]
        level: f64,
    }

    /// What is measured does not say its level in any one step: the noise is four times as large as levels differ.
    #[observe(plate = cells, n_max = 2)]
    #[summary(Conv1d, width = 16, summaries = 12)]
    fn trace(cell: &Cell, rng: &mut impl Rng) -> [f32; STEPS] {
        std::array::from_fn(|_| {
            let z: f64 = StandardNormal.sample(rng);
            (cell.level + 2.0 * z) as f32
        })
    }
}

use recordings::{Cell, Place, trace};

type Summary = Conv1d<[f32; STEPS], 16, 12>;
type Global = Summarised<Summary, SetMlp<2, { summarised::<Summary>(STEPS + 1) }, 2, 64, 2, 32>>;
type Local = Summarised<Summary, SetMlp<1, { summarised::<Summary>(STEPS + 3) }, 2, 64, 2, 32>>;
type Trained = HierarchicalPosterior<Recordings, Global, Local, 2, 1, { STEPS + 1 }, { STEPS + 3 }>;

fn train() -> Trained {
    let npse = Recordings::npse().networks::<Global, Local>().simulations(4_000).seed(1).epochs(16);
    npse.head_options(TrainOptions::head(), 64).quiet().train().expect("training")
}

fn cells() -> Vec<(Place, Vec<[f32; STEPS]>)> {
    let mut rng = tallsbi::model::stream(1, "cells", 0);
    (0..12)
        .map(|j| {
            let place = Place { depth: f64::from(j) / 4.0 - 1.4 };
            let cell = Cell { level: 0.3 + 1.2 * place.depth };
            (place, vec![trace(&cell, &mut rng), trace(&cell, &mut rng)])
        })
        .collect()
}

type Other = Summarised<Conv1d<[f32; STEPS], 8, 12>, SetMlp<2, { summarised::<Summary>(STEPS + 1) }, 2, 64, 2, 32>>;

#[test]
fn series_are_summarised_in_both_levels() {
    // The alias of the declaration is a network behind the same summary.
    let _: Option<RecordingsLocalNetwork> =
        None::<Summarised<Summary, SetMlp<1, { summarised::<Summary>(STEPS + 3) }, 2>>>;
    let posterior = train();
    let cells = cells();
    let draw = |posterior: &Trained, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let draws = posterior.observe(&cells).expect("groups").compose(Gauss::default()).quiet();
            let draws = draws.sample(500).expect("draws");
            (draws.global().rows().to_vec(), draws.local(3).expect("a cell").rows().to_vec())
        })
    };
    let (global, local) = draw(&posterior, 1);
    assert_eq!((global.clone(), local.clone()), draw(&posterior, 2));

    let path = std::env::temp_dir().join(format!("tallsbi-series-{}.tallsbi", std::process::id()));
    posterior.save(&path).expect("saved");
    let loaded = Trained::load(Recordings, &path).expect("loaded");
    assert_eq!((global.clone(), local), draw(&loaded, 1));
    // Another summary is another network.
    let other =
        HierarchicalPosterior::<Recordings, Other, Local, 2, 1, { STEPS + 1 }, { STEPS + 3 }>::load(Recordings, &path);
    std::fs::remove_file(&path).expect("removed");
    assert!(other.is_err_and(|error| error.to_string().contains("network")));

    // Exactly: 12 cells, each with 80 steps around a level that scatters by .5, say of the slope 1/√(1 + 12 · .84/(.25 + 4/80)) = .17.
    let mean = |k: usize| global.iter().map(|row| row[k]).sum::<f64>() / global.len() as f64;
    let sd = |k: usize| (global.iter().map(|row| (row[k] - mean(k)).powi(2)).sum::<f64>() / global.len() as f64).sqrt();
    assert!((mean(1) - 1.2).abs() < 0.5, "{}", mean(1));
    assert!((sd(1) / 0.17).ln().abs() < 0.35, "{}", sd(1));

    let options = GroupStudyOptions { groups: 5, sets: 60, ..GroupStudyOptions::default() };
    let study = posterior.study(&Gauss::default(), &TallPlan::default(), &options).expect("a study");
    assert!(study.table().p_value() > 0.001, "{}", study.table());
}
