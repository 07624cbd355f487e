//! Refuse an array where a number is expected, on its name.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    a: [f64; 2],
    #[prior(Normal(a, 1.0))]
    b: f64,
}

fn main() {}
