//! Leave the type of an argument to rustc, on the argument.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, "wide"))]
    a: f64,
}

fn main() {}
