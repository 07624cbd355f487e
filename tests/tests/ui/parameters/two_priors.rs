//! Refuse a second prior.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    #[prior(Uniform(0.0, 1.0))]
    a: f64,
    #[prior(Normal(0.0, 1.0), Uniform(0.0, 1.0))]
    b: f64,
}

fn main() {}
