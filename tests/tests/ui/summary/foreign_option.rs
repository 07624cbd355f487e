//! Say which options of a summary there are.

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Rates {
    #[prior(Normal(0.0, 1.0))]
    rate: f64,
}

#[simulator]
#[summary(Gru, layers = 2)]
fn series(theta: &Rates, rng: &mut impl Rng) -> [f32; 20] {
    std::array::from_fn(|_| theta.rate as f32 + rng.random::<f32>())
}

fn main() {
    let _ = Series::npse();
}
