//! Refuse a later field inside a macro call.
#![allow(unused)]

use tallsbi::prelude::*;

macro_rules! twice {
    ($x:expr) => {
        2.0 * $x
    };
}

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(twice!(b), 1.0))]
    a: f64,
    #[prior(Normal(0.0, 1.0))]
    b: f64,
}

fn main() {}
