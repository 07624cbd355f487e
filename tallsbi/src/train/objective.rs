//! Say what a network is trained for: how a batch is made, and the loss of its outputs.

use std::ops::Range;

use super::{Batch, TrainOptions, TrainingSet};
use crate::{model::Stream, net::NetworkError};

/// How often a held-out simulation is validated where each time differs.
pub(crate) const VALIDATION_REPEATS: usize = 8;

/// A loss over simulations. The trainer knows nothing else of it.
pub trait Objective: Sync {
    /// Buffers that [`fill`](Self::fill) reuses from step to step.
    type Scratch: Default + Send;

    /// The simulations.
    fn set(&self) -> &TrainingSet;

    /// Numbers that the network gives per row.
    fn outputs(&self) -> usize;

    /// How often a simulation that is held out is validated, each time at other times, noises and sizes of its set.
    fn validation_repeats(&self) -> usize {
        VALIDATION_REPEATS
    }

    /// Fills a batch with the simulations named by `rows`.
    ///
    /// # Errors
    /// A network that the batch needs failed.
    fn fill(
        &self,
        rows: &[u32],
        options: &TrainOptions,
        rng: &mut Stream,
        scratch: &mut Self::Scratch,
        batch: &mut Batch,
    ) -> Result<(), NetworkError>;

    /// The summed loss of the rows `rows` of a batch, whose outputs are `out: [rows × outputs]`; overwrites `out` with
    /// `scale` times its gradient.
    fn loss_gradient(&self, batch: &Batch, rows: Range<usize>, scale: f32, out: &mut [f32]) -> f64;
}
