//! Import what a model needs: `use tallsbi::prelude::*;`.
//!
//! The trait `Design` is left out on purpose (its derive is here): a design is drawn like parameters are, so it has the
//! methods of [`Parameters`](trait@Parameters) too, and with both traits in scope a call of `to_array` would be ambiguous.

pub use rand::{Rng, RngExt};

pub use tallsbi_macros::{Design, simulator, summary};

pub use crate::compose::{Clipped, Factorized, FactorizedDiffused, Focused, Gauss, Jac};
pub use crate::model::{Exchangeable, Observation, Observed, Parameters, SimulationError, Simulator, Stream};
pub use crate::report::read_csv;
pub use crate::sample::{Plan, TallPlan};
pub use crate::{Observation, Parameters};
