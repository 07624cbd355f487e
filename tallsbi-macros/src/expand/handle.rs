//! Expand what a user holds: the unit struct, its typed aliases, and the ways to train and to load it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Attribute;

use super::network::{self, Sizes};
use super::simulate::dimensions;
use crate::hygiene;
use crate::model::Simulator;

/// The unit struct, `SirNetwork`, `SirPosterior`, `Sir::npse` and `Sir::load`
pub(crate) fn expand(simulator: &Simulator) -> TokenStream {
    let Some(dimensions) = dimensions(simulator) else { return TokenStream::new() };
    let (m, d) = (&dimensions.parameters, &dimensions.observation);
    let (name, vis, root) = (&simulator.name, &simulator.visibility, simulator.paths.root());
    let private = simulator.paths.private();
    let network = format_ident!("{name}Network");
    let posterior = format_ident!("{name}Posterior");
    let function = &simulator.function.sig.ident;
    let cfgs: Vec<&Attribute> = cfgs(simulator);
    let docs = simulator.function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));

    let summary = network::summary(&simulator.paths, &simulator.summary, &dimensions.outcome_type);
    let check = summary.as_ref().map(|_| {
        let check = network::check(&simulator.paths, &simulator.signature.output, &dimensions.outcome_type);
        quote!(#(#cfgs)* #check)
    });
    let network_type = if let Some(network) = &simulator.network {
        quote!(#network)
    } else {
        let sizes = Sizes { parameters: m, observation: d, n_max: simulator.n_max() };
        network::network(&simulator.paths, summary.as_ref(), &sizes)
    };
    let struct_doc = format!(" The simulator that `#[simulator]` made of `{function}`.");
    let network_doc = format!(" The network of [`{name}`].");
    let posterior_doc = format!(" The trained posterior of [`{name}`].");
    let npse_doc = format!(" Starts neural posterior score estimation of [`{name}`]: `{name}::npse().train()`.");
    let load_doc = format!(" Loads a posterior of [`{name}`] that was saved.");
    let path = hygiene::local("path");
    quote! {
        #(#cfgs)*
        #[doc = #struct_doc]
        #[doc = ""]
        #(#docs)*
        #[derive(#private::core::clone::Clone, #private::core::marker::Copy, #private::core::fmt::Debug, #private::core::default::Default)]
        #[allow(dead_code)]
        #vis struct #name;

        #(#cfgs)*
        #[doc = #network_doc]
        #[allow(dead_code)]
        #vis type #network = #network_type;

        #(#cfgs)*
        #[doc = #posterior_doc]
        #[allow(dead_code)]
        #vis type #posterior = #root::posterior::Posterior<#name, #network, { #m }, { #d }>;

        #(#cfgs)*
        #[automatically_derived]
        #[allow(dead_code)]
        impl #name {
            #[doc = #npse_doc]
            #[must_use = "nothing is simulated or trained before `.train()`"]
            #vis fn npse() -> #root::posterior::Npse<#name, #network, { #m }, { #d }> {
                #root::posterior::Npse::new(#name)
            }

            #[doc = #load_doc]
            ///
            /// # Errors
            /// The file cannot be read, or holds something else than a posterior of this model.
            #vis fn load(#path: impl #private::core::convert::AsRef<#private::Path>) -> #root::Result<#posterior> {
                #posterior::load(#name, #path)
            }
        }

        #check
    }
}

/// The conditions under which the function exists hold for all that is generated from it.
pub(crate) fn cfgs(simulator: &Simulator) -> Vec<&Attribute> {
    simulator.function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect()
}
