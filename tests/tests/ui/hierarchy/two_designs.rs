//! Refuse a second design.

use tallsbi::prelude::*;

#[derive(Design, Clone)]
struct Dose {
    #[design(Uniform(0.0, 1.0))]
    amount: f64,
}

#[derive(Design, Clone)]
struct Time {
    #[design(Uniform(0.0, 1.0))]
    hour: f64,
}

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
    fn score(school: &School, dose: &Dose, time: &Time, rng: &mut impl Rng) -> [f32; 2] {
        [(school.effect + dose.amount + time.hour) as f32, rng.random()]
    }
}

fn main() {}
