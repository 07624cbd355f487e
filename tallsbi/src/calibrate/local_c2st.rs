//! Test a posterior at one set of observations with a classifier (local C2ST), with its null distribution and p-value.
//!
//! # Source   arXiv:2306.03580: a classifier is trained to tell (θ, x) with θ true from (θ, x) with θ drawn from the posterior;
//! at x_o its squared deviation from ½, averaged over posterior draws, is the statistic; classifiers trained
//! on exchanged labels give its law where the posterior is right.

use nalgebra::{SMatrix, SVector};
use rand::RngExt;
use rayon::prelude::*;

use super::{CalibrationError, Study};
use crate::{
    diagnose::{C2stOptions, Classifier, MetricError},
    model::stream,
};

/// How the classifiers are trained.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalC2stOptions {
    /// Width, epochs and rate of each classifier. Folds are not used.
    pub classifier: C2stOptions,
    /// Classifiers whose probabilities are averaged (default 1).
    pub ensemble: usize,
    /// Classifiers (or ensembles) trained on exchanged labels: the smallest p-value is 1 over their number plus one
    /// (default 100).
    pub null: usize,
    /// Seed.
    pub seed: u64,
}

impl Default for LocalC2stOptions {
    fn default() -> Self {
        let classifier = C2stOptions { width: 3, epochs: 20, ..C2stOptions::default() };
        Self { classifier, ensemble: 1, null: 100, seed: 1 }
    }
}

/// Classifiers trained on a study: test any set of as many observations as its data sets had.
///
/// The classifier sees θ whitened by mean and covariance of posterior draws at the same observations, with its products,
/// so that a posterior of any width looks alike (the purpose of the paper's variant for normalizing flows), and mean and
/// standard deviation of every observed component over the set.
pub struct LocalC2st<const M: usize, const D: usize> {
    n: usize,
    n_sets: usize,
    seed: u64,
    whitening: usize,
    scales: Vec<(f64, f64)>,
    observed: Vec<Classifier>,
    null: Vec<Vec<Classifier>>,
}

/// The test at one set of observations.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalC2stReport {
    /// Observations that the posterior is given.
    pub n_observations: usize,
    /// Data sets that the classifiers were trained on.
    pub n_sets: usize,
    /// Seed of the classifiers.
    pub seed: u64,
    /// Mean of (probability − ½)² over posterior draws.
    pub statistic: f64,
    /// The same of every classifier trained on exchanged labels.
    pub null: Vec<f64>,
}

impl LocalC2stReport {
    /// (1 + number of null statistics at or above the statistic)/(1 + their number).
    pub fn p_value(&self) -> f64 {
        let above = self.null.iter().filter(|null| **null >= self.statistic).count();
        (1.0 + above as f64) / (1.0 + self.null.len() as f64)
    }
}

impl<const M: usize, const D: usize> std::fmt::Debug for LocalC2st<M, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalC2st").field("n", &self.n).field("null", &self.null.len()).finish_non_exhaustive()
    }
}

impl<const M: usize, const D: usize> LocalC2st<M, D> {
    /// Trains on a study. Each data set gives its true parameters, one posterior draw, and the other draws to whiten by.
    ///
    /// # Errors
    /// [`MetricError::TooFewRows`] for fewer than 20 data sets or M + 3 draws of each; [`MetricError::InvalidTraining`];
    /// [`CalibrationError::Zero`] for no classifier.
    pub fn train(study: &Study<M, D>, options: &LocalC2stOptions) -> Result<Self, CalibrationError> {
        for (count, what) in [(options.ensemble, "the ensemble"), (options.null, "the number of null classifiers")] {
            if count == 0 {
                return Err(CalibrationError::Zero { what });
            }
        }
        if !options.classifier.is_trainable() {
            return Err(MetricError::InvalidTraining.into());
        }
        for (rows, needed) in [(study.sets().len(), 20), (study.n_draws(), M + 3)] {
            if rows < needed {
                return Err(MetricError::TooFewRows { rows, needed }.into());
            }
        }
        let n = study.n_observations();
        let pairs: Vec<[Vec<f64>; 2]> = study
            .sets()
            .par_iter()
            .map(|set| {
                let whitening = Whitening::new(&set.draws[1..]);
                let summary = summary(&set.observations);
                [set.draws[0], set.theta].map(|theta| features(&whitening, &theta, &summary))
            })
            .collect();
        let width = pairs[0][0].len();
        let rows = 2.0 * pairs.len() as f64;
        let scales: Vec<(f64, f64)> = (0..width)
            .map(|k| {
                let mean = pairs.iter().flatten().map(|row| row[k]).sum::<f64>() / rows;
                let sd = (pairs.iter().flatten().map(|row| (row[k] - mean).powi(2)).sum::<f64>() / rows).sqrt();
                (mean, if sd > 0.0 && sd.is_finite() { sd } else { 1.0 })
            })
            .collect();
        let x: Vec<f32> = pairs.iter().flatten().flat_map(|row| standardised(row, &scales)).collect();
        let trained = |exchange: Option<u64>, member: usize| {
            let purpose = if exchange.is_some() { "local c2st null" } else { "local c2st" };
            let item = exchange.unwrap_or(0);
            let mut labels = Vec::with_capacity(2 * pairs.len());
            // The true parameters and the draw of one data set are exchangeable where the posterior is right.
            let mut coins = stream(options.seed, "local c2st exchange", item);
            for _ in 0..pairs.len() {
                let exchanged = exchange.is_some() && coins.random();
                labels.extend(if exchanged { [1.0, 0.0] } else { [0.0, 1.0] });
            }
            let mut rng = stream(options.seed, purpose, item * options.ensemble as u64 + member as u64);
            Classifier::train(&x, &labels, width, &options.classifier, &mut rng)
        };
        let all = |exchange: Option<u64>| (0..options.ensemble).map(|member| trained(exchange, member)).collect();
        let mut sets: Vec<Vec<Classifier>> =
            (0..=options.null as u64).into_par_iter().map(|item| all(item.checked_sub(1))).collect();
        let observed = sets.remove(0);
        Ok(Self {
            n,
            n_sets: study.sets().len(),
            seed: options.seed,
            whitening: study.n_draws() - 1,
            scales,
            observed,
            null: sets,
        })
    }

    /// Tests the posterior at these observations with its `draws` there, both natural units. The first draws, as many as
    /// whitened each data set of the study, whiten; the others are tested: give a thousand or more.
    ///
    /// # Errors
    /// [`CalibrationError::SetSize`] for another number of observations than in the study; [`MetricError::TooFewRows`]
    /// without draws to test.
    pub fn test(&self, observations: &[[f64; D]], draws: &[[f64; M]]) -> Result<LocalC2stReport, CalibrationError> {
        if observations.len() != self.n {
            return Err(CalibrationError::SetSize { found: observations.len(), expected: self.n });
        }
        if draws.len() <= self.whitening {
            return Err(MetricError::TooFewRows { rows: draws.len(), needed: self.whitening + 1 }.into());
        }
        let (whitening, summary) = (Whitening::new(&draws[..self.whitening]), summary(observations));
        let tested = &draws[self.whitening..];
        let x: Vec<f32> = tested
            .iter()
            .flat_map(|theta| standardised(&features(&whitening, theta, &summary), &self.scales))
            .collect();
        let statistic = |ensemble: &Vec<Classifier>| {
            let mut mean = vec![0.0; tested.len()];
            for classifier in ensemble {
                for (mean, p) in mean.iter_mut().zip(classifier.probabilities(&x)) {
                    *mean += f64::from(p) / ensemble.len() as f64;
                }
            }
            mean.iter().map(|p| (p - 0.5).powi(2)).sum::<f64>() / tested.len() as f64
        };
        let null = self.null.par_iter().map(statistic).collect();
        Ok(LocalC2stReport {
            n_observations: self.n,
            n_sets: self.n_sets,
            seed: self.seed,
            statistic: statistic(&self.observed),
            null,
        })
    }
}

/// Mean and inverse Cholesky factor of draws.
struct Whitening<const M: usize> {
    mean: SVector<f64, M>,
    whiten: SMatrix<f64, M, M>,
}

impl<const M: usize> Whitening<M> {
    fn new(draws: &[[f64; M]]) -> Self {
        let n = draws.len() as f64;
        let mean = draws.iter().map(|draw| SVector::from(*draw)).sum::<SVector<f64, M>>() / n;
        let mut covariance = SMatrix::<f64, M, M>::zeros();
        for draw in draws {
            let off = SVector::from(*draw) - mean;
            covariance += off * off.transpose() / (n - 1.0);
        }
        let whiten = covariance.cholesky().and_then(|cholesky| cholesky.l().try_inverse());
        // Draws that lie in a plane: component by component.
        let whiten = whiten.unwrap_or_else(|| {
            SMatrix::from_diagonal(&covariance.diagonal().map(|v| if v > 0.0 { 1.0 / v.sqrt() } else { 1.0 }))
        });
        Self { mean, whiten }
    }
}

fn features<const M: usize>(whitening: &Whitening<M>, theta: &[f64; M], summary: &[f64]) -> Vec<f64> {
    let w = whitening.whiten * (SVector::from(*theta) - whitening.mean);
    let mut row: Vec<f64> = w.iter().copied().collect();
    for i in 0..M {
        row.extend((0..=i).map(|k| w[i] * w[k]));
    }
    row.extend_from_slice(summary);
    row
}

/// Mean of every component over the set, and its standard deviation where there is more than one observation.
fn summary<const D: usize>(observations: &[[f64; D]]) -> Vec<f64> {
    let n = observations.len() as f64;
    let means: Vec<f64> = (0..D).map(|k| observations.iter().map(|x| x[k]).sum::<f64>() / n).collect();
    let mut out = means.clone();
    if observations.len() > 1 {
        out.extend((0..D).map(|k| (observations.iter().map(|x| (x[k] - means[k]).powi(2)).sum::<f64>() / n).sqrt()));
    }
    out
}

/// Clipped at ±20 standard deviations: beyond, nothing was trained.
fn standardised(row: &[f64], scales: &[(f64, f64)]) -> Vec<f32> {
    let scale = |(value, (mean, sd)): (&f64, &(f64, f64))| ((value - mean) / sd).clamp(-20.0, 20.0) as f32;
    row.iter().zip(scales).map(scale).collect()
}
