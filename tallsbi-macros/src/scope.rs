//! Resolve the names in a prior's arguments: earlier fields of the same struct, or whatever Rust finds.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprField, ExprPath};

use crate::ctxt::Ctxt;
use crate::hygiene;
use crate::model::Argument;

/// The fields of a struct as seen from the prior of field number `current`.
pub(crate) struct Scope<'a> {
    pub(crate) cx: &'a Ctxt,
    /// All fields in declared order, without `r#`.
    pub(crate) fields: &'a [String],
    pub(crate) current: usize,
}

impl Scope<'_> {
    /// Resolves one argument. An identifier that is not a field is left to rustc: it may be a constant.
    pub(crate) fn resolve(&self, original: Expr) -> Argument {
        let mut resolver =
            Resolver { scope: self, names: Vec::new(), not_yet: Vec::new(), run_time: false, binds: false };
        let mut resolved = original.clone();
        resolver.visit_expr_mut(&mut resolved);
        let Resolver { names, not_yet, run_time, .. } = resolver;
        Argument { original, resolved, names, not_yet, run_time }
    }

    fn position(&self, ident: &Ident) -> Option<usize> {
        let name = ident.unraw().to_string();
        self.fields.iter().position(|field| *field == name)
    }
}

struct Resolver<'a> {
    scope: &'a Scope<'a>,
    names: Vec<usize>,
    not_yet: Vec<(usize, Ident)>,
    run_time: bool,
    /// A closure, block or pattern may have introduced names of its own.
    binds: bool,
}

impl Resolver<'_> {
    /// The local for `ident` where it is an earlier field. Itself or a later one is noted for `check.rs`.
    fn replace(&mut self, ident: &Ident) -> Option<Ident> {
        let index = self.scope.position(ident)?;
        if index >= self.scope.current {
            self.not_yet.push((index, ident.clone()));
            return None;
        }
        if !self.names.contains(&index) {
            self.names.push(index);
        }
        Some(hygiene::field_local(&self.scope.fields[index], index, ident))
    }

    /// Replaces names inside a macro call, whose grammar is unknown: every identifier that is an earlier field.
    fn replace_tokens(&mut self, tokens: TokenStream) -> TokenStream {
        let mut after_dot = false;
        tokens
            .into_iter()
            .map(|tree| {
                let member = std::mem::replace(&mut after_dot, false);
                match tree {
                    TokenTree::Ident(ident) if !member => TokenTree::Ident(self.replace(&ident).unwrap_or(ident)),
                    TokenTree::Group(group) => {
                        let mut inner = Group::new(group.delimiter(), self.replace_tokens(group.stream()));
                        inner.set_span(group.span());
                        TokenTree::Group(inner)
                    }
                    TokenTree::Punct(punct) => {
                        after_dot = punct.as_char() == '.';
                        TokenTree::Punct(punct)
                    }
                    other => other,
                }
            })
            .collect()
    }
}

fn lone_ident(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(ExprPath { qself: None, path, .. }) => path.get_ident(),
        _ => None,
    }
}

impl VisitMut for Resolver<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Call(_) | Expr::MethodCall(_) | Expr::Macro(_) => self.run_time = true,
            Expr::Closure(_) => {
                self.run_time = true;
                self.binds = true;
            }
            Expr::Block(_) | Expr::Match(_) | Expr::Let(_) => self.binds = true,
            _ => {}
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        if path.path.segments.first().is_some_and(|segment| segment.ident == "Self") {
            self.run_time = true; // `Self` has no meaning in the check outside the implementation
        }
        let Some(ident) = path.path.get_ident().filter(|_| path.qself.is_none()) else {
            return visit_mut::visit_expr_path_mut(self, path);
        };
        if let Some(local) = self.replace(&ident.clone()) {
            path.path = local.into();
        }
    }

    fn visit_expr_field_mut(&mut self, field: &mut ExprField) {
        if let Some(base) = lone_ident(&field.base).filter(|base| self.scope.position(base).is_none()) {
            let member = quote::ToTokens::to_token_stream(&field.member);
            if base == "self" {
                self.scope.cx.error_spanned_by(
                    &*field,
                    format!("name the field alone: write `{member}` instead of `self.{member}`"),
                );
                return;
            }
            // A constant is in capitals; anything else can only be meant as another struct of the model.
            if !self.binds && base.to_string().starts_with(char::is_lowercase) {
                self.scope.cx.error_spanned_by(
                    &*field,
                    format!(
                        "`{base}` is not known here: a prior may name earlier fields of the same struct, or constants"
                    ),
                );
                return;
            }
        }
        visit_mut::visit_expr_field_mut(self, field);
    }

    fn visit_field_value_mut(&mut self, value: &mut syn::FieldValue) {
        value.colon_token.get_or_insert_with(Default::default); // `{ beta }` may become `{ beta: field0_beta }`
        visit_mut::visit_field_value_mut(self, value);
    }

    fn visit_pat_ident_mut(&mut self, pattern: &mut syn::PatIdent) {
        if self.scope.position(&pattern.ident).is_some() {
            let name = &pattern.ident;
            self.scope
                .cx
                .error_spanned_by(name, format!("`{name}` is a field of this struct: give this variable another name"));
        }
        visit_mut::visit_pat_ident_mut(self, pattern);
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        self.run_time = true;
        mac.tokens = self.replace_tokens(std::mem::take(&mut mac.tokens));
    }
}
