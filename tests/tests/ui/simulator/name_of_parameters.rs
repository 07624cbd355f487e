//! Refuse a function whose generated struct would have the name of its parameters.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Sir {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

#[simulator]
fn sir(theta: &Sir, rng: &mut impl Rng) -> [f32; 2] {
    [0.0; 2]
}

fn main() {}
