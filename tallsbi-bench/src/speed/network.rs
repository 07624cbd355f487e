//! Measure the network alone: its matrix product, a training step, a forward pass.

use std::ops::ControlFlow;

use rayon::prelude::*;
use tallsbi::dataset::FEATURES;
use tallsbi::diffusion::{GaussianBaseline, Parameterisation, Schedule};
use tallsbi::model::stream;
use tallsbi::net::{Activations, FusedEngine, HiddenProduct, Inputs, ScoreEngine, ScoreNetwork};
use tallsbi::rand_distr::{Distribution, StandardNormal};
use tallsbi::train::{Baselines, ScoreObjective, TrainOptions, TrainingSet, train};

use super::{Forward, Product, SpeedError, Training, median_seconds};
use crate::tasks::slcp::SlcpNetwork;

/// Parameters, components of an observation, width of the network.
pub(super) const SIZES: (usize, usize, usize) = (5, 8, 256);
const BATCH: usize = 256;

fn normal(n: usize, index: u64) -> Vec<f32> {
    let rng = &mut stream(1, "speed", index);
    (0..n).map(|_| StandardNormal.sample(rng)).collect()
}

/// The hidden layers' product on every thread at once, at the best of a few numbers of rows.
pub(super) fn product(quick: bool) -> Product {
    let (_, _, width) = SIZES;
    let threads = rayon::current_num_threads();
    let weight = normal(width * width, 0);
    let (calls, repeats) = if quick { (8, 3) } else { (64, 31) };
    let mut best = Product { gflops: 0.0, rows: 0, width };
    for rows in [64, 128, 256, 512] {
        let x = normal(rows * width, 1);
        let mut workers: Vec<(HiddenProduct, Vec<f32>)> =
            (0..threads).filter_map(|_| Some((HiddenProduct::new(&weight, width)?, vec![0.0; rows * width]))).collect();
        let seconds = median_seconds(repeats, || {
            workers.par_iter_mut().for_each(|(product, out)| {
                for _ in 0..calls {
                    product.apply(&x, out);
                }
            });
            Ok::<(), std::convert::Infallible>(())
        });
        let Ok(seconds) = seconds;
        let gflops = 2.0 * (threads * calls * rows * width * width) as f64 / seconds / 1e9;
        if gflops > best.gflops {
            best = Product { gflops, rows, width };
        }
    }
    best
}

/// Training steps of the library's own loop: batch, noise, forward, loss, backward, AdamW and averaged weights.
pub(super) fn training(quick: bool) -> Result<Vec<Training>, SpeedError> {
    let (m, d, _) = SIZES;
    let (steps, rounds) = if quick { (4, 1) } else { (200, 5) };
    // One simulation is held out, so that validation costs nothing beside the steps.
    let rows = steps * BATCH + 1;
    let set = TrainingSet {
        parameters: m,
        observation: d,
        slots: 1,
        theta: normal(rows * m, 2),
        x: normal(rows * FEATURES * d, 3),
        scores: Vec::new(),
    };
    let mut options = TrainOptions::default();
    (options.epochs, options.batch, options.validation) = (1, BATCH, 0.5 / rows as f64);
    let all = vec![GaussianBaseline::<5>::standard(); rows];
    let mut measured = Vec::new();
    for (name, parameterisation) in
        [("noise prediction", Parameterisation::Noise), ("default: Gaussian baseline", Parameterisation::default())]
    {
        let baselines = Baselines::<FusedEngine, 5>::Fixed(&all);
        let objective =
            ScoreObjective { set: &set, schedule: Schedule::default(), parameterisation, baselines, complete: None };
        let mut engine = SlcpNetwork::initialise(&mut stream(1, "speed", 4))?;
        let seconds = median_seconds(rounds, || {
            train(&mut engine, &objective, &options, 1, &mut |_, _| ControlFlow::Continue(())).map(|_| ())
        })?;
        measured.push(Training { name: name.to_owned(), batch: BATCH, milliseconds: 1e3 * seconds / steps as f64 });
    }
    Ok(measured)
}

/// A forward pass of rows that share neither observation nor time, in fixed blocks over all threads.
pub(super) fn forward(quick: bool) -> Result<Forward, SpeedError> {
    const BLOCK: usize = 128;
    let (m, d, _) = SIZES;
    let rows = if quick { 512 } else { 4096 };
    let engine = SlcpNetwork::initialise(&mut stream(1, "speed", 4))?;
    let (theta, observations) = (normal(rows * 3 * m, 5), normal(rows * FEATURES * d, 6));
    let times: Vec<f32> = (0..rows).map(|i| (i as f32 + 0.5) / rows as f32).collect();
    let sizes = vec![1; rows];
    let inputs = Inputs { theta: &theta, observations: &observations, sizes: &sizes, times: &times };
    let mut out = vec![0.0; rows * m];
    let mut workspaces: Vec<Activations> = Vec::new();
    workspaces.resize_with(rows / BLOCK, Activations::default);
    let seconds = median_seconds(if quick { 3 } else { 101 }, || {
        // One stretch of rows and one set of buffers a thread: what a block leaves in the cache serves the next.
        let stretch = rows / BLOCK / rayon::current_num_threads().min(rows / BLOCK) * BLOCK;
        out.par_chunks_mut(stretch * m).zip(&mut workspaces).enumerate().try_for_each(|(i, (out, ws))| {
            out.chunks_mut(BLOCK * m).enumerate().try_for_each(|(j, out)| {
                let first = i * stretch + j * BLOCK;
                engine.infer(&inputs.slice(first, first + out.len() / m), ws, out)
            })
        })
    })?;
    Ok(Forward { rows, milliseconds: 1e3 * seconds })
}
