//! Refuse to observe what is not a fixed number of reals.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

#[simulator]
fn sir(theta: &Epidemic, rng: &mut impl Rng) -> Vec<f32> {
    vec![0.0; 2]
}

fn main() {}
