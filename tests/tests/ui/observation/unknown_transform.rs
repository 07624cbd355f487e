//! Refuse a transform that does not exist.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen {
    #[transform(boxcox)]
    x: f32,
}

fn main() {}
