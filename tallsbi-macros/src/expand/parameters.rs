//! Expand the named components of a parameter struct.

use proc_macro2::TokenStream;
use quote::quote;

use super::{components, dimension};
use crate::model::Record;

/// `impl Parameters`
pub(crate) fn expand(record: &Record) -> TokenStream {
    let (ident, private, dim) = (&record.ident, record.paths.private(), dimension::argument(record));
    let labels = components::labels(record);
    let to_array = components::to_array(record);
    let from_array = components::from_array(record);
    quote! {
        #[automatically_derived]
        impl #private::Parameters<#dim> for #ident {
            #labels
            #to_array
            #from_array
        }
    }
}
