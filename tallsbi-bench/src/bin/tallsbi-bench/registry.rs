//! Know the types of every task's posterior: the only file that names all of them.

use std::ops::ControlFlow;
use std::path::Path;

use tallsbi::dataset::{FailurePolicy, Simulations};
use tallsbi::model::Simulator;
use tallsbi::net::{EngineJacobians, ScoreNetwork, Separable, SetMlp};
use tallsbi::posterior::{FileError, Npse, Posterior};
use tallsbi::prior::LatentPrior;
use tallsbi::train::{HEAD_WIDTH, Optimiser, TrainOptions};
use tallsbi_bench::choice::NetworkChoice;
use tallsbi_bench::inference::{InferenceError, Model, Models, Training};
use tallsbi_bench::tasks::Task;
use tallsbi_bench::tasks::bernoulli_glm::{BernoulliGlm, BernoulliGlmNetwork};
use tallsbi_bench::tasks::bernoulli_glm_raw::{BernoulliGlmRaw, BernoulliGlmRawNetwork};
use tallsbi_bench::tasks::gaussian_linear::{GaussianLinear, GaussianLinearNetwork};
use tallsbi_bench::tasks::gaussian_linear_single::{GaussianLinearSingle, GaussianLinearSingleNetwork};
use tallsbi_bench::tasks::gaussian_linear_uniform::{GaussianLinearUniform, GaussianLinearUniformNetwork};
use tallsbi_bench::tasks::gaussian_mixture::{GaussianMixture, GaussianMixtureNetwork};
use tallsbi_bench::tasks::gaussian_mixture_single::{GaussianMixtureSingle, GaussianMixtureSingleNetwork};
use tallsbi_bench::tasks::gaussian_mixture_uniform::{GaussianMixtureUniform, GaussianMixtureUniformNetwork};
use tallsbi_bench::tasks::jansen_rit_3::{JansenRit3, JansenRit3Network};
use tallsbi_bench::tasks::jansen_rit_4::{JansenRit4, JansenRit4Network};
use tallsbi_bench::tasks::lotka_volterra::{LotkaVolterra, LotkaVolterraNetwork};
use tallsbi_bench::tasks::sir::{Sir, SirNetwork};
use tallsbi_bench::tasks::slcp::{Slcp, SlcpNetwork};
use tallsbi_bench::tasks::slcp_distractors::{SlcpDistractors, SlcpDistractorsNetwork};
use tallsbi_bench::tasks::toy_gaussian::{ToyGaussian, ToyGaussianNetwork};
use tallsbi_bench::tasks::toy_mixture::{ToyMixture, ToyMixtureNetwork};
use tallsbi_bench::tasks::two_moons::{TwoMoons, TwoMoonsNetwork};

use crate::typed::{Typed, WithLearnedPrior};

/// Calls a function with the types of a task and a network: `$any` where the task has networks for sets and can learn its
/// prior's score, `$plain` where it has neither. Each costs the compiler seconds, so that only the tasks of the paper's
/// tables have them.
macro_rules! with_types {
    ($task:expr, $network:expr, $any:ident / $plain:ident $arguments:tt) => {
        match ($task, $network) {
            (Task::GaussianLinear, NetworkChoice::Single) => with_types!(@ GaussianLinear, GaussianLinearNetwork, 10, 10, $any $arguments),
            (Task::GaussianLinear, NetworkChoice::SetsOfThree) => with_types!(@ GaussianLinear, SetMlp<10, 10, 3>, 10, 10, $any $arguments),
            (Task::GaussianLinear, NetworkChoice::Separable) => with_types!(@ GaussianLinear, Separable<10, 10>, 10, 10, $any $arguments),
            (Task::Slcp, NetworkChoice::Single) => with_types!(@ Slcp, SlcpNetwork, 5, 8, $any $arguments),
            (Task::Slcp, NetworkChoice::SetsOfThree) => with_types!(@ Slcp, SetMlp<5, 8, 3>, 5, 8, $any $arguments),
            (Task::Slcp, NetworkChoice::Separable) => with_types!(@ Slcp, Separable<5, 8>, 5, 8, $any $arguments),
            (Task::Sir, NetworkChoice::Single) => with_types!(@ Sir, SirNetwork, 2, 10, $any $arguments),
            (Task::Sir, NetworkChoice::SetsOfThree) => with_types!(@ Sir, SetMlp<2, 10, 3>, 2, 10, $any $arguments),
            (Task::Sir, NetworkChoice::Separable) => with_types!(@ Sir, Separable<2, 10>, 2, 10, $any $arguments),
            (Task::LotkaVolterra, NetworkChoice::Single) => with_types!(@ LotkaVolterra, LotkaVolterraNetwork, 4, 20, $any $arguments),
            (Task::LotkaVolterra, NetworkChoice::SetsOfThree) => with_types!(@ LotkaVolterra, SetMlp<4, 20, 3>, 4, 20, $any $arguments),
            (Task::LotkaVolterra, NetworkChoice::Separable) => with_types!(@ LotkaVolterra, Separable<4, 20>, 4, 20, $any $arguments),
            (Task::GaussianMixture, _) => with_types!(@ GaussianMixture, GaussianMixtureNetwork, 10, 10, $plain $arguments),
            (Task::GaussianMixtureUniform, _) => with_types!(@ GaussianMixtureUniform, GaussianMixtureUniformNetwork, 10, 10, $plain $arguments),
            (Task::BernoulliGlm, _) => with_types!(@ BernoulliGlm, BernoulliGlmNetwork, 10, 10, $plain $arguments),
            (Task::BernoulliGlmRaw, _) => with_types!(@ BernoulliGlmRaw, BernoulliGlmRawNetwork, 10, 100, $plain $arguments),
            (Task::TwoMoons, _) => with_types!(@ TwoMoons, TwoMoonsNetwork, 2, 2, $plain $arguments),
            (Task::GaussianLinearSingle, _) => with_types!(@ GaussianLinearSingle, GaussianLinearSingleNetwork, 10, 10, $plain $arguments),
            (Task::GaussianLinearUniform, _) => with_types!(@ GaussianLinearUniform, GaussianLinearUniformNetwork, 10, 10, $plain $arguments),
            (Task::GaussianMixtureSingle, _) => with_types!(@ GaussianMixtureSingle, GaussianMixtureSingleNetwork, 2, 2, $plain $arguments),
            (Task::SlcpDistractors, _) => with_types!(@ SlcpDistractors, SlcpDistractorsNetwork, 5, 100, $plain $arguments),
            (Task::JansenRit3, _) => with_types!(@ JansenRit3, JansenRit3Network, 3, 33, $plain $arguments),
            (Task::ToyGaussian, _) => with_types!(@ ToyGaussian, ToyGaussianNetwork, 10, 10, $plain $arguments),
            (Task::ToyMixture, _) => with_types!(@ ToyMixture, ToyMixtureNetwork, 10, 10, $plain $arguments),
            (Task::JansenRit4, _) => with_types!(@ JansenRit4, JansenRit4Network, 4, 33, $plain $arguments),
        }
    };
    (@ $simulator:ident, $type:ty, $m:literal, $d:literal, $function:ident ($($argument:expr),*)) => {
        $function::<$simulator, $type, $m, $d>($simulator, $($argument),*)
    };
}

/// Whether a task has networks for sets of observations and can learn its prior's score.
fn has_everything(task: Task) -> bool {
    matches!(task, Task::GaussianLinear | Task::Slcp | Task::Sir | Task::LotkaVolterra)
}

/// Posteriors of every task.
#[derive(Debug)]
pub(crate) struct AllModels;

impl Models for AllModels {
    fn train(&self, task: Task, network: NetworkChoice, training: &Training) -> Result<Box<dyn Model>, InferenceError> {
        if !has_everything(task) && (network != NetworkChoice::Single || training.learned_prior) {
            return Err(InferenceError::PlainOnly { task });
        }
        with_types!(task, network, train_any / train_plain(training))
    }

    fn simulate(&self, task: Task, simulations: usize, seed: u64, path: &Path) -> Result<usize, InferenceError> {
        with_types!(task, NetworkChoice::Single, simulate_to / simulate_to(simulations, seed, path))
    }

    fn load(&self, path: &Path, task: Option<Task>) -> Result<(Task, Box<dyn Model>), InferenceError> {
        let mut reason = String::new();
        for candidate in Task::ALL.into_iter().filter(|candidate| task.is_none_or(|task| task == *candidate)) {
            for network in NetworkChoice::ALL {
                for learned_prior in [false, true] {
                    if !has_everything(candidate) && (network != NetworkChoice::Single || learned_prior) {
                        continue;
                    }
                    match with_types!(candidate, network, load_any / load_plain(path, learned_prior)) {
                        Ok(model) => return Ok((candidate, model)),
                        // Another declaration: the file may be right for the next one.
                        Err(tallsbi::posterior::Error::File(error @ FileError::Mismatch { .. })) => {
                            // What differs from the first form of a task is the most telling.
                            if network == NetworkChoice::Single && !learned_prior {
                                reason = error.to_string();
                            }
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        let expected = task.map_or_else(|| "any benchmark task".to_owned(), |task| format!("the task `{task}`"));
        Err(InferenceError::NotThisModel { path: path.display().to_string(), expected, reason })
    }
}

#[allow(clippy::needless_pass_by_value)] // reason: the table of types hands every function its simulator
fn simulate_to<S, N, const M: usize, const D: usize>(
    simulator: S,
    n: usize,
    seed: u64,
    path: &Path,
) -> Result<usize, InferenceError>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
{
    let go_on = |_| ControlFlow::Continue(());
    let simulated = Simulations::<M, D>::simulate(&simulator, n, N::N_MAX, seed, FailurePolicy::default(), &go_on)
        .and_then(|simulations| simulations.save::<S::Parameters, S::Observation>(path).map(|()| simulations))
        .map_err(tallsbi::posterior::Error::from)?;
    Ok(simulated.dropped())
}

/// What `train` asks for, but for what the prior's score comes from.
fn npse<S, N, const M: usize, const D: usize>(simulator: S, training: &Training) -> Npse<S, N, M, D>
where
    S: Simulator<M, D, Prior: LatentPrior<M>>,
    N: ScoreNetwork<M, D>,
{
    let with = |mut options: TrainOptions| {
        options.observation_noise = training.observation_noise;
        if let Some(decay) = training.weight_decay {
            options.optimiser = Optimiser::AdamW { decay };
        }
        options
    };
    let npse = Npse::<S, N, M, D>::new(simulator)
        .simulations(training.simulations)
        .seed(training.seed)
        .cross_fit(training.folds)
        .head_options(with(TrainOptions::head()), HEAD_WIDTH)
        .train_options(with(TrainOptions::default()));
    // After the options: what is predicted says from what times training draws.
    let npse = npse.parameterisation(training.prediction.parameterisation());
    let npse = if training.quiet { npse.quiet() } else { npse };
    match training.epochs {
        Some(epochs) => npse.epochs(epochs),
        None => npse,
    }
}

fn train_plain<S, N, const M: usize, const D: usize>(
    simulator: S,
    training: &Training,
) -> Result<Box<dyn Model>, InferenceError>
where
    S: Simulator<M, D, Prior: LatentPrior<M>> + 'static,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
{
    Ok(Box::new(Typed(npse::<S, N, M, D>(simulator, training).train()?)))
}

fn train_any<S, N, const M: usize, const D: usize>(
    simulator: S,
    training: &Training,
) -> Result<Box<dyn Model>, InferenceError>
where
    S: Simulator<M, D, Prior: LatentPrior<M>> + 'static,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
{
    if training.learned_prior {
        return Ok(Box::new(Typed(npse::<S, N, M, D>(simulator, training).learned_prior().train()?)));
    }
    train_plain::<S, N, M, D>(simulator, training)
}

/// The posterior, if its prior was not learned.
fn load_plain<S, N, const M: usize, const D: usize>(
    simulator: S,
    path: &Path,
    _learned_prior: bool,
) -> Result<Box<dyn Model>, tallsbi::posterior::Error>
where
    S: Simulator<M, D, Prior: LatentPrior<M>> + 'static,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
{
    Ok(Box::new(Typed(Posterior::<S, N, M, D>::load(simulator, path)?)))
}

/// The posterior, if `learned_prior` says rightly whether its prior was learned.
fn load_any<S, N, const M: usize, const D: usize>(
    simulator: S,
    path: &Path,
    learned_prior: bool,
) -> Result<Box<dyn Model>, tallsbi::posterior::Error>
where
    S: Simulator<M, D, Prior: LatentPrior<M>> + 'static,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
{
    if learned_prior {
        return Ok(Box::new(Typed(Posterior::<S, N, M, D, WithLearnedPrior<M>>::load(simulator, path)?)));
    }
    load_plain::<S, N, M, D>(simulator, path, false)
}
