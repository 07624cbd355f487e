//! Report all errors of a prior.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Gamma(-1.0, 0.0))]
    a: f64,
}

fn main() {}
