//! Refuse to summarise one of several kinds of observation.

use tallsbi::prelude::*;

#[simulator]
mod study {
    #[global]
    struct Population {
        #[prior(Normal(0.0, 5.0))]
        mean: f64,
    }

    #[local(plate = cells)]
    struct Cell {
        #[prior(Normal(population.mean, 1.0))]
        rate: f64,
    }

    #[observe(plate = cells)]
    fn size(cell: &Cell, rng: &mut impl Rng) -> [f32; 1] {
        [cell.rate as f32 + rng.random::<f32>()]
    }

    #[observe(plate = cells, n_max = 3)]
    #[summary(Gru)]
    fn trace(cell: &Cell, rng: &mut impl Rng) -> [f32; 50] {
        [cell.rate as f32 + rng.random::<f32>(); 50]
    }
}

fn main() {}
