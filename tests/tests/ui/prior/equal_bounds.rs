//! Refuse a support without width.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Uniform(1.0, 1.0))]
    a: f64,
}

fn main() {}
