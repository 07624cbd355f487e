//! Expand an observation, and what makes it a possible outcome of a simulator.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{components, dimension};
use crate::hygiene;
use crate::model::{Field, Record};

/// `impl Observation` and `impl Outcome`
pub(crate) fn expand(record: &Record) -> TokenStream {
    let (ident, private, dim) = (&record.ident, record.paths.private(), dimension::argument(record));
    let labels = components::labels(record);
    let transforms = components::transforms(record);
    let to_array = components::to_array(record);
    let from_array = components::from_array(record);
    let (exchangeable, checks) = (exchangeable(record), equal_lengths(record));
    quote! {
        #checks
        #[automatically_derived]
        impl #private::Observation<#dim> for #ident {
            #labels
            #transforms
            #to_array
            #from_array
            #exchangeable
        }
        #[automatically_derived]
        impl #private::Outcome for #ident {
            type Observation = Self;
            fn into_result(self) -> #private::Result<Self, #private::SimulationError> {
                #private::Result::Ok(self)
            }
        }
    }
}

/// `fn exchangeable`, where a field is.
fn exchangeable(record: &Record) -> Option<TokenStream> {
    let private = record.paths.private();
    let arrays: Vec<_> = record.fields.iter().enumerate().filter(|(_, field)| field.exchangeable).collect();
    let (_, first) = arrays.first()?;
    let length = components::length(first);
    let starts = arrays.iter().map(|(index, _)| dimension::offset(record, *index));
    Some(quote! {
        fn exchangeable() -> #private::Vec<#private::Points> {
            #private::list([#private::Points::of_arrays(&[#(#starts),*], #length)])
        }
    })
}

/// Exchangeable arrays have one length, also where the compiler computes it.
fn equal_lengths(record: &Record) -> TokenStream {
    let arrays: Vec<_> = record.fields.iter().filter(|field| field.exchangeable).collect();
    let computed = |field: &&&Field| field.literal_length().is_none() || arrays[0].literal_length().is_none();
    let checks = arrays.iter().skip(1).filter(computed).map(|field| {
        let (one, other) = (components::length(arrays[0]), components::length(field));
        let at = hygiene::at(&field.ident);
        let private = record.paths.private_at(at);
        let message = format!(
            "`{}` and `{}` are components of the same exchangeable points: give them one length",
            arrays[0].name, field.name
        );
        quote_spanned!(at=> const _: () = #private::core::assert!(#one == #other, #message);)
    });
    quote!(#(#checks)*)
}
