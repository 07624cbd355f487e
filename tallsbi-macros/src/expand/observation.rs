//! Expand an observation, and what makes it a possible outcome of a simulator.

use proc_macro2::TokenStream;
use quote::quote;

use super::{components, dimension};
use crate::model::Record;

/// `impl Observation` and `impl Outcome`
pub(crate) fn expand(record: &Record) -> TokenStream {
    let (ident, private, dim) = (&record.ident, record.paths.private(), dimension::argument(record));
    let labels = components::labels(record);
    let transforms = components::transforms(record);
    let to_array = components::to_array(record);
    let from_array = components::from_array(record);
    quote! {
        #[automatically_derived]
        impl #private::Observation<#dim> for #ident {
            #labels
            #transforms
            #to_array
            #from_array
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
