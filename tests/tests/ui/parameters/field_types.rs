//! Refuse everything but `f64` and `[f64; K]`, all at once.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    count: i32,
    #[prior(Normal(0.0, 1.0))]
    name: String,
    #[prior(Normal(0.0, 1.0))]
    many: Vec<f64>,
    #[prior(Normal(0.0, 1.0))]
    single: f32,
    #[prior(Normal(0.0, 1.0))]
    singles: [f32; 3],
    #[prior(Normal(0.0, 1.0))]
    perhaps: Option<f64>,
    #[prior(Normal(0.0, 1.0))]
    pair: (f64, f64),
}

fn main() {}
