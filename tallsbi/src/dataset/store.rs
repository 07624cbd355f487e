//! Save simulations to a safetensors file and load them, checked against the declaration.

use std::{collections::HashMap, path::Path};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::{DataError, Simulations, simulations::check_observations};
use crate::{
    model::{Observation, Parameters},
    report::write_atomically,
};

const FORMAT: &str = "tallsbi-simulations-1";

impl<const M: usize, const D: usize> Simulations<M, D> {
    /// Saves to one file: tensors `theta [rows, M]` and `x [rows × slots, D]` in f64, natural units, with the names of all
    /// components. Written atomically.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save<P: Parameters<M>, O: Observation<D>>(&self, path: impl AsRef<Path>) -> Result<(), DataError> {
        let path = path.as_ref();
        let refuse = |reason: String| DataError::Store { path: path.display().to_string(), reason };
        let theta = bytes(self.theta().iter().flatten());
        let x = bytes(self.x().iter().flatten());
        let view = |shape: Vec<usize>, data| TensorView::new(Dtype::F64, shape, data);
        let tensors = [
            ("theta", view(vec![self.rows(), M], &theta).map_err(|error| refuse(error.to_string()))?),
            ("x", view(vec![self.x().len(), D], &x).map_err(|error| refuse(error.to_string()))?),
        ];
        let metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("slots".to_owned(), self.slots().to_string()),
            ("dropped".to_owned(), self.dropped().to_string()),
            ("parameters".to_owned(), names(&P::labels())),
            ("observation".to_owned(), names(&O::labels())),
        ]);
        let encoded = safetensors::serialize(tensors, Some(metadata)).map_err(|error| refuse(error.to_string()))?;
        write_atomically(path, &encoded).map_err(|error| refuse(error.to_string()))
    }

    /// Loads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// The file cannot be read, is truncated or foreign, or holds simulations of another declaration.
    pub fn load<P: Parameters<M>, O: Observation<D>>(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        let refuse = |reason: String| DataError::Store { path: path.display().to_string(), reason };
        let encoded = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
        let (_, header) = SafeTensors::read_metadata(&encoded)
            .map_err(|error| refuse(format!("not a simulations file, or truncated ({error})")))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let entry = |key: &str| metadata.get(key).cloned().unwrap_or_default();
        if entry("format") != FORMAT {
            return Err(refuse("not a simulations file of this version".to_owned()));
        }
        for (key, expected) in [("parameters", names(&P::labels())), ("observation", names(&O::labels()))] {
            if entry(key) != expected {
                return Err(refuse(format!("it holds another model: {key} {}, expected {expected}", entry(key))));
            }
        }
        let tensors =
            SafeTensors::deserialize(&encoded).map_err(|error| refuse(format!("truncated or damaged ({error})")))?;
        let theta = rows::<M>(&tensors, "theta").map_err(refuse)?;
        let x = rows::<D>(&tensors, "x").map_err(refuse)?;
        let number = |key: &str| entry(key).parse::<usize>().map_err(|_| refuse(format!("`{key}` is not a number")));
        let (slots, dropped) = (number("slots")?, number("dropped")?);
        if x.len() != theta.len() * slots {
            return Err(DataError::RowCount { theta: theta.len(), x: x.len(), slots });
        }
        check_observations::<O, D>(&x)?;
        Ok(Self::from_parts(theta, x, slots, dropped))
    }
}

fn names(labels: &[crate::model::Label]) -> String {
    labels.iter().map(|label| label.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn bytes<'a>(values: impl Iterator<Item = &'a f64>) -> Vec<u8> {
    values.flat_map(|value| value.to_le_bytes()).collect()
}

fn rows<const N: usize>(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<[f64; N]>, String> {
    let tensor = tensors.tensor(name).map_err(|error| error.to_string())?;
    if tensor.dtype() != Dtype::F64 || tensor.shape().len() != 2 || tensor.shape()[1] != N {
        return Err(format!("`{name}` is {:?} {:?}, expected F64 [rows, {N}]", tensor.dtype(), tensor.shape()));
    }
    let number = |bytes: &[u8]| f64::from_le_bytes(std::array::from_fn(|i| bytes[i]));
    Ok(tensor.data().chunks_exact(8 * N).map(|row| std::array::from_fn(|k| number(&row[8 * k..8 * k + 8]))).collect())
}
