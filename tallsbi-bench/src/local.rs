//! Test posteriors of a task at given sets of observations by classifiers (local C2ST) trained on simulated sets of as many.

use tallsbi::calibrate::{LocalC2st, LocalC2stOptions, LocalC2stReport, SetPosterior, Study, StudyOptions};
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

/// Tests the posterior `tall` at each of the sets. The same classifiers test them all.
///
/// # Errors
/// A row of another length; whatever the study and the classifiers say.
pub fn local_tests<S: Simulator<M, D>, const M: usize, const D: usize>(
    simulator: &S,
    tall: &dyn SetPosterior<S::Observation, M>,
    tested: &[Tested],
    request: &LocalRequest,
) -> Result<Vec<LocalC2stReport>, InferenceError> {
    let options = StudyOptions {
        observations: request.n_obs,
        sets: request.sets,
        draws: request.draws,
        seed: request.seed,
        ..StudyOptions::default()
    };
    let study = Study::<M, D>::run(simulator, tall, &options).map_err(Error::from)?;
    let options = LocalC2stOptions { seed: request.seed, ..LocalC2stOptions::default() };
    let classifiers = LocalC2st::train(&study, &options).map_err(Error::from)?;
    tested
        .iter()
        .map(|set| {
            let rows = set.observations.iter().map(|row| observation::<S, M, D>(row).map(|x| x.to_array()));
            let rows = rows.collect::<Result<Vec<[f64; D]>, _>>()?;
            let (draws, _) = set.values.as_chunks::<M>();
            Ok(classifiers.test(&rows, draws).map_err(Error::from)?)
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

    use super::{LocalRequest, Tested, local_tests};
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

    /// The exact posterior of two readings passes; with twice its standard deviation it is refused.
    #[test]
    fn the_exact_posterior_passes_and_a_wide_one_does_not() {
        let request = LocalRequest { n_obs: 2, sets: 400, draws: 20, sampler: SamplerChoice::Dpm(30), seed: 4 };
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
                    values: posterior(&xs.map(|x| [x]), 520, 6).expect("infallible").concat(),
                })
                .collect();
            let reports = local_tests(&Reading, &posterior, &tested, &request).expect("tested");
            reports.iter().map(|report| report.p_value()).collect::<Vec<f64>>()
        };
        let p = tests(1.0);
        assert!(p.len() == 3 && p.iter().all(|p| *p > 0.01), "{p:?}");
        let p = tests(2.0);
        assert!(p.len() == 3 && p.iter().all(|p| *p < 0.01), "{p:?}");
    }

    #[test]
    fn an_observation_of_another_length() {
        let error = super::observation::<Reading, 1, 1>(&[0.0; 9]).expect_err("nine components");
        assert_eq!(error.to_string(), "an observation has 9 components, and this task observes 1");
    }
}
