//! Refuse a multivariate prior of another length.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(MvNormal([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]))]
    a: [f64; 3],
}

fn main() {}
