//! Refuse other options than `crate`.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
#[tallsbi(krate = tallsbi)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
}

fn main() {}
