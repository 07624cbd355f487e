//! Write groups of arrays as one NetCDF-4 file.

use std::path::Path;

use netcdf_writer::{NcAttrValue, NcFileBuilder, NcWriteFormat, NcWriteOptions};

use super::inference_data::{Attribute, InferenceData, Values};
use super::{ExportError, write_atomically};

pub(super) fn save(data: &InferenceData, path: &Path) -> Result<(), ExportError> {
    let bytes =
        encode(data).map_err(|error| ExportError::Format { path: path.to_owned(), reason: error.to_string() })?;
    write_atomically(path, &bytes).map_err(|error| ExportError::Io { path: path.to_owned(), reason: error.to_string() })
}

fn encode(data: &InferenceData) -> netcdf_writer::Result<Vec<u8>> {
    let mut file = NcFileBuilder::new();
    for group in &data.groups {
        for (name, attribute) in &group.attributes {
            file.add_group_attribute(group.name, *name, value(attribute))?;
        }
        let mut dimensions = Vec::new();
        for variable in &group.variables {
            let mut own = Vec::new();
            for (name, length) in &variable.dimensions {
                let known = dimensions.iter().find(|(known, _)| known == name).map(|(_, id)| *id);
                let id = match known {
                    Some(id) => id,
                    None => file.add_dimension_path(format!("{}/{name}", group.name), *length as u64)?,
                };
                dimensions.push((name.clone(), id));
                own.push(id);
            }
            let at = format!("{}/{}", group.name, variable.name);
            let id = match &variable.values {
                Values::Real(values) => {
                    let id = file.add_variable_path::<f64>(at, &own)?;
                    file.write_variable(id, values)?;
                    id
                }
                Values::Index(values) => {
                    let id = file.add_variable_path::<i64>(at, &own)?;
                    file.write_variable(id, values)?;
                    id
                }
            };
            for (name, attribute) in &variable.attributes {
                file.add_variable_attribute(id, *name, value(attribute))?;
            }
        }
    }
    Ok(file.to_vec(NcWriteOptions { format: NcWriteFormat::Nc4 })?.1)
}

fn value(attribute: &Attribute) -> NcAttrValue {
    match attribute {
        Attribute::Text(text) => NcAttrValue::Strings(vec![text.clone()]),
        Attribute::Real(value) => NcAttrValue::Doubles(vec![*value]),
        Attribute::Index(value) => NcAttrValue::Int64s(vec![*value]),
    }
}
