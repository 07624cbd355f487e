//! Suggest the transform that was probably meant.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen {
    #[transform(log1)]
    x: f32,
    #[transform(ln)]
    y: f32,
}

fn main() {}
