//! Check the networks.

mod custom;
mod fused;
mod modules;
mod separable;
mod summary;
