//! Expand the call of the user's function: draw the design, call, and turn what it returns into a result.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

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
    let parameters = quote_spanned!(hygiene::at(theta)=> <#theta as #private::Dimension>::DIM);
    let outcome =
        quote_spanned!(hygiene::at(output)=> <<#output as #private::Outcome>::Observation as #private::Dimension>::DIM);
    let design = signature
        .design
        .as_ref()
        .map(|design| quote_spanned!(hygiene::at(design)=> <#design as #private::Dimension>::DIM));
    let observation = match &design {
        Some(design) => quote!(#outcome + #design),
        None => outcome.clone(),
    };
    Some(Dimensions { parameters, observation, outcome, design })
}

/// `impl Simulator`
pub(crate) fn expand(simulator: &Simulator) -> TokenStream {
    let (Some(dimensions), Some(output)) = (dimensions(simulator), &simulator.signature.output) else {
        return TokenStream::new();
    };
    let private = simulator.paths.private();
    let function = &simulator.function.sig.ident;
    let Locals { theta, rng, design } = Locals::new();
    let at = hygiene::at(output);
    let body = match &simulator.signature.design {
        Some(design_type) => {
            let drawn = quote_spanned!(hygiene::at(design_type)=> #private::draw_design::<#design_type, _>(#rng));
            quote_spanned! {at=>
                let #design = #drawn;
                #private::observed(#function(#theta, &#design, #rng), #design)
            }
        }
        None => quote_spanned!(at=> #private::Outcome::into_result(#function(#theta, #rng))),
    };
    let implementation = implementation(simulator, &dimensions, &body);

    // `check.rs` has seen a length that is a literal.
    let checked = matches!(output, syn::Type::Array(array) if matches!(array.len, syn::Expr::Lit(_)));
    let (cfgs, dx) = (cfgs(simulator), &dimensions.outcome);
    let message = "an observation needs at least one component";
    let check = (!checked).then(|| {
        quote_spanned! {at=>
            #(#cfgs)*
            const _: () = #private::core::assert!(#dx > 0, #message);
        }
    });
    quote!(#implementation #check)
}

/// `impl Simulator` that is never run, for a function with errors.
pub(crate) fn expand_stub(simulator: &Simulator) -> TokenStream {
    let private = simulator.paths.private();
    let body = quote!(#private::core::unreachable!("this simulator did not compile"));
    dimensions(simulator).map(|dimensions| implementation(simulator, &dimensions, &body)).unwrap_or_default()
}

/// The variables of `simulate`.
struct Locals {
    theta: Ident,
    rng: Ident,
    design: Ident,
}

impl Locals {
    fn new() -> Self {
        Self { theta: hygiene::local("theta"), rng: hygiene::local("rng"), design: hygiene::local("design") }
    }
}

fn implementation(simulator: &Simulator, dimensions: &Dimensions, body: &TokenStream) -> TokenStream {
    let Dimensions { parameters: m, observation: d, outcome: dx, design: dz } = dimensions;
    let (name, private, cfgs) = (&simulator.name, simulator.paths.private(), cfgs(simulator));
    let theta_type = &simulator.signature.parameters;
    let outcome = simulator
        .signature
        .output
        .as_ref()
        .map(|output| quote_spanned!(hygiene::at(output)=> <#output as #private::Outcome>::Observation));
    let observation = match &simulator.signature.design {
        Some(design) => quote!(#private::Observed<#outcome, #design, { #dx }, { #dz }>),
        None => quote!(#outcome),
    };
    let Locals { theta, rng, .. } = Locals::new();
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
    }
}
