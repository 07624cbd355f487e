//! Hold the score and the noise of one block of draws between steps.

/// Two rows per draw, allocated at the first step and reused.
#[derive(Clone, Debug, Default)]
pub struct Scratch<const M: usize> {
    pub(super) score: Vec<[f64; M]>,
    pub(super) noise: Vec<[f64; M]>,
}

impl<const M: usize> Scratch<M> {
    /// Makes room for a block.
    pub(super) fn fit(&mut self, draws: usize) {
        self.score.resize(draws, [0.0; M]);
        self.noise.resize(draws, [0.0; M]);
    }
}
