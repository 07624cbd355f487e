//! Step the weights: gradient clipping, Adam or AdamW, and the average of the weights, over fixed chunks in parallel.

use rayon::prelude::*;

use super::{LearningRate, Optimiser, TrainOptions};
use crate::net::{adam::AdamStep, instructions::arch, vector::sum_of_squares};

/// Parameters of one unit of parallel work: fixed, so that no result depends on the number of threads. Each is a task of its own: a thread
/// that comes late finds something left.
const CHUNK: usize = 16 * 1024;

/// Moments and averaged weights.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// What the steps lead to.
    pub(crate) weights: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    /// Exponential moving average of the weights.
    pub(crate) average: Vec<f32>,
    /// Sum of squares of every chunk of the gradient.
    squares: Vec<f64>,
    steps: u64,
}

impl State {
    pub(crate) fn new(weights: &[f32]) -> Self {
        Self {
            weights: weights.to_vec(),
            first: vec![0.0; weights.len()],
            second: vec![0.0; weights.len()],
            average: weights.to_vec(),
            squares: vec![0.0; weights.len().div_ceil(CHUNK)],
            steps: 0,
        }
    }

    /// One step. `gradients` are partial sums over blocks of rows, added here in their order.
    pub(crate) fn step(&mut self, options: &TrainOptions, total_steps: u64, gradients: &mut [Vec<f32>]) {
        let arch = arch();
        self.steps += 1;
        let Some((total, others)) = gradients.split_first_mut() else { return };
        (total.par_chunks_mut(CHUNK), &mut self.squares).into_par_iter().with_max_len(1).enumerate().for_each(
            |(i, (chunk, squares))| {
                for other in others.iter() {
                    let other = &other[i * CHUNK..i * CHUNK + chunk.len()];
                    arch.dispatch(
                        #[inline(always)]
                        || chunk.iter_mut().zip(other).for_each(|(a, b)| *a += b),
                    );
                }
                *squares = sum_of_squares(arch, chunk);
            },
        );
        let norm = self.squares.iter().sum::<f64>().sqrt();
        let clip = if norm > options.gradient_norm { options.gradient_norm / norm } else { 1.0 };
        let k = self.steps as i32;
        let adam = AdamStep {
            rate: self.rate(options, total_steps) as f32,
            beta1: 0.9,
            beta2: 0.999,
            correction1: 1.0 - 0.9_f32.powi(k),
            correction2: 1.0 - 0.999_f32.powi(k),
            epsilon: 1e-8,
            decay: match options.optimiser {
                Optimiser::Adam => 0.0,
                Optimiser::AdamW { decay } => decay as f32,
            },
            gradient_scale: clip as f32,
            // The average starts at the initial weights; a short memory at first forgets them.
            ema: (options.ema.min((1.0 + self.steps as f64) / (10.0 + self.steps as f64))) as f32,
        };
        let total: &[f32] = total;
        (
            total.par_chunks(CHUNK),
            self.weights.par_chunks_mut(CHUNK),
            self.first.par_chunks_mut(CHUNK),
            self.second.par_chunks_mut(CHUNK),
            self.average.par_chunks_mut(CHUNK),
        )
            .into_par_iter()
            .with_max_len(1)
            .for_each(|(gradient, weights, first, second, average)| {
                adam.apply(arch, gradient, weights, first, second, average);
            });
    }

    fn rate(&self, options: &TrainOptions, total_steps: u64) -> f64 {
        let warm = if options.warm_up > 0 { (self.steps as f64 / options.warm_up as f64).min(1.0) } else { 1.0 };
        let fall = match options.learning_rate {
            LearningRate::Constant => 1.0,
            LearningRate::Cosine | LearningRate::CosineTwice => {
                let progress = (self.steps as f64 / total_steps.max(1) as f64).min(1.0);
                0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
            }
        };
        options.rate * warm * fall
    }
}
