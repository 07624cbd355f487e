//! Refuse points with more first components than second ones, where the compiler computes how many.
#![allow(unused)]

use tallsbi::prelude::*;

const HEAD: usize = 3;

#[derive(Observation, Clone)]
struct Herd {
    #[exchangeable]
    east: [f64; HEAD],
    #[exchangeable]
    north: [f64; HEAD + 1],
}

fn main() {}
