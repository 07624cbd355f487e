//! Say what a simulator is: parameters and a stream of randomness in, one observation out.

use rand::SeedableRng;

use super::{Observation, Parameters};

/// The random numbers of one item of work: ChaCha with eight rounds, one 64-bit stream per item.
pub type Stream = rand::rngs::ChaCha8Rng;

/// The stream of item `index` of the work called `purpose` under `seed`. Which thread asks does not matter.
pub fn stream(seed: u64, purpose: &str, index: u64) -> Stream {
    // FNV-1a over the purpose separates simulation, training and sampling under one user seed.
    let mut key = 0xcbf2_9ce4_8422_2325_u64 ^ seed.rotate_left(17);
    for byte in purpose.bytes() {
        key = (key ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let mut rng = Stream::seed_from_u64(key ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    rng.set_stream(index);
    rng
}

/// Why one simulation gave no observation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SimulationError {
    reason: String,
}

impl SimulationError {
    /// A failure with the simulator's own words.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// A stochastic simulator of one observation (`D` components, design included) given `M` parameters.
///
/// `#[simulator]` on a function implements it for a unit struct; implement it by hand for closures and for structs
/// with data.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a simulator of {D} components given {M} parameters",
    label = "put `#[simulator]` on a function, or implement `Simulator<{M}, {D}>`"
)]
pub trait Simulator<const M: usize, const D: usize>: Send + Sync {
    /// The parameter struct.
    type Parameters: Parameters<M>;
    /// What is observed, with its design where there is one.
    type Observation: Observation<D>;
    /// The prior of the parameters.
    type Prior: crate::prior::Prior<M>;

    /// The prior of the parameters.
    fn prior(&self) -> Self::Prior;

    /// One observation given `theta`. Where the model has a design, it is drawn here from its declared distribution.
    ///
    /// # Errors
    /// This simulation failed. Failures are counted by the caller, never repaired.
    fn simulate(&self, theta: &Self::Parameters, rng: &mut Stream) -> Result<Self::Observation, SimulationError>;

    /// A set of `n` observations made for one `theta`: what a network of sets learns from.
    ///
    /// Provided for observations that are independent given `theta`. Override it where something is drawn once for the
    /// whole set, as a group's own parameters are ([`hierarchy`](crate::hierarchy)); every first part of the set must then
    /// be distributed as a smaller set is.
    ///
    /// # Errors
    /// As [`simulate`](Self::simulate).
    fn simulate_set(
        &self,
        theta: &Self::Parameters,
        n: usize,
        rng: &mut Stream,
    ) -> Result<Vec<Self::Observation>, SimulationError> {
        (0..n).map(|_| self.simulate(theta, rng)).collect()
    }
}
