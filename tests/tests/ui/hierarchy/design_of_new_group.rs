//! Refuse a new group of which nothing is said, where something is known of groups.

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
        #[design(LogUniform(50.0, 2_000.0))]
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

fn main() {
    let posterior = Study::npse().train().unwrap();
    let size = study::Size { pupils: 300.0 };
    let draws = posterior.observe(&[(size, vec![[0.5_f32, 1.0]])]).unwrap().sample(100).unwrap();
    let _ = draws.new_group();
}
