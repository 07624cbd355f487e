//! Refuse a variable that hides a field.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
    #[prior(Normal({ let a = 2.0; a }, 1.0))]
    b: f64,
}

fn main() {}
