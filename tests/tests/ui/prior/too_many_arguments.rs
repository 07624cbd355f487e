//! Say which arguments are expected.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Exponential(1.0, 2.0))]
    a: f64,
}

fn main() {}
