//! Refuse an observation without its derive.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

struct Seen {
    x: f32,
}

#[simulator]
fn sir(theta: &Epidemic, rng: &mut impl Rng) -> Seen {
    Seen { x: 0.0 }
}

fn main() {}
