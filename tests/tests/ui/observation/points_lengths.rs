//! Refuse points with more first components than second ones.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Herd {
    #[exchangeable]
    east: [f64; 3],
    #[exchangeable]
    north: [f64; 4],
}

fn main() {}
