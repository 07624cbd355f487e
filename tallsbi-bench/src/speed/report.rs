//! Hold what was measured; write it as a table or as JSON.

use std::fmt;

use serde::Serialize;
use tallsbi::net::Instructions;
use tallsbi::report::LinePlot;

use super::Scaling;
use super::network::SIZES;

/// Where it was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Machine {
    /// The processor, as the system names it.
    pub processor: String,
    /// Threads that work is split over.
    pub threads: usize,
    /// The instructions that networks run on.
    pub instructions: String,
    /// Processes that were waiting for a processor over the last minute, where the system says so. Above the number of
    /// processors, times are too long.
    pub load: Option<f64>,
}

/// The hidden layers' matrix product.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Product {
    /// Billions of additions and multiplications in a second, all threads together.
    pub gflops: f64,
    /// Rows at which it was fastest.
    pub rows: usize,
    /// Width of the layer.
    pub width: usize,
}

/// A training step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Training {
    /// What the network predicts.
    pub name: String,
    /// Rows of a batch.
    pub batch: usize,
    /// Median over rounds of the mean over steps.
    pub milliseconds: f64,
}

/// A forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Forward {
    /// Rows.
    pub rows: usize,
    /// Median.
    pub milliseconds: f64,
}

/// A sampling run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sampled {
    /// The network.
    pub network: String,
    /// Observations.
    pub n_obs: usize,
    /// Draws.
    pub draws: usize,
    /// The sampler with its steps.
    pub sampler: String,
    /// How precisely the network was evaluated.
    pub precision: String,
    /// Draws × steps of the covariance pre-pass, whose time is included.
    pub pilot: String,
    /// Wall-clock seconds, everything included.
    pub seconds: f64,
    /// Network rows in a second, draws × observations × steps; `None` where a network evaluates fewer.
    pub rows_per_second: Option<f64>,
    /// Arithmetic of the rows as a share of the measured product's.
    pub share_of_peak: Option<f64>,
    /// Largest resident memory, MiB.
    pub peak_mib: Option<f64>,
}

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Where.
    pub machine: Machine,
    /// Small versions: the figures say nothing.
    pub quick: bool,
    /// The matrix product.
    pub product: Option<Product>,
    /// Training steps.
    pub training: Vec<Training>,
    /// The forward pass.
    pub forward: Option<Forward>,
    /// Sampling runs.
    pub sampling: Vec<Sampled>,
    /// Time against size.
    pub scaling: Vec<Scaling>,
}

/// Additions and multiplications of one row of the bound network: the first layer's features of θ, two
/// hidden products, the output.
pub(super) fn operations_per_row() -> f64 {
    let (m, _, width) = SIZES;
    2.0 * (width * (3 * m) + 2 * width * width + width * m) as f64
}

impl Report {
    /// Nothing measured yet.
    pub(super) fn of_this_machine() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let information = read("/proc/cpuinfo");
        let name = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let machine = Machine {
            processor: name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned()),
            threads: rayon::current_num_threads(),
            instructions: format!("{:?}", Instructions::of_this_process()).to_lowercase(),
            load: read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()),
        };
        Self {
            machine,
            quick: false,
            product: None,
            training: Vec::new(),
            forward: None,
            sampling: Vec::new(),
            scaling: Vec::new(),
        }
    }

    /// Seconds against observations and against draws, both axes logarithmic: a straight line of slope one is linear.
    pub fn scaling_plot(&self) -> LinePlot {
        let mut plot = LinePlot::new("observations, or draws", "seconds")
            .title("Time of tall sampling (10 steps)")
            .logarithmic([true, true]);
        // The number that stays the same is the one that most points share.
        let fixed = |of: fn(&Scaling) -> usize| {
            let count = |value: usize| self.scaling.iter().filter(|point| of(point) == value).count();
            self.scaling.iter().map(of).max_by_key(|value| count(*value))
        };
        for network in ["mlp", "separable"] {
            for (name, of, other) in [
                ("observations", (|p| p.n_obs) as fn(&Scaling) -> usize, (|p| p.draws) as fn(&Scaling) -> usize),
                ("draws", |p| p.draws, |p| p.n_obs),
            ] {
                let held = fixed(other);
                let mut points: Vec<[f64; 2]> = self
                    .scaling
                    .iter()
                    .filter(|point| point.network == network && Some(other(point)) == held)
                    .map(|point| [of(point) as f64, point.seconds])
                    .collect();
                // Where both numbers are the fixed one, the point was measured twice.
                points.sort_by(|a, b| a[0].total_cmp(&b[0]));
                points.dedup_by_key(|point| point[0] as u64);
                if !points.is_empty() {
                    let name = format!("{network}: {name}");
                    plot = plot.line(&name, &points).dots(&name, &points);
                }
            }
        }
        plot
    }

    /// Fills in what needs two measurements.
    pub(super) fn share_of_peak(&mut self) {
        let Some(product) = self.product else { return };
        for run in &mut self.sampling {
            run.share_of_peak = run.rows_per_second.map(|rows| rows * operations_per_row() / (product.gflops * 1e9));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { processor, threads, instructions, load } = &self.machine;
        let load = load.map_or_else(String::new, |load| format!(", load {load}"));
        writeln!(f, "{processor}, {threads} threads, instructions: {instructions}{load}")?;
        if self.quick {
            writeln!(f, "a quick run: it shows that everything runs, its figures say nothing")?;
        }
        if let Some(Product { gflops, rows, width }) = self.product {
            writeln!(f, "product {rows}×{width}×{width} a thread: {gflops:.0} GFLOP/s")?;
        }
        for Training { name, batch, milliseconds } in &self.training {
            writeln!(f, "training step, batch {batch} ({name}): {milliseconds:.3} ms")?;
        }
        if let Some(Forward { rows, milliseconds }) = self.forward {
            writeln!(f, "forward, {rows} rows: {milliseconds:.3} ms")?;
        }
        if !self.sampling.is_empty() {
            writeln!(
                f,
                "\n{:>10}{:>7}{:>8}{:>11}{:>10}{:>11}{:>10}{:>15}{:>9}{:>10}",
                "network", "n", "draws", "sampler", "precision", "pre-pass", "seconds", "rows/s", "of peak", "peak MiB"
            )?;
        }
        for run in &self.sampling {
            let share = run.share_of_peak.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", 100.0 * share));
            let rows = run.rows_per_second.map_or_else(|| "–".to_owned(), |rows| format!("{rows:.0}"));
            let memory = run.peak_mib.map_or_else(|| "–".to_owned(), |mib| format!("{mib:.0}"));
            writeln!(
                f,
                "{:>10}{:>7}{:>8}{:>11}{:>10}{:>11}{:>10.3}{rows:>15}{share:>9}{memory:>10}",
                run.network, run.n_obs, run.draws, run.sampler, run.precision, run.pilot, run.seconds
            )?;
        }
        if !self.scaling.is_empty() {
            writeln!(f, "\n{:>10}{:>7}{:>8}{:>10}{:>20}", "network", "n", "draws", "seconds", "µs/(n × draws)")?;
        }
        for Scaling { network, n_obs, draws, seconds } in &self.scaling {
            let each = 1e6 * seconds / (n_obs * draws) as f64;
            writeln!(f, "{network:>10}{n_obs:>7}{draws:>8}{seconds:>10.3}{each:>20.3}")?;
        }
        Ok(())
    }
}
