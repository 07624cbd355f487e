//! Share what the tests have in common: reference data made by others, tolerances with their derivation.

pub mod null;
pub mod reference;
