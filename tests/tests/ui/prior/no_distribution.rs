//! Refuse an attribute without a distribution.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior]
    a: f64,
    #[prior()]
    b: f64,
    #[prior = "Normal"]
    c: f64,
    #[prior(0.5)]
    d: f64,
}

fn main() {}
