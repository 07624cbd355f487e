//! Build a posterior: simulate or take simulations, choose what deserves choosing, train.

use std::{marker::PhantomData, ops::ControlFlow};

use super::{
    Posterior, Result,
    coordinates::{Coordinates, Learned, Paper, PriorGaussian, Standardised, latent},
    progress::Progress,
};
use crate::{
    dataset::{FEATURES, FailurePolicy, Simulations, Standardisation},
    diffusion::{Parameterisation, Schedule},
    model::{IntoObservation, Observation, Parameters, Simulator, stream},
    net::{FusedEngine, ScoreNetwork, SummaryShape},
    prior::{ClosedFormDiffusion, DeclaredPrior, Prior},
    train::{
        Baselines, CompleteData, Epoch, FittedHead, HEAD_WIDTH, ScoreObjective, TrainError, TrainOptions,
        TrainingReport, TrainingSet, check, check_folds, fit_head, head_outputs, train,
    },
};

/// Hidden layers of the head.
const HEAD_DEPTH: usize = 5;

/// Where simulations come from.
#[derive(Clone, Debug)]
enum Source<const M: usize, const D: usize> {
    Simulate(usize),
    Given(Simulations<M, D>),
    Broken(crate::dataset::DataError),
}

/// Neural posterior score estimation of a simulator: a builder that ends in [`train`](Npse::train).
#[derive(Clone, Debug)]
pub struct Npse<S, N, const M: usize, const D: usize, K = PriorGaussian> {
    simulator: S,
    source: Source<M, D>,
    seed: u64,
    failures: FailurePolicy,
    options: TrainOptions,
    head_options: TrainOptions,
    head_width: usize,
    folds: usize,
    schedule: Schedule,
    parameterisation: Parameterisation,
    quiet: bool,
    marker: PhantomData<fn() -> (N, K)>,
}

impl<S: Simulator<M, D>, N: ScoreNetwork<M, D>, const M: usize, const D: usize> Npse<S, N, M, D> {
    /// Starts with the defaults: 10,000 simulations, seed 0, prior-Gaussian coordinates, a Gaussian baseline.
    pub fn new(simulator: S) -> Self {
        Self {
            simulator,
            source: Source::Simulate(10_000),
            seed: 0,
            failures: FailurePolicy::default(),
            options: TrainOptions::default(),
            head_options: TrainOptions::head(),
            head_width: HEAD_WIDTH,
            folds: 1,
            schedule: Schedule::default(),
            parameterisation: Parameterisation::default(),
            quiet: false,
            marker: PhantomData,
        }
    }

    /// Uses the coordinates of arXiv:2404.07593 (logarithm of log-normal parameters, z-scores) and its closed-form
    /// diffused priors. For reproduction; the default coordinates suit every declared prior.
    pub fn paper_coordinates(self) -> Npse<S, N, M, D, Paper<M>>
    where
        S::Parameters: DeclaredPrior<M> + ClosedFormDiffusion,
    {
        self.cast()
    }

    /// Z-scores the parameters. For priors that can only be sampled; follow it by
    /// [`learned_prior`](Npse::learned_prior).
    pub fn standardised_coordinates(self) -> Npse<S, N, M, D, Standardised<M>> {
        self.cast()
    }
}

impl<S: Simulator<M, D>, N: ScoreNetwork<M, D>, const M: usize, const D: usize, K> Npse<S, N, M, D, K> {
    /// Number of simulations to make.
    #[must_use]
    pub fn simulations(mut self, n: usize) -> Self {
        self.source = Source::Simulate(n);
        self
    }

    /// Trains on simulations that exist already: `x[i · n_max ..]` was simulated from `theta[i]`. They are checked
    /// against the declaration when training starts.
    #[must_use]
    pub fn from_pairs<O: IntoObservation<S::Observation>>(mut self, theta: &[S::Parameters], x: &[O]) -> Self {
        let x: Vec<S::Observation> = x.iter().map(|x| x.clone().into_observation()).collect();
        self.source = match Simulations::from_pairs(theta, &x, N::N_MAX) {
            Ok(simulations) => Source::Given(simulations),
            Err(error) => Source::Broken(error),
        };
        self
    }

    /// Trains on a data set made or loaded before.
    #[must_use]
    pub fn from_simulations(mut self, simulations: Simulations<M, D>) -> Self {
        self.source = Source::Given(simulations);
        self
    }

    /// Seed of simulation and training (default 0). The same seed gives the same posterior on one machine, whatever the
    /// number of threads.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What to do about simulations that fail (default: drop and count up to 10 %).
    #[must_use]
    pub fn failures(mut self, policy: FailurePolicy) -> Self {
        self.failures = policy;
        self
    }

    /// How the score network is trained.
    #[must_use]
    pub fn train_options(mut self, options: TrainOptions) -> Self {
        self.options = options;
        self
    }

    /// How the Gaussian head is trained, and the width of its hidden layers.
    #[must_use]
    pub fn head_options(mut self, options: TrainOptions, width: usize) -> Self {
        self.head_options = options;
        self.head_width = width;
        self
    }

    /// Cross-fits the Gaussian head over `folds` folds (default 1: no): the score network is then trained on baselines
    /// from heads that have not seen the simulation, as it will meet them. Costs `folds` more trainings of the head; worth
    /// it where the head's training loss ends well below its validation loss, as with many observed components and few
    /// simulations. For networks of single observations.
    #[must_use]
    pub fn cross_fit(mut self, folds: usize) -> Self {
        self.folds = folds;
        self
    }

    /// Most epochs of the score network, in place of the default: 150, and fewer, down to 60, for more than 15,000
    /// simulations.
    #[must_use]
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.options.fix_epochs(epochs);
        self
    }

    /// What the network predicts. Without a Gaussian baseline the network's part does not vanish at high noise, so
    /// training times are then drawn uniformly; [`train_options`](Self::train_options) after this call overrides that.
    #[must_use]
    pub fn parameterisation(mut self, parameterisation: Parameterisation) -> Self {
        self.parameterisation = parameterisation;
        if !matches!(parameterisation, Parameterisation::ResidualToGaussian { .. }) {
            self.options.times = crate::train::Times::Uniform { min: 1e-3 };
        }
        self
    }

    /// The noise schedule.
    #[must_use]
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// Draws no progress bars.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Another network with the right static shapes.
    pub fn network<N2: ScoreNetwork<M, D>>(self) -> Npse<S, N2, M, D, K> {
        self.cast()
    }

    /// Learns the prior's score with the network's null context, on a tenth of the rows. For priors without a density;
    /// a declared prior's score is exact without it.
    pub fn learned_prior(mut self) -> Npse<S, N, M, D, Learned<K, M>> {
        if self.options.null_share == 0.0 {
            self.options.null_share = 0.1;
        }
        self.cast()
    }

    fn cast<N2, K2>(self) -> Npse<S, N2, M, D, K2> {
        Npse {
            simulator: self.simulator,
            source: self.source,
            seed: self.seed,
            failures: self.failures,
            options: self.options,
            head_options: self.head_options,
            head_width: self.head_width,
            folds: self.folds,
            schedule: self.schedule,
            parameterisation: self.parameterisation,
            quiet: self.quiet,
            marker: PhantomData,
        }
    }
}

impl<S, N, const M: usize, const D: usize, K> Npse<S, N, M, D, K>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
{
    /// Simulates (unless simulations were given) and trains.
    ///
    /// # Errors
    /// Too many simulations fail; a given simulation contradicts the declaration; training cannot start or its loss is
    /// not finite.
    pub fn train(self) -> Result<Posterior<S, N, M, D, K>>
    where
        // Here and not on the impl, so that what a prior lacks is said in the words of its trait.
        K: Coordinates<S, M, D>,
    {
        // What costs nothing to refuse is refused before anything is simulated.
        check(&self.options)?;
        check(&self.head_options)?;
        check_folds(self.folds, N::N_MAX)?;
        if self.head_width == 0 {
            let remedy = "use at least 1 unit";
            return Err(TrainError::Option { name: "head width", value: 0.0, remedy }.into());
        }
        self.simulator.prior().validate()?;
        let simulations = match self.source {
            Source::Given(simulations) => simulations,
            Source::Broken(error) => return Err(error.into()),
            Source::Simulate(n) => {
                let progress = Progress::new("simulating", n, self.quiet);
                Simulations::simulate(&self.simulator, n, N::N_MAX, self.seed, self.failures, &|done| {
                    progress.set(done);
                    ControlFlow::Continue(())
                })?
            }
        };
        if simulations.slots() != N::N_MAX {
            return Err(
                crate::dataset::DataError::SetSize { row: 0, found: simulations.slots(), expected: N::N_MAX }.into()
            );
        }
        let coordinates = K::fit(&self.simulator, &simulations)?;
        let (standardisation, set) = prepare::<S, K, M, D>(&self.simulator, &coordinates, &simulations)?;

        let mut fitted: Option<FittedHead<FusedEngine, M>> = None;
        if matches!(self.parameterisation, Parameterisation::ResidualToGaussian { .. }) {
            let summary = N::summary();
            let seen = summary.as_ref().map_or(D, SummaryShape::observation);
            let shape = FusedEngine::head_shape(seen, head_outputs(M), N::N_MAX, self.head_width, HEAD_DEPTH);
            let mut initialise =
                |index| FusedEngine::initialise_behind(shape, summary.clone(), &mut stream(self.seed, "head", index));
            let progress = Progress::new("baseline", self.head_options.most_epochs(set.rows()), self.quiet);
            let mut report = |epoch: usize, losses: &Epoch| {
                progress.epoch(epoch, losses);
                ControlFlow::Continue(())
            };
            fitted = Some(fit_head(&mut initialise, &set, &self.head_options, self.seed, self.folds, &mut report)?);
        }

        let mut engine = N::initialise(&mut stream(self.seed, "network", 0))?;
        let baselines = match &fitted {
            None => Baselines::Absent,
            Some(fitted) if N::N_MAX == 1 => Baselines::Fixed(&fitted.baselines),
            Some(fitted) => Baselines::Head(&fitted.head),
        };
        let complete = if self.options.complete_data { CompleteData::fit(&set) } else { None };
        let objective = ScoreObjective {
            set: &set,
            schedule: self.schedule,
            parameterisation: self.parameterisation,
            baselines,
            complete: complete.as_ref(),
        };
        let options =
            TrainOptions { null_share: if K::LEARNED { self.options.null_share } else { 0.0 }, ..self.options };
        let progress = Progress::new("training", options.most_epochs(set.rows()), self.quiet);
        let mut report: TrainingReport =
            train(&mut engine, &objective, &options, self.seed, &mut |epoch: usize, losses: &Epoch| {
                progress.epoch(epoch, losses);
                ControlFlow::Continue(())
            })?;
        report.dropped = simulations.dropped();
        report.complete = (!set.scores.is_empty()).then(|| {
            let known = complete.as_ref().map_or([false; M], CompleteData::known);
            let names = S::Parameters::labels().into_iter().map(|label| label.name);
            names.zip(known).filter_map(|(name, known)| known.then_some(name)).collect()
        });
        if let Some(fitted) = &fitted {
            report.seconds += fitted.report.seconds;
        }
        Ok(Posterior {
            simulator: self.simulator,
            engine,
            head: fitted.map(|fitted| fitted.head),
            standardisation,
            coordinates,
            schedule: self.schedule,
            parameterisation: self.parameterisation,
            report,
            seed: self.seed,
            network: PhantomData,
        })
    }
}

/// Network coordinates of all simulations, and the standardisation that gives them.
fn prepare<S, K, const M: usize, const D: usize>(
    simulator: &S,
    coordinates: &K,
    simulations: &Simulations<M, D>,
) -> Result<(Standardisation, TrainingSet)>
where
    S: Simulator<M, D>,
    K: Coordinates<S, M, D>,
{
    let labels = S::Observation::labels();
    let (transforms, points) = (S::Observation::transforms(), S::Observation::exchangeable());
    let standardisation = Standardisation::fit(simulations.x(), &transforms, &labels, points)?;
    let latent = latent(simulations.theta(), |theta| coordinates.to_latent(simulator, theta))?;
    let theta = latent.iter().flatten().map(|value| *value as f32).collect();
    let scores = simulations.scores().iter().flatten().map(|value| *value as f32).collect();
    let mut x = Vec::with_capacity(simulations.x().len() * FEATURES * D);
    for (row, natural) in simulations.x().iter().enumerate() {
        standardisation.features_into(natural, row, &labels, &mut x)?;
    }
    let set = TrainingSet { parameters: M, observation: D, slots: simulations.slots(), theta, x, scores };
    Ok((standardisation, set))
}
