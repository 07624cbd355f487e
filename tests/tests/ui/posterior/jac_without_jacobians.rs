// JAC needs the network's Jacobian, which a dfdx module of one's own does not give.
use dfdx::{
    nn::modules::{Linear, ReLU},
    tensor::Cpu,
};
use tallsbi::compose::Jac;
use tallsbi::net::{Custom, MergeInputs};
use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Theta {
    #[prior(Normal(0, 1))]
    x: f64,
}

type Mine = (MergeInputs<1, 2, 16>, ReLU, Linear<16, 1, f32, Cpu>);

#[simulator]
fn model(theta: &Theta, _rng: &mut impl Rng) -> [f64; 2] {
    [theta.x; 2]
}

fn main() -> tallsbi::Result<()> {
    let posterior = Model::npse().network::<Custom<Mine>>().train()?;
    posterior.observe(&[[0.0, 1.0]])?.sample(10)?;
    posterior.observe(&[[0.0, 1.0]])?.compose(Jac::default()).sample(10)?;
    Ok(())
}
