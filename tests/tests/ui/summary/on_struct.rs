//! Refuse a summary of a struct.

use tallsbi::prelude::*;

#[summary(Gru)]
#[derive(Observation, Clone)]
struct Recording {
    trace: [f32; 20],
}

fn main() {
    let _ = Recording { trace: [0.0; 20] };
}
