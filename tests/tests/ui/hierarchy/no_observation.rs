//! Refuse a hierarchy that observes nothing.

use tallsbi::prelude::*;

#[simulator]
mod study {
    #[global]
    struct Population {
        #[prior(Normal(0.0, 5.0))]
        mean: f64,
        #[prior(HalfNormal(5.0))]
        spread: f64,
    }

    #[local(plate = schools)]
    struct School {
        #[prior(Normal(population.mean, population.spread))]
        effect: f64,
    }
}

fn main() {}
