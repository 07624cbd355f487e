//! Refuse a generator by value.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

#[simulator]
fn sir(theta: &Epidemic, rng: impl Rng) -> [f32; 2] {
    [0.0; 2]
}

fn main() {}
