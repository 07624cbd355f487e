//! Refuse points of one number.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Herd {
    #[exchangeable]
    east: f64,
}

fn main() {}
