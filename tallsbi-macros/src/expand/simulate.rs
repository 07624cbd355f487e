//! Expand the call of the user's function: draw the design, call, and turn what it returns into a result.

use proc_macro2::TokenStream;
use quote::quote;

use super::handle::cfgs;
use crate::hygiene;
use crate::model::Simulator;

/// The dimensions of a simulator as const expressions.
pub(crate) struct Dimensions {
    pub(crate) parameters: TokenStream,
    /// Design included.
    pub(crate) observation: TokenStream,
    /// Without design.
    outcome: TokenStream,
    design: Option<TokenStream>,
}

/// Nothing where the types could not be read.
pub(crate) fn dimensions(simulator: &Simulator) -> Option<Dimensions> {
    let private = simulator.paths.private();
    let signature = &simulator.signature;
    let (theta, output) = (signature.parameters.as_ref()?, signature.output.as_ref()?);
    let parameters = quote!(<#theta as #private::Dimension>::DIM);
    let outcome = quote!(<<#output as #private::Outcome>::Observation as #private::Dimension>::DIM);
    let design = signature.design.as_ref().map(|design| quote!(<#design as #private::Dimension>::DIM));
    let observation = match &design {
        Some(design) => quote!(#outcome + #design),
        None => outcome.clone(),
    };
    Some(Dimensions { parameters, observation, outcome, design })
}

/// `impl Simulator`
pub(crate) fn expand(simulator: &Simulator) -> TokenStream {
    let Some(Dimensions { parameters: m, observation: d, outcome: dx, design: dz }) = dimensions(simulator) else {
        return TokenStream::new();
    };
    let signature = &simulator.signature;
    let (Some(theta_type), Some(output)) = (&signature.parameters, &signature.output) else {
        return TokenStream::new();
    };
    let (name, private) = (&simulator.name, simulator.paths.private());
    let function = &simulator.function.sig.ident;
    let cfgs = cfgs(simulator);
    let (theta, rng, design) = (hygiene::local("theta"), hygiene::local("rng"), hygiene::local("design"));
    let outcome = quote!(<#output as #private::Outcome>::Observation);
    let (observation, body) = match (&signature.design, dz) {
        (Some(design_type), Some(dz)) => (
            quote!(#private::Observed<#outcome, #design_type, { #dx }, { #dz }>),
            quote! {
                let #design: #design_type = #private::draw_design(#rng);
                #private::observed(#function(#theta, &#design, #rng), #design)
            },
        ),
        _ => (outcome, quote!(#private::Outcome::into_result(#function(#theta, #rng)))),
    };
    // `check.rs` has seen a length that is a literal.
    let checked = matches!(output, syn::Type::Array(array) if matches!(array.len, syn::Expr::Lit(_)));
    let message = "an observation needs at least one component";
    let check = (!checked).then(|| {
        quote! {
            #(#cfgs)*
            const _: () = #private::core::assert!(#dx > 0, #message);
        }
    });
    quote! {
        #(#cfgs)*
        #[automatically_derived]
        impl #private::Simulator<{ #m }, { #d }> for #name {
            type Parameters = #theta_type;
            type Observation = #observation;
            type Prior = #private::Declared<#theta_type>;

            fn prior(&self) -> Self::Prior {
                #private::core::default::Default::default()
            }

            fn simulate(
                &self,
                #theta: &Self::Parameters,
                #rng: &mut #private::Stream,
            ) -> #private::Result<Self::Observation, #private::SimulationError> {
                #body
            }
        }

        #check
    }
}
