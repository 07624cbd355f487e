//! Expand a hierarchy: the traits of both levels, the handle, and how a group is simulated, inside the user's module.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Item;

use super::network::{self, Sizes};
use super::observed::{Observed, outcome, simulation};
use super::{derived, dimension, graph, group_design, parameters, prior, whole_group};
use crate::ctxt::Ctxt;
use crate::fallback;
use crate::hygiene;
use crate::model::{Hierarchy, Level, Parts};
use crate::paths::Paths;
use crate::reads;
use crate::scope::LevelNames;

/// The module with everything that is generated in it, and the generated names beside it.
pub(crate) fn expand(hierarchy: &Hierarchy) -> TokenStream {
    let mut inside: TokenStream = hierarchy
        .levels()
        .filter_map(|level| level.record.as_ref())
        .flat_map(|record| [dimension::expand(record), parameters::expand(record)])
        .collect();
    if let Some(record) = hierarchy.global.as_ref().and_then(|level| level.record.as_ref()) {
        inside.extend(prior::expand(record));
    }
    inside.extend(group_design::record(hierarchy));
    if let Some(parts) = hierarchy.parts() {
        for (index, local) in parts.locals.iter().enumerate() {
            let Some(record) = &local.record else { continue };
            let ancestors: Vec<LevelNames> = parts.ancestors(index).map(names).collect();
            inside.extend(prior::expand_given(
                record,
                &ancestors,
                parts.design.is_some(),
                &above(hierarchy, parts, index),
            ));
        }
        inside.extend(handle(hierarchy, parts));
        let quantities = derived::expand(hierarchy, parts);
        let bodies = Bodies {
            observation: group_design::in_its_group(hierarchy, parts, simulation(hierarchy, parts)),
            whole: whole_group::simulation(hierarchy, parts),
        };
        inside.extend(model(hierarchy, parts, &bodies, &quantities));
    }
    emit(hierarchy, inside, hierarchy.parts().is_some())
}

/// The type of what local level `index` is given: the level above, both levels above joined, or the level above with what is known of
/// the group.
fn above(hierarchy: &Hierarchy, parts: Parts<'_>, index: usize) -> TokenStream {
    if let Some(design) = parts.design {
        return group_design::in_group(&hierarchy.paths, &parts.global.input.ident, design);
    }
    let above: Vec<&Ident> = parts.levels().take(index + 1).map(|level| &level.input.ident).collect();
    let [outer, inner] = above[..] else { return quote!(#(#above)*) };
    let root = hierarchy.paths.root();
    let [m, l] = [outer, inner].map(|ident| dimension_of(&hierarchy.paths, ident));
    quote!(#root::hierarchy::Joint<#outer, #inner, { #m }, { #l }>)
}

/// `<T as Dimension>::DIM`
pub(super) fn dimension_of(paths: &Paths, ty: &impl ToTokens) -> TokenStream {
    let at = hygiene::at(ty);
    let private = paths.private_at(at);
    quote_spanned!(at=> <#ty as #private::Dimension>::DIM)
}

/// The module with stubs of all that can be named, so that its uses raise no errors of their own.
pub(crate) fn expand_stub(hierarchy: &Hierarchy) -> TokenStream {
    let quiet = TokenStream::new();
    let mut inside = TokenStream::new();
    for level in hierarchy.levels() {
        let role = crate::model::Role::Parameters;
        inside.extend(fallback::record(&quiet, role, &level.input, level.record.as_ref()));
    }
    inside.extend(group_design::stub(hierarchy));
    let known = hierarchy.parts().filter(|parts| {
        let plain = |level: &Level| level.input.generics.params.is_empty();
        let bare = parts.observed().all(|observe| observe.function.sig.receiver().is_none());
        parts.levels().chain(parts.design).all(plain) && bare && !taken(hierarchy)
    });
    if let Some(parts) = known {
        let private = hierarchy.paths.private();
        for (index, local) in parts.locals.iter().enumerate() {
            let above = above(hierarchy, parts, index);
            inside.extend(fallback::conditional(&private, &local.input.ident, &above, local.record.as_ref()));
        }
        inside.extend(handle(hierarchy, parts));
        let body = quote!(#private::core::unreachable!("this model did not compile"));
        inside.extend(model(hierarchy, parts, &Bodies { observation: body.clone(), whole: body }, &quiet));
    }
    emit(hierarchy, inside, known.is_some())
}

/// Whether an item of the module has the handle's name.
fn taken(hierarchy: &Hierarchy) -> bool {
    let items = hierarchy.module.content.iter().flat_map(|(_, items)| items);
    items.into_iter().any(|item| match item {
        Item::Struct(item) => item.ident == hierarchy.name,
        Item::Enum(item) => item.ident == hierarchy.name,
        Item::Type(item) => item.ident == hierarchy.name,
        Item::Trait(item) => item.ident == hierarchy.name,
        _ => false,
    })
}

fn emit(hierarchy: &Hierarchy, inside: TokenStream, has_handle: bool) -> TokenStream {
    let mut module = hierarchy.module.clone();
    let cfgs: Vec<_> = module.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect();
    if let Some((_, items)) = &mut module.content {
        items.push(Item::Verbatim(inside));
    }
    let beside = has_handle.then(|| {
        let (vis, ident, Names { name, posterior, networks }) =
            (&module.vis, &module.ident, Names::new(&hierarchy.name, hierarchy.locals.len()));
        quote! {
            #(#cfgs)*
            #[allow(unused_imports)]
            #vis use #ident::{#name, #posterior, #(#networks),*};
        }
    });
    quote!(#module #beside)
}

pub(crate) fn names(level: &Level) -> LevelNames {
    let fields = level.record.iter().flat_map(|record| &record.fields).map(|field| field.name.clone()).collect();
    LevelNames::new(&level.input.ident, fields)
}

/// What is generated by name.
struct Names {
    name: Ident,
    posterior: Ident,
    /// Outermost level first.
    networks: Vec<Ident>,
}

/// The levels of a hierarchy, as generated names and documentation call them.
pub(super) const LEVELS: [(&str, &str); 3] = [("Global", "global"), ("Local", "local"), ("Inner", "innermost")];

impl Names {
    fn new(name: &Ident, locals: usize) -> Self {
        let networks = LEVELS.iter().take(locals + 1).map(|(level, _)| format_ident!("{name}{level}Network"));
        Self { name: name.clone(), posterior: format_ident!("{name}Posterior"), networks: networks.collect() }
    }
}

/// The dimensions of a hierarchy as const expressions.
struct Dimensions {
    /// Outermost first.
    levels: Vec<TokenStream>,
    /// What is observed of a group: its type and its dimension.
    observation: Observed,
    /// Most of it in a group.
    n_max: usize,
}

impl Dimensions {
    fn new(paths: &Paths, parts: Parts<'_>) -> Self {
        let nothing = || (Observed { ty: quote!(()), dimension: quote!(0) }, 1); // there is one, or no handle
        let (observation, n_max) = Observed::all(paths, parts.observes).unwrap_or_else(nothing);
        let observation = match parts.design {
            Some(design) => group_design::told(paths, observation, design),
            None => observation,
        };
        let levels = parts.levels().map(|level| dimension_of(paths, &level.input.ident));
        Self { levels: levels.collect(), observation, n_max }
    }

    /// The parameters of the model's trait: those of all levels, then the observation's.
    fn of_trait(&self) -> TokenStream {
        let (levels, d) = (&self.levels, &self.observation.dimension);
        quote!(#({ #levels },)* { #d })
    }
}

/// What summarises the observations of a group of two levels and one kind, and the check that they have a series.
fn summary(hierarchy: &Hierarchy, parts: Parts<'_>) -> Option<(TokenStream, TokenStream)> {
    let ([_], [only]) = (parts.locals, parts.observes) else { return None };
    let observation = outcome(&hierarchy.paths, only.output.as_ref());
    let summary = network::summary(&hierarchy.paths, &only.summary, &observation)?;
    Some((summary, network::check(&hierarchy.paths, &only.output, &observation)))
}

/// The types of a hierarchy of two or of three levels.
struct Types {
    /// The network of each level, outermost first.
    networks: Vec<TokenStream>,
    /// `HierarchicalPosterior` or `NestedPosterior`, `HierarchicalNpse` or `NestedNpse`, and the trait.
    posterior: Ident,
    npse: Ident,
    model: Ident,
    /// What the posterior and the builder take after the networks.
    dimensions: TokenStream,
}

impl Types {
    fn new(hierarchy: &Hierarchy, parts: Parts<'_>) -> Self {
        let dimensions = Dimensions::new(&hierarchy.paths, parts);
        let summary = summary(hierarchy, parts).map(|(summary, _)| summary);
        let network = |parameters: &TokenStream, observation: &TokenStream, n_max: usize| {
            network::network(&hierarchy.paths, summary.as_ref(), &Sizes { parameters, observation, n_max })
        };
        let (d, n) = (&dimensions.observation.dimension, dimensions.n_max);
        match &dimensions.levels[..] {
            [m, l, k] => {
                // The largest number of inner groups.
                let groups = parts.locals.last().and_then(|level| level.n_max).unwrap_or(1);
                let members = Literal::usize_unsuffixed(n);
                let mut group = quote!(#members * (#d) + 1);
                if let Some(whole) = parts.whole {
                    let of_whole = Observed::set(&hierarchy.paths, whole).dimension;
                    group = quote!(#group + #of_whole);
                }
                let joint = quote!(#m + #l);
                let (e, f) = (quote!(#group + #m), quote!(#d + #joint));
                Self {
                    networks: vec![network(m, &group, groups), network(l, &e, groups), network(k, &f, n)],
                    posterior: format_ident!("NestedPosterior"),
                    npse: format_ident!("NestedNpse"),
                    model: format_ident!("NestedHierarchy"),
                    dimensions: quote!({ #m }, { #l }, { #k }, { #d }, #members, { #joint }, { #group }, { #e }, { #f }),
                }
            }
            levels => {
                let (m, l) = (&levels[0], levels.last());
                let e = quote!(#d + #m);
                Self {
                    networks: vec![network(m, d, n), network(&quote!(#l), &e, n)],
                    posterior: format_ident!("HierarchicalPosterior"),
                    npse: format_ident!("HierarchicalNpse"),
                    model: format_ident!("Hierarchy"),
                    dimensions: quote!({ #m }, { #l }, { #d }, { #e }),
                }
            }
        }
    }
}

/// The unit struct, its aliases, `npse`, `load` and `describe`
fn handle(hierarchy: &Hierarchy, parts: Parts<'_>) -> TokenStream {
    let (vis, root, private) = (&hierarchy.inside, hierarchy.paths.root(), hierarchy.paths.private());
    let Names { name, posterior, networks } = Names::new(&hierarchy.name, parts.locals.len());
    let of_trait = Dimensions::new(&hierarchy.paths, parts).of_trait();
    let Types { networks: network_types, posterior: posterior_type, npse: npse_type, model, dimensions } =
        Types::new(hierarchy, parts);
    let docs: Vec<_> = hierarchy.module.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).collect();
    let struct_doc = format!(" The hierarchical model that `#[simulator]` made of `{}`.", hierarchy.module.ident);
    let network_docs = LEVELS.iter().map(|(_, level)| format!(" The network of the {level} level of [`{name}`]."));
    let posterior_doc = format!(" The trained posterior of [`{name}`].");
    let npse_doc = format!(" Starts neural posterior score estimation of [`{name}`]: `{name}::npse().train()`.");
    let load_doc = format!(" Loads a posterior of [`{name}`] that was saved.");
    let path = hygiene::local("path");
    let check = summary(hierarchy, parts).map(|(_, check)| check);
    quote! {
        #[doc = #struct_doc]
        #[doc = ""]
        #(#docs)*
        #[derive(#private::core::clone::Clone, #private::core::marker::Copy, #private::core::fmt::Debug, #private::core::default::Default)]
        #[allow(dead_code)]
        #vis struct #name;

        #(
            #[doc = #network_docs]
            #[allow(dead_code)]
            #vis type #networks = #network_types;
        )*

        #[doc = #posterior_doc]
        #[allow(dead_code)]
        #vis type #posterior = #root::hierarchy::#posterior_type<#name, #(#networks,)* #dimensions>;

        #[automatically_derived]
        #[allow(dead_code)]
        impl #name {
            #[doc = #npse_doc]
            #[must_use = "nothing is simulated or trained before `.train()`"]
            #vis fn npse() -> #root::hierarchy::#npse_type<#name, #(#networks,)* #dimensions> {
                #root::hierarchy::#npse_type::new(#name)
            }

            #[doc = #load_doc]
            ///
            /// # Errors
            /// The file cannot be read, or holds something else than a posterior of this model.
            #vis fn load(#path: impl #private::core::convert::AsRef<#private::Path>) -> #root::Result<#posterior> {
                #posterior::load(#name, #path)
            }

            /// Describes the model: its levels, their priors, what is observed, and who depends on whom.
            #vis fn describe() -> #root::hierarchy::Graph {
                #root::hierarchy::#model::<#of_trait>::graph(&#name)
            }
        }

        #check
    }
}

pub(super) struct Locals {
    /// Outermost first.
    pub(super) levels: [Ident; 3],
    /// What is known of the group.
    pub(super) group: Ident,
    pub(super) design: Ident,
    pub(super) rng: Ident,
}

impl Locals {
    pub(super) fn new() -> Self {
        let [group, design, rng] = ["group", "design", "rng"].map(hygiene::local);
        Self { levels: ["global", "local", "inner"].map(hygiene::local), group, design, rng }
    }
}

/// What the functions that simulate do.
struct Bodies {
    observation: TokenStream,
    /// Of a whole group that has groups in it.
    whole: TokenStream,
}

/// `impl Hierarchy` or `impl NestedHierarchy`
fn model(hierarchy: &Hierarchy, parts: Parts<'_>, bodies: &Bodies, quantities: &TokenStream) -> TokenStream {
    let body = &bodies.observation;
    let dimensions = Dimensions::new(&hierarchy.paths, parts);
    let (of_trait, observation) = (dimensions.of_trait(), dimensions.observation.ty);
    let model = Types::new(hierarchy, parts).model;
    let (name, root) = (&hierarchy.name, hierarchy.paths.root());
    let levels: Vec<&Ident> = parts.levels().map(|level| &level.input.ident).collect();
    let roles = LEVELS.map(|(level, _)| format_ident!("{level}"));
    let at = hygiene::at(&parts.observes.first().map(|observe| &observe.output));
    let private_output = hierarchy.paths.private_at(at);
    let Locals { levels: variables, rng, .. } = Locals::new();
    let mut given: Vec<TokenStream> = levels.iter().map(ToTokens::to_token_stream).collect();
    if let Some(design) = parts.design {
        given[0] = group_design::in_group(&hierarchy.paths, &parts.global.input.ident, design);
    }
    let simulate = quote_spanned! {at=>
        type Observation = #observation;
        #[allow(unused_variables, unused_braces)]
        fn simulate(
            &self,
            #(#variables: &#given,)*
            #rng: &mut #private_output::Stream,
        ) -> #private_output::Result<Self::Observation, #private_output::SimulationError> {
            #body
        }
    };
    let graph = graph::expand(hierarchy, parts);
    let private = hierarchy.paths.private();
    let directly = reads::observed_directly(parts).map(|fields| {
        quote! {
            fn observed_directly() -> #private::core::option::Option<&'static [&'static str]> {
                #private::core::option::Option::Some(&[#(#fields),*])
            }
        }
    });
    // A level's own: what is known of groups, or what is observed of whole groups.
    let of_groups = if levels.len() == 2 {
        let ty = parts.design.map_or_else(|| quote!(()), |design| design.input.ident.to_token_stream());
        quote!(type Design = #ty;)
    } else {
        whole_group::expand(hierarchy, parts, &bodies.whole)
    };
    let group_design = group_design::expand(hierarchy, parts, &observation);
    quote! {
        #group_design
        #[automatically_derived]
        impl #root::hierarchy::#model<#of_trait> for #name {
            #(type #roles = #levels;)*
            #of_groups
            #simulate
            #directly
            fn graph(&self) -> #root::hierarchy::Graph {
                #graph
            }
            #quantities
        }
    }
}

/// Expands a module: diagnostics last, beside what could be generated.
pub(crate) fn finish(cx: Ctxt, hierarchy: Option<&Hierarchy>) -> TokenStream {
    match (cx.check(), hierarchy) {
        (Ok(()), Some(hierarchy)) => expand(hierarchy),
        (Ok(()), None) => TokenStream::new(), // nothing to expand is always reported
        (Err(diagnostics), hierarchy) => {
            let mut tokens = hierarchy.map(expand_stub).unwrap_or_default();
            tokens.extend(diagnostics);
            tokens
        }
    }
}
