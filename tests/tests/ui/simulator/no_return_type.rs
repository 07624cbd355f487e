//! Refuse a simulator that returns nothing.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

#[simulator]
fn sir(theta: &Epidemic, rng: &mut impl Rng) {

}

fn main() {}
