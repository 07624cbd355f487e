//! Refuse summaries that are no multiple of three.

use tallsbi::prelude::*;

#[derive(Parameters, Clone, Debug)]
struct Theta {
    #[prior(Normal(0.0, 1.0))]
    rate: f64,
}

#[simulator]
#[summary(Gru, summaries = 50)]
fn series(theta: &Theta, rng: &mut impl Rng) -> [f32; 50] {
    std::array::from_fn(|_| theta.rate as f32 + rng.random::<f32>())
}

fn main() {}
