//! Expand what is observed of a group: its type, of one kind or of several together, and how it is simulated.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::hierarchy::{Locals, dimension_of};
use crate::hygiene;
use crate::model::{Given, Hierarchy, Observe, Parts};
use crate::paths::Paths;

/// A type of observation and its dimension, design included.
#[derive(Clone)]
pub(super) struct Observed {
    pub(super) ty: TokenStream,
    pub(super) dimension: TokenStream,
}

impl Observed {
    /// One observation of one kind.
    fn of(paths: &Paths, observe: &Observe) -> Self {
        let outcome = outcome(paths, observe.output.as_ref());
        let dx = dimension_of(paths, &outcome);
        let Some(design) = &observe.design else { return Self { ty: outcome, dimension: dx } };
        let (private, dz) = (paths.private(), dimension_of(paths, design));
        Self { ty: quote!(#private::Observed<#outcome, #design, { #dx }, { #dz }>), dimension: quote!(#dx + #dz) }
    }

    /// All observations of one kind in a group, as one.
    pub(super) fn set(paths: &Paths, observe: &Observe) -> Self {
        let (private, n_max) = (paths.private(), Literal::usize_unsuffixed(observe.n_max));
        let Self { ty, dimension } = Self::of(paths, observe);
        Self {
            ty: quote!(#private::GroupData<#ty, { #dimension }, #n_max>),
            dimension: quote!(#n_max * (#dimension) + 1),
        }
    }

    /// What a group's observations are: of one kind, themselves; of several, all of them together, as one.
    pub(super) fn all(paths: &Paths, observes: &[Observe]) -> Option<(Self, usize)> {
        if let [only] = observes {
            return Some((Self::of(paths, only), only.n_max));
        }
        let private = paths.private();
        let sets = observes.iter().rev().map(|observe| Self::set(paths, observe));
        let all = sets.reduce(|Self { ty: rest, dimension: after }, Self { ty: first, dimension: here }| Self {
            ty: quote!(#private::Kinds<#first, #rest, { #here }, { #after }>),
            dimension: quote!(#here + #after),
        });
        Some((all?, 1))
    }
}

/// `<[f32; 12] as Outcome>::Observation`
pub(super) fn outcome(paths: &Paths, output: Option<&Type>) -> TokenStream {
    let at = hygiene::at(&output);
    let private = paths.private_at(at);
    quote_spanned!(at=> <#output as #private::Outcome>::Observation)
}

/// One observation of a group; of several kinds, a set of each.
pub(super) fn simulation(hierarchy: &Hierarchy, parts: Parts<'_>) -> TokenStream {
    if let [only] = parts.observes {
        return one(hierarchy, only);
    }
    let (private, Locals { rng, .. }) = (hierarchy.paths.private(), Locals::new());
    let sizes: Vec<Ident> = (0..parts.observes.len()).map(|kind| hygiene::local(&format!("size{kind}"))).collect();
    let n_max = parts.observes.iter().map(|observe| Literal::usize_unsuffixed(observe.n_max));
    let sets = parts.observes.iter().zip(&sizes).rev().map(|(observe, size)| {
        let one = one(hierarchy, observe);
        quote!(#private::simulate_kind(#size, #rng, |#rng| { #one })?)
    });
    let all = sets.reduce(|rest, first| quote!(#private::Kinds { first: #first, rest: #rest }));
    quote! {
        let [#(#sizes),*] = #private::kind_sizes([#(#n_max),*], #rng);
        #private::Result::Ok(#all)
    }
}

/// The call of the user's function: the design is drawn, and what it returns becomes a result
pub(super) fn one(hierarchy: &Hierarchy, observe: &Observe) -> TokenStream {
    let Locals { levels, group, design, rng } = Locals::new();
    let mut function = observe.function.sig.ident.clone();
    let at = hygiene::at(&observe.output);
    function.set_span(at); // what is wrong with the call is wrong with the type that it returns
    let private = hierarchy.paths.private_at(at);
    let arguments = observe.arguments.iter().flatten().map(|given| match given {
        Given::Level(level) => levels.get(*level).map(ToTokens::to_token_stream).unwrap_or_default(),
        Given::GroupDesign => quote!(#group),
        Given::Design => quote!(&#design),
    });
    let call = quote_spanned!(at=> #function(#(#arguments,)* #rng));
    let Some(design_type) = &observe.design else {
        return quote_spanned!(at=> #private::Outcome::into_result(#call));
    };
    let at_design = hygiene::at(design_type);
    let private_design = hierarchy.paths.private_at(at_design);
    let drawn = quote_spanned!(at_design=> #private_design::draw_design::<#design_type, _>(#rng));
    quote_spanned! {at=>
        let #design = #drawn;
        #private::observed(#call, #design)
    }
}
