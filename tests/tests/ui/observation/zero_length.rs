//! Refuse an array without components.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen {
    x: [f32; 0],
}

fn main() {}
