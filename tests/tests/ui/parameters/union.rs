//! Refuse a union.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone, Copy)]
union Model {
    a: f64,
    b: f64,
}

fn main() {}
