//! Refuse a prior in place of a design distribution.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Design, Clone)]
struct Dose {
    #[prior(Uniform(0.0, 1.0))]
    amount: f64,
}

fn main() {}
