//! Refuse a mixture of nothing.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Mixture([]))]
    a: f64,
}

fn main() {}
