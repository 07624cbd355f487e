//! Make reference posteriors of the tasks whose tall posterior can be drawn from exactly.

use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView, serialize};
use tallsbi::compose::ComposeError;
use tallsbi::model::{Parameters, Simulator, stream};
use tallsbi::prior::Prior;

use crate::reference::Reference;
use crate::suggest::list;
use crate::tasks::Task;
use crate::tasks::gaussian_linear::{self, GaussianLinear};
use crate::tasks::toy_gaussian::{self, ToyGaussian};
use crate::tasks::toy_mixture::ToyMixture;
use crate::toy::mixture::{MixtureWeights, draws as mixture_draws};

/// Numbers of observations of the tall benchmark.
const NUMBERS: [usize; 5] = [1, 8, 14, 22, 30];
/// Observations of a set; the first n are used.
const OBSERVATIONS: usize = 100;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferenceSize {
    /// Sets of observations, each with parameters from the prior.
    pub sets: usize,
    /// Draws of each posterior.
    pub draws: usize,
    /// Seed.
    pub seed: u64,
}

/// Why a reference cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExactError {
    /// The posterior of the task is not known exactly.
    #[error("the posterior of the task `{task}` cannot be drawn from exactly; those of {} can", list(EXACT.map(Task::name)))]
    NotExact {
        /// The task.
        task: Task,
    },
    /// The posterior cannot be drawn from.
    #[error("the posterior of set {set} given {n} observations: {error}")]
    Draw {
        /// The set, from 1.
        set: usize,
        /// Number of observations.
        n: usize,
        /// What is wrong.
        error: ComposeError,
    },
    /// The file cannot be written.
    #[error("{}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// The tasks of which references are made.
pub const EXACT: [Task; 3] = [Task::GaussianLinear, Task::ToyGaussian, Task::ToyMixture];

/// Draws given observations: number, seed.
type Draw<const M: usize> = fn(&[[f64; M]], usize, u64) -> Result<Vec<[f64; M]>, ComposeError>;

/// Writes `<folder>/<task>.safetensors` as [`Reference::read`] reads it: parameters from the prior, a hundred observations of
/// each, and draws of the posterior given the first 1, 8, 14, 22 and 30. Gives its path.
///
/// # Errors
/// [`ExactError`].
pub fn write_reference(task: Task, folder: &Path, size: &ReferenceSize) -> Result<PathBuf, ExactError> {
    match task {
        Task::GaussianLinear => write(task, &GaussianLinear, linear, folder, size),
        Task::ToyGaussian => write(task, &ToyGaussian, toy_gaussian::exact_draws, folder, size),
        Task::ToyMixture => write(task, &ToyMixture, toy_mixture, folder, size),
        _ => Err(ExactError::NotExact { task }),
    }
}

#[allow(clippy::unnecessary_wraps)] // reason: one of several that can fail
fn linear(xs: &[[f64; 10]], n: usize, seed: u64) -> Result<Vec<[f64; 10]>, ComposeError> {
    let xs: Vec<[f32; 10]> = xs.iter().map(|x| x.map(|value| value as f32)).collect();
    let exact = gaussian_linear::exact_posterior(&xs);
    Ok((0..n as u64).map(|i| exact.sample(&mut stream(seed, "reference draws", i))).collect())
}

#[allow(clippy::unnecessary_wraps)] // reason: one of several that can fail
fn toy_mixture(xs: &[[f64; 10]], n: usize, seed: u64) -> Result<Vec<[f64; 10]>, ComposeError> {
    Ok(mixture_draws(xs, MixtureWeights::Correct, n, seed))
}

fn write<S, const M: usize>(
    task: Task,
    simulator: &S,
    draw: Draw<M>,
    folder: &Path,
    size: &ReferenceSize,
) -> Result<PathBuf, ExactError>
where
    S: Simulator<M, M, Observation = [f32; M]>,
{
    let path = folder.join(format!("{}.safetensors", task.reference_name()));
    let refuse = |reason: String| ExactError::Write { path: path.clone(), reason };
    let (mut theta, mut x) = (Vec::new(), Vec::new());
    let mut posteriors: [Vec<f32>; NUMBERS.len()] = std::array::from_fn(|_| Vec::new());
    let narrow = |row: &[f64; M]| row.map(|value| value as f32);
    for set in 0..size.sets {
        let mut rng = stream(size.seed, "reference", set as u64);
        let truth = simulator.prior().sample(&mut rng);
        let parameters = S::Parameters::from_array(truth);
        let rows = (0..OBSERVATIONS)
            .map(|_| simulator.simulate(&parameters, &mut rng))
            .collect::<Result<Vec<[f32; M]>, _>>()
            .map_err(|error| refuse(error.to_string()))?;
        theta.extend(narrow(&truth));
        x.extend_from_slice(rows.as_flattened());
        // The posterior is that of the numbers that the file holds.
        let rows: Vec<[f64; M]> = rows.iter().map(|row| row.map(f64::from)).collect();
        for (n, all) in NUMBERS.into_iter().zip(&mut posteriors) {
            let seed = size.seed.wrapping_mul(1_000_003).wrapping_add((1_000 * set + n) as u64);
            let draws =
                draw(&rows[..n], size.draws, seed).map_err(|error| ExactError::Draw { set: set + 1, n, error })?;
            all.extend(draws.iter().flat_map(narrow));
        }
    }
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let mut parts = vec![
        ("theta_true".to_owned(), vec![size.sets, M], bytes(&theta)),
        ("x_obs".to_owned(), vec![size.sets, OBSERVATIONS, M], bytes(&x)),
    ];
    for (n, values) in NUMBERS.into_iter().zip(&posteriors) {
        parts.push((format!("posterior_n{n}"), vec![size.sets, size.draws, M], bytes(values)));
    }
    let views = parts
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|error| refuse(error.to_string()))?;
    let file = serialize(views, None).map_err(|error| refuse(error.to_string()))?;
    std::fs::write(&path, file).map_err(|error| refuse(error.to_string()))?;
    // What was written is what is read.
    Reference::read(folder, task).map_err(|error| refuse(error.to_string()))?;
    Ok(path)
}
