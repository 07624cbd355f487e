//! Refuse the trait of a generator as its type.

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Rates {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
}

#[simulator]
fn model(theta: &Rates, rng: &mut Rng) -> [f32; 2] {
    [theta.a as f32, rng.random()]
}

fn main() {}
