//! Refuse a prior that names a later field.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(b, 1.0))]
    a: f64,
    #[prior(Normal(0.0, 1.0))]
    b: f64,
}

fn main() {}
