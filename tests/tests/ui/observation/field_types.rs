//! Refuse everything but floats and arrays of them, all at once.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen {
    count: u32,
    counts: [i64; 3],
    flag: bool,
    name: String,
    many: Vec<f32>,
    perhaps: Option<f32>,
}

fn main() {}
