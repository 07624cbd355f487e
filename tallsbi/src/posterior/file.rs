//! Save a posterior to one versioned file and load it, checked against the declaration.

use std::{cmp::Ordering, collections::HashMap, marker::PhantomData, path::Path};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{FileError, Posterior, Result, coordinates::Coordinates};
use crate::{
    dataset::Standardisation,
    diffusion::{Parameterisation, Schedule},
    model::{Label, Observation, Parameters, Simulator, Transform},
    net::{FusedEngine, NamedTensor, NetworkError, NetworkShape, ScoreEngine, ScoreNetwork},
    prior::Prior,
    report::{unreadable, write_atomically},
    train::{TrainingReport, head_outputs},
};

/// The format written here, and the only one that is read. Format 1 had no differences of components.
pub(crate) const FORMAT: u32 = 2;

/// The metadata key that makes a safetensors file a posterior.
const KEY: &str = "tallsbi";

/// Everything but the weights.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    version: String,
    parameters: Vec<Label>,
    prior: Vec<String>,
    observation: Vec<Label>,
    transforms: Vec<Transform>,
    n_max: usize,
    coordinates: String,
    coordinate_state: Value,
    schedule: Schedule,
    parameterisation: Parameterisation,
    standardisation: Standardisation,
    network: Value,
    head: Option<NetworkShape>,
    report: TrainingReport,
    seed: u64,
}

impl<S, N, const M: usize, const D: usize, K> Posterior<S, N, M, D, K>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
{
    /// Saves everything needed to sample: one safetensors file, written atomically.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()>
    where
        // On the methods and not on the impl, so that what a prior lacks is said in the words of its trait.
        K: Coordinates<S, M, D>,
    {
        let (header, tensors) = self.stored_parts("")?;
        write(path.as_ref(), &header, &tensors)
    }

    /// What a file holds of this posterior: its header, and its tensors under `prefix`.
    pub(crate) fn stored_parts(&self, prefix: &str) -> Result<(Value, Vec<NamedTensor>)>
    where
        K: Coordinates<S, M, D>,
    {
        let header = Header {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            parameters: S::Parameters::labels().to_vec(),
            prior: self.simulator.prior().families(),
            observation: S::Observation::labels().to_vec(),
            transforms: S::Observation::transforms().to_vec(),
            n_max: N::N_MAX,
            coordinates: K::KIND.to_owned(),
            coordinate_state: self.coordinates.store(),
            schedule: self.schedule,
            parameterisation: self.parameterisation,
            standardisation: self.standardisation.clone(),
            network: N::describe()?,
            head: self.head.as_ref().map(|head| *head.shape()),
            report: self.report.clone(),
            seed: self.seed,
        };
        let mut tensors = prefixed(&format!("{prefix}network"), self.engine.tensors());
        if let Some(head) = &self.head {
            tensors.extend(prefixed(&format!("{prefix}head"), head.tensors()));
        }
        Ok((serde_json::json!(header), tensors))
    }

    /// Loads a posterior of `simulator` that was saved.
    ///
    /// # Errors
    /// The file cannot be read, is truncated or foreign, was written by an earlier or newer version, or holds a posterior of
    /// another declaration or network.
    pub fn load(simulator: S, path: impl AsRef<Path>) -> Result<Self>
    where
        K: Coordinates<S, M, D>,
    {
        let file = PosteriorFile::read(path.as_ref())?;
        if file.header["levels"].is_object() {
            return Err(FileError::Mismatch {
                path: file.name,
                what: "kind",
                found: "a hierarchical model".to_owned(),
                expected: "a model without groups".to_owned(),
            }
            .into());
        }
        Self::from_stored(simulator, file.header.clone(), "", &file)
    }

    /// Restores what [`stored_parts`](Self::stored_parts) gave.
    pub(crate) fn from_stored(simulator: S, header: Value, prefix: &str, file: &PosteriorFile) -> Result<Self>
    where
        K: Coordinates<S, M, D>,
    {
        let PosteriorFile { name, bytes, .. } = file;
        let foreign = |reason: String| FileError::Foreign { path: name.clone(), reason };
        let header: Header = parse(header).map_err(foreign)?;
        check::<S, N, K, M, D>(&simulator, &header, name)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| foreign(error.to_string()))?;
        let refuse =
            |prefix: &str, error| FileError::Network { path: name.clone(), error: named_in_file(prefix, error) };
        expect(name, "network", &N::describe()?.to_string(), &header.network.to_string())?;
        let (network, baseline) = (format!("{prefix}network"), format!("{prefix}head"));
        let engine = N::restore(&stored(&tensors, &network)).map_err(|error| refuse(&network, error))?;
        if let Some(shape) = &header.head {
            check_head::<N, M, D>(shape, bytes.len(), name)?;
        }
        let head = header
            .head
            .map(|shape| FusedEngine::from_tensors_behind(shape, N::summary(), &stored(&tensors, &baseline)))
            .transpose()
            .map_err(|error| refuse(&baseline, error))?;
        let coordinates = K::restore(&header.coordinate_state).map_err(foreign)?;
        Ok(Self {
            simulator,
            engine,
            head,
            standardisation: header.standardisation,
            coordinates,
            schedule: header.schedule,
            parameterisation: header.parameterisation,
            report: header.report,
            seed: header.seed,
            network: PhantomData,
        })
    }
}

/// A file of one of the formats known here: its bytes and its header.
pub(crate) struct PosteriorFile {
    pub(crate) name: String,
    pub(crate) header: Value,
    bytes: Vec<u8>,
}

impl PosteriorFile {
    pub(crate) fn read(path: &Path) -> std::result::Result<Self, FileError> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|error| FileError::Io { path: name.clone(), reason: unreadable(path, &error) })?;
        let foreign = |reason: String| FileError::Foreign { path: name.clone(), reason };
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| foreign(error.to_string()))?;
        let header = metadata
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(KEY))
            .ok_or_else(|| foreign(format!("it has no `{KEY}` metadata")))?;
        let header: Value = serde_json::from_str(header).map_err(|error| foreign(error.to_string()))?;
        let format = header["format"].as_u64().ok_or_else(|| foreign("it states no format".to_owned()))?;
        let found = format as u32;
        match format.cmp(&u64::from(FORMAT)) {
            Ordering::Less => Err(FileError::Older { path: name, found, supported: FORMAT }),
            Ordering::Equal => Ok(Self { name, header, bytes }),
            Ordering::Greater => Err(FileError::Newer { path: name, found, supported: FORMAT }),
        }
    }
}

/// Writes a header and tensors as one safetensors file, atomically.
pub(crate) fn write(path: &Path, header: &Value, tensors: &[NamedTensor]) -> Result<()> {
    let io = |reason: String| FileError::Io { path: path.display().to_string(), reason };
    let encoded: Vec<(&str, &[usize], Vec<u8>)> = tensors
        .iter()
        .map(|tensor| {
            let bytes = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
            (tensor.name.as_str(), tensor.shape.as_slice(), bytes)
        })
        .collect();
    let views = encoded
        .iter()
        .map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes)?)))
        .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|error| io(error.to_string()))?;
    let bytes = safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), header.to_string())])))
        .map_err(|error| io(error.to_string()))?;
    Ok(write_atomically(path, &bytes).map_err(|error| io(error.to_string()))?)
}

fn parse<T: DeserializeOwned>(value: Value) -> std::result::Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// Compares the file's declaration with the program's.
fn check<S, N, K, const M: usize, const D: usize>(
    simulator: &S,
    header: &Header,
    path: &str,
) -> std::result::Result<(), FileError>
where
    S: Simulator<M, D>,
    N: ScoreNetwork<M, D>,
    K: Coordinates<S, M, D>,
{
    expect(path, "parameters", &names(&S::Parameters::labels()), &names(&header.parameters))?;
    expect(path, "observation", &names(&S::Observation::labels()), &names(&header.observation))?;
    let transforms = S::Observation::transforms();
    expect(path, "transforms", &format!("{transforms:?}"), &format!("{:?}", header.transforms))?;
    expect(path, "prior", &simulator.prior().families().join(", "), &header.prior.join(", "))?;
    expect(path, "coordinates", K::KIND, &header.coordinates)?;
    expect(path, "n_max", &N::N_MAX.to_string(), &header.n_max.to_string())?;
    let foreign = |reason: String| Err(FileError::Foreign { path: path.to_owned(), reason });
    if header.standardisation.dimension() != D {
        return foreign(format!("its standardisation has {} components", header.standardisation.dimension()));
    }
    if !header.standardisation.is_consistent() {
        return foreign("its standardisation takes differences of components that are not there".to_owned());
    }
    Ok(())
}

/// The head must be one for this declaration, and no larger than the file that holds it.
fn check_head<N: ScoreNetwork<M, D>, const M: usize, const D: usize>(
    shape: &NetworkShape,
    bytes: usize,
    path: &str,
) -> std::result::Result<(), FileError> {
    // A width within the file's size cannot overflow what follows.
    let plausible =
        shape.width > 0 && shape.width.saturating_mul(shape.width).saturating_mul(4) <= bytes && shape.depth < 64;
    let (width, depth) = if plausible { (shape.width, shape.depth.max(1)) } else { (1, 1) };
    let seen = N::summary().map_or(D, |summary| summary.observation());
    let expected = FusedEngine::head_shape(seen, head_outputs(M), N::N_MAX, width, depth);
    expect(path, "baseline", &format!("{expected:?}"), &format!("{shape:?}"))
}

fn expect(path: &str, what: &'static str, expected: &str, found: &str) -> std::result::Result<(), FileError> {
    if expected == found {
        return Ok(());
    }
    Err(FileError::Mismatch { path: path.to_owned(), what, found: found.to_owned(), expected: expected.to_owned() })
}

fn names(labels: &[Label]) -> String {
    labels.iter().map(|label| label.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn prefixed(prefix: &str, tensors: Vec<NamedTensor>) -> Vec<NamedTensor> {
    tensors.into_iter().map(|tensor| NamedTensor { name: format!("{prefix}.{}", tensor.name), ..tensor }).collect()
}

/// The file's tensors under `prefix`, without it. One of another type than f32 has no values, which no network accepts.
fn stored(tensors: &SafeTensors<'_>, prefix: &str) -> Vec<NamedTensor> {
    let values = |found: &TensorView<'_>| -> Vec<f32> {
        let bytes = if found.dtype() == Dtype::F32 { found.data() } else { &[] };
        bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect()
    };
    tensors
        .iter()
        .filter_map(|(name, found)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('.')?.to_owned();
            Some(NamedTensor { name, shape: found.shape().to_vec(), values: values(&found) })
        })
        .collect()
}

/// What a network refused, with the tensor's name as the file has it.
fn named_in_file(prefix: &str, mut error: NetworkError) -> NetworkError {
    if let NetworkError::Shape { name, .. } | NetworkError::Missing { name } = &mut error {
        *name = format!("{prefix}.{name}");
    }
    error
}
