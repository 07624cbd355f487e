//! Read reference data made by others, where it is there: `../shared/reference` beside the project's root.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;

/// One file of named tensors (f32).
#[derive(Debug)]
pub struct Reference {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Reference {
    /// Where `<name>.safetensors` lies, or says that it is absent and returns `None`.
    pub fn path(name: &str) -> Option<PathBuf> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../shared/reference")
            .join(name)
            .with_extension("safetensors");
        if path.exists() {
            return Some(path);
        }
        eprintln!("skipped: {} is not there", path.display());
        None
    }

    /// Opens `<name>.safetensors`, or says that it is absent and returns `None`: a clone elsewhere has none.
    ///
    /// # Panics
    /// The file is there and cannot be read.
    pub fn open(name: &str) -> Option<Self> {
        let path = Self::path(name)?;
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Some(Self { path, bytes })
    }

    /// The shape and the values of a tensor, row-major.
    ///
    /// # Panics
    /// It is missing.
    pub fn tensor(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let read = || -> Result<_, safetensors::SafeTensorError> {
            let tensors = SafeTensors::deserialize(&self.bytes)?;
            let tensor = tensors.tensor(name)?;
            let number = |bytes: &[u8]| f32::from_le_bytes(std::array::from_fn(|i| bytes[i]));
            Ok((tensor.shape().to_vec(), tensor.data().chunks_exact(4).map(number).collect()))
        };
        read().unwrap_or_else(|error| panic!("{}: `{name}`: {error}", self.path.display()))
    }

    /// Rows of `N` numbers of block `index` of a tensor `[blocks, rows, N]`.
    ///
    /// # Panics
    /// It is missing or has another shape.
    pub fn block<const N: usize>(&self, name: &str, index: usize) -> Vec<[f64; N]> {
        let (shape, values) = self.tensor(name);
        assert!(shape.len() == 3 && shape[2] == N && index < shape[0], "{name}: {shape:?}");
        values[index * shape[1] * N..][..shape[1] * N]
            .chunks_exact(N)
            .map(|row| std::array::from_fn(|k| f64::from(row[k])))
            .collect()
    }

    /// A tensor of `N` numbers.
    ///
    /// # Panics
    /// It is missing or has another shape.
    pub fn vector<const N: usize>(&self, name: &str) -> [f64; N] {
        let (shape, values) = self.tensor(name);
        assert_eq!(shape, [N], "{name}");
        std::array::from_fn(|k| f64::from(values[k]))
    }
}
