//! Refuse a design that is no number.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Design, Clone)]
struct Dose {
    #[design(Uniform(0.0, 1.0))]
    amount: u8,
}

fn main() {}
