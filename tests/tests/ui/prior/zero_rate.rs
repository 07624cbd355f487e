//! Refuse a rate that is not positive.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Exponential(0))]
    a: f64,
}

fn main() {}
