//! Read the attributes of a hierarchy: which level a struct is, and over what it is repeated.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Meta, Token};

use crate::attr;
use crate::ctxt::Ctxt;
use crate::model::{Plates, Slot};
use crate::symbol::{self, Symbol, did_you_mean};

/// `#[global]` has no options.
pub(crate) fn no_options(cx: &Ctxt, attribute: &Attribute) {
    if !matches!(attribute.meta, Meta::Path(_)) {
        cx.error_spanned_by(attribute, "the global level is not repeated, so it has no plate: write `#[global]`");
    }
}

/// `#[local(plate = patients)]`, `#[observe(plate = patients, n_max = 4)]`
pub(crate) fn plate(cx: &Ctxt, attribute: &Attribute, name: Symbol, n_max: &mut Option<usize>) -> Slot<Plates> {
    let observes = name.as_str() == symbol::OBSERVE.as_str();
    let usage = if observes {
        "say in which groups it is observed, and how many times at most: `#[observe(plate = groups, n_max = 4)]`"
    } else if name.as_str() == symbol::DESIGN.as_str() {
        "say of which groups this is known: `#[design(plate = groups)]`"
    } else {
        "say what the level is repeated over: `#[local(plate = groups)]`"
    };
    let Meta::List(list) = &attribute.meta else {
        cx.error_spanned_by(attribute, usage);
        return Slot::Broken;
    };
    let mut plate: Slot<Plates> = Slot::Missing;
    let mut n_max_of_local = None;
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
            } else if key == symbol::N_MAX {
                input.parse::<Token![=]>()?;
                *n_max = attr::n_max(cx, &input.parse::<Expr>()?);
                n_max_of_local = (!observes).then_some(key);
            } else if (input.is_empty() || input.peek(Token![,])) && !near_option(&key) {
                // `#[local(schools)]`, `#[local(plate = schools, classes)]`
                let advice = match &plate {
                    Slot::Given(plates) if plates.names.len() == 1 => format!("{plates} / {key}"),
                    _ => key.to_string(),
                };
                cx.error_spanned_by(&key, format!("a plate is named by `plate`: write `plate = {advice}`"));
                plate = Slot::Broken;
            } else {
                let advice = match did_you_mean(&key.to_string(), OPTIONS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => usage.to_owned(),
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
    match (&plate, n_max_of_local) {
        (Slot::Missing, _) => {
            cx.error_spanned_by(attribute, usage);
            plate = Slot::Broken;
        }
        (Slot::Given(plates), Some(key)) if plates.names.len() == 1 => cx.error_spanned_by(
            &key,
            "unknown option `n_max`; how many observations of a group the network sees belongs to `#[observe(...)]`",
        ),
        (Slot::Given(plates), None)
            if plates.names.len() == 2 && name.as_str() == symbol::LOCAL.as_str() && n_max.is_none() =>
        {
            let [outer, inner] = [&plates.names[0], &plates.names[1]];
            cx.error_spanned_by(
                attribute,
                format!(
                    "say how many {inner} there are at most in each of {outer}: `#[local(plate = {plates}, n_max = 6)]`"
                ),
            );
        }
        _ => {}
    }
    plate
}

const OPTIONS: [&str; 2] = ["plate", "n_max"];

fn near_option(key: &Ident) -> bool {
    did_you_mean(&key.to_string(), OPTIONS).is_some()
}

fn until_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

/// `schools`, `schools / classes`
fn plate_name(cx: &Ctxt, value: TokenStream) -> Option<Plates> {
    let read =
        |input: ParseStream<'_>| syn::punctuated::Punctuated::<Ident, Token![/]>::parse_separated_nonempty(input);
    if let Ok(names) = read.parse2(value.clone()) {
        let names: Vec<Ident> = names.into_iter().collect();
        if names.len() > 2 {
            cx.error_spanned_by(
                value,
                "a hierarchy has at most three levels, a population, groups, and groups in groups: keep two plates",
            );
            return None;
        }
        if let [outer, inner] = &names[..]
            && outer == inner
        {
            cx.error_spanned_by(
                inner,
                format!("a plate is not in itself: write `plate = {outer}`, or name the inner plate"),
            );
            return None;
        }
        return Some(Plates { names });
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
