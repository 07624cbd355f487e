//! Read the attributes of a hierarchy: which level a struct is, and over what it is repeated.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Meta, Token};

use crate::attr;
use crate::ctxt::Ctxt;
use crate::model::Slot;
use crate::symbol::{self, Symbol, did_you_mean};

/// `#[global]` has no options.
pub(crate) fn no_options(cx: &Ctxt, attribute: &Attribute) {
    if !matches!(attribute.meta, Meta::Path(_)) {
        cx.error_spanned_by(attribute, "the global level is not repeated, so it has no plate: write `#[global]`");
    }
}

/// `#[local(plate = patients)]`, `#[observe(plate = patients, n_max = 4)]`
pub(crate) fn plate(cx: &Ctxt, attribute: &Attribute, name: Symbol, n_max: &mut Option<usize>) -> Slot<Ident> {
    let observes = name.as_str() == symbol::OBSERVE.as_str();
    let usage = if observes {
        "say in which groups it is observed, and how many times at most: `#[observe(plate = groups, n_max = 4)]`"
    } else {
        "say what the level is repeated over: `#[local(plate = groups)]`"
    };
    let Meta::List(list) = &attribute.meta else {
        cx.error_spanned_by(attribute, usage);
        return Slot::Broken;
    };
    let mut plate = Slot::Missing;
    let read = |input: ParseStream<'_>| {
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            if key == symbol::PLATE {
                input.parse::<Token![=]>()?;
                let value = until_comma(input)?;
                if !matches!(plate, Slot::Missing) {
                    cx.error_spanned_by(&key, "`plate` is given twice: remove one");
                }
                plate = plate_name(cx, value).map_or(Slot::Broken, Slot::Given);
            } else if observes && key == symbol::N_MAX {
                input.parse::<Token![=]>()?;
                *n_max = attr::n_max(cx, &input.parse::<Expr>()?);
            } else {
                let known: &[&str] = if observes { &["plate", "n_max"] } else { &["plate"] };
                let advice = match did_you_mean(&key.to_string(), known.iter().copied()) {
                    Some(near) if key != near => format!("did you mean `{near}`?"),
                    _ if key == symbol::N_MAX => {
                        "how many observations of a group the network sees belongs to `#[observe(...)]`".to_owned()
                    }
                    _ => usage.to_owned(),
                };
                cx.error_spanned_by(&key, format!("unknown option `{key}`; {advice}"));
                attr::skip_to_comma(input)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    if let Err(error) = Parser::parse2(read, list.tokens.clone()) {
        cx.syn_error(error);
        return Slot::Broken;
    }
    if matches!(plate, Slot::Missing) {
        cx.error_spanned_by(attribute, usage);
        plate = Slot::Broken;
    }
    plate
}

fn until_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

fn plate_name(cx: &Ctxt, value: TokenStream) -> Option<Ident> {
    if value.clone().into_iter().any(|tree| matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '/')) {
        cx.error_spanned_by(
            value,
            "plates in plates are not available yet: a hierarchy has one global and one local level, with one plate",
        );
        return None;
    }
    if let Ok(name) = syn::parse2::<Ident>(value.clone()) {
        return Some(name);
    }
    let plain: String = value.to_string().chars().filter(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    let example = if plain.is_empty() { "groups".to_owned() } else { plain };
    if value.is_empty() {
        cx.error_spanned_by(Ident::new("plate", proc_macro2::Span::call_site()), "write `plate = groups`");
    } else {
        cx.error_spanned_by(value, format!("a plate has a plain name: write `plate = {example}`"));
    }
    None
}
