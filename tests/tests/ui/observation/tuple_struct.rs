//! Refuse components without names.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen(f32);

fn main() {}
