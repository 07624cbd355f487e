//! Prove that the macros generate nothing that a person could not write: the same model, declared and by hand.

use tallsbi::model::{Dimension, Label, Observation, Observed, Parameters, Simulator, Transform, stream};
use tallsbi::prior::{DeclaredPrior, FamilyError, MvNormal, PriorError, PriorWalk, Univariate};

/// The model in the language.
mod declared {
    use tallsbi::prelude::*;

    #[derive(Parameters, Clone)]
    pub(crate) struct Growth {
        /// growth rate [1/day]
        #[prior(LogNormal(-1, 0.5))]
        pub(crate) rate: f64,
        /// log of the size of each patch
        #[prior(Normal(rate, 2.0 * rate))]
        pub(crate) size: [f64; 2],
        #[prior(MvNormal([0.0, 1.0], [[1.0, 0.5], [0.5, 1.0]]))]
        pub(crate) pair: [f64; 2],
    }

    #[derive(Observation, Clone, Debug, PartialEq)]
    pub(crate) struct Counts {
        /// counts of the two patches
        #[transform(log1p)]
        pub(crate) counts: [f32; 2],
        /// when it was greatest [day]
        pub(crate) peak: f64,
    }

    #[derive(Design, Clone, Debug, PartialEq)]
    pub(crate) struct Plan {
        /// duration [day]
        #[design(LogUniform(1, 10))]
        #[transform(log)]
        pub(crate) days: f32,
    }

    #[simulator]
    pub(crate) fn growth_model(theta: &Growth, plan: &Plan, rng: &mut impl Rng) -> Option<Counts> {
        super::grow(theta.rate, theta.size, plan.days, rng).map(|(counts, peak)| Counts { counts, peak })
    }
}

/// The model by hand.
mod written {
    use tallsbi::model::{
        Design, Dimension, Label, Observation, Observed, Parameters, SimulationError, Simulator, Stream, Transform,
    };
    use tallsbi::prior::{
        Declared, DeclaredPrior, LogNormal, LogUniform, MvNormal, Normal, Prior, PriorError, PriorWalk,
    };

    #[derive(Clone)]
    pub(crate) struct Growth {
        rate: f64,
        size: [f64; 2],
        pair: [f64; 2],
    }

    impl Dimension for Growth {
        const DIM: usize = 5;
    }

    impl Parameters<5> for Growth {
        fn labels() -> [Label; 5] {
            [
                Label::scalar("rate", "growth rate", "1/day"),
                Label::component("size", 0, "log of the size of each patch", ""),
                Label::component("size", 1, "log of the size of each patch", ""),
                Label::component("pair", 0, "", ""),
                Label::component("pair", 1, "", ""),
            ]
        }
        fn to_array(&self) -> [f64; 5] {
            [self.rate, self.size[0], self.size[1], self.pair[0], self.pair[1]]
        }
        fn from_array([rate, a, b, c, d]: [f64; 5]) -> Self {
            Self { rate, size: [a, b], pair: [c, d] }
        }
    }

    impl DeclaredPrior<5> for Growth {
        fn declare<W: PriorWalk>(walk: &mut W) -> Result<(), PriorError> {
            let rate = walk.scalar(LogNormal::new(-1.0, 0.5))?;
            walk.array::<_, 2>(Normal::new(rate, 2.0 * rate))?;
            walk.multivariate::<2>(MvNormal::new([0.0, 1.0], [[1.0, 0.5], [0.5, 1.0]]))?;
            Ok(())
        }
    }

    #[derive(Clone)]
    pub(crate) struct Counts {
        counts: [f32; 2],
        peak: f64,
    }

    impl Dimension for Counts {
        const DIM: usize = 3;
    }

    impl Observation<3> for Counts {
        fn labels() -> [Label; 3] {
            [
                Label::component("counts", 0, "counts of the two patches", ""),
                Label::component("counts", 1, "counts of the two patches", ""),
                Label::scalar("peak", "when it was greatest", "day"),
            ]
        }
        fn transforms() -> [Transform; 3] {
            [Transform::Log1p, Transform::Log1p, Transform::Identity]
        }
        fn to_array(&self) -> [f64; 3] {
            [self.counts[0].into(), self.counts[1].into(), self.peak]
        }
        fn from_array([a, b, peak]: [f64; 3]) -> Self {
            Self { counts: [a as f32, b as f32], peak }
        }
    }

    #[derive(Clone)]
    pub(crate) struct Plan {
        days: f32,
    }

    impl Dimension for Plan {
        const DIM: usize = 1;
    }

    impl Parameters<1> for Plan {
        fn labels() -> [Label; 1] {
            [Label::scalar("days", "duration", "day")]
        }
        fn to_array(&self) -> [f64; 1] {
            [self.days.into()]
        }
        fn from_array([days]: [f64; 1]) -> Self {
            Self { days: days as f32 }
        }
    }

    impl DeclaredPrior<1> for Plan {
        fn declare<W: PriorWalk>(walk: &mut W) -> Result<(), PriorError> {
            walk.scalar(LogUniform::new(1.0, 10.0))?;
            Ok(())
        }
    }

    impl Design<1> for Plan {
        fn labels() -> [Label; 1] {
            <Self as Parameters<1>>::labels()
        }
        fn transforms() -> [Transform; 1] {
            [Transform::Log]
        }
        fn to_array(&self) -> [f64; 1] {
            <Self as Parameters<1>>::to_array(self)
        }
        fn from_array(values: [f64; 1]) -> Self {
            <Self as Parameters<1>>::from_array(values)
        }
    }

    pub(crate) struct GrowthModel;

    impl Simulator<5, 4> for GrowthModel {
        type Parameters = Growth;
        type Observation = Observed<Counts, Plan, 3, 1>;
        type Prior = Declared<Growth>;

        fn prior(&self) -> Declared<Growth> {
            Declared::new()
        }

        fn simulate(&self, theta: &Growth, rng: &mut Stream) -> Result<Self::Observation, SimulationError> {
            let design = <Plan as Design<1>>::from_array(Declared::<Plan>::new().sample(rng));
            let (counts, peak) = super::grow(theta.rate, theta.size, design.days, rng)
                .ok_or_else(|| SimulationError::new("the simulator returned None"))?;
            Ok(Observed { x: Counts { counts, peak }, design })
        }
    }
}

/// What both simulate: it fails for about a quarter of the streams.
fn grow(rate: f64, size: [f64; 2], days: f32, rng: &mut impl tallsbi::rand::Rng) -> Option<([f32; 2], f64)> {
    let noise = f64::from(rng.next_u32()) / f64::from(u32::MAX);
    let counts = size.map(|size| (size.exp() * (rate * f64::from(days)).exp() + noise) as f32);
    (noise > 0.25).then_some((counts, noise * rate))
}

/// Writes down what a prior declares; field number k has the value k + 1.
#[derive(Default)]
struct Record(Vec<String>);

impl Record {
    fn note<F: std::fmt::Debug>(&mut self, what: &str, family: Result<F, FamilyError>) -> Result<f64, PriorError> {
        let family = family.map_err(|error| PriorError::InvalidFamily { name: "a field".to_owned(), error })?;
        self.0.push(format!("{what} {family:?}"));
        Ok(self.0.len() as f64)
    }
}

impl PriorWalk for Record {
    fn scalar<F: Univariate>(&mut self, family: Result<F, FamilyError>) -> Result<f64, PriorError> {
        self.note("scalar", family)
    }
    fn array<F: Univariate, const K: usize>(&mut self, family: Result<F, FamilyError>) -> Result<[f64; K], PriorError> {
        Ok([self.note(&format!("array of {K}"), family)?; K])
    }
    fn multivariate<const K: usize>(
        &mut self,
        family: Result<MvNormal<K>, FamilyError>,
    ) -> Result<[f64; K], PriorError> {
        Ok([self.note(&format!("block of {K}"), family)?; K])
    }
}

fn walked<P: DeclaredPrior<M>, const M: usize>() -> Vec<String> {
    let mut record = Record::default();
    P::declare(&mut record).expect("a valid prior");
    record.0
}

#[test]
fn parameters_are_the_same() {
    use declared::Growth as Macro;
    use written::Growth as Hand;
    assert_eq!(<Macro as Dimension>::DIM, <Hand as Dimension>::DIM);
    assert_eq!(<Macro as Parameters<5>>::labels(), <Hand as Parameters<5>>::labels());
    let values = [0.1, 0.2, 0.3, 0.4, 0.5];
    assert_eq!(Macro::from_array(values).to_array(), values);
    assert_eq!(Hand::from_array(values).to_array(), values);
    let walk = walked::<Macro, 5>();
    assert_eq!(walk, walked::<Hand, 5>());
    assert_eq!(walk.len(), 3);
}

#[test]
fn observations_and_designs_are_the_same() {
    type Macro = Observed<declared::Counts, declared::Plan, 3, 1>;
    type Hand = Observed<written::Counts, written::Plan, 3, 1>;
    let labels: [Label; 4] = <Macro as Observation<4>>::labels();
    assert_eq!(labels, <Hand as Observation<4>>::labels());
    let transforms: [Transform; 4] = <Macro as Observation<4>>::transforms();
    assert_eq!(transforms, <Hand as Observation<4>>::transforms());
    let values = [1.5, 2.5, 3.25, 4.5];
    assert_eq!(Observation::<4>::to_array(&<Macro as Observation<4>>::from_array(values)), values);
    assert_eq!(Observation::<4>::to_array(&<Hand as Observation<4>>::from_array(values)), values);
    assert_eq!(walked::<declared::Plan, 1>(), walked::<written::Plan, 1>());
}

#[test]
fn simulations_are_the_same() {
    let values = [0.1, 0.2, 0.3, 0.4, 0.5];
    let mut failures = 0;
    for index in 0..100 {
        let theta = declared::Growth::from_array(values);
        let by_macro = declared::GrowthModel.simulate(&theta, &mut stream(1, "by hand", index));
        let theta = written::Growth::from_array(values);
        let by_hand = written::GrowthModel.simulate(&theta, &mut stream(1, "by hand", index));
        failures += u32::from(by_macro.is_err());
        let by_macro = by_macro.map(|observed| Observation::<4>::to_array(&observed));
        let by_hand = by_hand.map(|observed| Observation::<4>::to_array(&observed));
        assert_eq!(by_macro, by_hand);
    }
    assert!((5..60).contains(&failures), "{failures} failures");
}
