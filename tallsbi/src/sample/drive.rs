//! Drive a sampler over a grid for many draws, in fixed blocks over threads.

use std::{
    ops::{ControlFlow, Range},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::{NoiseSource, SampleError, Sampler, Score, erased::AnyScore};
use crate::{
    compose::ComposeError,
    diffusion::Level,
    model::{Stream, stream},
};

/// Told after every step of every block: steps done and steps in all. `Break` cancels. Called from any thread.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> ControlFlow<()> + Sync);

/// What the driver is asked for.
#[derive(Clone, Copy)]
pub struct DriveOptions<'a> {
    /// Number of draws.
    pub draws: usize,
    /// Seed. Draw i takes its randomness from its own stream of it.
    pub seed: u64,
    /// Draws per block: what a thread moves at a time. It changes the cost, and the draws not at all.
    pub block: usize,
    /// Standard deviation of the starting noise: 1 for a variance-preserving process.
    pub start_scale: f64,
    /// Who is told how far it is.
    pub progress: Option<Progress<'a>>,
}

impl std::fmt::Debug for DriveOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DriveOptions")
            .field("draws", &self.draws)
            .field("seed", &self.seed)
            .field("block", &self.block)
            .field("start_scale", &self.start_scale)
            .finish_non_exhaustive()
    }
}

impl Default for DriveOptions<'_> {
    fn default() -> Self {
        Self { draws: 1_000, seed: 0, block: 128, start_scale: 1.0, progress: None }
    }
}

/// Draws, and what did not become one.
#[derive(Clone, Debug, PartialEq)]
pub struct Driven<const M: usize> {
    /// The finite draws in order, latent coordinates.
    pub draws: Vec<[f64; M]>,
    /// Indices (among all draws asked for) of those that became non-finite and are not in `draws`.
    pub non_finite: Vec<usize>,
    /// Components that the score's constraint changed, over all steps.
    pub clipped_components: u64,
}

/// Runs `sampler` over `levels` from N(0, `start_scale`² I) for every draw.
///
/// The result is the same for every number of threads, and for every block size as long as the score treats draws
/// independently.
///
/// # Errors
/// [`SampleError::Zero`] for no draws, no steps or an empty block; [`SampleError::Compose`] from the score;
/// [`SampleError::AllNonFinite`]; [`SampleError::Cancelled`].
pub fn drive<const M: usize, S: Score<M>, A: Sampler<M>>(
    score: &S,
    sampler: &A,
    levels: &[Level],
    options: &DriveOptions<'_>,
) -> Result<Driven<M>, SampleError> {
    drive_each(|_| Ok(score), sampler, levels, options)
}

/// As [`drive`] where every draw has a score of its own: `score_of` gives the score of a block of draws, by their indices.
///
/// The result is the same for every number of threads, and for every block size as long as a draw's score does not depend
/// on the others in its block.
///
/// # Errors
/// As [`drive`], and what `score_of` returns.
pub fn drive_each<const M: usize, S: Score<M>, A: Sampler<M>>(
    score_of: impl Fn(Range<usize>) -> Result<S, ComposeError> + Sync,
    sampler: &A,
    levels: &[Level],
    options: &DriveOptions<'_>,
) -> Result<Driven<M>, SampleError> {
    drive_blocks(levels, options, &|first, theta, ticker| {
        let score = score_of(first..first + theta.len())?;
        drive_block(&AnyScore(&score), sampler, levels, options, first, theta, ticker)
    })
}

/// What moves a block of draws, given the index of the first, from noise to the posterior, and says how many components were clipped.
type MoveBlock<'a, const M: usize> =
    &'a (dyn Fn(usize, &mut [[f64; M]], &Ticker<'_>) -> Result<u64, SampleError> + Sync);

fn drive_blocks<const M: usize>(
    levels: &[Level],
    options: &DriveOptions<'_>,
    move_block: MoveBlock<'_, M>,
) -> Result<Driven<M>, SampleError> {
    for (count, what) in [
        (options.draws, "the number of draws"),
        (options.block, "the number of draws per block"),
        (levels.len().saturating_sub(1), "the number of steps"),
    ] {
        if count == 0 {
            return Err(SampleError::Zero { what });
        }
    }
    let ticker = Ticker {
        progress: options.progress,
        total: options.draws.div_ceil(options.block) * (levels.len() - 1),
        done: AtomicUsize::new(0),
        cancelled: AtomicBool::new(false),
    };
    let mut theta = vec![[0.0; M]; options.draws];
    let blocks: Vec<Result<u64, SampleError>> = theta
        .par_chunks_mut(options.block)
        .enumerate()
        .map(|(index, theta)| move_block(index * options.block, theta, &ticker))
        .collect();
    if ticker.cancelled.load(Ordering::Relaxed) {
        return Err(SampleError::Cancelled);
    }
    let mut clipped_components = 0;
    for block in blocks {
        clipped_components += block?;
    }
    let mut non_finite = Vec::new();
    for (index, theta) in theta.iter().enumerate() {
        if !theta.iter().all(|x| x.is_finite()) {
            non_finite.push(index);
        }
    }
    if non_finite.len() == theta.len() {
        return Err(SampleError::AllNonFinite { draws: theta.len() });
    }
    theta.retain(|theta| theta.iter().all(|x| x.is_finite()));
    Ok(Driven { draws: theta, non_finite, clipped_components })
}

/// Moves one block through all levels. Nothing is allocated after the first step.
fn drive_block<const M: usize, A: Sampler<M>>(
    score: &AnyScore<'_, M>,
    sampler: &A,
    levels: &[Level],
    options: &DriveOptions<'_>,
    first: usize,
    theta: &mut [[f64; M]],
    ticker: &Ticker<'_>,
) -> Result<u64, SampleError> {
    let mut noise = StreamNoise::new(options.seed, first, theta.len());
    noise.fill(theta);
    for x in theta.iter_mut().flatten() {
        *x *= options.start_scale;
    }
    let mut state = A::State::default();
    let mut workspace = None;
    let mut clipped = 0;
    for interval in levels.windows(2) {
        sampler.step(score, &interval[0], &interval[1], theta, &mut state, &mut workspace, &mut noise)?;
        clipped += score.constrain(theta);
        if ticker.tick().is_break() {
            return Err(SampleError::Cancelled);
        }
    }
    Ok(clipped)
}

/// Counts steps over all blocks and hands a cancellation on.
struct Ticker<'a> {
    progress: Option<Progress<'a>>,
    total: usize,
    done: AtomicUsize,
    cancelled: AtomicBool,
}

impl Ticker<'_> {
    fn tick(&self) -> ControlFlow<()> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.progress.is_some_and(|progress| progress(done, self.total).is_break()) {
            self.cancelled.store(true, Ordering::Relaxed);
        }
        if self.cancelled.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Standard normal noise, each draw of a block from its own stream.
#[derive(Debug)]
pub struct StreamNoise {
    streams: Vec<Stream>,
}

impl StreamNoise {
    /// The streams of draws `first`, `first + 1`, … under `seed`.
    pub fn new(seed: u64, first: usize, draws: usize) -> Self {
        Self { streams: (first..first + draws).map(|index| stream(seed, "sample", index as u64)).collect() }
    }
}

impl<const M: usize> NoiseSource<M> for StreamNoise {
    fn fill(&mut self, out: &mut [[f64; M]]) {
        for (out, stream) in out.iter_mut().zip(&mut self.streams) {
            *out = std::array::from_fn(|_| StandardNormal.sample(stream));
        }
    }
}
