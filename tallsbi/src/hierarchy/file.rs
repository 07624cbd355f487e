//! Save both levels of a hierarchical posterior to one file and load it, checked against the declaration.

use std::path::Path;

use super::{GlobalLevel, Graph, HierarchicalPosterior, Hierarchy, LocalLevel};
use crate::{
    net::{NamedTensor, ScoreNetwork},
    posterior::{FORMAT, FileError, Posterior, PosteriorFile, Result, write},
};

impl<H, NG, NL, const M: usize, const L: usize, const D: usize, const E: usize>
    HierarchicalPosterior<H, NG, NL, M, L, D, E>
where
    H: Hierarchy<M, L, D>,
    NG: ScoreNetwork<M, D>,
    NL: ScoreNetwork<L, E>,
{
    /// Saves everything needed to sample both levels: one safetensors file, written atomically.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write_levels(path.as_ref(), &self.model().graph(), self.parts()?)
    }

    /// Loads a posterior of `model` that was saved.
    ///
    /// # Errors
    /// The file cannot be read, is truncated or foreign, was written by an earlier or newer version, or holds a posterior of another
    /// declaration or network.
    pub fn load(model: H, path: impl AsRef<Path>) -> Result<Self> {
        let file = PosteriorFile::read(path.as_ref())?;
        check_kind(&file, 2)?;
        check_declaration(&file, &model.graph())?;
        Self::from_file(model, &file)
    }

    /// Both levels as they are stored.
    pub(super) fn parts(&self) -> Result<Vec<LevelParts>> {
        Ok(vec![
            LevelParts { name: "global", stored: self.global.stored_parts("global.")? },
            LevelParts { name: "local", stored: self.local.stored_parts("local.")? },
        ])
    }

    /// Both levels of a file, which may hold more.
    pub(super) fn from_file(model: H, file: &PosteriorFile) -> Result<Self> {
        let levels = &file.header["levels"];
        let (global, local) = (levels["global"].clone(), levels["local"].clone());
        let global = Posterior::from_stored(GlobalLevel::new(model.clone()), global, "global.", file)?;
        let local = Posterior::from_stored(LocalLevel::new(model), local, "local.", file)?;
        Ok(Self { global, local })
    }
}

/// A level as it is stored.
pub(super) struct LevelParts {
    pub(super) name: &'static str,
    /// Header and named tensors.
    pub(super) stored: (serde_json::Value, Vec<NamedTensor>),
}

/// Writes a file of several levels.
pub(super) fn write_levels(path: &Path, graph: &Graph, levels: Vec<LevelParts>) -> Result<()> {
    let (mut headers, mut tensors) = (serde_json::Map::new(), Vec::new());
    for LevelParts { name, stored: (header, of_level) } in levels {
        headers.insert(name.to_owned(), header);
        tensors.extend(of_level);
    }
    write(path, &serde_json::json!({ "format": FORMAT, "levels": headers, "declared": declared(graph) }), &tensors)
}

/// Every prior below the population in the words of the declaration: what `population.slope * body.age` is at one point says little of it.
fn declared(graph: &Graph) -> Vec<String> {
    let below = graph.levels.iter().skip(1);
    below.flat_map(|level| &level.fields).map(|field| format!("{} ~ {}", field.label.name, field.prior)).collect()
}

/// The priors below the population are those that the file was written with; files of before this was kept say nothing of it.
pub(super) fn check_declaration(file: &PosteriorFile, graph: &Graph) -> std::result::Result<(), FileError> {
    let Some(kept) = file.header.get("declared").and_then(serde_json::Value::as_array) else { return Ok(()) };
    let found: Vec<&str> = kept.iter().filter_map(serde_json::Value::as_str).collect();
    let expected = declared(graph);
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (found.join(", "), expected.join(", "));
    Err(FileError::Mismatch { path: file.name.clone(), what: "prior", found, expected })
}

/// The file holds a model of so many levels.
pub(super) fn check_kind(file: &PosteriorFile, levels: usize) -> std::result::Result<(), FileError> {
    let expected = kind(levels);
    let found = kind(file.header["levels"].as_object().map_or(1, serde_json::Map::len));
    if found == expected {
        return Ok(());
    }
    Err(FileError::Mismatch {
        path: file.name.clone(),
        what: "kind",
        found: found.to_owned(),
        expected: expected.to_owned(),
    })
}

fn kind(levels: usize) -> &'static str {
    match levels {
        1 => "a model without groups",
        2 => "a hierarchical model",
        _ => "a hierarchical model of three levels",
    }
}
