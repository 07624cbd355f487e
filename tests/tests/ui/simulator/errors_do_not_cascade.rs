//! Report an error once, not again where the model is used.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Epidemic {
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
}

#[simulator(tall(n_max = 0))]
fn sir(theta: &Epidemic, rng: &mut impl Rng) -> [f32; 2] {
    [0.0; 2]
}

#[derive(Parameters, Clone)]
struct Broken {
    a: f64,
}

#[simulator]
fn other(theta: &Broken, rng: &mut impl Rng) -> [f32; 2] {
    [0.0; 2]
}

fn use_them() {
    let _ = (Sir::npse(), Other::npse());
    let _ = Broken { a: 1.0 }.to_array();
}

fn main() {}
