//! Find the fields of the population that observations read themselves, where that can be seen from their functions.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{FnArg, Pat};

use crate::model::{Observe, Parts};
use crate::parse;

/// The fields of the global level that any function with `#[observe]` reads, or `None` where one does more with it than read fields:
/// hand it on, call a method, take it apart.
pub(crate) fn observed_directly(parts: Parts<'_>) -> Option<BTreeSet<String>> {
    let global = parts.global.input.ident.unraw().to_string();
    let mut fields = BTreeSet::new();
    for observe in parts.observed() {
        for variable in variables(observe, &global) {
            read(&variable?, observe.function.block.to_token_stream(), &mut fields)?;
        }
    }
    Some(fields)
}

/// What the arguments of the global level's type are called; `None` for one that is taken apart.
fn variables<'a>(observe: &'a Observe, global: &'a str) -> impl Iterator<Item = Option<Ident>> + 'a {
    observe.function.sig.inputs.iter().filter_map(move |argument| {
        let FnArg::Typed(argument) = argument else { return Some(None) };
        let ty = parse::reference(&argument.ty).map_or(&*argument.ty, |(target, _)| target);
        let is_global = parse::type_name(ty).is_some_and(|name| name.trim_start_matches("r#") == global);
        match &*argument.pat {
            _ if !is_global => None,
            Pat::Wild(_) => None,
            Pat::Ident(pattern) if pattern.subpat.is_none() => Some(Some(pattern.ident.clone())),
            _ => Some(None),
        }
    })
}

/// Collects `field` of every `variable.field` in `tokens`; `None` at any other use of the name, also in the text of a literal.
fn read(variable: &Ident, tokens: TokenStream, fields: &mut BTreeSet<String>) -> Option<()> {
    let name = variable.unraw().to_string();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => read(variable, group.stream(), fields)?,
            TokenTree::Literal(literal) if literal.to_string().contains(&name) => return None,
            TokenTree::Ident(ident) if ident == *variable => {
                let dot = tokens.next_if(|token| matches!(token, TokenTree::Punct(dot) if dot.as_char() == '.'));
                let field = dot.and_then(|_| tokens.next());
                let Some(TokenTree::Ident(field)) = field else { return None };
                let is_called = match tokens.peek() {
                    Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
                    Some(TokenTree::Punct(punct)) => punct.as_char() == ':',
                    _ => false,
                };
                if is_called {
                    return None;
                }
                fields.insert(field.unraw().to_string());
            }
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proc_macro2::Ident;
    use quote::{format_ident, quote};

    use super::read;

    fn fields(body: proc_macro2::TokenStream) -> Option<Vec<String>> {
        let population: Ident = format_ident!("population");
        let mut fields = BTreeSet::new();
        read(&population, body, &mut fields)?;
        Some(fields.into_iter().collect())
    }

    #[test]
    fn fields_are_found_wherever_they_are_read() {
        assert_eq!(fields(quote!({ patient.rate + 1.0 })), Some(Vec::new()));
        let body =
            quote!({ (0..3).map(|_| patient.rate * population.noise).sum::<f64>() + population.drift[0].max(0.0) });
        assert_eq!(fields(body), Some(vec!["drift".to_owned(), "noise".to_owned()]));
        assert_eq!(fields(quote!({ format!("{}", population.noise) })), Some(vec!["noise".to_owned()]));
    }

    #[test]
    fn anything_else_may_read_all() {
        for body in [
            quote!({ helper(population) }),
            quote!({ helper(&population, 1.0) }),
            quote!({ population.spread() }),
            quote!({ population.spread::<f64>() }),
            quote!({
                let Population { noise, .. } = population;
                noise
            }),
            quote!({
                let population = other;
                population.noise
            }),
            quote!({
                let p = population;
                p.noise
            }),
            quote!({ (population).noise }),
            quote!({
                println!("{population:?}");
                1.0
            }),
        ] {
            assert_eq!(fields(body.clone()), None, "{body}");
        }
    }
}
