//! Refuse a path in place of a name.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[prior(tallsbi::prior::Normal(0.0, 1.0))]
    a: f64,
}

fn main() {}
