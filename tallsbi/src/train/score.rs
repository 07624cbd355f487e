//! Train a score network: noise simulations, compare the predicted noise with the true one, Eq. (49) of
//! arXiv:2404.07593.

use std::ops::Range;

use nalgebra::{SMatrix, SVector};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::{
    Batch, CompleteData, Objective, TrainOptions, TrainingSet,
    head::{HeadBlock, baselines_into},
};
use crate::{
    diffusion::{GaussianBaseline, Level, Parameterisation, Schedule},
    model::Stream,
    net::{NetworkError, ScoreEngine},
};

/// Rows of one unit of parallel work.
const CHUNK: usize = 32;

/// Where the Gaussian baseline of a row comes from.
#[derive(Debug)]
pub enum Baselines<'a, E, const M: usize> {
    /// The parameterisation has none.
    Absent,
    /// One for every simulation, whatever the batch: single observations.
    Fixed(&'a [GaussianBaseline<M>]),
    /// A head computes it, for as many observations of the set as the batch shows.
    Head(&'a E),
}

/// What a row learns: the noise that its output is compared with, and the weight of every component.
pub(super) struct Learned<const M: usize> {
    pub(super) noise: SVector<f64, M>,
    pub(super) weights: [f64; M],
}

/// Buffers of [`ScoreObjective`].
#[derive(Debug)]
pub struct ScoreScratch<W, const M: usize> {
    /// Level and noise of every row.
    noised: Vec<(Level, SVector<f64, M>)>,
    /// Baseline of every row; empty where there is none.
    baselines: Vec<GaussianBaseline<M>>,
    head: Vec<HeadBlock<W>>,
}

impl<W, const M: usize> Default for ScoreScratch<W, M> {
    fn default() -> Self {
        Self { noised: Vec::new(), baselines: Vec::new(), head: Vec::new() }
    }
}

/// The noise loss E ‖ε − ε̂‖² / M, where ε̂ is what the parameterisation makes of the network's output. Where complete-data scores are
/// known, ε and the weight of every component are those of [`CompleteData`].
pub struct ScoreObjective<'a, E, const M: usize> {
    /// The simulations.
    pub set: &'a TrainingSet,
    /// The noise schedule.
    pub schedule: Schedule,
    /// What the network predicts.
    pub parameterisation: Parameterisation,
    /// The baseline of every row, where the parameterisation has one.
    pub baselines: Baselines<'a, E, M>,
    /// What is learned from the complete-data scores of the simulations, where they have some.
    pub complete: Option<&'a CompleteData<M>>,
}

impl<E: ScoreEngine, const M: usize> Objective for ScoreObjective<'_, E, M> {
    type Scratch = ScoreScratch<E::Training, M>;

    fn set(&self) -> &TrainingSet {
        self.set
    }

    fn outputs(&self) -> usize {
        M
    }

    fn fill(
        &self,
        rows: &[u32],
        options: &TrainOptions,
        rng: &mut Stream,
        scratch: &mut Self::Scratch,
        batch: &mut Batch,
    ) -> Result<(), NetworkError> {
        batch.choose_observations(self.set, rows, options, rng);
        let ScoreScratch { noised, baselines, head } = scratch;
        baselines.clear();
        match self.baselines {
            Baselines::Absent => {}
            Baselines::Fixed(fixed) => baselines.extend(rows.iter().zip(&batch.sizes).map(|(row, size)| {
                if *size == 0 { GaussianBaseline::standard() } else { fixed[*row as usize].clone() }
            })),
            Baselines::Head(engine) => {
                baselines_into(engine, &batch.observations, &batch.sizes, head, baselines)?;
            }
        }
        // Stratified: row i of n draws u from [i/n, (i+1)/n), all shifted by one uniform.
        let offset: f64 = rng.random();
        let time = options.times.on(&self.schedule);
        noised.clear();
        noised.extend((0..rows.len()).map(|i| {
            let u = (offset + i as f64 / rows.len() as f64).fract();
            let at = self.schedule.level(time(u));
            (at, SVector::from_fn(|_, _| StandardNormal.sample(rng)))
        }));
        batch.times.extend(noised.iter().map(|(at, _)| at.t as f32));
        let width = Parameterisation::n_features(M);
        batch.features.resize(rows.len() * width, 0.0);
        batch.targets.resize(rows.len() * M, 0.0);
        batch.maps.resize(rows.len() * M * M, 0.0);
        // Randomness is spent; the rest is arithmetic, row by row.
        (
            batch.features.par_chunks_mut(CHUNK * width),
            batch.targets.par_chunks_mut(CHUNK * M),
            batch.maps.par_chunks_mut(CHUNK * M * M),
        )
            .into_par_iter()
            .enumerate()
            .for_each(|(chunk, (features, targets, maps))| {
                let outputs =
                    features.chunks_exact_mut(width).zip(targets.chunks_exact_mut(M)).zip(maps.chunks_exact_mut(M * M));
                for (i, ((features, target), map)) in outputs.enumerate() {
                    let i = chunk * CHUNK + i;
                    let from = rows[i] as usize * M;
                    let theta_0 = SVector::<f64, M>::from_fn(|k, _| f64::from(self.set.theta[from + k]));
                    let (at, noise) = &noised[i];
                    let theta_t = theta_0 * at.mean() + noise * at.sigma;
                    let mut learned = Learned { noise: *noise, weights: [1.0; M] };
                    if let Some(complete) = self.complete {
                        complete.learn_into(at, &theta_t, &self.set.scores[from..from + M], &mut learned);
                    }
                    self.row(at, &theta_t, &learned, baselines.get(i), features, target, map);
                }
            });
        Ok(())
    }

    fn loss_gradient(&self, batch: &Batch, rows: Range<usize>, scale: f32, out: &mut [f32]) -> f64 {
        let mut loss = 0.0;
        for (row, out) in rows.zip(out.chunks_exact_mut(M)) {
            let (map, target) = (&batch.maps[row * M * M..][..M * M], &batch.targets[row * M..][..M]);
            let mut residual = [0.0_f32; M];
            for i in 0..M {
                residual[i] = (0..M).map(|k| map[i * M + k] * out[k]).sum::<f32>() - target[i];
                loss += f64::from(residual[i] * residual[i]);
            }
            for k in 0..M {
                out[k] = 2.0 * scale * (0..M).map(|i| map[i * M + k] * residual[i]).sum::<f32>() / M as f32;
            }
        }
        loss / M as f64
    }
}

impl<E, const M: usize> ScoreObjective<'_, E, M> {
    /// Writes one noised row: features, target and the map T with w (ε̂ − ε) = T o − target.
    #[allow(clippy::too_many_arguments)] // reason: what a row is made of, and where it goes
    fn row(
        &self,
        at: &Level,
        theta: &SVector<f64, M>,
        learned: &Learned<M>,
        baseline: Option<&GaussianBaseline<M>>,
        features: &mut [f32],
        target: &mut [f32],
        map: &mut [f32],
    ) {
        let noise = &learned.noise;
        let (seen, rest) = features.split_at_mut(M);
        let (signal, latent) = rest.split_at_mut(M);
        let (u, rest) = match (self.parameterisation, baseline) {
            (Parameterisation::ResidualToGaussian { softness, .. }, Some(baseline)) => {
                let baseline = baseline.at(at, softness);
                let (u, expected) = baseline.whitened(theta);
                write(signal, baseline.signal().as_slice());
                write(map, baseline.noise_gain().as_slice());
                (u, noise - expected)
            }
            (parameterisation, _) => {
                let (base, gain) = match parameterisation {
                    Parameterisation::Noise => (0.0, 1.0),
                    _ => (at.sigma, at.mean()),
                };
                signal.fill(at.alpha as f32);
                write(map, SMatrix::<f64, M, M>::from_diagonal_element(gain).as_slice());
                (*theta, noise - theta * base)
            }
        };
        seen.iter_mut().zip(&u).for_each(|(seen, u)| *seen = self.parameterisation.network_theta(*u));
        latent.iter_mut().zip(theta).for_each(|(latent, x)| *latent = self.parameterisation.network_theta(*x));
        write(target, rest.as_slice());
        for (i, weight) in learned.weights.iter().enumerate().filter(|(_, weight)| **weight != 1.0) {
            target[i] *= *weight as f32;
            // Matrices are written by columns, and this one was symmetric.
            map[i * M..][..M].iter_mut().for_each(|value| *value *= *weight as f32);
        }
    }
}

fn write(out: &mut [f32], values: &[f64]) {
    out.iter_mut().zip(values).for_each(|(out, value)| *out = *value as f32);
}
