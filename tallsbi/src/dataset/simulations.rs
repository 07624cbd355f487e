//! Simulate in parallel, one stream per simulation, or check simulations made elsewhere.

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicUsize, Ordering},
};

use rayon::prelude::*;

use super::DataError;
use crate::{
    model::{Label, Observation, Parameters, SimulationError, Simulator, Stream, Transform, stream},
    prior::Prior,
};

/// Parameters with what was simulated from them, or why there is nothing.
pub(crate) type Outcome<T, const M: usize> = ([f64; M], Result<T, SimulationError>);

/// The simulations kept, and how many were dropped.
pub(crate) type Kept<T, const M: usize> = (Vec<([f64; M], T)>, usize);

/// What to do about simulations that fail or are not finite: drop and count them, up to a share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FailurePolicy {
    /// Largest share of failures that is dropped silently but counted; more is an error.
    pub max_share: f64,
}

impl Default for FailurePolicy {
    fn default() -> Self {
        Self { max_share: 0.1 }
    }
}

/// Simulations in natural units: parameters and sets of `slots` observations each.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulations<const M: usize, const D: usize> {
    theta: Vec<[f64; M]>,
    x: Vec<[f64; D]>,
    slots: usize,
    dropped: usize,
    /// Complete-data scores, latent coordinates: `[rows]`, or empty.
    scores: Vec<[f64; M]>,
}

impl<const M: usize, const D: usize> Simulations<M, D> {
    /// Draws `n` parameters from the prior and simulates `slots` observations of each, in parallel. Simulation `i` takes
    /// its randomness from stream `i` of `seed`: the result does not depend on the number of threads.
    ///
    /// # Errors
    /// More simulations fail than `policy` allows, or none succeeds. `progress` may cancel by breaking, which counts as
    /// an empty data set.
    pub fn simulate<S: Simulator<M, D>>(
        simulator: &S,
        n: usize,
        slots: usize,
        seed: u64,
        policy: FailurePolicy,
        progress: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    ) -> Result<Self, DataError> {
        let prior = simulator.prior();
        let (transforms, names) = (S::Observation::transforms(), S::Observation::labels());
        let one = |rng: &mut Stream| {
            let theta = prior.sample(rng);
            if let Some(value) = theta.iter().find(|value| !value.is_finite()) {
                return (theta, Err(SimulationError::new(format!("the prior drew {value}"))));
            }
            let set = simulator.simulate_set(&S::Parameters::from_array(theta), slots, rng);
            (theta, set.and_then(|set| checked(&set, slots, &transforms, &names)))
        };
        let (rows, dropped) = simulate_all(n, seed, policy, progress, &S::Parameters::labels(), &one)?;
        let mut kept =
            Self::from_parts(Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len() * slots), slots, dropped);
        for (theta, x) in rows {
            kept.theta.push(theta);
            kept.x.extend(x);
        }
        Ok(kept)
    }

    /// Takes simulations made elsewhere: row `i` of `x` was simulated from row `i` of `theta`. `x` holds `slots`
    /// consecutive observations for each row of `theta` (one, unless the network sees sets).
    ///
    /// # Errors
    /// The numbers of rows disagree, or a number is not finite.
    pub fn from_pairs<P: Parameters<M>, O: Observation<D>>(
        theta: &[P],
        x: &[O],
        slots: usize,
    ) -> Result<Self, DataError> {
        if theta.is_empty() {
            return Err(DataError::Empty);
        }
        if x.len() != theta.len() * slots {
            return Err(DataError::RowCount { theta: theta.len(), x: x.len(), slots });
        }
        let theta: Vec<[f64; M]> = theta.iter().map(P::to_array).collect();
        for (row, theta) in theta.iter().enumerate() {
            if let Some(k) = theta.iter().position(|value| !value.is_finite()) {
                let name = P::labels()[k].name.clone();
                return Err(DataError::ParameterNotFinite { row, name, value: theta[k] });
            }
        }
        let x: Vec<[f64; D]> = x.iter().map(O::to_array).collect();
        check_observations::<O, D>(&x)?;
        Ok(Self::from_parts(theta, x, slots, 0))
    }

    pub(crate) fn from_parts(theta: Vec<[f64; M]>, x: Vec<[f64; D]>, slots: usize, dropped: usize) -> Self {
        Self { theta, x, slots, dropped, scores: Vec::new() }
    }

    /// With the complete-data score of every simulation, latent coordinates; not a number where it is not known.
    pub(crate) fn with_scores(mut self, scores: Vec<[f64; M]>) -> Self {
        self.scores = scores;
        self
    }

    /// Complete-data scores, latent coordinates: `[rows]`, or empty.
    pub(crate) fn scores(&self) -> &[[f64; M]] {
        &self.scores
    }

    /// Number of simulations.
    pub fn rows(&self) -> usize {
        self.theta.len()
    }

    /// Observations per simulation.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// Simulations dropped because they failed or were not finite.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Parameters, natural units: `[rows]`.
    pub fn theta(&self) -> &[[f64; M]] {
        &self.theta
    }

    /// Observations, natural units: `[rows × slots]`, those of a simulation together.
    pub fn x(&self) -> &[[f64; D]] {
        &self.x
    }
}

/// Refuses observations with a component that is not finite or outside its transform's domain.
pub(crate) fn check_observations<O: Observation<D>, const D: usize>(x: &[[f64; D]]) -> Result<(), DataError> {
    let transforms = O::transforms();
    for (row, x) in x.iter().enumerate() {
        for k in 0..D {
            if let Err(error) = transforms[k].apply(x[k]) {
                return Err(DataError::Observation { row, name: O::labels()[k].name.clone(), error });
            }
        }
    }
    Ok(())
}

/// Runs `n` simulations in parallel, each with its own stream of `seed`, and drops failures as far as `policy` allows. The
/// simulations kept, and how many were dropped; `labels` name the parameters of the first failure.
///
/// # Errors
/// More simulations fail than `policy` allows, none succeeds, or `progress` breaks.
pub(crate) fn simulate_all<T: Send, const M: usize>(
    n: usize,
    seed: u64,
    policy: FailurePolicy,
    progress: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    labels: &[Label; M],
    one: &(dyn Fn(&mut Stream) -> Outcome<T, M> + Sync),
) -> Result<Kept<T, M>, DataError> {
    let done = AtomicUsize::new(0);
    let outcomes: Option<Vec<Outcome<T, M>>> = (0..n as u64)
        .into_par_iter()
        .map(|index| {
            let outcome = one(&mut stream(seed, "simulate", index));
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            progress(done).is_continue().then_some(outcome)
        })
        .collect();
    let mut kept = Vec::with_capacity(n);
    let mut dropped = 0;
    let mut first_failure = None;
    for (theta, outcome) in outcomes.ok_or(DataError::Empty)? {
        match outcome {
            Ok(simulated) => kept.push((theta, simulated)),
            Err(error) => {
                dropped += 1;
                first_failure.get_or_insert((theta, error));
            }
        }
    }
    if let Some((theta, error)) = first_failure {
        let theta: Vec<String> =
            labels.iter().zip(theta).map(|(label, value)| format!("{} = {value}", label.name)).collect();
        let (theta, reason) = (theta.join(", "), error.to_string());
        let (failed, share) = (dropped, policy.max_share);
        // A share that is not a number allows nothing.
        let allowed = failed as f64 <= share * n as f64;
        if !allowed {
            return Err(DataError::TooManyFailures { failed, total: n, share, theta, reason });
        }
        if failed == n {
            return Err(DataError::AllFailed { total: n, theta, reason });
        }
    }
    if kept.is_empty() {
        return Err(DataError::Empty);
    }
    Ok((kept, dropped))
}

/// The components of a simulated set, which must be complete, finite and inside the domains of their transforms.
pub(crate) fn checked<O: Observation<D>, const D: usize>(
    set: &[O],
    slots: usize,
    transforms: &[Transform; D],
    labels: &[Label; D],
) -> Result<Vec<[f64; D]>, SimulationError> {
    if set.len() != slots {
        let found = set.len();
        return Err(SimulationError::new(format!("the simulator gave a set of {found} observations, not {slots}")));
    }
    set.iter().map(|x| finite(x.to_array(), transforms, labels)).collect()
}

fn finite<const D: usize>(
    x: [f64; D],
    transforms: &[Transform; D],
    labels: &[Label; D],
) -> Result<[f64; D], SimulationError> {
    for k in 0..D {
        transforms[k].apply(x[k]).map_err(|error| SimulationError::new(format!("`{}` = {error}", labels[k].name)))?;
    }
    Ok(x)
}
