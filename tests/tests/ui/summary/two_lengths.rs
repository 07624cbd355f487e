//! Refuse channels of two lengths.

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Rates {
    #[prior(Normal(0.0, 1.0))]
    rate: f64,
}

#[derive(Observation, Clone)]
struct Recording {
    spikes: [f32; 20],
    potential: [f32; 10],
}

#[simulator]
#[summary(Conv1d)]
fn recorded(theta: &Rates, rng: &mut impl Rng) -> Recording {
    Recording { spikes: [theta.rate as f32; 20], potential: [rng.random(); 10] }
}

fn main() {
    let _ = Recorded::npse();
}
