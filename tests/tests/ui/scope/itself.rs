//! Refuse a prior that names its own field.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
    #[prior(Normal(2.0 * b, 1.0))]
    b: f64,
}

fn main() {}
