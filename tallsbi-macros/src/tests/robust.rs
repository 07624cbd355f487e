//! Feed damaged declarations: the macros report errors, they never panic, and what they emit parses as Rust.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use crate::expand::{expand_design, expand_observation, expand_parameters, expand_simulator};

/// The number of token trees, groups included.
fn count(tokens: &TokenStream) -> usize {
    tokens
        .clone()
        .into_iter()
        .map(|tree| 1 + if let TokenTree::Group(group) = tree { count(&group.stream()) } else { 0 })
        .sum()
}

#[derive(Clone, Copy)]
enum Damage {
    Remove,
    Double,
    Number,
    Empty,
    Name,
}

/// The tokens with damage at tree number `at`.
fn damage(tokens: TokenStream, at: &mut isize, how: Damage) -> TokenStream {
    let mut out = Vec::new();
    for tree in tokens {
        let here = *at == 0;
        *at -= 1;
        match (here, how) {
            (true, Damage::Remove) => {}
            (true, Damage::Double) => out.extend([tree.clone(), tree]),
            (true, Damage::Number) => out.extend(quote!(-0)),
            (true, Damage::Empty) => out.push(Group::new(Delimiter::Parenthesis, TokenStream::new()).into()),
            (true, Damage::Name) => out.extend(quote!(beta)),
            (false, _) => match tree {
                TokenTree::Group(group) => {
                    out.push(Group::new(group.delimiter(), damage(group.stream(), at, how)).into());
                }
                other => out.push(other),
            },
        }
    }
    out.into_iter().collect()
}

#[track_caller]
fn check(tokens: &TokenStream, expand: impl Fn(TokenStream) -> TokenStream) {
    for at in 0..count(tokens) {
        for how in [Damage::Remove, Damage::Double, Damage::Number, Damage::Empty, Damage::Name] {
            let damaged = damage(tokens.clone(), &mut (at as isize), how);
            let parses = syn::parse2::<syn::File>(damaged.clone()).is_ok();
            let expanded = expand(damaged.clone());
            if parses {
                assert!(syn::parse2::<syn::File>(expanded).is_ok(), "the expansion does not parse: {damaged}");
            }
        }
    }
}

fn record() -> TokenStream {
    quote! {
        #[tallsbi(crate = other)]
        struct Model {
            /// contact rate [1/day]
            #[prior(LogNormal(-0.9, 0.5))]
            #[design(LogNormal(-0.9, 0.5))]
            #[transform(log)]
            beta: f64,
            #[prior(Normal(beta, 2 * f(beta)))]
            gamma: [f64; 3],
            #[prior(MvNormal([0.0, 1.0], [[1.0, 0.0], [0.0, 1.0]]))]
            pair: [f64; 2],
            #[prior(Mixture([(0.5, 0.0, 1.0), (0.5, m!(beta), 1.0)]))]
            mixed: f64,
        }
    }
}

#[test]
fn damaged_structs() {
    check(&record(), |item| expand_parameters(TokenStream::new(), item));
    check(&record(), |item| expand_observation(TokenStream::new(), item));
    check(&record(), |item| expand_design(TokenStream::new(), item));
}

#[test]
fn damaged_hierarchies() {
    let item = quote! {
        pub(crate) mod schools {
            #[global]
            struct Population {
                #[prior(Normal(0.0, 5.0))]
                beta: f64,
            }
            #[local(plate = groups)]
            struct School {
                #[prior(Normal(population.beta, m!(population.beta)))]
                theta: [f64; 2],
            }
            #[observe(plate = groups, n_max = 3)]
            fn estimate(population: &Population, school: &School, dose: &Dose, rng: &mut impl Rng) -> [f64; 2] {
                school.theta
            }
        }
    };
    check(&item, |item| expand_simulator(quote!(name = Other, crate = other), item));
}

#[test]
fn damaged_functions_and_options() {
    let args = quote!(tall(n_max = 3), name = Other, network = net::Mlp<3>, crate = other);
    let item = quote! { pub fn sir(theta: &Epidemic, dose: &Dose, rng: &mut impl Rng) -> Option<[f32; 10]> { None } };
    check(&item, |item| expand_simulator(args.clone(), item));
    for at in 0..count(&args) {
        for how in [Damage::Remove, Damage::Double, Damage::Number, Damage::Empty, Damage::Name] {
            let damaged = damage(args.clone(), &mut (at as isize), how);
            let expanded = expand_simulator(damaged.clone(), item.clone());
            assert!(syn::parse2::<syn::File>(expanded).is_ok(), "the expansion does not parse: {damaged}");
        }
    }
}
