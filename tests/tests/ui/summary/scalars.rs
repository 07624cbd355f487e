//! Refuse to summarise an observation without a series.

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Rates {
    #[prior(Normal(0.0, 1.0))]
    rate: f64,
}

#[derive(Observation, Clone)]
struct Numbers {
    first: f32,
    second: f32,
}

#[simulator]
#[summary(Gru)]
fn two_numbers(theta: &Rates, rng: &mut impl Rng) -> Numbers {
    Numbers { first: theta.rate as f32, second: rng.random() }
}

fn main() {
    let _ = TwoNumbers::npse();
}
