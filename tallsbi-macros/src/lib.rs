//! The attribute and the derives of `tallsbi`.
//!
//! Use them through `tallsbi`, which re-exports them. Everything they generate is a call, a trait implementation or a
//! type alias that a person could write (`docs/by-hand.md`).

mod attr;
mod attr_level;
mod attr_summary;
mod check;
mod check_module;
mod ctxt;
mod expand;
mod fallback;
mod family;
mod hygiene;
mod level_struct;
mod model;
mod parse;
mod parse_given;
mod parse_module;
mod paths;
#[cfg(test)]
mod print;
mod reads;
mod scope;
mod symbol;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Declares a parameter struct: names, units and priors of its `f64` and `[f64; K]` fields.
///
/// ```text
/// #[derive(Parameters, Clone, Debug)]
/// struct Epidemic {
///     /// contact rate [1/day]
///     #[prior(LogNormal(-0.916, 0.5))]
///     beta: f64,
/// }
/// ```
///
/// Every field needs one `#[prior(Family(arguments))]`; arguments are expressions that may name earlier fields of the
/// same struct. An array field takes one prior for all its components, or `MvNormal([mean..], [[covariance..]..])`.
/// `#[tallsbi(crate = path)]` on the struct names a renamed `tallsbi`.
#[proc_macro_derive(Parameters, attributes(prior, transform, design, exchangeable, tallsbi))]
pub fn derive_parameters(item: TokenStream) -> TokenStream {
    expand::expand_parameters(proc_macro2::TokenStream::new(), item.into()).into()
}

/// Declares an observation: a struct of `f32`, `f64`, `[f32; K]` and `[f64; K]` fields.
///
/// `#[transform(log | log1p | sqrt | logit | asinh)]` on a field says how its values are transformed before they are
/// standardised. `#[exchangeable]` on arrays of one length says that they are points whose order tells nothing: the i-th
/// components of all these arrays are one point. `#[tallsbi(crate = path)]` on the struct names a renamed `tallsbi`.
#[proc_macro_derive(Observation, attributes(prior, transform, design, exchangeable, tallsbi))]
pub fn derive_observation(item: TokenStream) -> TokenStream {
    expand::expand_observation(proc_macro2::TokenStream::new(), item.into()).into()
}

/// Declares known covariates: an observation-like struct whose fields say with `#[design(Family(arguments))]` from what
/// distribution training draws them.
#[proc_macro_derive(Design, attributes(prior, transform, design, exchangeable, tallsbi))]
pub fn derive_design(item: TokenStream) -> TokenStream {
    expand::expand_design(proc_macro2::TokenStream::new(), item.into()).into()
}

/// Declares a simulator from a function `fn(theta: &Parameters, [design: &Design,] rng: &mut impl Rng) -> Observation`.
///
/// For `fn sir` it generates the unit struct `Sir` with its `Simulator` implementation, `Sir::npse()`, `Sir::load(path)`
/// and the aliases `SirNetwork` and `SirPosterior`. Options: `tall(n_max = N)`, `name = Ident`, `network = Type`,
/// `crate = path`.
///
/// On a module it declares a hierarchy: a struct with `#[global]`, a struct with `#[local(plate = groups)]` whose priors may
/// name the global struct's fields (`population.mean`), and a function with `#[observe(plate = groups, n_max = N)]`. There may be a second
/// local struct, of groups in groups (`#[local(plate = groups / members, n_max = N)]`), several functions with `#[observe]` for several
/// kinds of observation or for whole groups that have groups in them, a struct with `#[design(plate = groups)]` of what is known of groups, and
/// functions with `#[derived]`. For
/// `mod schools` it generates `Schools` with `Schools::npse()`, `Schools::load(path)`, `Schools::describe()` and the aliases
/// `SchoolsGlobalNetwork`, `SchoolsLocalNetwork` and `SchoolsPosterior`. Options: `name = Ident`, `crate = path`.
#[proc_macro_attribute]
pub fn simulator(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand_simulator(args.into(), item.into()).into()
}

/// Chooses the network that summarises the series of an observation: `#[summary(Gru)]` beside `#[simulator]` on a function, or
/// beside `#[observe(...)]` in a hierarchy. One of `Gru`, `Conv1d`, `Transformer`, `DeepSets` and `SetTransformer`; options:
/// `width = 32`, `summaries = 48`.
#[proc_macro_attribute]
pub fn summary(args: TokenStream, item: TokenStream) -> TokenStream {
    attr_summary::expand(&args.into(), &item.into()).into()
}
