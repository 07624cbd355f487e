//! Refuse a distribution that does not exist.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Poisson(3.0))]
    a: f64,
}

fn main() {}
