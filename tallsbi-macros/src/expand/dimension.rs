//! Expand the number of components: a literal where every array length is one.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use crate::hygiene;
use crate::model::{Record, Shape};

/// `impl Dimension`
pub(crate) fn expand(record: &Record) -> TokenStream {
    let (ident, private) = (&record.ident, record.paths.private());
    let dim = total(record);
    let checks = record.fields.iter().filter_map(|field| match &field.shape {
        Shape::Array { length, literal: None } => {
            let at = hygiene::at(length);
            let private = record.paths.private_at(at);
            let message = format!("the array `{}` needs at least one component", field.name);
            Some(quote_spanned! {at=>
                const _: () = #private::core::assert!((#length) > 0, #message);
            })
        }
        _ => None,
    });
    quote! {
        #[automatically_derived]
        impl #private::Dimension for #ident {
            const DIM: #private::usize = #dim;
        }
        #(#checks)*
    }
}

/// The dimension as an expression.
pub(crate) fn total(record: &Record) -> TokenStream {
    offset(record, record.fields.len())
}

/// The dimension where a const argument is expected.
pub(crate) fn argument(record: &Record) -> TokenStream {
    let dim = total(record);
    if record.fields.iter().all(|field| field.literal_length().is_some()) { dim } else { quote!({ #dim }) }
}

/// Number of components before field number `index`.
pub(crate) fn offset(record: &Record, index: usize) -> TokenStream {
    let mut known = 0;
    let mut computed = Vec::new();
    for field in &record.fields[..index] {
        match (&field.shape, field.literal_length()) {
            (_, Some(length)) => known += length,
            (Shape::Array { length, .. }, None) => computed.push(quote!((#length))),
            (Shape::Scalar, None) => {}
        }
    }
    let known_literal = Literal::usize_unsuffixed(known);
    match (known, computed.is_empty()) {
        (_, true) => quote!(#known_literal),
        (0, false) => quote!(#(#computed)+*),
        (_, false) => quote!(#known_literal + #(#computed)+*),
    }
}
