//! Run the training loop: epochs of noised batches, validation on fixed noise, the best averaged weights at the end.

use std::{ops::ControlFlow, time::Instant};

use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Batch, Objective, Optimiser, Times, TrainOptions, optimiser::State};
use crate::{
    model::stream,
    net::{Inputs, NetworkError, ScoreEngine},
};

/// Rows of one unit of parallel work: fixed, so that no result depends on the number of threads.
const BLOCK_ROWS: usize = 128;

/// What can go wrong in training.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// Too few simulations for a training and a validation part.
    #[error("{rows} simulations are too few to train on: give at least {needed}")]
    TooFew {
        /// How many there are.
        rows: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A training set made by hand holds numbers for other sizes than it names.
    #[error("a training set of {rows} simulations needs {expected} features of observations, and has {found}")]
    Features {
        /// How many simulations there are.
        rows: usize,
        /// How many features of observations.
        found: usize,
        /// How many there should be: rows × slots × 3 D.
        expected: usize,
    },
    /// A training set made by hand holds scores for other sizes than it names.
    #[error("a training set of {rows} simulations needs {expected} complete-data scores, or none, and has {found}")]
    Scores {
        /// How many simulations there are.
        rows: usize,
        /// How many scores.
        found: usize,
        /// How many there should be: rows × M, or none.
        expected: usize,
    },
    /// An option is out of range.
    #[error("`{name}` = {value} is not possible: {remedy}")]
    Option {
        /// The option.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What is possible.
        remedy: &'static str,
    },
    /// The loss was not finite.
    #[error(
        "the loss became {loss} in epoch {epoch}: lower the learning rate (now {rate:e}) or look for extreme observations"
    )]
    NotFinite {
        /// The loss.
        loss: f64,
        /// The epoch, from 1.
        epoch: usize,
        /// The largest learning rate.
        rate: f64,
    },
    /// The network failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// One epoch's losses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Mean training loss over the epoch (weights as they were, dropout and noise included).
    pub training: f64,
    /// Validation loss of the averaged weights on the fixed draw of times and noises.
    pub validation: f64,
}

/// How training went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingReport {
    /// Losses of every epoch.
    pub epochs: Vec<Epoch>,
    /// The epoch (from 1) whose averaged weights were kept.
    pub best_epoch: usize,
    /// Simulations trained on.
    pub training_rows: usize,
    /// Simulations held out.
    pub validation_rows: usize,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Simulations dropped because they failed or were not finite.
    pub dropped: usize,
    /// Parameters learned from [complete data](super::CompleteData) beside noise, by name; `None` where simulations have none.
    #[serde(default)]
    pub complete: Option<Vec<String>>,
}

/// Buffers of one block of rows.
#[derive(Default)]
struct Block<W> {
    ws: W,
    out: Vec<f32>,
    loss: f64,
    failed: Option<NetworkError>,
}

/// Buffers of one thread that validates.
#[derive(Default)]
struct Lane<W> {
    ws: W,
    out: Vec<f32>,
    losses: Vec<f64>,
    failed: Option<NetworkError>,
}

/// Trains `engine` in place and leaves it with the best averaged weights.
///
/// # Errors
/// Too few rows, impossible options, a loss that is not finite, or a cancelled `progress`.
pub fn train<E: ScoreEngine, O: Objective>(
    engine: &mut E,
    objective: &O,
    options: &TrainOptions,
    seed: u64,
    progress: &mut dyn FnMut(usize, &Epoch) -> ControlFlow<()>,
) -> Result<TrainingReport, TrainError> {
    check(options)?;
    let start = Instant::now();
    let rows = objective.set().rows();
    objective.set().check()?;
    let held_out = options.held_out(rows);
    if rows < 20 {
        return Err(TrainError::TooFew { rows, needed: 20 });
    }
    if held_out >= rows {
        let remedy = "nothing is left to train on: hold out a smaller share";
        return Err(TrainError::Option { name: "validation", value: options.validation, remedy });
    }
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.shuffle(&mut stream(seed, "split", 0));
    let (validation_rows, training_rows) = order.split_at(held_out);
    let mut training_rows = training_rows.to_vec();
    let quiet = TrainOptions { observation_noise: 0.0, ..options.clone() };
    let repeated: Vec<u32> =
        validation_rows.iter().flat_map(|row| std::iter::repeat_n(*row, objective.validation_repeats())).collect();
    let mut validation = Batch::default();
    let mut scratch = O::Scratch::default();
    objective.fill(&repeated, &quiet, &mut stream(seed, "validate", 0), &mut scratch, &mut validation)?;
    // That one batch was many times as large as the others will be.
    scratch = O::Scratch::default();

    let mut state = State::new(engine.weights());
    let batch_rows = options.batch.min(training_rows.len());
    let batches = training_rows.len() / batch_rows;
    let epochs = options.planned_epochs(rows);
    let mut blocks: Vec<Block<E::Training>> = Vec::new();
    let mut partial: Vec<Vec<f32>> = Vec::new();
    let mut lanes: Vec<Lane<E::Training>> = Vec::new();
    let (mut batch, mut ahead) = (Batch::default(), Batch::default());
    let mut best = (f64::INFINITY, state.average.clone(), 0);
    let mut report =
        TrainingReport { training_rows: training_rows.len(), validation_rows: held_out, ..TrainingReport::default() };
    let mut averaged = engine.clone();
    let initial = engine.weights().to_vec();

    for length in options.falls(epochs) {
        // The first fall may have ended before its time.
        let before = report.epochs.len();
        let total_steps = (length * batches) as u64;
        let mut patience = options.patience;
        if before > 0 {
            patience = patience.max(length / 2);
            engine.update_weights(&mut |weights| weights.copy_from_slice(&initial))?;
            state = State::new(engine.weights());
        }
        for epoch in before + 1..=before + length {
            let mut rng = stream(seed, "train", (epoch - before) as u64);
            training_rows.shuffle(&mut rng);
            let mut training_loss = 0.0;
            // Inside the pool, a parallel part starts on the thread that is already awake.
            rayon::scope(|_| {
                let mut batches = training_rows.chunks_exact(batch_rows);
                if let Some(rows) = batches.next() {
                    objective.fill(rows, options, &mut rng, &mut scratch, &mut batch)?;
                }
                loop {
                    training_loss += gradients(engine, objective, &batch, &mut blocks, &mut partial)?;
                    state.step(options, total_steps, &mut partial);
                    // The next batch does not depend on the weights: it is filled while the engine arranges them.
                    let next = batches.next();
                    let fill = |rows| objective.fill(rows, options, &mut rng, &mut scratch, &mut ahead);
                    let (stepped, filled) = rayon::join(
                        || engine.update_weights(&mut |weights| weights.copy_from_slice(&state.weights)),
                        || next.map(fill).transpose(),
                    );
                    stepped?;
                    if filled?.is_none() {
                        return Ok::<_, NetworkError>(());
                    }
                    std::mem::swap(&mut batch, &mut ahead);
                }
            })?;
            averaged.update_weights(&mut |weights| weights.copy_from_slice(&state.average))?;
            let losses = Epoch {
                training: training_loss / batches as f64,
                validation: loss(&averaged, objective, &validation, &mut lanes)?,
            };
            for value in [losses.training, losses.validation] {
                if !value.is_finite() {
                    return Err(TrainError::NotFinite { loss: value, epoch, rate: options.rate });
                }
            }
            report.epochs.push(losses);
            if losses.validation < best.0 {
                best.0 = losses.validation;
                best.1.copy_from_slice(&state.average);
                best.2 = epoch;
            }
            if progress(epoch, &losses).is_break() {
                return Err(TrainError::Cancelled);
            }
            if epoch - best.2.max(before) >= patience {
                break;
            }
        }
    }
    engine.update_weights(&mut |weights| weights.copy_from_slice(&best.1))?;
    report.best_epoch = best.2;
    report.seconds = start.elapsed().as_secs_f64();
    Ok(report)
}

/// Refuses options that are out of range.
pub(crate) fn check(options: &TrainOptions) -> Result<(), TrainError> {
    let refuse = |name, value, remedy| Err(TrainError::Option { name, value, remedy });
    if options.epochs == 0 {
        return refuse("epochs", 0.0, "train for at least 1 epoch");
    }
    if options.batch == 0 {
        return refuse("batch", 0.0, "use at least 1 row");
    }
    if !(options.rate > 0.0 && options.rate.is_finite()) {
        return refuse("rate", options.rate, "the learning rate must be positive");
    }
    if !(options.validation > 0.0 && options.validation < 1.0) {
        return refuse("validation", options.validation, "the share must be between 0 and 1");
    }
    if !(0.0..1.0).contains(&options.ema) {
        return refuse("ema", options.ema, "the decay must be at least 0 and below 1");
    }
    if !(0.0..1.0).contains(&options.null_share) {
        return refuse("null_share", options.null_share, "the share must be at least 0 and below 1");
    }
    if options.gradient_norm.is_nan() || options.gradient_norm <= 0.0 {
        return refuse("gradient_norm", options.gradient_norm, "the largest norm must be positive");
    }
    if options.patience == 0 {
        return refuse("patience", 0.0, "wait for at least 1 epoch");
    }
    if !(options.observation_noise >= 0.0 && options.observation_noise.is_finite()) {
        return refuse("observation_noise", options.observation_noise, "the standard deviation must be 0 or positive");
    }
    if let Optimiser::AdamW { decay } = options.optimiser
        && !(decay >= 0.0 && decay.is_finite())
    {
        return refuse("optimiser.decay", decay, "the weight decay must be 0 or positive");
    }
    let (min, max) = options.times.range();
    if !(min > 0.0 && min < max && max <= 1.0) {
        return refuse("times", min, "the smallest time must be above 0 and below the largest, which is at most 1");
    }
    if let Times::LogSnr { tilt, .. } = options.times
        && !(tilt > 0.0 && tilt.is_finite())
    {
        return refuse("times.tilt", tilt, "the preference for little noise must be positive; 1 is none");
    }
    Ok(())
}

/// Forward, loss and backward of one batch, in parallel over fixed blocks. The batch's mean loss.
fn gradients<E: ScoreEngine, O: Objective>(
    engine: &E,
    objective: &O,
    batch: &Batch,
    blocks: &mut Vec<Block<E::Training>>,
    partial: &mut Vec<Vec<f32>>,
) -> Result<f64, NetworkError> {
    let rows = batch.times.len();
    blocks.resize_with(rows.div_ceil(BLOCK_ROWS), Block::default);
    partial.resize_with(blocks.len(), || vec![0.0; engine.weights().len()]);
    let inputs = batch.inputs();
    (&mut *blocks, partial).into_par_iter().enumerate().for_each(|(i, (block, gradient))| {
        let (start, end) = (i * BLOCK_ROWS, ((i + 1) * BLOCK_ROWS).min(rows));
        let inputs = inputs.slice(start, end);
        block.failed = block_gradient(engine, objective, &inputs, batch, start, rows, block, gradient).err();
    });
    if let Some(error) = blocks.iter_mut().find_map(|block| block.failed.take()) {
        return Err(error);
    }
    Ok(blocks.iter().map(|block| block.loss).sum::<f64>() / rows as f64)
}

#[allow(clippy::too_many_arguments)] // reason: a block of a batch, and where its results go
fn block_gradient<E: ScoreEngine, O: Objective>(
    engine: &E,
    objective: &O,
    inputs: &Inputs<'_>,
    batch: &Batch,
    start: usize,
    rows: usize,
    block: &mut Block<E::Training>,
    gradient: &mut [f32],
) -> Result<(), NetworkError> {
    block.out.resize(inputs.rows() * objective.outputs(), 0.0);
    engine.forward(inputs, &mut block.ws, &mut block.out)?;
    let range = start..start + inputs.rows();
    block.loss = objective.loss_gradient(batch, range, 1.0 / rows as f32, &mut block.out);
    engine.backward(inputs, &mut block.ws, &block.out, gradient)
}

/// Mean loss of a batch, without gradients of the weights. Blocks of rows are dealt to one lane per thread and their
/// losses added in the order of the blocks, so the number of threads changes nothing.
fn loss<E: ScoreEngine, O: Objective>(
    engine: &E,
    objective: &O,
    batch: &Batch,
    lanes: &mut Vec<Lane<E::Training>>,
) -> Result<f64, NetworkError> {
    const ROWS: usize = 2 * BLOCK_ROWS;
    let rows = batch.times.len();
    let blocks = rows.div_ceil(ROWS);
    let n = rayon::current_num_threads().clamp(1, blocks.max(1));
    lanes.resize_with(n, Lane::default);
    let inputs = batch.inputs();
    lanes.par_iter_mut().enumerate().for_each(|(first, lane)| {
        lane.losses.clear();
        for start in (first..blocks).step_by(n).map(|block| block * ROWS) {
            let end = (start + ROWS).min(rows);
            lane.out.resize((end - start) * objective.outputs(), 0.0);
            lane.failed = engine.infer(&inputs.slice(start, end), &mut lane.ws, &mut lane.out).err();
            if lane.failed.is_some() {
                return;
            }
            lane.losses.push(objective.loss_gradient(batch, start..end, 0.0, &mut lane.out));
        }
    });
    if let Some(error) = lanes.iter_mut().find_map(|lane| lane.failed.take()) {
        return Err(error);
    }
    Ok((0..blocks).map(|block| lanes[block % n].losses[block / n]).sum::<f64>() / rows as f64)
}
