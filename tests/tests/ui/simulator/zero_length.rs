//! Refuse an observation without components, also inside `Option` and as a constant.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

#[simulator]
fn sir(theta: &Epidemic, rng: &mut impl Rng) -> [f32; 0] {
    []
}

#[simulator]
fn sir_or_none(theta: &Epidemic, rng: &mut impl Rng) -> Option<[f32; 0]> {
    None
}

const NONE: usize = 0;

#[simulator]
fn sir_or_constant(theta: &Epidemic, rng: &mut impl Rng) -> Option<[f32; NONE]> {
    None
}

fn main() {}
