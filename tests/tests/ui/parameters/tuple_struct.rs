//! Refuse fields without names.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model(f64, f64);

fn main() {}
