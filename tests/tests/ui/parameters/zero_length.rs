//! Refuse an array without components, as a literal and as a constant.
#![allow(unused)]

use tallsbi::prelude::*;

const NONE: usize = 0;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    a: [f64; 0],
}

#[derive(Parameters, Clone)]
struct Computed {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
    #[prior(Normal(0.0, 1.0))]
    b: [f64; NONE],
}

fn main() {}
