//! Refuse priors that name each other through a third.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(c, 1.0))]
    a: f64,
    #[prior(Normal(a, 1.0))]
    b: f64,
    #[prior(Normal(b, 1.0))]
    c: f64,
}

fn main() {}
