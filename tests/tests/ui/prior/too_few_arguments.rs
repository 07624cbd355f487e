//! Say which arguments are expected.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0))]
    a: f64,
}

fn main() {}
