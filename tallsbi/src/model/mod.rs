//! Name what a model consists of: parameters, observations, designs and the simulator between them.
//!
//! The macros implement these traits; everything they generate can be written by hand (`docs/by-hand.md`).

mod exchangeable;
mod label;
mod observation;
mod parameters;
mod sequence;
mod simulator;
mod transform;

pub use exchangeable::{Exchangeable, Points};
pub use label::Label;
pub(crate) use observation::join;
pub use observation::{Design, IntoObservation, Observation, Observed, Outcome};
pub use parameters::{Dimension, Parameters};
pub use sequence::{Channel, Sequence, are_components, components_of, have_one_length};
pub use simulator::{SimulationError, Simulator, Stream, stream};
pub use transform::{Transform, TransformError};
