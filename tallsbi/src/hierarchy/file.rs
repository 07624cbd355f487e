//! Save both levels of a hierarchical posterior to one file and load it, checked against the declaration.

use std::path::Path;

use super::{GlobalLevel, HierarchicalPosterior, Hierarchy, LocalLevel};
use crate::{
    net::ScoreNetwork,
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
        let (global, mut tensors) = self.global.stored_parts("global.")?;
        let (local, of_local) = self.local.stored_parts("local.")?;
        tensors.extend(of_local);
        let header = serde_json::json!({ "format": FORMAT, "levels": { "global": global, "local": local } });
        write(path.as_ref(), &header, &tensors)
    }

    /// Loads a posterior of `model` that was saved.
    ///
    /// # Errors
    /// The file cannot be read, is truncated or foreign, was written by a newer version, or holds a posterior of another
    /// declaration or network.
    pub fn load(model: H, path: impl AsRef<Path>) -> Result<Self> {
        let file = PosteriorFile::read(path.as_ref())?;
        let levels = &file.header["levels"];
        if !levels.is_object() {
            return Err(FileError::Mismatch {
                path: file.name,
                what: "kind",
                found: "a model without groups".to_owned(),
                expected: "a hierarchical model".to_owned(),
            }
            .into());
        }
        let (global, local) = (levels["global"].clone(), levels["local"].clone());
        let global = Posterior::from_stored(GlobalLevel::new(model.clone()), global, "global.", &file)?;
        let local = Posterior::from_stored(LocalLevel::new(model), local, "local.", &file)?;
        Ok(Self { global, local })
    }
}
