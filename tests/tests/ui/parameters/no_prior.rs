//! Refuse a field without a prior.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
    b: f64,
}

fn main() {}
