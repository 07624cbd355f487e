//! Refuse a literal that no double can hold.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(1e999, 1.0))]
    a: f64,
}

fn main() {}
