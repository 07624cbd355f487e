//! Make training data: simulate in parallel, take simulations made elsewhere, standardise, save and load.

mod difference;
mod error;
mod exchangeable;
mod normal_score;
mod simulations;
mod standardise;
mod store;

pub use error::DataError;
pub(crate) use exchangeable::{by_components, canonical_order};
pub use simulations::{FailurePolicy, Simulations};
pub(crate) use simulations::{check_observations, checked, simulate_all};
pub use standardise::{FEATURES, Standardisation};
