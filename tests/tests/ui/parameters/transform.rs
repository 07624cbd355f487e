//! Refuse a transform of a parameter.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(LogNormal(0.0, 1.0))]
    #[transform(log)]
    a: f64,
}

fn main() {}
