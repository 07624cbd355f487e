//! Refuse a prior that names a field of an unknown struct.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
    #[prior(Normal(population.mean, 1.0))]
    b: f64,
}

fn main() {}
