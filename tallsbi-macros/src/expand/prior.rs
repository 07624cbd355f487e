//! Expand the walk over the declared priors, their checks at compile time, and the marker of closed-form diffusion.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::VisitMut;
use syn::{Expr, ExprLit, Lit};

use super::{components, dimension};
use crate::attr;
use crate::family::Kind;
use crate::hygiene;
use crate::model::{Draw, Field, Record, Shape};
use crate::paths::Paths;
use crate::scope::LevelNames;

/// `impl DeclaredPrior`, the const checks, and `impl ClosedFormDiffusion` where every family has one
pub(crate) fn expand(record: &Record) -> TokenStream {
    let (ident, private, dim) = (&record.ident, record.paths.private(), dimension::argument(record));
    let walk = hygiene::local("walk");
    let (steps, checks) = (steps(record, &walk), checks(record));
    let closed_form = closed_form(record).then(|| {
        quote! {
            #[automatically_derived]
            impl #private::ClosedFormDiffusion for #ident {}
        }
    });
    quote! {
        #[automatically_derived]
        impl #private::DeclaredPrior<#dim> for #ident {
            fn declare<__W: #private::PriorWalk>(#walk: &mut __W) -> #private::Result<(), #private::PriorError> {
                #steps
                #private::Result::Ok(())
            }
        }
        #closed_form
        #checks
    }
}

/// `impl ConditionalPrior` given the levels above, outermost first, of type `above`, and the const checks; `in_group` where the second is no
/// level but what is known of the group
pub(crate) fn expand_given(
    record: &Record,
    ancestors: &[LevelNames],
    in_group: bool,
    above: &TokenStream,
) -> TokenStream {
    let (ident, private, dim) = (&record.ident, record.paths.private(), dimension::argument(record));
    let walk = hygiene::local("walk");
    let uses = || record.fields.iter().filter_map(|field| field.draw.given()).flat_map(|draw| &draw.arguments);
    let bindings = ancestors.iter().enumerate().map(|(index, ancestor)| {
        let named = hygiene::ancestor_local(&ancestor.name, &ancestor.ident);
        let is_used = uses().any(|argument| argument.ancestors.iter().any(|(level, _)| *level == index));
        if is_used { quote!(#named) } else { quote!(_) }
    });
    let bindings: Vec<TokenStream> = bindings.collect();
    let root = record.paths.root();
    let given = match &bindings[..] {
        [global, design] if in_group => quote!(#root::hierarchy::InGroup { global: #global, design: #design }),
        [outer, inner] => quote!(#root::hierarchy::Joint { outer: #outer, inner: #inner }),
        one => quote!(#(#one)*),
    };
    let (steps, checks) = (steps(record, &walk), checks(record));
    quote! {
        #[automatically_derived]
        impl #private::ConditionalPrior<#above, #dim> for #ident {
            fn declare_given<__W: #private::PriorWalk>(
                #given: &#above,
                #walk: &mut __W,
            ) -> #private::Result<(), #private::PriorError> {
                #steps
                #private::Result::Ok(())
            }
        }
        #checks
    }
}

/// One call of the walk for each field.
fn steps(record: &Record, walk: &proc_macro2::Ident) -> TokenStream {
    let steps = record.fields.iter().enumerate().filter_map(|(index, field)| {
        let call = step(record, field, field.draw.given()?, walk);
        Some(if is_named(record, index) {
            let local = hygiene::field_local(&field.name, index, &field.ident);
            quote!(let #local = #call?;)
        } else {
            quote!(#call?;)
        })
    });
    quote!(#(#steps)*)
}

/// What the compiler evaluates of constant priors.
fn checks(record: &Record) -> TokenStream {
    let draws = record.fields.iter().filter_map(|field| field.draw.given());
    draws.filter(|draw| draw.is_constant()).map(|draw| check(&record.paths, draw)).collect()
}

/// Whether a later field's prior names field number `index`.
fn is_named(record: &Record, index: usize) -> bool {
    let draws = record.fields.iter().filter_map(|field| field.draw.given());
    draws.flat_map(|draw| &draw.arguments).any(|argument| argument.names.contains(&index))
}

/// The prior does not depend on other fields, and every family diffuses in closed form.
fn closed_form(record: &Record) -> bool {
    record
        .fields
        .iter()
        .filter_map(|field| field.draw.given())
        .all(|draw| draw.family.closed_form && draw.arguments.iter().all(|argument| argument.names.is_empty()))
}

/// `walk.scalar(Normal::new(0.0, 1.0))`
fn step(record: &Record, field: &Field, draw: &Draw, walk: &proc_macro2::Ident) -> TokenStream {
    let family = family(&record.paths, draw);
    let length = components::length(field);
    match (draw.family.kind, &field.shape) {
        (Kind::MvNormal, _) => quote!(#walk.multivariate::<#length>(#family)),
        (_, Shape::Scalar) => quote!(#walk.scalar(#family)),
        (_, Shape::Array { .. }) => quote!(#walk.array::<_, #length>(#family)),
    }
}

/// `Normal::new(0.0, 1.0)`
fn family(paths: &Paths, draw: &Draw) -> TokenStream {
    let (private, ident) = (paths.private(), &draw.family_ident);
    let arguments = draw.arguments.iter().map(|argument| {
        let mut resolved = argument.resolved.clone();
        Reals.visit_expr_mut(&mut resolved);
        resolved.to_token_stream()
    });
    quote!(#private::family::#ident::new(#(#arguments),*))
}

/// Evaluates the family while the user's crate is compiled, so that invalid computed constants do not compile.
fn check(paths: &Paths, draw: &Draw) -> TokenStream {
    let at = hygiene::at(&draw.family_ident);
    let private = paths.private_at(at);
    let family = family(paths, draw);
    let error = hygiene::local("error");
    quote_spanned! {at=>
        const _: () = match #family {
            #private::Result::Ok(_) => (),
            #private::Result::Err(#error) => #private::core::panic!("{}", #error.message),
        };
    }
}

/// Reads `0` as `0.0`, where it is a whole argument or an element of a literal array or tuple.
struct Reals;

impl VisitMut for Reals {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Lit(ExprLit { lit, .. }) => {
                if let Lit::Int(integer) = lit
                    && let Some(real) = attr::as_real(integer)
                {
                    *lit = Lit::Float(real);
                }
            }
            Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr, .. }) => self.visit_expr_mut(expr),
            Expr::Paren(inner) => self.visit_expr_mut(&mut inner.expr),
            Expr::Group(inner) => self.visit_expr_mut(&mut inner.expr),
            Expr::Array(array) => array.elems.iter_mut().for_each(|element| self.visit_expr_mut(element)),
            Expr::Tuple(tuple) => tuple.elems.iter_mut().for_each(|element| self.visit_expr_mut(element)),
            _ => {}
        }
    }
}
