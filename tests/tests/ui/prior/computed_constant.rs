//! Refuse an invalid constant when it is evaluated.
#![allow(unused)]

use tallsbi::prelude::*;

const SCALE: f64 = 1.5;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0 - 2.0 * SCALE))]
    a: f64,
}

fn main() {}
