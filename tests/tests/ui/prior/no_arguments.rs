//! Refuse a distribution without its arguments.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal)]
    a: f64,
}

fn main() {}
