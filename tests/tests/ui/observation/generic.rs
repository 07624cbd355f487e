//! Refuse a generic observation.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Observation, Clone)]
struct Seen<T> {
    x: T,
}

fn main() {}
