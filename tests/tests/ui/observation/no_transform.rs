//! Refuse an attribute without a transform.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen {
    #[transform]
    x: f32,
    #[transform()]
    y: f32,
}

fn main() {}
