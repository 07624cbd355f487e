//! Take tensors out of a safetensors file by name, shape and type, until nothing is left.

use std::{collections::BTreeMap, path::Path};

use safetensors::{Dtype, SafeTensors};

use super::ImportError;

/// The tensors of a file that nothing has taken yet. Take what is expected, then [`finish`](Self::finish), which errors where
/// something is left over.
#[derive(Clone, Debug)]
pub struct StoredTensors {
    /// Type of the numbers, shape, bytes.
    left: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
}

impl StoredTensors {
    /// Reads a file that `safetensors.torch.save_file(net.state_dict(), path)` wrote.
    ///
    /// # Errors
    /// [`ImportError::Io`]; [`ImportError::Foreign`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ImportError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path)
            .map_err(|error| ImportError::Io { path: path.display().to_string(), reason: error.to_string() })?;
        Self::read(&bytes).map_err(|error| match error {
            ImportError::Foreign { reason, .. } => ImportError::Foreign { path: path.display().to_string(), reason },
            other => other,
        })
    }

    /// Reads what is already in memory (`include_bytes!`).
    ///
    /// # Errors
    /// [`ImportError::Foreign`].
    pub fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|error| ImportError::Foreign { path: "what was given".to_owned(), reason: error.to_string() })?;
        let entry = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
            (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        };
        Ok(Self { left: tensors.tensors().into_iter().map(entry).collect() })
    }

    /// Names of what nothing has taken yet, sorted.
    pub fn names(&self) -> Vec<String> {
        self.left.keys().cloned().collect()
    }

    /// Takes a tensor of this shape: its numbers, row-major, all finite.
    ///
    /// # Errors
    /// [`ImportError::Missing`]; [`ImportError::Shape`]; [`ImportError::Type`]; [`ImportError::NotFinite`].
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ImportError> {
        let Some((kind, found, bytes)) = self.left.remove(name) else {
            return Err(ImportError::Missing { name: name.to_owned(), expected: shape.to_vec(), left: self.names() });
        };
        if found != shape {
            return Err(ImportError::Shape { name: name.to_owned(), found, expected: shape.to_vec() });
        }
        if kind != Dtype::F32 {
            return Err(ImportError::Type { name: name.to_owned(), found: format!("{kind:?}") });
        }
        let number = |bytes: &[u8]| f32::from_le_bytes(std::array::from_fn(|i| bytes[i]));
        let values: Vec<f32> = bytes.chunks_exact(4).map(number).collect();
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(ImportError::NotFinite { name: name.to_owned(), index, value: values[index] }),
            None => Ok(values),
        }
    }

    /// Takes a vector of `N` numbers.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn take_vector<const N: usize>(&mut self, name: &str) -> Result<[f64; N], ImportError> {
        let values = self.take(name, &[N])?;
        Ok(std::array::from_fn(|k| f64::from(values[k])))
    }

    /// Leaves out every tensor whose name begins like this: parts that are not needed, as `optimizer.`.
    pub fn skip(&mut self, prefix: &str) {
        self.left.retain(|name, _| !name.starts_with(prefix));
    }

    /// Errors where something is left.
    ///
    /// # Errors
    /// [`ImportError::LeftOver`].
    pub fn finish(self) -> Result<(), ImportError> {
        if self.left.is_empty() { Ok(()) } else { Err(ImportError::LeftOver { names: self.names() }) }
    }
}
