//! Infer hierarchical models: groups with parameters of their own, drawn from a population with parameters to be learned.
//!
//! A model has global parameters φ ~ p(φ), and in every group j local parameters λ_j ~ p(λ | φ) and observations
//! x_ji ~ p(x | φ, λ_j). Both levels are tall models that exist already:
//! - *global*: a factor is a whole group, a set of observations made together, and J groups are composed,
//!   p(φ | x_1 … x_J) ∝ p(φ)^(1−J) Π_j p(φ | x_j);
//! - *local*: given φ, groups do not tell of each other, p(λ_j | φ, x_1 … x_J) = p(λ_j | φ, x_j), so φ is a known covariate
//!   of a group's observations.
//!
//! Networks of both learn from simulations of *single* groups. Local parameters live in coordinates z_j in which their prior
//! is N(0, I) whatever φ is (non-centred), and joint draws are ancestral: φ first, then z_j given φ and x_j.

mod calibrate;
mod design;
mod draws;
mod file;
mod graph;
mod groups;
mod growth;
mod kinds;
mod levels;
mod model;
mod nested;
mod npse;
mod posterior;
mod predictive;
mod quantity;
mod report;
mod settings;
mod simulations;

pub use calibrate::{GroupStudy, GroupStudyOptions};
pub use design::{GroupDesign, InGroup, NothingKnown};
pub use draws::HierarchicalDraws;
pub use graph::{Graph, GraphDerived, GraphDesign, GraphField, GraphLevel, GraphObservation};
pub use groups::{Group, GroupSampling, Groups};
pub use kinds::Kinds;
pub(crate) use kinds::{kind_sizes, simulate_kind};
pub(crate) use levels::standard_normal;
pub use levels::{Ancestor, GlobalLevel, Latent, LocalLevel, LocalPrior};
pub use model::Hierarchy;
pub use nested::{
    GroupData, GroupDraws, GroupOfGroups, InnerGroupData, InnerLevels, Joint, NestedDraws, NestedGroups,
    NestedHierarchy, NestedNpse, NestedPosterior, NestedSampling, OuterLevels, WholeGroup,
};
pub use npse::HierarchicalNpse;
pub use posterior::HierarchicalPosterior;
pub use quantity::{GlobalQuantities, InnerQuantities, LocalQuantities, Quantity};
pub use report::HierarchicalReport;
pub use simulations::GroupSimulations;
