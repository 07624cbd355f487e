//! Say where a summary belongs.

use tallsbi::prelude::*;

#[summary(Gru)]
#[derive(Observation, Clone, Debug)]
struct Seen {
    current: [f64; 20],
}

fn main() {}
