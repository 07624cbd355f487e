//! Refuse a second transform.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen {
    #[transform(log)]
    #[transform(sqrt)]
    x: f32,
    #[transform(log, sqrt)]
    y: f32,
}

fn main() {}
