//! Refuse to summarise what is observed in groups in groups.

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

    #[local(plate = cells / sweeps, n_max = 3)]
    struct Sweep {
        #[prior(Normal(cell.rate, 1.0))]
        rate: f64,
    }

    #[observe(plate = cells / sweeps, n_max = 3)]
    #[summary(Gru)]
    fn trace(sweep: &Sweep, rng: &mut impl Rng) -> [f32; 50] {
        [sweep.rate as f32 + rng.random::<f32>(); 50]
    }
}

fn main() {}
