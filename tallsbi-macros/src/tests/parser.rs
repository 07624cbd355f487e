//! Read the parser's result through its printer.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Ctxt;
use crate::model::Role;
use crate::scope::Levels;
use crate::{parse, print};

#[track_caller]
fn check(role: Role, item: TokenStream, expected: &str) {
    let cx = Ctxt::new();
    let record =
        parse::record(&cx, role, syn::parse2(item).expect("a struct"), &Levels::default()).expect("named fields");
    assert!(cx.check().is_ok(), "unexpected errors");
    assert_eq!(print::record(&record), expected);
}

#[track_caller]
fn check_simulator(args: TokenStream, item: &TokenStream, expected: &str) {
    let cx = Ctxt::new();
    let simulator = parse::simulator(&cx, args, item).expect("a function");
    assert!(cx.check().is_ok(), "unexpected errors");
    assert_eq!(print::simulator(&simulator), expected);
}

#[test]
fn names_of_earlier_fields_are_resolved() {
    check(
        Role::Parameters,
        quote! {
            struct P {
                #[prior(Normal(MEAN, 1.0))]
                a: f64,
                #[prior(Normal(a, scale(a)))]
                b: [f64; 2],
                #[prior(Normal(b[1] - a, max!(b.len, a)))]
                c: f64,
                #[prior(Normal(other::a, CONFIG.b))]
                d: f64,
            }
        },
        "parameters P\n  a: f64 ~ Normal(MEAN, 1.0)\n  b: [f64; 2] ~ Normal(a <- a, scale (a) <- a @ run time)\n  \
         c: f64 ~ Normal(b [1] - a <- b, a, max ! (b . len , a) <- b, a @ run time)\n  \
         d: f64 ~ Normal(other :: a, CONFIG . b)\n",
    );
}

#[test]
fn documentation_gives_description_and_unit() {
    check(
        Role::Observation,
        quote! {
            struct O {
                /// contact rate [1/day]
                a: f32,
                /// with a full stop [mg/l].
                b: f32,
                /// two lines
                /// of text [m s^-2]
                ///
                /// and a second paragraph [no unit]
                c: f32,
                /// a link to [`Dose`]
                d: f32,
                /// [K]
                e: f32,
                #[transform(log)]
                f: [f64; 3 * N],
            }
        },
        "observation O\n  a: f32 \"contact rate\" [1/day]\n  b: f32 \"with a full stop\" [mg/l]\n  \
         c: f32 \"two lines of text\" [m s^-2]\n  d: f32 \"a link to [`Dose`]\" []\n  e: f32 \"\" [K]\n  \
         f: [f64; 3 * N] via log\n",
    );
}

#[test]
fn a_simulator_has_a_plate() {
    check_simulator(
        quote!(tall(n_max = 3)),
        &quote! { fn lotka_volterra(theta: &Rates, rng: &mut impl Rng) -> [f32; 20] { todo!() } },
        "simulator LotkaVolterra = lotka_volterra\n  theta: Rates\n  output: [f32 ; 20]\n  \
         plate observations given the parameters: iid, n_max = 3\n",
    );
    check_simulator(
        quote!(name = Other, network = Net),
        &quote! { fn f(theta: &Rates, dose: &Dose, rng: &mut Stream) -> Option<Counts> { todo!() } },
        "simulator Other = f\n  theta: Rates\n  design: Dose\n  output: Option < Counts >\n  network: Net\n  \
         plate observations given the parameters: iid, n_max = 1\n",
    );
}
