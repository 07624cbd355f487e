//! Refuse a model that observes nothing in its innermost groups.

use tallsbi::prelude::*;

#[simulator]
mod study {
    #[global]
    struct Country {
        #[prior(Normal(0.0, 5.0))]
        mean: f64,
    }

    #[local(plate = schools)]
    struct School {
        #[prior(Normal(country.mean, 1.0))]
        level: f64,
    }

    #[local(plate = schools / classes, n_max = 4)]
    struct Class {
        #[prior(Normal(school.level, 1.0))]
        mood: f64,
    }

    #[observe(plate = schools, n_max = 3)]
    fn mark(class: &Class, rng: &mut impl Rng) -> [f32; 1] {
        [class.mood as f32 + rng.random::<f32>()]
    }
}

fn main() {}
