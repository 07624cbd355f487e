//! Say that a prior has no closed-form diffusion where a composer needs one.
#![allow(unused)]

use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Closed {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
}

#[derive(Parameters, Clone)]
struct Open {
    #[prior(Gamma(2.0, 1.0))]
    a: f64,
}

#[derive(Parameters, Clone)]
struct Dependent {
    #[prior(Normal(0.0, 1.0))]
    a: f64,
    #[prior(Normal(a, 1.0))]
    b: f64,
}

fn diffuse<P: tallsbi::prior::ClosedFormDiffusion>() {}

fn compose() {
    diffuse::<Closed>();
    diffuse::<Open>();
    diffuse::<Dependent>();
}

fn main() {}
