//! Infer hierarchies of three levels: groups in groups, each with parameters of its own.
//!
//! A third level is not a second copy of the second. With global parameters φ, a group's λ, an inner group's κ and
//! observations x, a model of three levels is two models of two levels:
//! - *outer*: (φ; λ; x̄), where one observation x̄ of a group is the data of a whole inner group ([`GroupData`]), beside what is observed of the group
//!   itself ([`WholeGroup`]). Both of its levels are inferred as in any hierarchy: groups are composed, and λ is given φ and the inner groups of its group;
//! - *inner*: ((φ, λ); κ; x), where the ancestors are joined into one level ([`Joint`]). Only its local level is needed: κ is
//!   given φ, λ and the inner group's observations.
//!
//! Joint draws are ancestral: φ, then λ_j given φ, then κ_jk given φ and λ_j.

mod calibrate;
mod draws;
mod file;
mod groups;
mod joint;
mod members;
mod model;
mod npse;
mod posterior;
mod predictive;
mod report;
mod whole;

pub use draws::{GroupDraws, NestedDraws};
pub use groups::{GroupOfGroups, NestedGroups, NestedSampling};
pub use joint::Joint;
pub use members::GroupData;
pub use model::{InnerLevels, NestedHierarchy, OuterLevels};
pub use npse::NestedNpse;
pub use posterior::NestedPosterior;
pub use whole::{InnerGroupData, WholeGroup};
