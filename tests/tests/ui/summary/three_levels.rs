//! Refuse a summary in a hierarchy of three levels.

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

    #[local(plate = schools / classes, n_max = 3)]
    struct Class {
        #[prior(Normal(school.effect, 1.0))]
        mood: f64,
    }

    #[summary(Gru)]
    #[observe(plate = schools / classes, n_max = 3)]
    fn score(class: &Class, rng: &mut impl Rng) -> [f32; 2] {
        [class.mood as f32, rng.random()]
    }
}

fn main() {}
