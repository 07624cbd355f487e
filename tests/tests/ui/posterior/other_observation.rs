// A posterior observes what its own simulator returns.
use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Theta {
    #[prior(Normal(0, 1))]
    x: f64,
}

#[derive(Observation, Clone)]
struct Seen {
    first: f64,
    second: f64,
}

#[simulator]
fn model(theta: &Theta, _rng: &mut impl Rng) -> Seen {
    Seen { first: theta.x, second: theta.x }
}

fn main() -> tallsbi::Result<()> {
    let posterior = Model::npse().train()?;
    posterior.observe(&[[0.0_f64, 1.0]])?;
    Ok(())
}
