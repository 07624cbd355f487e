//! Write groups of arrays as a Zarr store of version 3: one directory, JSON metadata, one chunk of plain numbers for each
//! array.
//!
//! # Source   The Zarr core specification, version 3 (zarr-specs.readthedocs.io), and the inline consolidated metadata that
//! zarr-python reads.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::ExportError;
use super::inference_data::{Attribute, InferenceData, Values, Variable};

/// Writes the store beside `path` and renames it, so that it appears whole or not at all.
pub(super) fn save(data: &InferenceData, path: &Path) -> Result<(), ExportError> {
    let refuse = |reason: String| ExportError::Io { path: path.to_owned(), reason };
    let io = |error: std::io::Error| refuse(error.to_string());
    let Some(name) = path.file_name() else { return Err(refuse("not the name of a directory".to_owned())) };
    if path.exists() && !path.join("zarr.json").is_file() {
        return Err(refuse("it exists and is no Zarr store: choose another name, or remove it".to_owned()));
    }
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(temporary);
    let _ = fs::remove_dir_all(&temporary);
    let written = write(data, &temporary).and_then(|()| {
        if path.exists() {
            fs::remove_dir_all(path)?;
        }
        fs::rename(&temporary, path)
    });
    written.map_err(|error| {
        // The first error is the one to report.
        let _ = fs::remove_dir_all(&temporary);
        io(error)
    })
}

fn write(data: &InferenceData, root: &Path) -> std::io::Result<()> {
    fs::create_dir_all(root)?;
    let mut all = Map::new();
    for group in &data.groups {
        let folder = root.join(group.name);
        let metadata = of_group(&group.attributes);
        node(&folder, &metadata)?;
        all.insert(group.name.to_owned(), metadata);
        for variable in &group.variables {
            let metadata = of_array(variable);
            let folder = folder.join(&variable.name);
            node(&folder, &metadata)?;
            all.insert(format!("{}/{}", group.name, variable.name), metadata);
            let bytes: Vec<u8> = match &variable.values {
                Values::Real(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
                Values::Index(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            };
            if !bytes.is_empty() {
                let chunk: PathBuf = std::iter::once("c")
                    .chain(variable.dimensions.iter().map(|_| "0"))
                    .fold(folder, |at, part| at.join(part));
                chunk.parent().map_or(Ok(()), fs::create_dir_all)?;
                fs::write(chunk, bytes)?;
            }
        }
    }
    let mut metadata = of_group(&[]);
    // Readers of the root then need not list directories.
    metadata["consolidated_metadata"] = json!({ "kind": "inline", "must_understand": false, "metadata": all });
    node(root, &metadata)
}

fn node(folder: &Path, metadata: &Value) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("zarr.json"), format!("{metadata:#}\n"))
}

fn of_group(attributes: &[(&'static str, Attribute)]) -> Value {
    json!({ "zarr_format": 3, "node_type": "group", "attributes": plain(attributes) })
}

fn of_array(variable: &Variable) -> Value {
    let lengths: Vec<usize> = variable.dimensions.iter().map(|(_, length)| *length).collect();
    let chunk: Vec<usize> = lengths.iter().map(|length| (*length).max(1)).collect();
    let names: Vec<&str> = variable.dimensions.iter().map(|(name, _)| name.as_str()).collect();
    let (kind, fill) = match &variable.values {
        Values::Real(_) => ("float64", json!("NaN")),
        Values::Index(_) => ("int64", json!(0)),
    };
    json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": lengths,
        "data_type": kind,
        "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": chunk } },
        "chunk_key_encoding": { "name": "default", "configuration": { "separator": "/" } },
        "fill_value": fill,
        "codecs": [{ "name": "bytes", "configuration": { "endian": "little" } }],
        "attributes": plain(&variable.attributes),
        "dimension_names": names,
        "storage_transformers": [],
    })
}

fn plain(attributes: &[(&'static str, Attribute)]) -> Value {
    let value = |attribute: &Attribute| match attribute {
        Attribute::Text(text) => json!(text),
        Attribute::Real(value) => json!(value),
        Attribute::Index(value) => json!(value),
    };
    Value::Object(attributes.iter().map(|(name, attribute)| ((*name).to_owned(), value(attribute))).collect())
}
