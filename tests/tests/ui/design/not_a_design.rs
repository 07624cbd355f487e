//! Refuse a design argument whose type is no design.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

struct Dose;

#[simulator]
fn sir(theta: &Epidemic, dose: &Dose, rng: &mut impl Rng) -> [f32; 2] {
    [0.0; 2]
}

fn main() {}
