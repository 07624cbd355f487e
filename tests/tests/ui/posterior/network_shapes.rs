// A network has the static shapes of its model: one parameter and two components here.
use tallsbi::net::Mlp;
use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Theta {
    #[prior(Normal(0, 1))]
    x: f64,
}

#[simulator]
fn model(theta: &Theta, _rng: &mut impl Rng) -> [f64; 2] {
    [theta.x; 2]
}

fn main() -> tallsbi::Result<()> {
    Model::npse().network::<Mlp<1, 3>>().train()?;
    Ok(())
}
