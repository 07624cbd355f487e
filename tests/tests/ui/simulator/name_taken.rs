//! Refuse a function whose generated struct would have its name.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

#[allow(non_snake_case)]
#[simulator]
fn Sir(theta: &Epidemic, rng: &mut impl Rng) -> [f32; 2] {
    [0.0; 2]
}

fn main() {}
