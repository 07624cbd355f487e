//! Refuse an observation without components.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen {}

fn main() {}
