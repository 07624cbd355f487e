//! Cross-fit the Gaussian head: give every simulation a baseline from a head that was not trained on it.

use std::ops::ControlFlow;

use rand::seq::SliceRandom;

use super::{Epoch, HeadObjective, TrainError, TrainOptions, TrainingReport, TrainingSet, baselines, train};
use crate::{diffusion::GaussianBaseline, model::stream, net::ScoreEngine};

/// A trained head and the baseline of every simulation.
#[derive(Clone, Debug)]
pub struct FittedHead<E, const M: usize> {
    /// The head trained on all simulations, for new observations.
    pub head: E,
    /// The baseline of every simulation, for the training of a score network.
    pub baselines: Vec<GaussianBaseline<M>>,
    /// How the training of `head` went; its seconds are those of all heads.
    pub report: TrainingReport,
}

/// Trains a head on all simulations of single observations, and with `folds` > 1 one more for every fold, on the
/// simulations outside it. With one fold baselines are those of the head itself.
///
/// A head knows its own simulations better than new ones. A score network that is trained on such baselines learns to
/// trust them too much; baselines from heads that have not seen the simulation err as they will for new observations.
/// `initialise` gives an untrained head for the index of a fold; the head on all simulations has index 0, fold k has
/// index k + 1.
///
/// # Errors
/// As [`train`]; `Option` where `folds` is 0, or not 1 for sets of observations, whose baselines are computed as they
/// are drawn.
pub fn fit_head<E: ScoreEngine, const M: usize>(
    initialise: &mut dyn FnMut(u64) -> E,
    set: &TrainingSet,
    options: &TrainOptions,
    seed: u64,
    folds: usize,
    progress: &mut dyn FnMut(usize, &Epoch) -> ControlFlow<()>,
) -> Result<FittedHead<E, M>, TrainError> {
    check_folds(folds, set.slots)?;
    let mut fit = |index: u64, set: &TrainingSet| {
        let mut head = initialise(index);
        let report = train(&mut head, &HeadObjective::<M> { set }, options, seed, progress)?;
        Ok::<_, TrainError>((head, report))
    };
    let (head, mut report) = fit(0, set)?;
    if set.slots > 1 {
        return Ok(FittedHead { head, baselines: Vec::new(), report });
    }
    let of = |head: &E, set: &TrainingSet| baselines::<_, M>(head, &set.x, &vec![1; set.rows()]);
    if folds == 1 {
        let baselines = of(&head, set)?;
        return Ok(FittedHead { head, baselines, report });
    }
    let mut order: Vec<usize> = (0..set.rows()).collect();
    order.shuffle(&mut stream(seed, "folds", 0));
    let mut crossed = vec![GaussianBaseline::standard(); set.rows()];
    for fold in 0..folds {
        let (inside, outside): (Vec<_>, Vec<_>) = (0..set.rows()).partition(|i| i % folds == fold);
        let [inside, outside] = [inside, outside].map(|rows| rows.iter().map(|i| order[*i]).collect::<Vec<_>>());
        let (head, trained) = fit(fold as u64 + 1, &select(set, &outside))?;
        report.seconds += trained.seconds;
        for (row, baseline) in inside.iter().zip(of(&head, &select(set, &inside))?) {
            crossed[*row] = baseline;
        }
    }
    Ok(FittedHead { head, baselines: crossed, report })
}

/// Refuses numbers of folds that cannot be.
pub(crate) fn check_folds(folds: usize, slots: usize) -> Result<(), TrainError> {
    let refuse = |remedy| Err(TrainError::Option { name: "folds", value: folds as f64, remedy });
    match folds {
        0 => refuse("use 1 for no cross-fitting, or at least 2"),
        1 => Ok(()),
        _ if slots > 1 => refuse("cross-fitting is for networks of single observations (n_max = 1): use 1"),
        _ => Ok(()),
    }
}

/// The simulations of some rows.
fn select(set: &TrainingSet, rows: &[usize]) -> TrainingSet {
    let (m, d) = (set.parameters, set.stride());
    let gather = |from: &[f32], width: usize| -> Vec<f32> {
        rows.iter().flat_map(|row| &from[row * width..(row + 1) * width]).copied().collect()
    };
    TrainingSet { theta: gather(&set.theta, m), x: gather(&set.x, d), scores: Vec::new(), ..*set }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use rand_distr::{Distribution, StandardNormal};

    use super::{FittedHead, fit_head};
    use crate::{
        dataset::FEATURES,
        model::stream,
        net::{FusedEngine, ScoreEngine},
        train::{LearningRate, TrainError, TrainOptions, TrainingSet, head_outputs},
    };

    const M: usize = 2;
    const D: usize = 3;

    fn fit(set: &TrainingSet, folds: usize) -> Result<FittedHead<FusedEngine, M>, TrainError> {
        let options = TrainOptions { epochs: 3, batch: 16, ..TrainOptions::head() };
        let shape = FusedEngine::head_shape(D, head_outputs(M), set.slots, 16, 2);
        let mut initialise = |index| FusedEngine::initialise(shape, &mut stream(5, "head", index));
        fit_head(&mut initialise, set, &options, 5, folds, &mut |_, _| ControlFlow::Continue(()))
    }

    fn set(slots: usize) -> TrainingSet {
        let number = |i: usize| ((i * 37 % 101) as f32 - 50.0) / 25.0;
        TrainingSet {
            scores: Vec::new(),
            parameters: M,
            observation: D,
            slots,
            theta: (0..90 * M).map(number).collect(),
            x: (0..90 * slots * FEATURES * D).map(|i| number(i + 7)).collect(),
        }
    }

    /// The parameters of a simulation have no part in its own cross-fitted baseline, to the last bit. Without folds they have.
    #[test]
    fn a_simulation_has_no_part_in_its_own_baseline() {
        let before = set(1);
        let crossed = fit(&before, 3).expect("a head").baselines;
        let own = fit(&before, 1).expect("a head").baselines;
        assert_eq!(crossed.len(), before.rows());
        let (mut same, mut moved) = (0, 0);
        for row in [0, 17, 44, 89] {
            let mut after = before.clone();
            after.theta[row * M] += 3.0;
            same += usize::from(fit(&after, 3).expect("a head").baselines[row] == crossed[row]);
            moved += usize::from(fit(&after, 1).expect("a head").baselines[row] != own[row]);
        }
        assert_eq!(same, 4);
        // A row that is held out for validation does not move the head either: most of four are not.
        assert!(moved >= 2, "{moved}");
    }

    /// Few simulations with much noise: a long training learns them by heart.
    #[test]
    fn the_better_of_a_short_and_a_long_training_is_kept() {
        let mut kept_short = 0;
        for data in 0..6 {
            let mut set = set(1);
            let mut rng = stream(data, "test", 0);
            for (theta, x) in set.theta.chunks_mut(M).zip(set.x.chunks_mut(FEATURES * D)) {
                for value in x.iter_mut() {
                    *value = StandardNormal.sample(&mut rng);
                }
                for k in 0..M {
                    let noise: f32 = StandardNormal.sample(&mut rng);
                    theta[k] = 0.7 * x[k] + 0.7 * noise;
                }
            }
            let shape = FusedEngine::head_shape(D, head_outputs(M), 1, 32, 2);
            let trained = |epochs, learning_rate| {
                let options =
                    TrainOptions { epochs, batch: 16, warm_up: 5, learning_rate, patience: 20, ..TrainOptions::head() };
                let mut initialise = |index| FusedEngine::initialise(shape, &mut stream(5, "head", index));
                fit_head::<_, M>(&mut initialise, &set, &options, 5, 1, &mut |_, _| ControlFlow::Continue(()))
                    .expect("a head")
            };
            let once = trained(20, LearningRate::Cosine);
            let twice = trained(100, LearningRate::CosineTwice);
            let (epochs, best) = (&twice.report.epochs, twice.report.best_epoch);
            assert_eq!(once.report.epochs, epochs[..20]);
            // It ends half a long training after the best, or after its own beginning.
            assert_eq!(epochs.len(), (best.max(20) + 50).min(120));
            assert!(epochs.iter().all(|epoch| epoch.validation >= epochs[best - 1].validation));
            if best <= 20 {
                kept_short += 1;
                assert_eq!(once.head.weights(), twice.head.weights());
            }
        }
        assert!(kept_short > 0 && kept_short < 6, "{kept_short}");
    }

    #[test]
    fn impossible_folds_are_refused() {
        for (slots, folds) in [(1, 0), (3, 2)] {
            let error = fit(&set(slots), folds).expect_err("impossible");
            assert!(matches!(error, TrainError::Option { name: "folds", .. }), "{error}");
        }
    }
}
