//! Refuse a prior of what is known of a group.

use tallsbi::prelude::*;

#[simulator]
mod study {
    #[global]
    struct Population {
        #[prior(Normal(0.0, 5.0))]
        mean: f64,
    }

    #[design(plate = schools)]
    struct Size {
        /// pupils
        #[prior(LogUniform(50.0, 2_000.0))]
        #[transform(log)]
        pupils: f64,
    }

    #[local(plate = schools)]
    struct School {
        #[prior(Normal(population.mean + 0.1 * size.pupils.ln(), 1.0))]
        effect: f64,
    }

    #[observe(plate = schools, n_max = 3)]
    fn score(school: &School, rng: &mut impl Rng) -> [f32; 2] {
        [school.effect as f32, rng.random()]
    }
}

fn main() {}
