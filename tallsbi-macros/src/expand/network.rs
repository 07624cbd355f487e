//! Expand the type of a network: a perceptron or a network of sets, behind a summary where one is asked for.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use crate::hygiene;
use crate::model::{Slot, Summary};
use crate::paths::Paths;

/// What a network is made for, as const expressions.
pub(crate) struct Sizes<'a> {
    pub(crate) parameters: &'a TokenStream,
    /// Components of what it observes.
    pub(crate) observation: &'a TokenStream,
    pub(crate) n_max: usize,
}

/// `Mlp<{ M }, { D }>`, `SetMlp<{ M }, { D }, N>`, or `Summarised` around one
pub(crate) fn network(paths: &Paths, summary: Option<&TokenStream>, sizes: &Sizes<'_>) -> TokenStream {
    let root = paths.root();
    let Sizes { parameters: m, observation: d, n_max } = *sizes;
    let behind = |seen: &TokenStream| {
        if n_max == 1 {
            return quote!(#root::net::Mlp<{ #m }, { #seen }>);
        }
        let n_max = Literal::usize_unsuffixed(n_max);
        quote!(#root::net::SetMlp<{ #m }, { #seen }, #n_max>)
    };
    let Some(summary) = summary else { return behind(d) };
    let network = behind(&quote!(#root::net::summarised::<#summary>(#d)));
    quote!(#root::net::Summarised<#summary, #network>)
}

/// `Gru<Recording>`, where a summary could be read.
pub(crate) fn summary(paths: &Paths, summary: &Slot<Summary>, observation: &TokenStream) -> Option<TokenStream> {
    let Summary { network, width, summaries, .. } = summary.given()?;
    let (root, name) = (paths.root(), format_ident!("{network}"));
    if width.is_none() && summaries.is_none() {
        return Some(quote!(#root::net::#name<#observation>));
    }
    let literal = |value: usize| Literal::usize_unsuffixed(value).into_token_stream();
    let width = width.map_or_else(|| quote!({ #root::net::SUMMARY_WIDTH }), literal);
    let summaries = summaries.map_or_else(|| quote!({ #root::net::SUMMARIES }), literal);
    Some(quote!(#root::net::#name<#observation, #width, #summaries>))
}

/// The observation has a series, said on its type.
pub(crate) fn check(paths: &Paths, output: &impl ToTokens, observation: &TokenStream) -> TokenStream {
    let at = hygiene::at(output);
    let private = paths.private_at(at);
    let channels = quote_spanned!(at=> <#observation as #private::Sequence>::CHANNELS);
    quote_spanned! {at=>
        const _: () = {
            #private::core::assert!(!#channels.is_empty(), #NO_SERIES);
            #private::core::assert!(#private::have_one_length(#channels), #TWO_LENGTHS);
        };
    }
}

const NO_SERIES: &str = "`#[summary]` summarises a series, and this observation has none: give it an array of steps, or remove `#[summary]`";
const TWO_LENGTHS: &str =
    "`#[summary]` reads all arrays of an observation as channels of one series: give them one length";
