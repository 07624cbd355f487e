//! Declare the benchmark tasks in the language of tallsbi.

pub mod gaussian_linear;
pub mod lotka_volterra;
pub mod sir;
pub mod slcp;
