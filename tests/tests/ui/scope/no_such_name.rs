//! Leave a name that is no field to rustc, on the name.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
    #[prior(Normal(aa, 1.0))]
    b: f64,
}

fn main() {}
