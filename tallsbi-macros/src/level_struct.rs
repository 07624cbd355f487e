//! Make the items of a hierarchy's module what is emitted: without the attributes of the language, visible beside the module.

use syn::punctuated::Punctuated;
use syn::{Attribute, DeriveInput, Fields, ItemStruct, Token, Visibility};

use crate::attr_summary::OF_FUNCTIONS;
use crate::ctxt::Ctxt;
use crate::model::Role;
use crate::symbol;

/// Where `#[derived]` belongs.
pub(crate) const COMPUTED: &str = "a derived quantity is a function of the levels it depends on: `#[derived] fn quantity(population: &Population) -> f64`";

/// Makes a struct a level, or what is known of a group: the struct as it is emitted, and what is read of it.
pub(crate) fn level(cx: &Ctxt, role: Role, item: &mut ItemStruct, inside: &Visibility) -> DeriveInput {
    let input = DeriveInput::from(item.clone());
    let mut derived = Vec::new();
    for attribute in item.attrs.iter_mut().filter(|attribute| *attribute.path() == symbol::DERIVE) {
        match attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated) {
            Ok(paths) => *attribute = keep_derives(cx, role, paths, &mut derived),
            Err(error) => cx.syn_error(error),
        }
    }
    let has = |name: &str| derived.iter().any(|known| known == name);
    if !has("Clone") {
        item.attrs.push(syn::parse_quote!(#[derive(::core::clone::Clone)]));
    }
    if !has("Debug") {
        item.attrs.push(syn::parse_quote!(#[derive(::core::fmt::Debug)]));
    }
    item.attrs.retain(|attribute| *attribute.path() != symbol::TALLSBI);
    raise(&mut item.vis, inside);
    if let Fields::Named(fields) = &mut item.fields {
        for field in &mut fields.named {
            for attribute in field.attrs.iter().filter(|attribute| *attribute.path() == symbol::SUMMARY) {
                cx.error_spanned_by(attribute, OF_FUNCTIONS);
            }
            for attribute in field.attrs.iter().filter(|attribute| *attribute.path() == symbol::DERIVED) {
                cx.error_spanned_by(attribute, COMPUTED);
            }
            let words = [symbol::PRIOR, symbol::TRANSFORM, symbol::DESIGN, symbol::SUMMARY, symbol::DERIVED];
            field.attrs.retain(|attribute| !words.iter().any(|word| *attribute.path() == *word));
            raise(&mut field.vis, inside);
        }
    }
    input
}

/// The derive without what a level has already, so that what is implemented twice is reported once.
fn keep_derives(
    cx: &Ctxt,
    role: Role,
    paths: Punctuated<syn::Path, Token![,]>,
    derived: &mut Vec<String>,
) -> Attribute {
    let mut kept: Punctuated<syn::Path, Token![,]> = Punctuated::new();
    for path in paths {
        let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if ["Parameters", "Observation", "Design"].contains(&last.as_str()) {
            let known = match role {
                Role::Design => "what is known of a group is a design already",
                _ => "a level is a parameter struct already",
            };
            let message = format!("{known}: remove `{last}` from the derive");
            cx.error_spanned_by(&path, message);
            continue;
        }
        derived.push(last);
        kept.push(path);
    }
    syn::parse_quote!(#[derive(#kept)])
}

/// The module's visibility, as it is written inside the module.
pub(crate) fn inside(outside: &Visibility) -> Visibility {
    match outside {
        Visibility::Inherited => syn::parse_quote!(pub(super)),
        Visibility::Public(_) => outside.clone(),
        Visibility::Restricted(restricted) => {
            let path = &restricted.path;
            match path.segments.first().map(|segment| segment.ident.to_string()).as_deref() {
                Some("self") => syn::parse_quote!(pub(super)),
                Some("super") => syn::parse_quote!(pub(in super::#path)),
                _ => outside.clone(),
            }
        }
    }
}

/// What says nothing of its visibility is seen where the module is seen: draws are given out as the user's structs.
pub(crate) fn raise(visibility: &mut Visibility, inside: &Visibility) {
    if matches!(visibility, Visibility::Inherited) {
        *visibility = inside.clone();
    }
}
