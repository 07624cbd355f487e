//! Refuse a design that training could not draw.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Design, Clone)]
struct Dose {
    amount: f64,
}

fn main() {}
