//! Expand the call of the user's function: draw the design, call, and turn what it returns into a result.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::handle::cfgs;
use crate::hygiene;
use crate::model::Simulator;

/// The dimensions of a simulator as const expressions.
pub(crate) struct Dimensions {
    pub(crate) parameters: TokenStream,
    /// Design included.
    pub(crate) observation: TokenStream,
    /// The type without design, and its dimension.
    pub(crate) outcome_type: TokenStream,
    outcome: TokenStream,
    design: Option<TokenStream>,
}

/// Nothing where the types could not be read.
pub(crate) fn dimensions(simulator: &Simulator) -> Option<Dimensions> {
    let signature = &simulator.signature;
    let (theta, output) = (signature.parameters.as_ref()?, signature.output.as_ref()?);
    let dimension = |ty: TokenStream| {
        let at = hygiene::at(&ty);
        let private = simulator.paths.private_at(at);
        quote_spanned!(at=> <#ty as #private::Dimension>::DIM)
    };
    let parameters = dimension(theta.to_token_stream());
    let at_output = hygiene::at(output);
    let private = simulator.paths.private_at(at_output);
    let outcome_type = quote_spanned!(at_output=> <#output as #private::Outcome>::Observation);
    let outcome = dimension(outcome_type.clone());
    let design = signature.design.as_ref().map(|design| dimension(design.to_token_stream()));
    let observation = match &design {
        Some(design) => quote!(#outcome + #design),
        None => outcome.clone(),
    };
    Some(Dimensions { parameters, observation, outcome_type, outcome, design })
}

/// `impl Simulator`
pub(crate) fn expand(simulator: &Simulator) -> TokenStream {
    let (Some(dimensions), Some(output)) = (dimensions(simulator), &simulator.signature.output) else {
        return TokenStream::new();
    };
    let mut function = simulator.function.sig.ident.clone();
    let Locals { theta, rng, design } = Locals::new();
    let at = hygiene::at(output);
    let private = simulator.paths.private_at(at);
    function.set_span(at); // what is wrong with the call is wrong with the type that it returns
    let body = if let Some(design_type) = &simulator.signature.design {
        let at_design = hygiene::at(design_type);
        let private_design = simulator.paths.private_at(at_design);
        let drawn = quote_spanned!(at_design=> #private_design::draw_design::<#design_type, _>(#rng));
        quote_spanned! {at=>
            let #design = #drawn;
            #private::observed(#function(#theta, &#design, #rng), #design)
        }
    } else {
        quote_spanned!(at=> #private::Outcome::into_result(#function(#theta, #rng)))
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
    let Dimensions { parameters: m, observation: d, outcome: dx, design: dz, .. } = dimensions;
    let (name, private, cfgs) = (&simulator.name, simulator.paths.private(), cfgs(simulator));
    let theta_type = &simulator.signature.parameters;
    let output = &simulator.signature.output;
    let (at_theta, at_output) = (hygiene::at(theta_type), hygiene::at(output));
    let (private_theta, private_output) = (simulator.paths.private_at(at_theta), simulator.paths.private_at(at_output));
    let outcome = quote_spanned!(at_output=> <#output as #private_output::Outcome>::Observation);
    let observation = match &simulator.signature.design {
        Some(design) => quote!(#private::Observed<#outcome, #design, { #dx }, { #dz }>),
        None => outcome,
    };
    let Locals { theta, rng, .. } = Locals::new();
    let prior = quote_spanned! {at_theta=>
        type Parameters = #theta_type;
        type Prior = #private_theta::Declared<#theta_type>;
        fn prior(&self) -> Self::Prior {
            #private_theta::Declared::new()
        }
    };
    let simulate = quote_spanned! {at_output=>
        type Observation = #observation;
        fn simulate(
            &self,
            #theta: &Self::Parameters,
            #rng: &mut #private_output::Stream,
        ) -> #private_output::Result<Self::Observation, #private_output::SimulationError> {
            #body
        }
    };
    quote! {
        #(#cfgs)*
        #[automatically_derived]
        impl #private::Simulator<{ #m }, { #d }> for #name {
            #prior
            #simulate
        }
    }
}
