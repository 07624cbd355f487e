//! Refuse a struct without parameters.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {}

fn main() {}
