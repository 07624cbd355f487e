//! Use the language in every place and form that it allows.

use tallsbi::model::{Dimension, Observation as _, Parameters as _, Transform, stream};
use tallsbi::prelude::*;
use tallsbi::prior::Prior;

/// Parameters carry their prior, their name and their unit.
#[derive(Parameters, Clone, Debug)]
struct Epidemic {
    /// contact rate [1/day]
    #[prior(LogNormal(-0.916, 0.5))]
    beta: f64,
    /// recovery rate [1/day]
    #[prior(LogNormal(-2.079, 0.2))]
    gamma: f64,
}

#[simulator(tall(n_max = 3))]
fn sir(theta: &Epidemic, rng: &mut impl Rng) -> [f32; 10] {
    std::array::from_fn(|k| (theta.beta - theta.gamma) as f32 * k as f32 + rng.random::<f32>())
}

#[test]
fn the_readme() {
    let labels = Epidemic::labels();
    assert_eq!(labels[0].axis(), "beta [1/day]");
    assert_eq!(labels[1].description, "recovery rate");
    let theta = Epidemic { beta: 0.4, gamma: 0.125 };
    let x: [f32; 10] = Sir.simulate(&theta, &mut stream(1, "test", 0)).expect("it cannot fail");
    assert_eq!(x, Sir.simulate(&theta, &mut stream(1, "test", 0)).expect("it cannot fail"));
    let _: [f64; 2] = Sir.prior().sample(&mut stream(1, "test", 1));
    let _: tallsbi::posterior::Npse<Sir, SirNetwork, 2, 10> = Sir::npse();
    let _: tallsbi::posterior::Npse<Sir, tallsbi::net::SetMlp<2, 10, 3>, 2, 10> = Sir::npse();
}

#[derive(Debug)]
enum Failure {
    Extinct(u32),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Extinct(day) = self;
        write!(formatter, "extinct on day {day}")
    }
}

#[simulator(name = Fallible)]
fn may_fail(theta: &Epidemic, _rng: &mut Stream) -> Result<[f64; 1], Failure> {
    if theta.beta < theta.gamma { Err(Failure::Extinct(7)) } else { Ok([theta.beta]) }
}

#[test]
fn a_failure_keeps_its_words() {
    let mut rng = stream(1, "test", 0);
    let error = Fallible.simulate(&Epidemic { beta: 0.1, gamma: 0.2 }, &mut rng).expect_err("extinct");
    assert_eq!(error.to_string(), "extinct on day 7");
    assert_eq!(Fallible.simulate(&Epidemic { beta: 0.2, gamma: 0.1 }, &mut rng), Ok([0.2]));
    let _: tallsbi::posterior::Npse<Fallible, tallsbi::net::Mlp<2, 1>, 2, 1> = Fallible::npse();
}

/// A narrower network than the default.
type Own = tallsbi::net::Mlp<2, 2, 64, 2>;

#[simulator(network = Own)]
fn with_network(theta: &Epidemic, rng: &mut dyn Rng) -> Option<[f32; 2]> {
    (theta.beta > theta.gamma).then(|| [theta.beta as f32, rng.next_u32() as f32])
}

#[test]
fn a_network_can_be_chosen() {
    let _: tallsbi::posterior::Npse<WithNetwork, Own, 2, 2> = WithNetwork::npse();
}

#[test]
fn a_model_can_be_local() {
    const SCALE: f64 = 2.0;
    const MEAN: [f64; 2] = [0.0, 1.0];
    const COVARIANCE: [[f64; 2]; 2] = [[1.0, 0.5], [0.5, 1.0]];
    struct Config {
        width: f64,
    }
    const CONFIG: Config = Config { width: 3.0 };
    macro_rules! twice {
        ($x:expr) => {
            2.0 * $x
        };
    }
    const PATCHES: usize = 2;
    #[derive(Parameters, Clone)]
    struct Local {
        #[prior(Normal(0, SCALE * 2.0))]
        r#type: f64,
        #[prior(Mixture([(0.5, -SCALE, 1), (0.5, SCALE, 1)]))]
        sizes: [f64; PATCHES],
        #[prior(Normal(sizes[1].abs() + r#type, f64::exp(r#type)))]
        last: f64,
        #[prior(MvNormal(MEAN, COVARIANCE))]
        pair: [f64; 2],
        #[prior(Uniform({ let low = last; low - CONFIG.width }, if last > 0.0 { twice!(last) } else { (Config { width: last }).width }))]
        bounded: f64,
    }
    #[derive(Observation, Clone)]
    struct Seen {
        #[transform(asinh)]
        x: [f64; PATCHES * 2],
        #[transform(sqrt)]
        y: f32,
    }
    #[simulator(tall(n_max = 1))]
    fn patches(theta: &Local, _rng: &mut impl Rng) -> Seen {
        Seen { x: [theta.r#type, theta.sizes[0], theta.sizes[1], theta.last], y: 1.0 }
    }
    assert_eq!((Local::DIM, Seen::DIM), (7, 5));
    assert_eq!(
        Local::labels().map(|label| label.name),
        ["type", "sizes[0]", "sizes[1]", "last", "pair[0]", "pair[1]", "bounded"]
    );
    assert_eq!(Seen::transforms()[3..], [Transform::Asinh, Transform::Sqrt]);
    let values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
    let seen = self::check(&Local::from_array(values), |theta, rng| Patches.simulate(theta, rng));
    assert_eq!(seen.to_array(), [0.1, 0.2, 0.3, 0.4, 1.0]);
}

fn check<P, X>(theta: &P, simulate: impl Fn(&P, &mut Stream) -> Result<X, SimulationError>) -> X {
    simulate(theta, &mut stream(1, "test", 0)).expect("it cannot fail")
}

/// A prior whose arguments are only known at run time is a typed error there, not a panic.
#[test]
fn a_computed_prior_may_be_invalid() {
    fn negative() -> f64 {
        -1.0
    }
    #[derive(Parameters, Clone)]
    struct Invalid {
        #[prior(Normal(0.0, negative()))]
        x: f64,
    }
    let theta = Invalid { x: 0.0 };
    assert_eq!(theta.to_array(), [0.0]);
    let draw = tallsbi::prior::Declared::<Invalid>::new().sample(&mut stream(1, "test", 0));
    assert!(draw[0].is_nan());
}
