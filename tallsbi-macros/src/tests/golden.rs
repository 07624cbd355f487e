//! Compare expansions with the committed snapshots; `TALLSBI_BLESS=1 cargo test -p tallsbi-macros` rewrites them.

use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::{expand_design, expand_observation, expand_parameters, expand_simulator};

#[track_caller]
fn check(name: &str, tokens: TokenStream) {
    let file = syn::parse2(tokens).expect("the expansion parses");
    let expanded = prettyplease::unparse(&file);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("src/tests/snapshots/{name}.rs"));
    if std::env::var_os("TALLSBI_BLESS").is_some() {
        std::fs::write(&path, &expanded).expect("the snapshot can be written");
    }
    let snapshot = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (new, old)) in expanded.lines().zip(snapshot.lines()).enumerate() {
        assert_eq!(new, old, "{name}.rs, line {}: TALLSBI_BLESS=1 rewrites the snapshot", number + 1);
    }
    assert_eq!(expanded.lines().count(), snapshot.lines().count(), "{name}.rs: TALLSBI_BLESS=1 rewrites the snapshot");
}

fn epidemic() -> TokenStream {
    quote! {
        /// Parameters carry their prior, their name and their unit.
        #[derive(Clone, Debug)]
        struct Epidemic {
            /// contact rate [1/day]
            #[prior(LogNormal(-0.916, 0.5))]
            beta: f64,
            /// recovery rate [1/day]
            #[prior(LogNormal(-2.079, 0.2))]
            gamma: f64,
        }
    }
}

#[test]
fn parameters_of_the_readme() {
    check("parameters", expand_parameters(TokenStream::new(), epidemic()));
}

#[test]
fn parameters_that_depend_on_each_other() {
    let item = quote! {
        #[tallsbi(crate = renamed::library)]
        pub struct Growth {
            #[prior(Normal(0, 2.0 * SCALE))]
            mean: f64,
            #[prior(HalfNormal(spread()))]
            r#type: f64,
            /// the size of each patch [m]
            #[prior(Normal(mean, r#type + f64::max(mean, 1.0)))]
            sizes: [f64; 3],
            #[prior(Exponential(sizes[0]))]
            rates: [f64; PATCHES + 1],
            #[prior(MvNormal([0.0, 1.0], [[1.0, 0.5], [0.5, 1.0]]))]
            pair: [f64; 2],
            #[prior(Mixture([(0.3, -1, 1), (0.7, 1, 0.5)]))]
            last: f64,
        }
    };
    check("dependent", expand_parameters(TokenStream::new(), item));
}

#[test]
fn observation_of_scalars_and_arrays() {
    let item = quote! {
        struct Counts {
            /// cases on each day
            #[transform(log1p)]
            cases: [f32; 10],
            peak: f32,
            #[transform(logit)]
            share: f64,
            trace: [f64; N],
        }
    };
    check("observation", expand_observation(TokenStream::new(), item));
}

#[test]
fn observation_of_scalars() {
    check("observation_scalars", expand_observation(TokenStream::new(), quote! { struct Pair { a: f32, b: f64 } }));
}

#[test]
fn observation_of_points_without_an_order() {
    let item = quote! {
        struct Herd {
            day: f64,
            #[exchangeable]
            east: [f64; N],
            #[exchangeable]
            #[transform(log)]
            mass: [f32; 5],
        }
    };
    check("observation_points", expand_observation(TokenStream::new(), item));
}

#[test]
fn design_of_a_dose() {
    let item = quote! {
        pub struct Dose {
            /// administered amount [mg]
            #[design(LogUniform(1.0, 100.0))]
            #[transform(log)]
            amount: f64,
            #[design(Uniform(0.0, 24.0))]
            hour: f32,
        }
    };
    check("design", expand_design(TokenStream::new(), item));
}

#[test]
fn simulator_of_the_readme() {
    let item = quote! {
        /// Ten counts of an epidemic.
        fn sir(theta: &Epidemic, rng: &mut impl Rng) -> [f32; 10] {
            [0.0; 10]
        }
    };
    check("simulator", expand_simulator(quote!(tall(n_max = 3)), item));
}

#[test]
fn simulator_with_a_design_and_every_option() {
    let item = quote! {
        #[cfg(feature = "doses")]
        pub(crate) fn blood_level(theta: &Patient, dose: &Dose, rng: &mut impl Rng) -> Result<Level, Failure> {
            run(theta, dose, rng)
        }
    };
    let args = quote!(name = Level2, network = my::Network<3>, crate = renamed);
    check("simulator_design", expand_simulator(args, item));
}

#[test]
fn simulator_with_a_summary() {
    let item = quote! {
        #[summary(Conv1d, width = 64)]
        fn blood_level(theta: &Patient, dose: &Dose, rng: &mut impl Rng) -> Option<Recording> {
            run(theta, dose, rng)
        }
    };
    check("simulator_summary", expand_simulator(quote!(tall(n_max = 3)), item));
}

#[test]
fn hierarchy_with_a_summary() {
    let item = quote! {
        mod growth {
            #[global]
            struct Species { #[prior(Normal(0.0, 5.0))] mean: f64 }
            #[local(plate = plants)]
            struct Plant { #[prior(Normal(species.mean, 1.0))] rate: f64 }
            #[summary(Gru)]
            #[observe(plate = plants, n_max = 2)]
            fn heights(plant: &Plant, rng: &mut impl Rng) -> [f32; 30] {
                run(plant, rng)
            }
        }
    };
    check("hierarchy_summary", expand_simulator(TokenStream::new(), item));
}

/// The hierarchy of the guide's design page, with everything that a level can have.
fn pharmacokinetics() -> TokenStream {
    quote! {
        /// Drug levels of patients.
        mod pharmacokinetics {
            #[global]
            struct Population {
                /// mean log clearance [log l/h]
                #[prior(Normal(1.0, 0.5))]
                mean_log_cl: f64,
                #[prior(HalfNormal(0.5))]
                sd_log_cl: f64,
            }
            #[local(plate = patients)]
            #[derive(Clone, PartialEq)]
            pub struct Patient {
                /// log clearance [log l/h]
                #[prior(Normal(population.mean_log_cl, population.sd_log_cl))]
                log_cl: f64,
                #[prior(LogNormal(-log_cl + f64::max(population.mean_log_cl, 0.0), 1))]
                pub volume: [f64; 2],
            }
            #[observe(plate = patients, n_max = 4)]
            fn concentration(patient: &Patient, population: &Population, dose: &Dose, rng: &mut impl Rng) -> Option<[f32; 12]> {
                run(population, patient, dose, rng)
            }
        }
    }
}

#[test]
fn hierarchy_of_patients() {
    check("hierarchy", expand_simulator(TokenStream::new(), pharmacokinetics()));
}

#[test]
fn hierarchy_of_single_observations_with_every_option() {
    let item = quote! {
        #[cfg(feature = "schools")]
        pub(crate) mod eight_schools {
            use super::*;
            #[global]
            #[derive(Clone, Debug)]
            pub(super) struct Population {
                #[prior(Normal(0.0, 5.0))]
                pub(super) mu: f64,
            }
            #[local(plate = schools)]
            struct School {
                #[prior(Normal(population.mu, SPREAD))]
                theta: [f64; N],
            }
            #[observe(plate = schools)]
            fn estimate(school: &School, rng: &mut impl Rng) -> [f64; N] {
                school.theta
            }
        }
    };
    check("hierarchy_options", expand_simulator(quote!(name = Schools, crate = renamed), item));
}

#[test]
fn errors_leave_a_stub() {
    let item = quote! { struct Broken { #[prior(Norml(0.0, 1.0))] a: f64, b: i32 } };
    check("broken_parameters", expand_parameters(TokenStream::new(), item));
    let item = quote! { fn broken(theta: &Epidemic) -> [f32; 10] { [0.0; 10] } };
    check("broken_simulator", expand_simulator(quote!(tal(n_max = 0)), item));
    let item = quote! {
        mod broken {
            #[global]
            struct Population { #[prior(Normal(0.0, 1.0))] mu: f64 }
            #[local(plate = schools)]
            struct School { #[prior(Normal(population.nu, 1.0))] theta: f64 }
            #[observe(plate = school)]
            fn estimate(school: &School, rng: &mut impl Rng) -> [f64; 1] { [school.theta] }
        }
    };
    check("broken_hierarchy", expand_simulator(TokenStream::new(), item));
}

#[test]
fn hierarchy_of_three_levels() {
    let item = quote! {
        mod marks {
            #[global]
            struct Country {
                #[prior(Normal(0.0, 5.0))]
                mean: f64,
                #[prior(HalfNormal(1.0))]
                spread: f64,
            }
            #[local(plate = schools / classes, n_max = 4)]
            struct Class {
                #[prior(Normal(school.level, country.spread))]
                mood: f64,
            }
            #[local(plate = schools)]
            struct School {
                #[prior(Normal(country.mean, country.spread))]
                level: f64,
            }
            /// share of the variance between schools
            #[derived]
            fn share(country: &Country) -> f64 {
                country.spread
            }
            /// distance from the school [points]
            #[derived]
            fn off(class: &Class, school: &School) -> f32 {
                (class.mood - school.level) as f32
            }
            #[observe(plate = schools / classes, n_max = 6)]
            fn mark(class: &Class, pupil: &Pupil, rng: &mut impl Rng) -> [f64; 2] {
                run(class, pupil, rng)
            }
        }
    };
    check("hierarchy_three_levels", expand_simulator(TokenStream::new(), item));
}

#[test]
fn hierarchy_of_whole_groups() {
    let item = quote! {
        mod marks {
            #[global]
            struct Country {
                #[prior(Normal(0.0, 5.0))]
                mean: f64,
            }
            #[local(plate = schools)]
            struct School {
                #[prior(Normal(country.mean, 1.0))]
                level: f64,
            }
            #[observe(plate = schools, n_max = 2)]
            fn inspection(school: &School, visit: &Visit, rng: &mut impl Rng) -> Option<[f64; 2]> {
                run(school, visit, rng)
            }
            #[local(plate = schools / classes, n_max = 4)]
            struct Class {
                #[prior(Normal(school.level, 1.0))]
                mood: f64,
            }
            #[observe(plate = schools / classes, n_max = 3)]
            fn mark(class: &Class, rng: &mut impl Rng) -> [f64; 1] {
                run(class, rng)
            }
        }
    };
    check("hierarchy_whole_groups", expand_simulator(TokenStream::new(), item));
}

#[test]
fn hierarchy_of_several_kinds() {
    let item = quote! {
        mod marks {
            #[global]
            struct Country {
                #[prior(Normal(0.0, 5.0))]
                mean: f64,
            }
            #[local(plate = schools)]
            struct School {
                #[prior(Normal(country.mean, 1.0))]
                level: f64,
            }
            #[observe(plate = schools, n_max = 3)]
            fn mark(school: &School, rng: &mut impl Rng) -> [f64; 2] {
                run(school, rng)
            }
            #[observe(plate = schools)]
            fn size(school: &School, year: &Year, rng: &mut impl Rng) -> Option<Size> {
                run(school, year, rng)
            }
            #[observe(plate = schools, n_max = 2)]
            fn visit(country: &Country, school: &School, rng: &mut impl Rng) -> [f32; 1] {
                run(country, school, rng)
            }
        }
    };
    check("hierarchy_kinds", expand_simulator(TokenStream::new(), item));
}

#[test]
fn hierarchy_group_design() {
    let item = quote! {
        mod growth {
            #[global]
            struct Population {
                #[prior(Normal(0, 1))]
                slope: f64,
            }
            #[design(plate = patients)]
            struct Background {
                /// age [years]
                #[design(Uniform(20, 80))]
                age: f64,
            }
            #[local(plate = patients)]
            struct Patient {
                #[prior(Normal(population.slope * background.age, 1))]
                level: f64,
            }
            #[observe(plate = patients, n_max = 3)]
            fn measure(patient: &Patient, background: &Background, rng: &mut impl Rng) -> [f64; 1] {
                [patient.level + background.age]
            }
        }
    };
    check("hierarchy_group_design", expand_simulator(TokenStream::new(), item));
}
