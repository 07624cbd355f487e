//! Expand derived quantities: for each level, the user's functions with their labels.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::ext::IdentExt;

use super::hierarchy::{LEVELS, Locals};
use crate::model::{Hierarchy, Parts};
use crate::{hygiene, parse};

/// The quantities of each level that has some.
pub(super) fn expand(hierarchy: &Hierarchy, parts: Parts<'_>) -> TokenStream {
    let (private, root) = (hierarchy.paths.private(), hierarchy.paths.root());
    let variables = Locals::new().levels;
    let levels = LEVELS.iter().take(parts.locals.len() + 1).enumerate().map(|(depth, (role, _))| {
        let quantities: Vec<TokenStream> = hierarchy
            .derived
            .iter()
            .filter(|derived| derived.level() == depth)
            .map(|derived| {
                let mut function = derived.function.sig.ident.clone();
                let name = function.unraw().to_string();
                let (description, unit) = (&derived.description, &derived.unit);
                let at = hygiene::at(&derived.function.sig.output);
                function.set_span(at); // what is wrong with the call is wrong with the type that it returns
                let arguments = derived.levels.iter().flatten().filter_map(|level| variables.get(*level));
                let private_output = hierarchy.paths.private_at(at);
                let call = quote_spanned!(at=> #function(#(#arguments),*));
                let single = matches!(&derived.function.sig.output, ReturnType::Type(_, ty) if parse::type_name(ty).as_deref() == Some("f32"));
                let value = if single { quote_spanned!(at=> #private_output::widen(#call)) } else { call };
                let used: Vec<usize> = derived.levels.iter().flatten().copied().collect();
                let bindings = variables
                    .iter()
                    .take(depth + 1)
                    .enumerate()
                    .map(|(level, variable)| if used.contains(&level) { quote!(#variable) } else { quote!(_) });
                quote! {
                    #root::hierarchy::Quantity {
                        label: #private::Label::scalar(#name, #description, #unit),
                        value: |#(#bindings),*| #value,
                    }
                }
            })
            .collect();
        if quantities.is_empty() {
            return TokenStream::new();
        }
        let method = format_ident!("derived_{}", role.to_lowercase());
        let ty = format_ident!("{role}Quantities");
        let types = LEVELS.iter().take(depth + 1).map(|(role, _)| format_ident!("{role}"));
        quote! {
            fn #method() -> #root::hierarchy::#ty<#(Self::#types),*> {
                #private::list([#(#quantities),*])
            }
        }
    });
    levels.collect()
}
