//! Refuse a group without all of its kinds of observation.

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
    fn score(school: &School, rng: &mut impl Rng) -> [f32; 2] {
        [school.effect as f32, rng.random()]
    }

    #[observe(plate = schools)]
    fn visit(school: &School, rng: &mut impl Rng) -> [f32; 1] {
        [school.effect as f32 + rng.random::<f32>()]
    }

    #[observe(plate = schools)]
    fn size(school: &School, rng: &mut impl Rng) -> [f32; 1] {
        [school.effect as f32 + rng.random::<f32>()]
    }
}

fn main() {
    let posterior = Study::npse().train().unwrap();
    let _ = posterior.observe(&[vec![[0.5_f32, 1.0]]]);
}
