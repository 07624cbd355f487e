//! Test posteriors of a task at given sets of observations by classifiers (local C2ST) trained on simulated sets of as many.

use tallsbi::calibrate::{LocalC2st, LocalC2stOptions, LocalC2stReport, SetPosterior, Study, StudyOptions, stretch};
use tallsbi::model::{Observation, Simulator};
use tallsbi::posterior::Error;

use crate::choice::SamplerChoice;
use crate::inference::InferenceError;

/// What the classifiers are trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalRequest {
    /// Observations of a set.
    pub n_obs: usize,
    /// Simulated sets.
    pub sets: usize,
    /// Posterior draws for each simulated set: one is told from the true parameters, the others whiten.
    pub draws: usize,
    /// What integrates from noise to the posterior; also of the draws that are tested.
    pub sampler: SamplerChoice,
    /// Seed of sets, draws and classifiers.
    pub seed: u64,
}

/// A set of observations with draws from its posterior, GAUSS, natural units.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// Rows of D components.
    pub observations: Vec<Vec<f64>>,
    /// `[draws × M]`; a thousand and more, of which the first `LocalRequest::draws` − 1 whiten.
    pub values: Vec<f64>,
}

/// What local C2ST says of a posterior at a set of observations.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalTest {
    /// The test of the posterior.
    pub report: LocalC2stReport,
    /// The test of the same posterior with draws [`NARROW`] times as far from their mean: a negative control.
    pub narrow: LocalC2stReport,
}

/// How wide the draws of the negative control are: where that is not refused, passing says little.
pub const NARROW: f64 = 0.8;
/// Steps of the optimiser that every classifier is trained for.
const STEPS: usize = 800;
/// A posterior with a smaller p-value is refused.
pub const LEVEL: f64 = 0.05;
/// Classifiers trained on exchanged labels: p-values are multiples of 1/61.
const NULL: usize = 60;

/// Tests the posterior `tall` at each of the sets. The same classifiers test them all.
///
/// # Errors
/// A row of another length; whatever the study and the classifiers say.
pub fn local_tests<S: Simulator<M, D>, const M: usize, const D: usize>(
    simulator: &S,
    tall: &dyn SetPosterior<S::Observation, M>,
    tested: &[Tested],
    request: &LocalRequest,
) -> Result<Vec<LocalTest>, InferenceError> {
    let options = StudyOptions {
        observations: request.n_obs,
        sets: request.sets,
        draws: request.draws,
        seed: request.seed,
        ..StudyOptions::default()
    };
    let study = Study::<M, D>::run(simulator, tall, &options).map_err(Error::from)?;
    // Narrower than the default, with 75 features and a classifier for every exchange of labels; and so trained for longer.
    let mut options = LocalC2stOptions { null: NULL, seed: request.seed, ..LocalC2stOptions::default() };
    options.classifier.width = 1;
    options.classifier.epochs = (STEPS * options.classifier.batch).div_ceil(2 * study.sets().len());
    let train = |study: &Study<M, D>| LocalC2st::train(study, &options).map_err(Error::from);
    let (classifiers, narrow) = (train(&study)?, train(&study.stretched(NARROW))?);
    tested
        .iter()
        .map(|set| {
            let rows = set.observations.iter().map(|row| observation::<S, M, D>(row).map(|x| x.to_array()));
            let rows = rows.collect::<Result<Vec<[f64; D]>, _>>()?;
            let mut draws = set.values.as_chunks::<M>().0.to_vec();
            let report = classifiers.test(&rows, &draws).map_err(Error::from)?;
            stretch(&mut draws, NARROW);
            Ok(LocalTest { report, narrow: narrow.test(&rows, &draws).map_err(Error::from)? })
        })
        .collect()
}

/// A row of numbers as an observation.
///
/// # Errors
/// It has another length.
pub fn observation<S: Simulator<M, D>, const M: usize, const D: usize>(
    row: &[f64],
) -> Result<S::Observation, InferenceError> {
    match <[f64; D]>::try_from(row) {
        Ok(values) => Ok(S::Observation::from_array(values)),
        Err(_) => Err(InferenceError::Components { found: row.len(), expected: D }),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tallsbi::model::stream;
    use tallsbi::prelude::*;
    use tallsbi::rand_distr::{Distribution, Normal};

    use super::{LEVEL, LocalRequest, Tested, local_tests};
    use crate::choice::SamplerChoice;

    /// A level.
    #[derive(Parameters, Clone, Debug)]
    struct Level {
        /// height
        #[prior(Normal(0.0, 1.0))]
        mu: f64,
    }

    /// A reading of it.
    #[simulator]
    fn reading(theta: &Level, rng: &mut impl Rng) -> [f32; 1] {
        [Normal::new(theta.mu, 1.0).expect("finite").sample(rng) as f32]
    }

    /// The exact posterior of two readings passes, and the narrow control is refused; so is a wide posterior.
    #[test]
    fn the_exact_posterior_passes_and_others_do_not() {
        let request = LocalRequest { n_obs: 2, sets: 2_000, draws: 40, sampler: SamplerChoice::Dpm(30), seed: 4 };
        let tests = |factor: f64| {
            let posterior = move |xs: &[[f32; 1]], draws: usize, seed: u64| {
                let precision = 1.0 + xs.len() as f64;
                let mean = xs.iter().map(|[x]| f64::from(*x)).sum::<f64>() / precision;
                let normal = Normal::new(mean, factor / precision.sqrt()).expect("finite");
                let draw = |i| [normal.sample(&mut stream(seed, "test draws", i))];
                Ok::<_, Infallible>((0..draws as u64).map(draw).collect::<Vec<[f64; 1]>>())
            };
            let tested: Vec<Tested> = [[-0.5_f32, 0.25], [0.5, 1.5], [-1.0, -2.0]]
                .iter()
                .map(|xs| Tested {
                    observations: xs.iter().map(|x| vec![f64::from(*x)]).collect(),
                    values: posterior(&xs.map(|x| [x]), 1_039, 6).expect("infallible").concat(),
                })
                .collect();
            local_tests(&Reading, &posterior, &tested, &request).expect("tested")
        };
        let exact = tests(1.0);
        let p: Vec<[f64; 2]> = exact.iter().map(|test| [test.report.p_value(), test.narrow.p_value()]).collect();
        assert!(p.len() == 3 && p.iter().all(|[exact, narrow]| *exact > LEVEL && *narrow < LEVEL), "{p:?}");
        let p: Vec<f64> = tests(1.6).iter().map(|test| test.report.p_value()).collect();
        assert!(p.len() == 3 && p.iter().all(|p| *p < LEVEL), "{p:?}");
    }

    #[test]
    fn an_observation_of_another_length() {
        let error = super::observation::<Reading, 1, 1>(&[0.0; 9]).expect_err("nine components");
        assert_eq!(error.to_string(), "an observation has 9 components, and this task observes 1");
    }
}
