//! Observe points whose order tells nothing: declared, by hand, trained, observed and saved.

use tallsbi::dataset::DataError;
use tallsbi::model::{Dimension, Label, Observation as _, Points, Transform};
use tallsbi::net::Mlp;
use tallsbi::posterior::Error;
use tallsbi::prelude::*;
use tallsbi::rand_distr::{Distribution, StandardNormal};

#[derive(Parameters, Clone, Debug)]
struct Place {
    #[prior(Normal(0.0, 1.0))]
    east: f64,
    #[prior(HalfNormal(1.0))]
    spread: f64,
}

/// Three sightings, in the order in which they were filed.
#[derive(Observation, Clone, Debug, PartialEq)]
struct Herd {
    day: f64,
    #[exchangeable]
    east: [f32; 3],
    /// number of animals
    #[exchangeable]
    #[transform(log)]
    size: [f64; 3],
}

fn three(theta: &Place, rng: &mut Stream) -> [[f64; 2]; 3] {
    let mut normal = || -> f64 { StandardNormal.sample(rng) };
    let luck = 0.3 * normal();
    std::array::from_fn(|_| [theta.east + theta.spread * normal(), (luck + theta.spread * normal()).exp()])
}

#[simulator(name = Herd3, network = Mlp<2, 7, 16, 2>)]
fn herd(theta: &Place, rng: &mut Stream) -> Herd {
    let sightings = three(theta, rng);
    Herd { day: 1.0, east: sightings.map(|point| point[0] as f32), size: sightings.map(|point| point[1]) }
}

#[simulator(network = Mlp<2, 6, 16, 2>)]
fn sightings(theta: &Place, rng: &mut Stream) -> Exchangeable<[f64; 2], 3> {
    three(theta, rng).into()
}

/// Two numbers that say they are one component of two points, and of a third.
#[derive(Clone)]
struct Torn([f64; 2]);

impl Dimension for Torn {
    const DIM: usize = 2;
}

impl tallsbi::model::Observation<2> for Torn {
    fn labels() -> [Label; 2] {
        ["a", "b"].map(|name| Label::scalar(name, "", ""))
    }
    fn transforms() -> [Transform; 2] {
        [Transform::Identity; 2]
    }
    fn to_array(&self) -> [f64; 2] {
        self.0
    }
    fn from_array(values: [f64; 2]) -> Self {
        Self(values)
    }
    fn exchangeable() -> Vec<Points> {
        vec![Points { components: vec![vec![0], vec![1], vec![2]] }]
    }
}

impl tallsbi::model::Outcome for Torn {
    type Observation = Self;
    fn into_result(self) -> Result<Self, SimulationError> {
        Ok(self)
    }
}

#[simulator(name = Torn2, network = Mlp<2, 2, 16, 2>)]
fn torn(theta: &Place, rng: &mut Stream) -> Torn {
    Torn(three(theta, rng)[0])
}

#[test]
fn points_that_are_not_there_are_a_typed_error() {
    let error = Torn2::npse().simulations(100).seed(1).quiet().train().expect_err("there is no third component");
    assert!(matches!(error, Error::Data(DataError::Points)), "{error:?}");
    let words = error.to_string();
    assert!(words.contains("a component that is not there") && words.contains("give every point"), "{words}");
}

#[test]
fn a_declared_struct_is_trained_and_observed() {
    let posterior = Herd3::npse().simulations(400).seed(1).quiet().epochs(2).train().expect("training");
    let draws = |order: [usize; 3]| {
        let (east, size) = ([0.5, 0.4, -0.1], [1.5, 0.8, 1.1]);
        let seen = Herd { day: 1.0, east: order.map(|i| east[i]), size: order.map(|i| size[i]) };
        let tall = posterior.observe(&[seen]).expect("inside the domains");
        tall.compose(Gauss::default()).seed(3).quiet().sample(50).expect("draws").rows().to_vec()
    };
    assert_eq!(draws([0, 1, 2]), draws([2, 0, 1]));
}

#[test]
fn what_the_derive_says_a_person_could_say() {
    let declared = <Herd as tallsbi::model::Observation<7>>::exchangeable();
    assert_eq!(declared, [Points { components: vec![vec![1, 4], vec![2, 5], vec![3, 6]] }]);
    let listed = <Exchangeable<[f32; 2], 3> as tallsbi::model::Observation<6>>::exchangeable();
    assert_eq!(listed, [Points { components: vec![vec![0, 1], vec![2, 3], vec![4, 5]] }]);
    let labels: [Label; 6] = <Exchangeable<[f32; 2], 3> as tallsbi::model::Observation<6>>::labels();
    assert_eq!(labels[3].name, "x[1][1]");
    let array: [f64; 6] = Exchangeable([[1.0_f32, 2.0], [3.0, 4.0], [5.0, 6.0]]).to_array();
    assert_eq!(array, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "an observation stays as it was given");
    assert!(<[f32; 6] as tallsbi::model::Observation<6>>::exchangeable().is_empty());
}

/// What the other observations differ by: so many that their sum depends on their order, and so on that of points, were it seen.
const OTHERS: [f64; 6] = [0.0, 0.3, -0.6, 0.9, 0.15, -0.35];

/// Bit-identical draws whatever the order of the points, and other ones from the same numbers in other points.
#[test]
fn the_order_of_points_changes_no_draw() {
    let posterior = Sightings::npse().simulations(400).seed(1).quiet().epochs(2).train().expect("training");
    let draws = |points: [[f64; 2]; 3]| {
        let others = OTHERS.map(|shift| [[0.1 + shift, 1.0], [0.3, 2.0], [-0.2 - shift, 0.7]]);
        let tall = posterior.observe(&[[points].as_slice(), &others].concat()).expect("finite");
        tall.compose(Gauss::default()).seed(3).quiet().sample(50).expect("draws").rows().to_vec()
    };
    let [a, b, c]: [[f64; 2]; 3] = [[0.5, 1.5], [0.4, 0.8], [-0.1, 1.1]];
    assert_eq!(draws([a, b, c]), draws([c, a, b]));
    assert_ne!(draws([a, b, c]), draws([[a[0], b[1]], [b[0], a[1]], c]));

    let file = std::env::temp_dir().join(format!("tallsbi-points-{}.posterior", std::process::id()));
    posterior.save(&file).expect("written");
    let loaded = Sightings::load(&file).expect("read");
    std::fs::remove_file(&file).expect("there");
    let others = OTHERS.map(|shift| [[0.3, 2.0], [0.1 + shift, 1.0], [-0.2 - shift, 0.7]]);
    let tall = loaded.observe(&[others.as_slice(), &[[c, a, b]]].concat()).expect("finite");
    let again = tall.compose(Gauss::default()).seed(3).quiet().sample(50).expect("draws");
    assert_eq!(again.rows(), draws([a, b, c]));
}

#[test]
fn points_are_read_from_columns_in_order() {
    let file = std::env::temp_dir().join(format!("tallsbi-points-{}.csv", std::process::id()));
    std::fs::write(&file, "a,b,c,d,e,f\n1,2,3,4,5,6\n").expect("written");
    let read = tallsbi::report::read_csv::<Exchangeable<[f32; 2], 3>, 6>(&file).expect("six columns");
    assert_eq!(read, [Exchangeable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])]);
    // A struct has names, which a file has to have.
    std::fs::write(&file, "day,size[0],size[1],size[2],east[0],east[1],east[2]\n1,2,3,4,5,6,7\n").expect("written");
    let read = tallsbi::report::read_csv::<Herd, 7>(&file).expect("by name");
    std::fs::remove_file(&file).expect("there");
    assert_eq!(read, [Herd { day: 1.0, east: [5.0, 6.0, 7.0], size: [2.0, 3.0, 4.0] }]);
}
