//! Expand what is observed of whole groups that have groups in them: its type, and how it is simulated.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::hierarchy::Locals;
use super::observed::{self, Observed};
use crate::hygiene;
use crate::model::{Hierarchy, Parts};

/// How a whole group is observed: as often as is drawn.
pub(super) fn simulation(hierarchy: &Hierarchy, parts: Parts<'_>) -> TokenStream {
    let Locals { rng, .. } = Locals::new();
    let private = hierarchy.paths.private();
    let Some(whole) = parts.whole else { return quote!(#private::Result::Ok(())) };
    let one = observed::one(hierarchy, whole);
    quote!(#private::simulate_whole(#rng, |#rng| { #one }))
}

/// `type Whole` and `fn simulate_whole` of a hierarchy of three levels
pub(super) fn expand(hierarchy: &Hierarchy, parts: Parts<'_>, body: &TokenStream) -> TokenStream {
    let paths = &hierarchy.paths;
    let at = hygiene::at(&parts.whole.map(|whole| &whole.output));
    let private = paths.private_at(at);
    let Locals { levels: [global, local, _], rng, .. } = Locals::new();
    let ty = parts.whole.map_or_else(|| quote!(()), |whole| Observed::set(paths, whole).ty);
    quote_spanned! {at=>
        type Whole = #ty;
        #[allow(unused_variables, unused_braces)]
        fn simulate_whole(
            &self,
            #global: &Self::Global,
            #local: &Self::Local,
            #rng: &mut #private::Stream,
        ) -> #private::Result<Self::Whole, #private::SimulationError> {
            #body
        }
    }
}
