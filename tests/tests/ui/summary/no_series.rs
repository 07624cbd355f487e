//! Refuse to summarise an observation without a series.

use tallsbi::prelude::*;

#[derive(Parameters, Clone, Debug)]
struct Theta {
    #[prior(Normal(0.0, 1.0))]
    rate: f64,
}

#[derive(Observation, Clone, Debug)]
struct Seen {
    level: f64,
}

#[simulator]
#[summary(Gru)]
fn series(theta: &Theta, rng: &mut impl Rng) -> Seen {
    Seen { level: theta.rate + rng.random::<f64>() }
}

fn main() {}
