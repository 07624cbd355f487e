// A dfdx module of one's own has the static shapes of its model: three outputs do not fit one parameter.
use dfdx::{
    nn::modules::{Linear, ReLU},
    tensor::Cpu,
};
use tallsbi::net::{Custom, MergeInputs};
use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Theta {
    #[prior(Normal(0, 1))]
    x: f64,
}

type Mine = (MergeInputs<1, 2, 16>, ReLU, Linear<16, 3, f32, Cpu>);

#[simulator]
fn model(theta: &Theta, _rng: &mut impl Rng) -> [f64; 2] {
    [theta.x; 2]
}

fn main() -> tallsbi::Result<()> {
    Model::npse().network::<Custom<Mine>>().train()?;
    Ok(())
}
