//! Refuse a generator that is not the last of three arguments.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

#[derive(Design, Clone)]
struct Dose {
    #[design(Uniform(0.0, 1.0))]
    amount: f64,
}

#[simulator]
fn sir(theta: &Epidemic, rng: &mut impl Rng, dose: &Dose) -> [f32; 2] {
    [0.0; 2]
}

fn main() {}
