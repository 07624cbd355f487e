//! Refuse a negative scale or weight in a mixture.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Mixture([(1.5, -1.0, 1.0), (-0.5, 1.0, -2.0)]))]
    a: f64,
}

fn main() {}
