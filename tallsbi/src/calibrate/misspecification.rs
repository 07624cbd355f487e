//! Test whether the model could have produced a set of observations at all: its features against those of simulated sets.
//!
//! # Source   The idea of arXiv:2112.08866 (distance of summaries of the data from those of simulations, with its law under
//! the model from further simulations), for sets of n observations, and for distances that need no trained summary: here
//! Mahalanobis' distance and the distance to the nearest simulated sets.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use super::CalibrationError;
use crate::{
    dataset::{FEATURES, Standardisation},
    model::{Label, Observation, Parameters, Points, Simulator, Transform, stream},
    prior::Prior,
};

/// Features beyond this many standard deviations count as this many: squares of them must stay finite.
const BOUND: f64 = 1e6;

/// How a test is prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MisspecificationOptions {
    /// Simulated sets that observations are compared with (default 1,000).
    pub reference: usize,
    /// Further simulated sets, whose distances are the law of the statistic under the model: the smallest p-value is 1 over
    /// their number plus one (default 999).
    pub null: usize,
    /// Nearest simulated sets whose mean distance is taken (default 5).
    pub neighbours: usize,
    /// Largest number of simulations that may fail, for each that is kept (default 1).
    pub failures: usize,
    /// Seed. Set i takes its randomness from stream i of it.
    pub seed: u64,
}

impl Default for MisspecificationOptions {
    fn default() -> Self {
        Self { reference: 1_000, null: 999, neighbours: 5, failures: 1, seed: 0 }
    }
}

/// Simulated sets of n observations, to test observed ones against.
///
/// A set's features are mean and (for n > 1) standard deviation over its observations of the normal score of every
/// component, which goes on as a z-score beyond what was simulated. They are whitened by their covariance over simulated
/// sets. (Z-scores beside normal scores, as networks see them, are all but collinear: whitening then blows their small
/// differences up, and the test loses its power.) Preparing costs about (sets) × D² + D³ operations.
#[derive(Clone, Debug)]
pub struct Misspecification<const D: usize> {
    n: usize,
    labels: [Label; D],
    seen: Seen,
    mean: DVector<f64>,
    scale: Vec<f64>,
    whiten: DMatrix<f64>,
    reference: Vec<DVector<f64>>,
    neighbours: usize,
    null: Vec<[f64; 2]>,
}

/// The test of one set of observations.
#[derive(Clone, Debug, PartialEq)]
pub struct MisspecificationReport {
    /// Observations of the set.
    pub n_observations: usize,
    /// Mahalanobis' distance from the mean of simulated sets.
    pub distance: f64,
    /// Mean distance to the nearest simulated sets, whitened features.
    pub nearest: f64,
    /// The p-value of both together. Uniform on its possible values where the model is right and parameters come from its
    /// prior: observed and simulated sets are then exchangeable.
    pub p_value: f64,
    /// Distances of the simulated sets that the p-value comes from: Mahalanobis, nearest.
    pub null: Vec<[f64; 2]>,
    /// Features with how many standard deviations of simulated sets they lie off, the farthest first.
    pub features: Vec<(String, f64)>,
}

impl<const D: usize> Misspecification<D> {
    /// Simulates sets of `n` observations, each with parameters from the prior.
    ///
    /// # Errors
    /// [`CalibrationError::Zero`]; [`CalibrationError::TooManyFailures`] of the simulator.
    pub fn prepare<S, const M: usize>(
        simulator: &S,
        n: usize,
        options: &MisspecificationOptions,
    ) -> Result<Self, CalibrationError>
    where
        S: Simulator<M, D>,
    {
        for (count, what) in [
            (n, "the number of observations in a set"),
            (options.reference.saturating_sub(1), "the number of simulated sets less one"),
            (options.null, "the number of further simulated sets"),
            (options.neighbours, "the number of nearest sets"),
        ] {
            if count == 0 {
                return Err(CalibrationError::Zero { what });
            }
        }
        let total = options.reference + options.null;
        let mut sets: Vec<Vec<[f64; D]>> = Vec::with_capacity(total);
        let (mut next, mut reason) = (0, String::new());
        // Failing sets are replaced by the next streams.
        while sets.len() < total {
            let wanted = total - sets.len();
            let outcomes: Vec<Result<Vec<[f64; D]>, String>> = (next..next + wanted)
                .into_par_iter()
                .map(|index| one_set::<S, M, D>(simulator, n, options.seed, index as u64))
                .collect();
            next += wanted;
            for outcome in outcomes {
                match outcome {
                    Ok(set) => sets.push(set),
                    Err(error) => reason = error,
                }
            }
            let failed = next - sets.len();
            if failed > options.failures.saturating_mul(sets.len().max(1)) {
                let share = options.failures as f64 / (1.0 + options.failures as f64);
                return Err(CalibrationError::TooManyFailures { failed, total: next, share, reason });
            }
        }
        let labels = S::Observation::labels();
        let all: Vec<[f64; D]> = sets[..options.reference].concat();
        let seen = Seen::fit(&all, &S::Observation::transforms(), &labels, S::Observation::exchangeable())?;
        let features: Vec<DVector<f64>> =
            sets.par_iter().map(|set| seen.features(&labels, set)).collect::<Result<_, _>>()?;
        let (reference, null) = features.split_at(options.reference);
        let count = reference.len() as f64;
        let mean = reference.iter().sum::<DVector<f64>>() / count;
        let mut covariance = DMatrix::zeros(mean.len(), mean.len());
        for feature in reference {
            let off = feature - &mean;
            covariance.ger(1.0 / (count - 1.0), &off, &off, 1.0);
        }
        let scale = covariance.diagonal().iter().map(|v| v.sqrt()).collect();
        let eigen = covariance.symmetric_eigen();
        // Directions that never vary under the model keep a little variance: an observation that moves there is far off,
        // rounding is not.
        let floor = 1e-6 * eigen.eigenvalues.max().max(f64::MIN_POSITIVE);
        let inverse = eigen.eigenvalues.map(|value| 1.0 / value.max(floor).sqrt());
        let whiten = DMatrix::from_diagonal(&inverse) * eigen.eigenvectors.transpose();
        let reference: Vec<DVector<f64>> = reference.iter().map(|feature| &whiten * (feature - &mean)).collect();
        let neighbours = options.neighbours.min(reference.len());
        let mut test = Self { n, labels, seen, mean, scale, whiten, reference, neighbours, null: Vec::new() };
        test.null = null.par_iter().map(|feature| test.distances(feature)).collect();
        Ok(test)
    }

    /// Tests whether the model could have produced these observations, natural units.
    ///
    /// # Errors
    /// [`CalibrationError::SetSize`] for another number of observations than prepared for; [`CalibrationError::Data`] where a
    /// value is outside its transform's domain.
    pub fn test<O: Observation<D>>(&self, observations: &[O]) -> Result<MisspecificationReport, CalibrationError> {
        if observations.len() != self.n {
            return Err(CalibrationError::SetSize { found: observations.len(), expected: self.n });
        }
        let rows: Vec<[f64; D]> = observations.iter().map(Observation::to_array).collect();
        let feature = self.seen.features(&self.labels, &rows)?;
        let observed = self.distances(&feature);
        let mut pooled = self.null.clone();
        pooled.push(observed);
        // Of each distance the rank among all sets, of each set the larger rank: symmetric in the sets, so that the observed
        // one has every place with the same probability.
        let ranks = [0, 1].map(|k| {
            let mut sorted: Vec<f64> = pooled.iter().map(|d| d[k]).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            pooled.iter().map(|d| sorted.partition_point(|other| other.total_cmp(&d[k]).is_lt())).collect::<Vec<_>>()
        });
        let worst = |i: usize| ranks[0][i].max(ranks[1][i]);
        let last = pooled.len() - 1;
        let at_least = (0..=last).filter(|i| worst(*i) >= worst(last)).count();
        let mut off: Vec<(String, f64)> = self
            .names()
            .into_iter()
            .enumerate()
            .map(|(k, name)| (name, (feature[k] - self.mean[k]) / self.scale[k].max(1e-3)))
            .collect();
        off.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        Ok(MisspecificationReport {
            n_observations: self.n,
            distance: observed[0],
            nearest: observed[1],
            p_value: at_least as f64 / pooled.len() as f64,
            null: self.null.clone(),
            features: off,
        })
    }

    /// Mahalanobis' distance, and the mean distance to the nearest reference sets.
    fn distances(&self, feature: &DVector<f64>) -> [f64; 2] {
        let white = &self.whiten * (feature - &self.mean);
        let mut distances: Vec<f64> = self.reference.iter().map(|other| (&white - other).norm()).collect();
        let k = self.neighbours;
        distances.select_nth_unstable_by(k - 1, f64::total_cmp);
        [white.norm(), distances[..k].iter().sum::<f64>() / k as f64]
    }

    fn names(&self) -> Vec<String> {
        let statistics = if self.n > 1 { &["mean of ", "sd of "][..] } else { &[""] };
        let of = |what: &&str| self.labels.iter().map(|label| format!("{what}{}", label.name)).collect::<Vec<_>>();
        statistics.iter().flat_map(of).collect()
    }
}

fn one_set<S: Simulator<M, D>, const M: usize, const D: usize>(
    simulator: &S,
    n: usize,
    seed: u64,
    index: u64,
) -> Result<Vec<[f64; D]>, String> {
    let mut rng = stream(seed, "misspecification", index);
    let theta = S::Parameters::from_array(simulator.prior().sample(&mut rng));
    let set: Result<Vec<[f64; D]>, _> =
        (0..n).map(|_| simulator.simulate(&theta, &mut rng).map(|x| x.to_array())).collect();
    let set = set.map_err(|error| error.to_string())?;
    let transforms = S::Observation::transforms();
    for x in &set {
        for (value, transform) in x.iter().zip(&transforms) {
            transform.apply(*value).map_err(|error| error.to_string())?;
        }
    }
    Ok(set)
}

/// What is seen of one observation.
#[derive(Clone, Debug)]
struct Seen {
    standardisation: Standardisation,
    /// The smallest and largest simulated z-score of every component.
    range: Vec<(f64, f64)>,
}

impl Seen {
    fn fit<const D: usize>(
        x: &[[f64; D]],
        transforms: &[Transform; D],
        labels: &[Label; D],
        points: Vec<Points>,
    ) -> Result<Self, CalibrationError> {
        // Of what is seen here, moments and differences are no part.
        let (standardisation, _) = Standardisation::of_components(x, transforms, labels, points)?;
        let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY); D];
        let mut scores = Vec::with_capacity(FEATURES * D);
        for (row, x) in x.iter().enumerate() {
            scores.clear();
            standardisation.features_into(x, row, labels, &mut scores)?;
            for (range, z) in range.iter_mut().zip(&scores) {
                *range = (range.0.min(f64::from(*z)), range.1.max(f64::from(*z)));
            }
        }
        Ok(Self { standardisation, range })
    }

    /// Mean, and for several observations standard deviation, of normal scores.
    fn features<const D: usize>(
        &self,
        labels: &[Label; D],
        set: &[[f64; D]],
    ) -> Result<DVector<f64>, CalibrationError> {
        let n = set.len() as f64;
        let mut scores = Vec::with_capacity(FEATURES * D);
        let mut columns = vec![Vec::with_capacity(set.len()); D];
        for (row, x) in set.iter().enumerate() {
            scores.clear();
            self.standardisation.features_into(x, row, labels, &mut scores)?;
            for (k, column) in columns.iter_mut().enumerate() {
                let (z, score) = (f64::from(scores[k]), f64::from(scores[D + k]));
                let beyond = z - z.clamp(self.range[k].0, self.range[k].1);
                column.push((score + beyond).clamp(-BOUND, BOUND));
            }
        }
        let means: Vec<f64> = columns.iter().map(|column| column.iter().sum::<f64>() / n).collect();
        let mut all = means.clone();
        if set.len() > 1 {
            let variance = |(column, mean): (&Vec<f64>, &f64)| {
                column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)
            };
            all.extend(columns.iter().zip(&means).map(|pair| variance(pair).sqrt()));
        }
        Ok(DVector::from_vec(all))
    }
}
