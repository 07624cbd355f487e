//! Refuse a number that is not written out.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

const N: usize = 3;

#[simulator(tall(n_max = N))]
fn sir(theta: &Epidemic, rng: &mut impl Rng) -> [f32; 2] {
    [0.0; 2]
}

fn main() {}
