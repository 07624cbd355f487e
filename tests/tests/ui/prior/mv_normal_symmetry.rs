//! Refuse a covariance that is not symmetric.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(MvNormal([0.0, 0.0], [[1.0, 0.5], [0.4, 1.0]]))]
    a: [f64; 2],
}

fn main() {}
