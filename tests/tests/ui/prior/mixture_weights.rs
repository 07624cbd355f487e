//! Refuse weights that do not sum to one.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Mixture([(0.5, -1.0, 1.0), (0.6, 1.0, 1.0)]))]
    a: f64,
}

fn main() {}
