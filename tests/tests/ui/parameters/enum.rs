//! Refuse an enum.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
enum Model {
    A,
    B,
}

fn main() {}
