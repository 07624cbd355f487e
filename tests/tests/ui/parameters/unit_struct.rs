//! Refuse a unit struct.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model;

fn main() {}
