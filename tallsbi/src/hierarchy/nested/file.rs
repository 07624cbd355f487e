//! Save all three levels to one file and load them, checked against the declaration.

use std::path::Path;

use super::{InnerLevels, NestedHierarchy, NestedPosterior, OuterLevels};
use crate::{
    hierarchy::{
        HierarchicalPosterior, LocalLevel,
        file::{LevelParts, check_declaration, check_kind, write_levels},
    },
    net::ScoreNetwork,
    posterior::{Posterior, PosteriorFile, Result},
};

impl<
    H,
    NG,
    NL,
    NI,
    const M: usize,
    const L: usize,
    const K: usize,
    const D: usize,
    const N: usize,
    const ML: usize,
    const W: usize,
    const E: usize,
    const F: usize,
> NestedPosterior<H, NG, NL, NI, M, L, K, D, N, ML, W, E, F>
where
    H: NestedHierarchy<M, L, K, D>,
    NG: ScoreNetwork<M, W>,
    NL: ScoreNetwork<L, E>,
    NI: ScoreNetwork<K, F>,
{
    /// Saves everything needed to sample all levels: one safetensors file, written atomically.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut levels = self.outer.parts()?;
        levels.push(LevelParts { name: "inner", stored: self.inner.stored_parts("inner.")? });
        write_levels(path.as_ref(), &self.model().graph(), levels)
    }

    /// Loads a posterior of `model` that was saved.
    ///
    /// # Errors
    /// The file cannot be read, is truncated or foreign, was written by an earlier or newer version, or holds a posterior of another
    /// declaration or network.
    pub fn load(model: H, path: impl AsRef<Path>) -> Result<Self> {
        let file = PosteriorFile::read(path.as_ref())?;
        check_kind(&file, 3)?;
        check_declaration(&file, &model.graph())?;
        let outer = HierarchicalPosterior::from_file(OuterLevels(model.clone()), &file)?;
        let level = LocalLevel::new(InnerLevels(model));
        let inner = Posterior::from_stored(level, file.header["levels"]["inner"].clone(), "inner.", &file)?;
        Ok(Self { outer, inner })
    }
}
