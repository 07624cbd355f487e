//! Refuse a unit with one bracket.

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Model {
    /// body mass [kg
    #[prior(Normal(0.0, 1.0))]
    mass: f64,
    /// height m]
    #[prior(Normal(0.0, 1.0))]
    height: f64,
    /// an interval is no unit: share in [0, 1)
    #[prior(Uniform(0.0, 1.0))]
    share: f64,
}

fn main() {}
