//! Refuse a method.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

impl Epidemic {
    #[simulator]
    fn sir(&self, rng: &mut impl Rng) -> [f32; 2] {
        [0.0; 2]
    }
}

fn main() {}
