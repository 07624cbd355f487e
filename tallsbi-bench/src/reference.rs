//! Read reference posteriors of observation sets or of single observations: `<folder>/<task>.safetensors`.

use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};

use crate::tasks::{Benchmark, Task};

/// Reference draws of a task's posteriors. Every number is in natural units.
#[derive(Clone, Debug)]
pub struct Reference {
    theta_true: Array,
    x_obs: Array,
    /// By number of observations, ascending.
    posteriors: Vec<(usize, Array)>,
}

/// A tensor with its first axis apart: one block a set of observations.
#[derive(Clone, Debug)]
struct Array {
    shape: Vec<usize>,
    values: Vec<f64>,
}

/// What can be wrong with a folder or file of reference posteriors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// There is no such folder.
    #[error(
        "{}: no such folder; give --reference the folder that holds `{}.safetensors` (reference posteriors are not part of this repository)",
        folder.display(), task.reference_name()
    )]
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// The task.
        task: Task,
    },
    /// The folder has no file for the task.
    #[error("{}: cannot be read ({reason}); there is no reference for the task `{task}` without it", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
        /// The task.
        task: Task,
        /// What the operating system says.
        reason: String,
    },
    /// The file is not what it should be.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The file is of the other benchmark, which calls another model by this name.
    #[error("{}: this is a reference of {found}, which calls another model by the name of the task `{task}`; give the folder of {expected}", path.display())]
    OtherBenchmark {
        /// The file.
        path: PathBuf,
        /// The task.
        task: Task,
        /// The benchmark of the file.
        found: Benchmark,
        /// The benchmark of the task.
        expected: Benchmark,
    },
    /// There are no reference draws for this number of observations.
    #[error("there is no reference for {n_obs} observations; there is one for {}", available.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    NoSuchN {
        /// The number asked for.
        n_obs: usize,
        /// The numbers there are.
        available: Vec<usize>,
    },
    /// There is no set of this number.
    #[error("there is no set {set} in the reference; the sets are 1 to {n_sets}")]
    NoSuchSet {
        /// The number asked for, from 1.
        set: usize,
        /// How many sets there are.
        n_sets: usize,
    },
}

impl Reference {
    /// Reads the reference of `task` from `folder`.
    ///
    /// # Errors
    /// The folder or the file is missing, or the file does not hold `theta_true` `[sets, M]`, `x_obs` `[sets, n, D]` and at
    /// least one `posterior_n<n>` `[sets, draws, M]` with n of at most what `x_obs` has, all f32; or, of single observations,
    /// `theta_true` `[sets, M]`, `x_obs` `[sets, D]` and `posterior` `[sets, draws, M]`. `OtherBenchmark` where the task is one
    /// benchmark's and the file the other's.
    pub fn read(folder: &Path, task: Task) -> Result<Self, ReferenceError> {
        if !folder.is_dir() {
            return Err(ReferenceError::NoFolder { folder: folder.to_owned(), task });
        }
        let path = folder.join(format!("{}.safetensors", task.reference_name()));
        let bytes = std::fs::read(&path).map_err(|error| ReferenceError::NoFile {
            path: path.clone(),
            task,
            reason: error.to_string(),
        })?;
        let (found, reference) = match Self::parse(&bytes) {
            Ok(parsed) => parsed,
            Err(reason) => return Err(ReferenceError::Malformed { path, reason }),
        };
        match task.benchmark() {
            Some(expected) if expected != found => Err(ReferenceError::OtherBenchmark { path, task, found, expected }),
            _ => Ok(reference.observed_by(task)),
        }
    }

    /// With observations as the task makes them where the file stores something else.
    fn observed_by(mut self, task: Task) -> Self {
        let dim = self.n_components();
        let rows: Vec<Vec<f64>> = self
            .x_obs
            .values
            .chunks_exact(dim)
            .enumerate()
            .map(|(index, row)| task.observed(row, index as u64))
            .collect();
        self.x_obs.shape[2] = rows.first().map_or(dim, Vec::len);
        self.x_obs.values = rows.concat();
        self
    }

    fn parse(bytes: &[u8]) -> Result<(Benchmark, Self), String> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| format!("not a safetensors file: {error}"))?;
        let theta_true = Array::read(&file, "theta_true", 2)?;
        let single = file.names().into_iter().any(|name| name == "posterior");
        let benchmark = if single { Benchmark::Single } else { Benchmark::Tall };
        let mut x_obs = Array::read(&file, "x_obs", if single { 2 } else { 3 })?;
        let mut posteriors = Vec::new();
        if single {
            x_obs.shape.insert(1, 1);
            posteriors.push((1, Array::read(&file, "posterior", 3)?));
        }
        for name in file.names() {
            if let Some(n_obs) = name.strip_prefix("posterior_n").and_then(|n| n.parse::<usize>().ok()) {
                posteriors.push((n_obs, Array::read(&file, name, 3)?));
            }
        }
        posteriors.sort_unstable_by_key(|(n_obs, _)| *n_obs);
        if posteriors.is_empty() {
            return Err("holds no tensor `posterior_n<n>`".to_owned());
        }
        let (n_sets, m) = (theta_true.shape[0], theta_true.shape[1]);
        if x_obs.shape[0] != n_sets {
            return Err(format!("`x_obs` has {} sets and `theta_true` {n_sets}", x_obs.shape[0]));
        }
        for (n_obs, draws) in &posteriors {
            if draws.shape[0] != n_sets || draws.shape[2] != m || *n_obs > x_obs.shape[1] || *n_obs == 0 {
                let (shape, x_shape) = (&draws.shape, &x_obs.shape);
                return Err(format!(
                    "`posterior_n{n_obs}` {shape:?} fits neither `theta_true` [{n_sets}, {m}] nor `x_obs` {x_shape:?}"
                ));
            }
        }
        Ok((benchmark, Self { theta_true, x_obs, posteriors }))
    }

    /// The numbers of observations for which there are reference draws, ascending.
    pub fn numbers(&self) -> Vec<usize> {
        self.posteriors.iter().map(|(n_obs, _)| *n_obs).collect()
    }

    /// How many sets of observations there are.
    pub fn n_sets(&self) -> usize {
        self.theta_true.shape[0]
    }

    /// M, the number of parameters.
    pub fn n_parameters(&self) -> usize {
        self.theta_true.shape[1]
    }

    /// D, the number of components of an observation.
    pub fn n_components(&self) -> usize {
        self.x_obs.shape[2]
    }

    /// The parameters behind a set, from 1: `[M]`.
    ///
    /// # Errors
    /// `NoSuchSet`.
    pub fn theta_true(&self, set: usize) -> Result<&[f64], ReferenceError> {
        Ok(self.theta_true.block(self.index(set)?))
    }

    /// All observations of a set, from 1: rows of D components.
    ///
    /// # Errors
    /// `NoSuchSet`.
    pub fn observations(&self, set: usize) -> Result<Vec<Vec<f64>>, ReferenceError> {
        let block = self.x_obs.block(self.index(set)?);
        Ok(block.chunks_exact(self.n_components()).map(<[f64]>::to_vec).collect())
    }

    /// Reference draws of the posterior given the first `n_obs` observations of a set, from 1: `[draws × M]`.
    ///
    /// # Errors
    /// `NoSuchSet`, `NoSuchN`.
    pub fn posterior(&self, set: usize, n_obs: usize) -> Result<&[f64], ReferenceError> {
        let index = self.index(set)?;
        match self.posteriors.iter().find(|(n, _)| *n == n_obs) {
            Some((_, draws)) => Ok(draws.block(index)),
            None => Err(ReferenceError::NoSuchN { n_obs, available: self.numbers() }),
        }
    }

    fn index(&self, set: usize) -> Result<usize, ReferenceError> {
        let n_sets = self.n_sets();
        if (1..=n_sets).contains(&set) { Ok(set - 1) } else { Err(ReferenceError::NoSuchSet { set, n_sets }) }
    }
}

impl Array {
    fn read(file: &SafeTensors<'_>, name: &str, rank: usize) -> Result<Self, String> {
        let tensor = file.tensor(name).map_err(|_| format!("holds no tensor `{name}`"))?;
        let shape = tensor.shape().to_vec();
        if tensor.dtype() != Dtype::F32 || shape.len() != rank || shape.contains(&0) {
            let dtype = tensor.dtype();
            return Err(format!("`{name}` is {dtype:?} {shape:?}, not f32 with {rank} axes"));
        }
        let (numbers, _) = tensor.data().as_chunks::<4>();
        let values: Vec<f64> = numbers.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect();
        if values.iter().all(|value| value.is_finite()) {
            Ok(Self { shape, values })
        } else {
            Err(format!("`{name}` holds values that are not finite"))
        }
    }

    fn block(&self, index: usize) -> &[f64] {
        let length = self.values.len() / self.shape[0];
        &self.values[index * length..(index + 1) * length]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::PathBuf;

    use safetensors::tensor::{Dtype, TensorView, serialize};

    use super::{Reference, ReferenceError};
    use crate::tasks::{Benchmark, Task};

    /// A safetensors file of f32 tensors, all numbers ascending from 0.
    pub(crate) fn file(tensors: &[(&str, &[usize])]) -> Vec<u8> {
        let data: Vec<Vec<u8>> = tensors
            .iter()
            .map(|(_, shape)| (0..shape.iter().product()).flat_map(|k: usize| (k as f32).to_le_bytes()).collect())
            .collect();
        let views = tensors.iter().zip(&data).map(|((name, shape), data)| {
            (*name, TensorView::new(Dtype::F32, shape.to_vec(), data).expect("the shape fits"))
        });
        serialize(views, None).expect("it can be written")
    }

    #[test]
    fn blocks_and_errors() {
        let bytes = file(&[
            ("theta_true", &[2, 3]),
            ("x_obs", &[2, 4, 2]),
            ("posterior_n4", &[2, 5, 3]),
            ("posterior_n1", &[2, 5, 3]),
        ]);
        let (benchmark, reference) = Reference::parse(&bytes).expect("well formed");
        assert_eq!(benchmark, Benchmark::Tall);
        assert_eq!((reference.n_sets(), reference.n_parameters(), reference.n_components()), (2, 3, 2));
        assert_eq!(reference.theta_true(2), Ok(&[3.0, 4.0, 5.0][..]));
        assert_eq!(reference.observations(2).map(|rows| rows[1].clone()), Ok(vec![10.0, 11.0]));
        assert_eq!(reference.posterior(2, 1).map(|draws| (draws.len(), draws[0])), Ok((15, 15.0)));
        let error = reference.posterior(1, 8).expect_err("not there");
        assert_eq!(error.to_string(), "there is no reference for 8 observations; there is one for 1, 4");
        for set in [0, 3] {
            let error = reference.theta_true(set).expect_err("not there");
            assert_eq!(error.to_string(), format!("there is no set {set} in the reference; the sets are 1 to 2"));
        }
    }

    #[test]
    fn single_observations() {
        let bytes = file(&[("theta_true", &[2, 3]), ("x_obs", &[2, 4]), ("posterior", &[2, 5, 3])]);
        let (benchmark, reference) = Reference::parse(&bytes).expect("well formed");
        assert_eq!((benchmark, reference.n_components(), reference.numbers()), (Benchmark::Single, 4, vec![1]));
        assert_eq!(reference.observations(2), Ok(vec![vec![4.0, 5.0, 6.0, 7.0]]));
        assert_eq!(reference.posterior(2, 1).map(|draws| draws[0]), Ok(15.0));

        let folder = std::env::temp_dir().join(format!("tallsbi-single-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("gaussian_linear.safetensors"), &bytes).expect("written");
        assert!(Reference::read(&folder, Task::GaussianLinearSingle).is_ok());
        let error = Reference::read(&folder, Task::GaussianLinear).expect_err("another model of the same name");
        let expected = "this is a reference of the single-observation benchmark, which calls another model by the name of \
                        the task `gaussian_linear`; give the folder of the tall benchmark";
        assert!(error.to_string().contains(expected), "{error}");
        std::fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn malformed_files() {
        #[track_caller]
        fn check(tensors: &[(&str, &[usize])], expected: &str) {
            let error = Reference::parse(&file(tensors)).expect_err("malformed");
            assert!(error.contains(expected), "{error}");
        }
        check(&[("x_obs", &[1, 2, 2])], "no tensor `theta_true`");
        check(&[("theta_true", &[2]), ("x_obs", &[2, 1, 1])], "`theta_true` is F32 [2], not f32 with 2 axes");
        check(&[("theta_true", &[2, 1]), ("x_obs", &[2, 1, 1])], "no tensor `posterior_n<n>`");
        check(&[("theta_true", &[2, 1]), ("x_obs", &[3, 1, 1]), ("posterior_n1", &[2, 9, 1])], "3 sets");
        check(&[("theta_true", &[2, 1]), ("x_obs", &[2, 1, 1]), ("posterior_n2", &[2, 9, 1])], "`posterior_n2`");
        check(&[("theta_true", &[2, 1]), ("x_obs", &[2, 1, 1]), ("posterior_n1", &[2, 9, 2])], "`posterior_n1`");
        let bytes = file(&[("theta_true", &[2, 3])]);
        for cut in [0, 4, 12, bytes.len() - 1] {
            assert!(Reference::parse(&bytes[..cut]).expect_err("cut off").contains("not a safetensors file"));
        }
    }

    #[test]
    fn a_missing_folder() {
        let folder = PathBuf::from("no/such/folder");
        let error = Reference::read(&folder, Task::Sir).expect_err("missing");
        assert_eq!(error, ReferenceError::NoFolder { folder, task: Task::Sir });
        assert!(error.to_string().contains("holds `sir.safetensors`"), "{error}");
        let error = Reference::read(env!("CARGO_MANIFEST_DIR").as_ref(), Task::Sir).expect_err("missing");
        assert!(error.to_string().contains("no reference for the task `sir` without it"), "{error}");
    }
}
