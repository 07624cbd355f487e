//! Refuse a summary of a function that is no simulator.

use tallsbi::prelude::*;

#[summary(Gru)]
fn series(rng: &mut impl Rng) -> [f32; 20] {
    std::array::from_fn(|_| rng.random())
}

fn main() {
    let _ = series(&mut tallsbi::model::stream(1, "main", 0));
}
