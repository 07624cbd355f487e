//! Expand an observation, and what makes it a possible outcome of a simulator.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{components, dimension};
use crate::check::unequal_points;
use crate::hygiene;
use crate::model::{Field, Record, Shape};

/// `impl Observation`, `impl Sequence` and `impl Outcome`
pub(crate) fn expand(record: &Record) -> TokenStream {
    let (ident, private, dim) = (&record.ident, record.paths.private(), dimension::argument(record));
    let labels = components::labels(record);
    let transforms = components::transforms(record);
    let to_array = components::to_array(record);
    let from_array = components::from_array(record);
    let (exchangeable, checks) = (exchangeable(record), equal_lengths(record));
    let channels = channels(record);
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
        impl #private::Sequence for #ident {
            const CHANNELS: &'static [#private::Channel] = &[#(#channels),*];
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

/// A channel for every array.
fn channels(record: &Record) -> impl Iterator<Item = TokenStream> {
    let private = record.paths.private();
    let arrays = record.fields.iter().enumerate().filter(|(_, field)| matches!(field.shape, Shape::Array { .. }));
    arrays.map(move |(index, field)| {
        let (start, length) = (dimension::offset(record, index), components::length(field));
        quote!(#private::Channel::array(#start, #length))
    })
}

/// `fn exchangeable`, where a field is.
fn exchangeable(record: &Record) -> Option<TokenStream> {
    let private = record.paths.private();
    let (_, first) = record.exchangeable().next()?;
    let length = components::length(first);
    let starts = record.exchangeable().map(|(index, _)| dimension::offset(record, index));
    Some(quote! {
        fn exchangeable() -> #private::Vec<#private::Points> {
            #private::list([#private::Points::of_arrays(&[#(#starts),*], #length)])
        }
    })
}

/// Exchangeable arrays have one length, also where the compiler computes it.
fn equal_lengths(record: &Record) -> TokenStream {
    let mut arrays = record.exchangeable().map(|(_, field)| field);
    let Some(first) = arrays.next() else { return TokenStream::new() };
    let computed = |field: &&Field| first.literal_length().and(field.literal_length()).is_none();
    let checks = arrays.filter(computed).map(|field| {
        let (one, other) = (components::length(first), components::length(field));
        let at = hygiene::at(&field.ident);
        let (private, message) = (record.paths.private_at(at), unequal_points(first, field));
        quote_spanned!(at=> const _: () = #private::core::assert!(#one == #other, #message);)
    });
    quote!(#(#checks)*)
}
