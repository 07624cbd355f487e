// Composing needs the diffused prior's score: a prior that can only be sampled has none until it is learned.
use tallsbi::compose::Gauss;
use tallsbi::model::SimulationError;
use tallsbi::net::Mlp;
use tallsbi::posterior::Npse;
use tallsbi::prelude::*;
use tallsbi::prior::Prior;

#[derive(Parameters, Clone)]
struct Theta {
    #[prior(Normal(0, 1))]
    x: f64,
}

/// A prior of one's own that can only be sampled.
struct Sampled;

impl Prior<1> for Sampled {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; 1] {
        [rng.random()]
    }
}

struct ByHand;

impl Simulator<1, 1> for ByHand {
    type Parameters = Theta;
    type Observation = [f64; 1];
    type Prior = Sampled;
    fn prior(&self) -> Sampled {
        Sampled
    }
    fn simulate(&self, theta: &Theta, _rng: &mut Stream) -> Result<[f64; 1], SimulationError> {
        Ok([theta.x])
    }
}

fn main() -> tallsbi::Result<()> {
    let learned = Npse::<_, Mlp<1, 1>, 1, 1>::new(ByHand).standardised_coordinates().learned_prior().train()?;
    learned.observe(&[[0.0]])?.compose(Gauss::default()).sample(10)?;
    let posterior = Npse::<_, Mlp<1, 1>, 1, 1>::new(ByHand).standardised_coordinates().train()?;
    posterior.observe(&[[0.0]])?.compose(Gauss::default()).sample(10)?;
    Ok(())
}
