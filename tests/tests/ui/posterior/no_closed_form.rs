// The paper's coordinates need a prior that diffuses in closed form.
use tallsbi::prelude::*;

#[derive(Parameters, Clone)]
struct Theta {
    #[prior(Gamma(2, 1))]
    x: f64,
}

#[simulator]
fn model(theta: &Theta, _rng: &mut impl Rng) -> [f64; 1] {
    [theta.x]
}

fn main() -> tallsbi::Result<()> {
    Model::npse().paper_coordinates().train()?;
    Ok(())
}
