//! Suggest the distribution that was probably meant.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Norml(0.0, 1.0))]
    a: f64,
}

fn main() {}
