//! Refuse generic parameters.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model<const K: usize> {
    #[prior(Normal(0.0, 1.0))]
    a: [f64; K],
}

fn main() {}
