//! Train a score network: noise simulations, compare the predicted noise with the true one, Eq. (49) of
//! arXiv:2404.07593.

use std::ops::Range;

use nalgebra::SVector;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::{Batch, Objective, TrainOptions, TrainingSet};
use crate::{
    diffusion::{GaussianBaseline, Level, Parameterisation, Schedule},
    model::Stream,
};

/// The noise loss E ‖ε − ε̂‖² / M, where ε̂ is what the parameterisation makes of the network's output.
pub struct ScoreObjective<'a, const M: usize> {
    /// The simulations.
    pub set: &'a TrainingSet,
    /// The noise schedule.
    pub schedule: Schedule,
    /// What the network predicts.
    pub parameterisation: Parameterisation,
    /// The baseline of every simulation (all of its observations), where the parameterisation has one.
    pub baselines: &'a (dyn Fn(&[u32], &Batch) -> Vec<GaussianBaseline<M>> + Sync),
}

impl<const M: usize> Objective for ScoreObjective<'_, M> {
    fn set(&self) -> &TrainingSet {
        self.set
    }

    fn outputs(&self) -> usize {
        M
    }

    fn fill(&self, rows: &[u32], options: &TrainOptions, rng: &mut Stream, batch: &mut Batch) {
        batch.choose_observations(self.set, rows, options, rng);
        let baselines = (self.baselines)(rows, batch);
        // Stratified: row i of n draws u from [i/n, (i+1)/n), all shifted by one uniform.
        let offset: f64 = rng.random();
        for (i, &row) in rows.iter().enumerate() {
            let u = (offset + i as f64 / rows.len() as f64).fract();
            let at = self.schedule.level(options.times.draw(&self.schedule, u));
            batch.times.push(at.t as f32);
            let theta_0 = SVector::<f64, M>::from_fn(|k, _| f64::from(self.set.theta[row as usize * M + k]));
            let noise = SVector::<f64, M>::from_fn(|_, _| StandardNormal.sample(rng));
            self.push(&at, theta_0, noise, baselines.get(i), batch);
        }
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
                // The map is symmetric.
                out[k] = 2.0 * scale * (0..M).map(|i| map[i * M + k] * residual[i]).sum::<f32>() / M as f32;
            }
        }
        loss / M as f64
    }
}

impl<const M: usize> ScoreObjective<'_, M> {
    /// Adds one noised row: features, target and the map T with ε̂ − ε = T o − target.
    fn push(
        &self,
        at: &Level,
        theta_0: SVector<f64, M>,
        noise: SVector<f64, M>,
        baseline: Option<&GaussianBaseline<M>>,
        batch: &mut Batch,
    ) {
        let theta = theta_0 * at.mean() + noise * at.sigma;
        match (self.parameterisation, baseline) {
            (Parameterisation::ResidualToGaussian { softness, .. }, Some(baseline)) => {
                let baseline = baseline.at(at, softness);
                let u = baseline.whiten * theta - baseline.offset;
                let map = baseline.noise_share * baseline.gain;
                let target = noise - baseline.noise_share * u;
                batch.features.extend(u.iter().map(|u| self.parameterisation.network_theta(*u)));
                batch.features.extend(baseline.signal.iter().map(|r| *r as f32));
                batch.targets.extend(target.iter().map(|v| *v as f32));
                batch.maps.extend(map.iter().map(|v| *v as f32));
            }
            (parameterisation, _) => {
                let (base, gain) = match parameterisation {
                    Parameterisation::Noise => (0.0, 1.0),
                    _ => (at.sigma, at.mean()),
                };
                batch.features.extend(theta.iter().map(|theta| parameterisation.network_theta(*theta)));
                batch.features.extend(std::iter::repeat_n(at.alpha as f32, M));
                batch.targets.extend((noise - theta * base).iter().map(|v| *v as f32));
                for i in 0..M {
                    batch.maps.extend((0..M).map(|k| if i == k { gain as f32 } else { 0.0 }));
                }
            }
        }
    }
}
