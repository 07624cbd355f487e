//! Expand what is known of a group: the struct as a design, and its place among the ancestors of the group's parameters.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{
    design, dimension,
    hierarchy::{Locals, dimension_of},
    observed::Observed,
    parameters, prior,
};
use crate::fallback;
use crate::hygiene;
use crate::model::{Hierarchy, Level, Parts, Role};
use crate::paths::Paths;

/// The implementations that the struct has of itself.
pub(super) fn record(hierarchy: &Hierarchy) -> TokenStream {
    let record = hierarchy.design.as_ref().and_then(|design| design.record.as_ref());
    let Some(record) = record else { return TokenStream::new() };
    [dimension::expand(record), parameters::expand(record), prior::expand(record), design::expand(record)]
        .into_iter()
        .collect()
}

/// The same without content.
pub(super) fn stub(hierarchy: &Hierarchy) -> TokenStream {
    let design = hierarchy.design.iter();
    let record =
        |design: &Level| fallback::record(&TokenStream::new(), Role::Design, &design.input, design.record.as_ref());
    design.map(record).collect()
}

/// The type of the global parameters with what is known of a group.
pub(super) fn in_group(paths: &Paths, global: &Ident, design: &Level) -> TokenStream {
    let (root, design) = (paths.root(), &design.input.ident);
    quote!(#root::hierarchy::InGroup<#global, #design>)
}

/// The simulation of an observation, which is told what is known of its group.
pub(super) fn in_its_group(hierarchy: &Hierarchy, parts: Parts<'_>, simulation: TokenStream) -> TokenStream {
    if parts.design.is_none() {
        return simulation;
    }
    let (root, private) = (hierarchy.paths.root(), hierarchy.paths.private());
    let Locals { levels: [global, ..], group, .. } = Locals::new();
    quote! {
        let #root::hierarchy::InGroup { global: #global, design: #group } = #global;
        #private::in_group({ #simulation }, #group)
    }
}

/// The type of an observation that is told what is known of its group.
pub(super) fn told(paths: &Paths, Observed { ty, dimension }: Observed, design: &Level) -> Observed {
    let (private, ident) = (paths.private(), &design.input.ident);
    let of_design = dimension_of(paths, ident);
    Observed {
        ty: quote!(#private::Observed<#ty, #ident, { #dimension }, { #of_design }>),
        dimension: quote!(#dimension + #of_design),
    }
}

/// `impl GroupDesign`, for observations of this type
pub(super) fn expand(hierarchy: &Hierarchy, parts: Parts<'_>, observation: &TokenStream) -> TokenStream {
    let Some(level) = parts.design else { return TokenStream::new() };
    let (root, private) = (hierarchy.paths.root(), hierarchy.paths.private());
    let (ident, global) = (&level.input.ident, &parts.global.input.ident);
    let above = in_group(&hierarchy.paths, global, level);
    let [rng, x, outer, design, other] = ["rng", "x", "global", "design", "other"].map(hygiene::local);
    quote! {
        #[automatically_derived]
        impl #root::hierarchy::GroupDesign<#global, #observation> for #ident {
            type Above = #above;
            fn draw(#rng: &mut #private::Stream) -> #private::Result<Self, #private::SimulationError> {
                #private::draw_group_design(#rng)
            }
            fn of(#x: &#observation) -> Self {
                #private::core::clone::Clone::clone(&#x.design)
            }
            fn agrees(&self, #other: &Self) -> bool {
                #private::Design::to_array(self) == #private::Design::to_array(#other)
            }
            fn above(#outer: &#global, #design: &Self) -> Self::Above {
                #root::hierarchy::InGroup {
                    global: #private::core::clone::Clone::clone(#outer),
                    design: #private::core::clone::Clone::clone(#design),
                }
            }
        }
    }
}
