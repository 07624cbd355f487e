//! Refuse points without an order among covariates.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Design, Clone)]
struct Herd {
    #[design(Normal(0.0, 1.0))]
    #[exchangeable]
    east: [f64; 3],
}

fn main() {}
