//! Expand what parameters, observations and designs have in common: labels, transforms and the way to and from an array.

use proc_macro2::TokenStream;
use quote::quote;

use super::dimension;
use crate::hygiene;
use crate::model::{Field, Float, Record, Shape};

/// Whether no field is an array, so that arrays of components can be written out.
fn all_scalars(record: &Record) -> bool {
    record.fields.iter().all(|field| matches!(field.shape, Shape::Scalar))
}

/// One array from a scalar or a slice of components for each field.
fn joined(
    record: &Record,
    scalar: impl Fn(&Field) -> TokenStream,
    array: impl Fn(&Field) -> TokenStream,
) -> TokenStream {
    let private = record.paths.private();
    if all_scalars(record) {
        let scalars = record.fields.iter().map(scalar);
        return quote!([#(#scalars),*]);
    }
    let parts = record.fields.iter().map(|field| {
        if matches!(field.shape, Shape::Scalar) {
            let scalar = scalar(field);
            quote!(&[#scalar])
        } else {
            let array = array(field);
            quote!(&#array)
        }
    });
    quote!(#private::join(&[#(#parts),*]))
}

/// `fn labels`
pub(crate) fn labels(record: &Record) -> TokenStream {
    let (private, dim) = (record.paths.private(), dimension::total(record));
    let body = joined(
        record,
        |Field { name, description, unit, .. }| quote!(#private::Label::scalar(#name, #description, #unit)),
        |field| {
            let Field { name, description, unit, .. } = field;
            let length = length(field);
            quote!(#private::components::<#length>(#name, #description, #unit))
        },
    );
    quote! {
        fn labels() -> [#private::Label; #dim] {
            #body
        }
    }
}

/// `fn transforms`
pub(crate) fn transforms(record: &Record) -> TokenStream {
    let (private, dim) = (record.paths.private(), dimension::total(record));
    let variant = |field: &Field| {
        let variant = field.transform.given().map_or("Identity", |transform| transform.variant);
        let variant = proc_macro2::Ident::new(variant, proc_macro2::Span::call_site());
        quote!(#private::Transform::#variant)
    };
    let body = joined(record, variant, |field| {
        let (variant, length) = (variant(field), length(field));
        quote!([#variant; #length])
    });
    quote! {
        fn transforms() -> [#private::Transform; #dim] {
            #body
        }
    }
}

/// `fn to_array`
pub(crate) fn to_array(record: &Record) -> TokenStream {
    let (private, dim) = (record.paths.private(), dimension::total(record));
    let body = joined(
        record,
        |Field { ident, float, .. }| match float {
            Float::F64 => quote!(self.#ident),
            Float::F32 => quote!(#private::widen(self.#ident)),
        },
        |Field { ident, float, .. }| match float {
            Float::F64 => quote!(self.#ident),
            Float::F32 => quote!(#private::widen_array(self.#ident)),
        },
    );
    quote! {
        fn to_array(&self) -> [#private::f64; #dim] {
            #body
        }
    }
}

/// `fn from_array`
pub(crate) fn from_array(record: &Record) -> TokenStream {
    let (private, dim) = (record.paths.private(), dimension::total(record));
    let values = hygiene::local("values");
    let fields = record.fields.iter().enumerate().map(|(index, field)| {
        let (ident, offset) = (&field.ident, dimension::offset(record, index));
        match (&field.shape, field.float) {
            (Shape::Scalar, Float::F64) => quote!(#ident: #values[#offset]),
            (Shape::Scalar, Float::F32) => quote!(#ident: #private::narrow(#values[#offset])),
            (Shape::Array { .. }, Float::F64) => quote!(#ident: #private::part(&#values, #offset)),
            (Shape::Array { .. }, Float::F32) => {
                quote!(#ident: #private::narrow_array(#private::part(&#values, #offset)))
            }
        }
    });
    quote! {
        fn from_array(#values: [#private::f64; #dim]) -> Self {
            Self { #(#fields),* }
        }
    }
}

/// The length of an array field as a const argument.
pub(crate) fn length(field: &Field) -> TokenStream {
    match &field.shape {
        Shape::Scalar => quote!(1),
        Shape::Array { length, literal: Some(_) } => quote!(#length),
        Shape::Array { length, literal: None } => quote!({ #length }),
    }
}
