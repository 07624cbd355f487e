//! Expand a design: the components it shares with parameters, and their transforms.

use proc_macro2::TokenStream;
use quote::quote;

use super::{components, dimension};
use crate::hygiene;
use crate::model::Record;

/// `impl Design`
pub(crate) fn expand(record: &Record) -> TokenStream {
    let (ident, private) = (&record.ident, record.paths.private());
    let (dim, argument) = (dimension::total(record), dimension::argument(record));
    let transforms = components::transforms(record);
    let values = hygiene::local("values");
    quote! {
        #[automatically_derived]
        impl #private::Design<#argument> for #ident {
            fn labels() -> [#private::Label; #dim] {
                <Self as #private::Parameters<#argument>>::labels()
            }
            #transforms
            fn to_array(&self) -> [#private::f64; #dim] {
                <Self as #private::Parameters<#argument>>::to_array(self)
            }
            fn from_array(#values: [#private::f64; #dim]) -> Self {
                <Self as #private::Parameters<#argument>>::from_array(#values)
            }
        }
    }
}
