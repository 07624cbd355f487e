//! Refuse a log-uniform from a bound that is not positive.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(LogUniform(0.0, 1.0))]
    a: f64,
}

fn main() {}
