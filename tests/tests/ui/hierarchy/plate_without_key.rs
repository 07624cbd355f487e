//! Refuse a plate without its key, and write an inner plate as one.

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

    #[local(schools)]
    struct School {
        #[prior(Normal(population.mean, population.spread))]
        effect: f64,
    }

    #[observe(plate = schools, classes, n_max = 3)]
    fn score(school: &School, rng: &mut impl Rng) -> [f32; 2] {
        [school.effect as f32, rng.random()]
    }
}

fn main() {}
