//! Say that a parameter struct must be `Clone`.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
}

fn main() {}
