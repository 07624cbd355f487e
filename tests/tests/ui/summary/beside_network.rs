//! Refuse a summary beside a network of one's own.

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Rates {
    #[prior(Normal(0.0, 1.0))]
    rate: f64,
}

#[simulator(network = tallsbi::net::Mlp<1, 20>)]
#[summary(Gru)]
fn series(theta: &Rates, rng: &mut impl Rng) -> [f32; 20] {
    std::array::from_fn(|_| theta.rate as f32 + rng.random::<f32>())
}

fn main() {
    let _ = Series::npse();
}
