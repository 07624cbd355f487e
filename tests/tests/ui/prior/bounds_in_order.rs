//! Refuse bounds in the wrong order.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Uniform(3.0, 1.0))]
    a: f64,
}

fn main() {}
