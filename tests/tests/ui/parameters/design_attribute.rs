//! Refuse a design distribution in place of a prior.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    #[design(LogNormal(0.0, 1.0))]
    a: f64,
}

fn main() {}
