//! Refuse arguments of an attribute that has none.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Herd {
    #[exchangeable(3)]
    east: [f64; 3],
}

fn main() {}
