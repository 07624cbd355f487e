//! Refuse numbers in place of components.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Mixture(0.5))]
    a: f64,
}

fn main() {}
