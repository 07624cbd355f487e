//! Refuse a hierarchy without a population.

use tallsbi::prelude::*;

#[simulator]
mod study {
    #[local(plate = schools)]
    struct School {
        #[prior(Normal(0.0, 1.0))]
        effect: f64,
    }

    #[observe(plate = schools, n_max = 3)]
    fn score(school: &School, rng: &mut impl Rng) -> [f32; 2] {
        [school.effect as f32, rng.random()]
    }
}

fn main() {}
