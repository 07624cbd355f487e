//! Expand the language where nothing is in scope, everything is shadowed, the crate is renamed, and every warning is
//! an error.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused, clippy::all, clippy::pedantic)]

/// A model in a crate that sees `tallsbi` under another name, and where the names of the standard library mean something
/// else.
pub mod renamed {
    use ::tallsbi as other;

    /// Shadows.
    #[allow(non_camel_case_types, dead_code)]
    mod shadow {
        pub(super) struct Result;
        pub(super) struct Option;
        pub(super) struct usize;
        pub(super) struct Clone;
        pub(super) struct W;
        pub(super) struct Normal;
        pub(super) struct Declared;
        pub(super) trait Anything {
            fn scalar(&mut self) {}
            fn array(&mut self) {}
            fn to_array(&self) {}
        }
        impl<T> Anything for T {}
    }
    #[allow(unused_imports)]
    use shadow::*;

    /// Parameters whose names are those of the expansion's own variables.
    #[derive(other::Parameters, ::core::clone::Clone, Debug)]
    #[tallsbi(crate = other)]
    pub struct Awkward {
        /// first [m]
        #[prior(Normal(0.0, SCALE))]
        pub walk: f64,
        /// second
        #[prior(Normal(walk, 2))]
        pub values: f64,
        /// third
        #[prior(Normal(walk, 1.0 + values * values))]
        pub r#type: [f64; LENGTH],
        /// fourth
        #[prior(MvNormal([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]))]
        pub w_: [f64; 2],
    }
    use ::core::{convert::From as _, fmt::Debug};

    /// A constant in an argument.
    pub const SCALE: f64 = 2.0;
    /// A constant length.
    pub const LENGTH: ::core::primitive::usize = 3;

    /// An observation.
    #[derive(other::Observation, ::core::clone::Clone, Debug)]
    #[tallsbi(crate = other)]
    pub struct Seen {
        /// counts
        #[transform(log1p)]
        pub values: [f32; 4],
        /// peak
        pub output: f64,
    }

    /// A design.
    #[derive(other::Design, ::core::clone::Clone, Debug)]
    #[tallsbi(crate = other)]
    pub struct Known {
        /// amount [mg]
        #[design(LogUniform(1, 10))]
        #[transform(log)]
        pub values: f32,
    }

    /// Simulates nothing much.
    #[other::simulator(tall(n_max = 2), crate = other)]
    #[must_use]
    pub fn theta(rng: &Awkward, design: &Known, theta: &mut impl other::rand::Rng) -> ::core::option::Option<Seen> {
        let noise = f64::from(theta.next_u32() % 2);
        ::core::option::Option::Some(Seen { values: [design.values; 4], output: rng.walk + 0.0 * noise })
    }

    /// A hierarchy whose names are those of the expansion's own variables.
    #[other::simulator(name = Nested, crate = other)]
    pub mod hierarchy {
        /// The global level.
        #[global]
        struct Global {
            /// first
            #[prior(Normal(0.0, SCALE))]
            walk: f64,
            /// second
            #[prior(HalfNormal(1.0 + walk * walk))]
            ancestor_global: f64,
        }

        /// The local level.
        #[local(plate = r#type)]
        struct Local {
            /// first
            #[prior(Normal(global.walk, global.ancestor_global))]
            global: f64,
            /// second
            #[prior(MvNormal([global, 0.0], [[1.0, 0.0], [0.0, 1.0]]))]
            local: [f64; 2],
        }

        /// Observes nothing much.
        #[observe(plate = r#type, n_max = 2)]
        #[must_use]
        pub fn graph(rng: &Local, local: &Known, global: &mut impl other::rand::Rng) -> ::core::option::Option<Seen> {
            let noise = f64::from(global.next_u32() % 2);
            ::core::option::Option::Some(Seen { values: [local.values; 4], output: rng.global + 0.0 * noise })
        }
    }
}

/// A series, summarised by paths.
pub mod series {
    use ::tallsbi as other;

    use super::renamed::Awkward;

    /// Simulates nothing much.
    #[other::simulator(crate = other)]
    #[other::summary(other::net::DeepSets, width = 4)]
    pub fn steps(rng: &Awkward, theta: &mut impl other::rand::Rng) -> [f64; 6] {
        [rng.walk + if theta.next_u32().is_multiple_of(2) { 0.0 } else { 1.0 }; 6]
    }
}

/// Three levels whose names are those of the expansion's own variables, and quantities of them.
pub mod three {
    use ::tallsbi as other;

    /// Nothing is in scope.
    #[other::simulator(name = Three, crate = other)]
    pub mod levels {
        /// The innermost level, declared first.
        #[local(plate = global / inner, n_max = 2)]
        struct Inner {
            /// first
            #[prior(Normal(local.global + global.walk, 1.0))]
            inner: f64,
        }

        /// The global level.
        #[global]
        struct Global {
            /// first
            #[prior(Normal(0.0, 1.0))]
            walk: f64,
        }

        /// The level in the middle.
        #[local(plate = global)]
        struct Local {
            /// first
            #[prior(Normal(global.walk, 1.0))]
            global: f64,
        }

        /// Of the global level.
        #[derived]
        #[must_use]
        pub fn label(inner: &Global) -> f64 {
            inner.walk
        }

        /// Of the level in the middle.
        #[derived]
        #[must_use]
        pub fn value(global: &Local) -> f64 {
            global.global
        }

        /// Of all levels.
        #[derived]
        #[must_use]
        pub fn outer(local: &Inner, inner: &Global, global: &Local) -> f32 {
            if local.inner > inner.walk + global.global { 7.0 } else { 0.0 }
        }

        /// Observes nothing much.
        #[observe(plate = global / inner)]
        #[must_use]
        pub fn simulate(rng: &Inner, global: &mut impl other::rand::Rng) -> [f64; 1] {
            [rng.inner + 0.0 * <f64 as ::core::convert::From<u32>>::from(global.next_u32() % 2)]
        }
    }
}

/// A model under the name `tallsbi`, private and hardly used.
mod plain {
    #[derive(::tallsbi::Parameters, ::core::clone::Clone)]
    struct Only {
        #[prior(Uniform(-1.0, 1.0))]
        x: f64,
    }

    #[::tallsbi::simulator]
    fn identity(theta: &Only, _rng: &mut impl ::tallsbi::rand::Rng) -> [f64; 1] {
        [::core::convert::identity(theta.x)]
    }
}

#[::core::prelude::v1::test]
#[allow(clippy::float_cmp, clippy::items_after_statements)]
fn everything_is_generated() {
    use ::core::{assert_eq, iter::Iterator as _};
    use ::std::vec::Vec;
    use ::tallsbi::model::{Dimension, Observation, Parameters, Simulator, Transform, stream};

    assert_eq!(<renamed::Awkward as Dimension>::DIM, 7);
    let labels = <renamed::Awkward as Parameters<7>>::labels();
    let names: Vec<&str> = labels.iter().map(|label| &*label.name).collect();
    assert_eq!(names, ["walk", "values", "type[0]", "type[1]", "type[2]", "w_[0]", "w_[1]"]);
    let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    let awkward = <renamed::Awkward as Parameters<7>>::from_array(values);
    assert_eq!(<renamed::Awkward as Parameters<7>>::to_array(&awkward), values);

    let simulator = renamed::Theta;
    let observed = simulator.simulate(&awkward, &mut stream(1, "test", 0)).expect("it never fails");
    assert_eq!(observed.x.output, 1.0);
    type Observed = <renamed::Theta as Simulator<7, 6>>::Observation;
    let transforms = <Observed as Observation<6>>::transforms();
    assert_eq!(transforms[..4], [Transform::Log1p; 4]);
    assert_eq!(transforms[4..], [Transform::Identity, Transform::Log]);
    let array = <Observed as Observation<6>>::to_array(&observed);
    assert_eq!(<Observed as Observation<6>>::from_array(array).x.values, observed.x.values);
    let nested = <renamed::hierarchy::Global as Parameters<2>>::from_array([3.0, 1e-9]);
    let prior = ::tallsbi::prior::Given::<renamed::hierarchy::Local, _>::new(&nested);
    let local = ::tallsbi::prior::LatentPrior::<3>::from_latent(&prior, &[0.0, 0.0, 2.0]).expect("a valid prior");
    assert_eq!(local, [3.0, 3.0, 2.0]);
    let _ = renamed::Nested::npse();
    let _ = three::Three::npse();
    assert_eq!(three::Three::describe().derived.len(), 3);
    let quantities = <three::Three as ::tallsbi::hierarchy::NestedHierarchy<1, 1, 1, 1>>::derived_inner();
    let levels = (three::levels::Global { walk: 1.0 }, three::levels::Local { global: 2.0 });
    let inner = three::levels::Inner { inner: 4.0 };
    assert_eq!((quantities[0].value)(&levels.0, &levels.1, &inner), 7.0);
    assert_eq!(renamed::Nested::describe().levels[1].plate.as_deref(), ::core::option::Option::Some("type"));
    let _: ::tallsbi::posterior::Npse<renamed::Theta, renamed::ThetaNetwork, 7, 6> = renamed::Theta::npse();
}
