//! Let a typed posterior of a task be sampled, reported and saved by numbers alone.

use std::io::Write;
use std::path::Path;

use tallsbi::calibrate::TallPosterior;
use tallsbi::compose::{Clipped, Composer, DiffusedPrior, Factorized, FactorizedDiffused, Gauss, Jac};
use tallsbi::model::{Observation, Parameters, Simulator};
use tallsbi::net::{EngineJacobians, ScoreNetwork};
use tallsbi::posterior::{Coordinates, Learned, NetworkScores, Posterior, PriorGaussian};
use tallsbi::prior::LatentPrior;
use tallsbi::report::{CsvError, read_csv};
use tallsbi::train::TrainingReport;

use tallsbi_bench::choice::ComposerChoice;
use tallsbi_bench::inference::{InferenceError, Model, Sampled, Sampling};
use tallsbi_bench::local::{LocalRequest, LocalTest, Tested, local_tests, observation};
use tallsbi_bench::page::{self, PageError, PageRequest};

/// A posterior in coordinates `K`: the prior's own, or those with a learned prior.
pub(crate) struct Typed<S, N: ScoreNetwork<M, D>, const M: usize, const D: usize, K>(
    pub(crate) Posterior<S, N, M, D, K>,
);

/// Coordinates whose prior's score is learned.
pub(crate) type WithLearnedPrior<const M: usize> = Learned<PriorGaussian, M>;

impl<S, N, const M: usize, const D: usize, K> Model for Typed<S, N, M, D, K>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D, Engine: EngineJacobians>,
    K: KnownPrior<S, N, M, D>,
    for<'a> K::Prior<'a, N::Engine>: DiffusedPrior<M>,
{
    fn names(&self) -> Vec<String> {
        S::Parameters::labels().map(|label| label.name).to_vec()
    }

    fn n_components(&self) -> usize {
        D
    }

    fn training(&self) -> &TrainingReport {
        self.0.training()
    }

    fn read_observations(&self, path: &Path) -> Result<Vec<Vec<f64>>, CsvError> {
        let observations = read_csv::<S::Observation, D>(path)?;
        Ok(observations.iter().map(|x| x.to_array().to_vec()).collect())
    }

    fn sample(&self, observations: &[Vec<f64>], sampling: &Sampling) -> Result<Sampled, InferenceError> {
        let observations = typed::<S, M, D>(observations)?;
        match sampling.composer {
            ComposerChoice::Gauss => composed(&self.0, &observations, Gauss::default(), sampling),
            ComposerChoice::GaussPilot => composed(&self.0, &observations, Gauss::pilot(1_000, 30), sampling),
            ComposerChoice::Jac => composed(&self.0, &observations, Jac::default(), sampling),
            ComposerChoice::JacClip => composed(&self.0, &observations, Clipped::new(Jac::default()), sampling),
            ComposerChoice::Factorized => K::factorized(&self.0, &observations, sampling),
            ComposerChoice::FactorizedDiffused => composed(&self.0, &observations, FactorizedDiffused, sampling),
        }
    }

    fn report(
        &self,
        observations: &[Vec<f64>],
        request: &PageRequest,
        out: &mut dyn Write,
    ) -> Result<(), InferenceError> {
        page::write(&self.0, &typed::<S, M, D>(observations)?, request, out).map_err(|error| match error {
            PageError::Library(error) => error.into(),
            PageError::Output(error) => InferenceError::Output(error),
        })
    }

    fn local_c2st(&self, tested: &[Tested], request: &LocalRequest) -> Result<Vec<LocalTest>, InferenceError> {
        let tall = TallPosterior::new(&self.0).compose(Gauss::default()).sampler(request.sampler);
        local_tests::<S, M, D>(self.0.simulator(), &tall, tested, request)
    }

    fn save(&self, path: &Path) -> Result<(), InferenceError> {
        Ok(self.0.save(path)?)
    }
}

/// Rows of numbers as observations.
fn typed<S: Simulator<M, D>, const M: usize, const D: usize>(
    rows: &[Vec<f64>],
) -> Result<Vec<S::Observation>, InferenceError> {
    rows.iter().map(|row| observation::<S, M, D>(row)).collect()
}

/// Coordinates that say whether the undiffused prior's score is known, as F-NPSE needs it.
pub(crate) trait KnownPrior<S, N: ScoreNetwork<M, D>, const M: usize, const D: usize>:
    Coordinates<S, M, D>
where
    S: Simulator<M, D>,
{
    /// Draws composed as F-NPSE does.
    fn factorized(
        posterior: &Posterior<S, N, M, D, Self>,
        observations: &[S::Observation],
        sampling: &Sampling,
    ) -> Result<Sampled, InferenceError>;
}

impl<S, N, const M: usize, const D: usize> KnownPrior<S, N, M, D> for PriorGaussian
where
    S: Simulator<M, D, Prior: LatentPrior<M>>,
    N: ScoreNetwork<M, D>,
{
    fn factorized(
        posterior: &Posterior<S, N, M, D, Self>,
        observations: &[S::Observation],
        sampling: &Sampling,
    ) -> Result<Sampled, InferenceError> {
        composed(posterior, observations, Factorized, sampling)
    }
}

impl<S, N, const M: usize, const D: usize> KnownPrior<S, N, M, D> for WithLearnedPrior<M>
where
    S: Simulator<M, D, Prior: LatentPrior<M>>,
    N: ScoreNetwork<M, D>,
{
    fn factorized(
        _posterior: &Posterior<S, N, M, D, Self>,
        _observations: &[S::Observation],
        _sampling: &Sampling,
    ) -> Result<Sampled, InferenceError> {
        Err(InferenceError::NoPriorScore)
    }
}

fn composed<'a, S, N, const M: usize, const D: usize, K, C>(
    posterior: &'a Posterior<S, N, M, D, K>,
    observations: &[S::Observation],
    composer: C,
    sampling: &Sampling,
) -> Result<Sampled, InferenceError>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
    K::Prior<'a, N::Engine>: DiffusedPrior<M>,
    C: for<'x> Composer<M, K::Prior<'a, N::Engine>, NetworkScores<'x, N::Engine, K::Prior<'a, N::Engine>, M>>,
{
    let bound = posterior.observe(observations)?.compose(composer).sampler(sampling.sampler);
    let bound = bound.seed(sampling.seed);
    let bound = match sampling.precision {
        Some(precision) => bound.precision(precision),
        None => bound,
    };
    let bound = if sampling.quiet { bound.quiet() } else { bound };
    let draws = bound.sample(sampling.draws)?;
    Ok(Sampled {
        values: draws.rows().as_flattened().to_vec(),
        summary: draws.summary().to_string(),
        report: draws.report().clone(),
    })
}
