//! Check the networks.

mod fused;
