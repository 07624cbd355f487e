//! On an error, generate enough beside the diagnostics that the rest of the user's crate raises no errors of its own.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::{Attribute, DeriveInput};

use crate::attr;
use crate::ctxt::Ctxt;
use crate::model::{Record, Role, Simulator};

/// The diagnostics and implementations without content.
pub(crate) fn record(
    diagnostics: &TokenStream,
    role: Role,
    input: &DeriveInput,
    record: Option<&Record>,
) -> TokenStream {
    let paths = record.map_or_else(|| quiet_paths(&input.attrs), |record| record.paths.clone());
    let private = paths.private();
    let dim = Literal::usize_unsuffixed(dimension(record));
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let stub = quote!({ #private::core::unreachable!("this struct did not compile") });
    let transforms = quote!(fn transforms() -> [#private::Transform; #dim] #stub);
    let components = quote! {
        fn labels() -> [#private::Label; #dim] #stub
        fn to_array(&self) -> [#private::f64; #dim] #stub
        fn from_array(_: [#private::f64; #dim]) -> Self #stub
    };
    let parameters = quote! {
        #[automatically_derived]
        impl #generics #private::Parameters<#dim> for #ident #arguments #bounds { #components }
        #[automatically_derived]
        impl #generics #private::DeclaredPrior<#dim> for #ident #arguments #bounds {
            fn declare<W: #private::PriorWalk>(_: &mut W) -> #private::Result<(), #private::PriorError> #stub
        }
        #[automatically_derived]
        impl #generics #private::ClosedFormDiffusion for #ident #arguments #bounds {}
    };
    let role_impls = match role {
        Role::Parameters => parameters,
        Role::Observation => quote! {
            #[automatically_derived]
            impl #generics #private::Observation<#dim> for #ident #arguments #bounds { #components #transforms }
            #[automatically_derived]
            impl #generics #private::Sequence for #ident #arguments #bounds {
                const CHANNELS: &'static [#private::Channel] = &[#private::Channel::array(0, #dim)];
            }
            #[automatically_derived]
            impl #generics #private::Outcome for #ident #arguments #bounds {
                type Observation = Self;
                fn into_result(self) -> #private::Result<Self, #private::SimulationError> #stub
            }
        },
        Role::Design => quote! {
            #parameters
            #[automatically_derived]
            impl #generics #private::Design<#dim> for #ident #arguments #bounds { #components #transforms }
        },
    };
    // A generic struct or one without `Clone` would raise errors about the stub itself.
    let stubs = input.generics.params.is_empty().then(|| {
        quote! {
            #[automatically_derived]
            impl #generics #private::Dimension for #ident #arguments #bounds {
                const DIM: #private::usize = #dim;
            }
            #role_impls
        }
    });
    quote!(#diagnostics #stubs)
}

/// `ConditionalPrior` without content.
pub(crate) fn conditional(
    private: &TokenStream,
    ident: &Ident,
    above: &TokenStream,
    record: Option<&Record>,
) -> TokenStream {
    let dim = Literal::usize_unsuffixed(dimension(record));
    quote! {
        #[automatically_derived]
        impl #private::ConditionalPrior<#above, #dim> for #ident {
            fn declare_given<W: #private::PriorWalk>(_: &#above, _: &mut W) -> #private::Result<(), #private::PriorError> {
                #private::core::unreachable!("this struct did not compile")
            }
        }
    }
}

/// The dimension of a stub.
fn dimension(record: Option<&Record>) -> usize {
    let lengths = record.map(|record| record.fields.iter().map(|field| field.literal_length().unwrap_or(1)).sum());
    lengths.unwrap_or(1).max(1)
}

fn quiet_paths(attributes: &[Attribute]) -> crate::paths::Paths {
    let cx = Ctxt::new();
    let paths = attr::paths(&cx, attributes);
    drop(cx.check().err()); // reported already
    paths
}

/// What a user of the simulator names, where its types are known; otherwise nothing.
pub(crate) fn simulator(
    simulator: &Simulator,
    handle: impl FnOnce(&Simulator) -> TokenStream,
    simulate: impl FnOnce(&Simulator) -> TokenStream,
) -> TokenStream {
    let sig = &simulator.function.sig;
    // Beside a method there is no room for items, and one name cannot mean two things.
    if sig.receiver().is_some() || !simulator.name_is_free() {
        return TokenStream::new();
    }
    let mut tokens = handle(simulator);
    tokens.extend(simulate(simulator));
    tokens
}
