//! Check the networks.

mod fused;
mod modules;
