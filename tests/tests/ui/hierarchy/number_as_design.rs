//! Refuse a number as a design.

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

    #[observe(plate = schools, n_max = 3)]
    fn score(school: &School, _dose: &f64, rng: &mut impl Rng) -> [f32; 2] {
        [school.effect as f32, rng.random()]
    }
}

fn main() {}
