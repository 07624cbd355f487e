//! Refuse a second local level beside the first.

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

    #[local(plate = pupils)]
    struct Pupil {
        #[prior(Normal(population.mean, 1.0))]
        talent: f64,
    }

    #[observe(plate = pupils, n_max = 3)]
    fn score(pupil: &Pupil, school: &School, rng: &mut impl Rng) -> [f32; 2] {
        [(school.effect + pupil.talent) as f32, rng.random()]
    }
}

fn main() {}
