//! Refuse a truncation in the wrong order.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(TruncatedNormal(0.0, 1.0, 2.0, -2.0))]
    a: f64,
}

fn main() {}
