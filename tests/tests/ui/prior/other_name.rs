//! Know other names of a distribution.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Gaussian(0.0, 1.0))]
    a: f64,
}

fn main() {}
