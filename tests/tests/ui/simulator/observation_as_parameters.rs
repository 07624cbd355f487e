//! Refuse an observation in place of parameters.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

#[derive(Observation, Clone)]
struct Seen {
    x: f32,
}

#[simulator]
fn sir(theta: &Seen, rng: &mut impl Rng) -> [f32; 2] {
    [0.0; 2]
}

fn main() {}
