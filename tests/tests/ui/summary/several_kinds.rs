//! Refuse a summary of one of several kinds of observation.

use tallsbi::prelude::*;

#[simulator]
mod study {
    #[global]
    struct Population {
        #[prior(Normal(0.0, 5.0))]
        mean: f64,
    }

    #[local(plate = schools)]
    struct School {
        #[prior(Normal(population.mean, 1.0))]
        effect: f64,
    }

    #[summary(DeepSets)]
    #[observe(plate = schools, n_max = 3)]
    fn score(school: &School, rng: &mut impl Rng) -> [f32; 2] {
        [school.effect as f32, rng.random()]
    }

    #[observe(plate = schools)]
    fn size(school: &School, rng: &mut impl Rng) -> [f32; 1] {
        [school.effect as f32 + rng.random::<f32>()]
    }
}

fn main() {}
