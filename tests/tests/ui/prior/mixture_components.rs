//! Refuse components that are not `(weight, mean, sd)`.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Mixture([(0.5, -1.0), 0.5]))]
    a: f64,
}

fn main() {}
