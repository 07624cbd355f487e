//! Refuse a prior of an observation.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen {
    #[prior(Normal(0.0, 1.0))]
    x: f32,
}

fn main() {}
