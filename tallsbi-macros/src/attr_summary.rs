//! Read `#[summary(...)]`: which network summarises the series of an observation, and where the attribute does not belong.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Item, Meta, Token};

use crate::attr;
use crate::ctxt::Ctxt;
use crate::model::{Slot, Summary};
use crate::symbol::{self, did_you_mean};

/// To who puts it elsewhere.
pub(crate) const OF_FUNCTIONS: &str = "`#[summary]` says how an observation is summarised: it belongs on the function that simulates one, with `#[simulator]` or `#[observe]`";

/// The networks that summarise, as types of `tallsbi::net` are called.
const NETWORKS: [&str; 5] = ["Gru", "Conv1d", "Transformer", "DeepSets", "SetTransformer"];

/// What they are called elsewhere.
const ALIASES: [(&str, &str); 6] = [
    ("rnn", "Gru"),
    ("lstm", "Gru"),
    ("cnn", "Conv1d"),
    ("convolution", "Conv1d"),
    ("attention", "Transformer"),
    ("mean", "DeepSets"),
];

const OPTIONS: [&str; 2] = [symbol::WIDTH.as_str(), symbol::SUMMARIES.as_str()];

/// A summary is seen in threes, as the features of a component are.
const THREES: usize = 3;
/// The heads that share the width of a network with attention.
const HEADS: usize = 4;

/// Takes `#[summary(...)]` off a function and reads it.
pub(crate) fn take(cx: &Ctxt, attributes: &mut Vec<Attribute>) -> Slot<Summary> {
    let found: Vec<Attribute> = attributes.extract_if(.., |attribute| is_summary(attribute)).collect();
    for second in found.iter().skip(1) {
        cx.error_spanned_by(second, "an observation is summarised by one network: remove this `#[summary(...)]`");
    }
    found.first().map_or(Slot::Missing, |attribute| read(cx, attribute).map_or(Slot::Broken, Slot::Given))
}

/// `#[summary(...)]`, `#[tallsbi::summary(...)]`
pub(crate) fn is_summary(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == symbol::SUMMARY)
}

fn read(cx: &Ctxt, attribute: &Attribute) -> Option<Summary> {
    let usage =
        format!("say which network summarises the series: `#[summary(Gru)]`, or one of {}", NETWORKS.join(", "));
    let list = match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => list,
        _ => {
            cx.error_spanned_by(attribute, usage);
            return None;
        }
    };
    let mut summary = None;
    let parse = |input: ParseStream<'_>| {
        if input.peek(syn::Ident::peek_any) && input.peek2(Token![=]) {
            cx.error_spanned_by(input.call(Ident::parse_any)?, &usage);
            return input.parse::<TokenStream>().map(|_| ());
        }
        // `tallsbi::net::Gru` is `Gru`.
        let mut ident = input.call(Ident::parse_any)?;
        while input.peek(Token![::]) {
            input.parse::<Token![::]>()?;
            ident = input.call(Ident::parse_any)?;
        }
        let network = network(cx, &ident);
        if input.peek(syn::token::Paren) {
            let options: TokenStream = input.parse()?;
            cx.error_spanned_by(options, format!("options follow the name: `#[summary({ident}, width = 64)]`"));
            return Ok(());
        }
        let (mut width, mut summaries) = (None, None);
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key = input.call(Ident::parse_any)?;
            let slot = if key == symbol::WIDTH {
                &mut width
            } else if key == symbol::SUMMARIES {
                &mut summaries
            } else {
                let advice = match did_you_mean(&key.to_string(), OPTIONS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "the options are width = 32 and summaries = 48".to_owned(),
                };
                cx.error_spanned_by(&key, format!("unknown option `{key}` of a summary; {advice}"));
                attr::skip_to_comma(input)?;
                continue;
            };
            if slot.is_some() {
                cx.error_spanned_by(&key, format!("`{key}` is given twice: remove one"));
            }
            input.parse::<Token![=]>()?;
            let value: Expr = input.parse()?;
            *slot = Some(value);
        }
        let Some(network) = network else { return Ok(()) };
        let width = width.map(|value| check_width(cx, network, &value));
        let summaries = summaries.map(|value| check_summaries(cx, &value));
        if width != Some(None) && summaries != Some(None) {
            let (width, summaries) = (width.flatten(), summaries.flatten());
            summary = Some(Summary { network, width, summaries, original: attribute.clone() });
        }
        Ok(())
    };
    if let Err(error) = Parser::parse2(parse, list.tokens.clone()) {
        cx.syn_error(error);
        return None;
    }
    summary
}

fn network(cx: &Ctxt, ident: &Ident) -> Option<&'static str> {
    let name = ident.to_string();
    if let Some(known) = NETWORKS.into_iter().find(|known| *known == name) {
        return Some(known);
    }
    let alias = ALIASES.into_iter().find(|(alias, _)| *alias == name.to_lowercase());
    let near = alias.map(|(_, known)| known).or_else(|| did_you_mean(&name, NETWORKS));
    let message = match near {
        Some(near) => format!("unknown summary `{name}`; did you mean `{near}`?"),
        None => format!(
            "unknown summary `{name}`; the summaries are {}. Another network is chosen with `#[simulator(network = Type)]`",
            NETWORKS.join(", ")
        ),
    };
    cx.error_spanned_by(ident, message);
    None
}

/// A whole number that is written out.
fn literal(value: &Expr) -> Option<usize> {
    match value {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(literal), .. }) => literal.base10_parse().ok(),
        _ => None,
    }
}

// A width is a whole number, and heads share it:   #[summary(Transformer, width = 30)]   <- refused
fn check_width(cx: &Ctxt, network: &str, value: &Expr) -> Option<usize> {
    let shared = network.ends_with("Transformer");
    let width = literal(value).filter(|width| *width > 0);
    match width {
        None => cx.error_spanned_by(value, "a width is a whole number, at least 1, written out: `width = 32`"),
        Some(width) if shared && width % HEADS != 0 => {
            let near = width.next_multiple_of(HEADS);
            cx.error_spanned_by(value, format!("four heads share the width of a `{network}`: write `width = {near}`"));
            return None;
        }
        Some(_) => {}
    }
    width
}

// Summaries are a multiple of three:   #[summary(Gru, summaries = 50)]   <- refused
fn check_summaries(cx: &Ctxt, value: &Expr) -> Option<usize> {
    match literal(value) {
        Some(summaries) if summaries > 0 && summaries.is_multiple_of(THREES) => Some(summaries),
        Some(summaries) => {
            let near = summaries.next_multiple_of(THREES).max(THREES);
            let message =
                format!("summaries are seen in threes, as the features of components are: write `summaries = {near}`");
            cx.error_spanned_by(value, message);
            None
        }
        None => {
            cx.error_spanned_by(value, "summaries are a whole number written out: `summaries = 48`");
            None
        }
    }
}

/// `#[summary(...)]` above `#[simulator]`: it is moved below, where `#[simulator]` reads it. Elsewhere it is refused.
pub(crate) fn expand(args: &TokenStream, item: &TokenStream) -> TokenStream {
    let moved = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(mut function)) => {
            let is_simulator = |attribute: &Attribute| {
                attribute.path().segments.last().is_some_and(|segment| segment.ident == symbol::SIMULATOR)
            };
            function.attrs.iter().any(is_simulator).then(|| {
                let empty = args.is_empty();
                function.attrs.push(if empty {
                    syn::parse_quote!(#[summary])
                } else {
                    syn::parse_quote!(#[summary(#args)])
                });
                function.to_token_stream()
            })
        }
        _ => None,
    };
    moved.unwrap_or_else(|| {
        let mut tokens = item.clone();
        tokens.extend(syn::Error::new(proc_macro2::Span::call_site(), OF_FUNCTIONS).to_compile_error());
        tokens
    })
}
