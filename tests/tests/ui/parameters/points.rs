//! Refuse points without an order among parameters.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Herd {
    #[prior(Normal(0.0, 1.0))]
    #[exchangeable]
    east: [f64; 3],
}

fn main() {}
