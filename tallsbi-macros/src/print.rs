//! Write the intermediate representation as text, for the tests of the parser.

use std::fmt::Write as _;

use quote::ToTokens;

use crate::model::{Argument, Field, Float, PlateKind, Record, Role, Shape, Simulator};

/// A struct, one line a field.
pub(crate) fn record(record: &Record) -> String {
    let role = match record.role {
        Role::Parameters => "parameters",
        Role::Observation => "observation",
        Role::Design => "design",
    };
    let mut text = format!("{role} {}\n", record.ident);
    for field in &record.fields {
        let _ = writeln!(text, "  {}", line(record, field));
    }
    text
}

fn line(record: &Record, field: &Field) -> String {
    let float = match field.float {
        Float::F32 => "f32",
        Float::F64 => "f64",
    };
    let shape = match &field.shape {
        Shape::Scalar => float.to_owned(),
        Shape::Array { length, .. } => format!("[{float}; {}]", length.to_token_stream()),
    };
    let mut text = format!("{}: {shape}", field.name);
    if let Some(draw) = field.draw.given() {
        let arguments: Vec<_> = draw.arguments.iter().map(|each| argument(record, each)).collect();
        let _ = write!(text, " ~ {}({})", draw.family.name, arguments.join(", "));
    }
    if let Some(transform) = field.transform.given() {
        let _ = write!(text, " via {}", transform.original);
    }
    if field.exchangeable {
        text.push_str(" exchangeable");
    }
    if !field.description.is_empty() || !field.unit.is_empty() {
        let _ = write!(text, " \"{}\" [{}]", field.description, field.unit);
    }
    text
}

fn argument(record: &Record, argument: &Argument) -> String {
    let mut text = argument.original.to_token_stream().to_string();
    if !argument.names.is_empty() {
        let names: Vec<_> = argument.names.iter().map(|index| record.fields[*index].name.as_str()).collect();
        let _ = write!(text, " <- {}", names.join(", "));
    }
    if argument.run_time {
        text.push_str(" @ run time");
    }
    text
}

/// A simulator, its arguments and its plates.
pub(crate) fn simulator(simulator: &Simulator) -> String {
    let mut text = format!("simulator {} = {}\n", simulator.name, simulator.function.sig.ident);
    let signature = &simulator.signature;
    for (what, ty) in [
        ("theta", &signature.parameters),
        ("design", &signature.design),
        ("output", &signature.output),
        ("network", &simulator.network),
    ] {
        if let Some(ty) = ty {
            let _ = writeln!(text, "  {what}: {}", ty.to_token_stream());
        }
    }
    if let Some(summary) = simulator.summary.given() {
        let _ = writeln!(text, "  {}", summary.original.meta.to_token_stream());
    }
    for plate in &simulator.plates {
        let parent = plate.parent.map_or("the parameters", |index| simulator.plates[index].name.as_str());
        let PlateKind::Iid { n_max } = plate.kind;
        let _ = writeln!(text, "  plate {} given {parent}: iid, n_max = {n_max}", plate.name);
    }
    text
}
