//! Refuse channels of different lengths.

use tallsbi::prelude::*;

#[derive(Parameters, Clone, Debug)]
struct Theta {
    #[prior(Normal(0.0, 1.0))]
    rate: f64,
}

#[derive(Observation, Clone, Debug)]
struct Seen {
    current: [f64; 20],
    voltage: [f64; 30],
}

#[simulator]
#[summary(Gru)]
fn series(theta: &Theta, rng: &mut impl Rng) -> Seen {
    Seen { current: [theta.rate; 20], voltage: [rng.random(); 30] }
}

fn main() {}
