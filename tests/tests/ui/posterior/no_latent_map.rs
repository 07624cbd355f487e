// The default coordinates need the prior's map to N(0, I): a prior that can only be sampled has none.
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
    Npse::<_, Mlp<1, 1>, 1, 1>::new(ByHand).train()?;
    Ok(())
}
