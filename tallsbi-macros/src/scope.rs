//! Resolve the names in a prior's arguments: earlier fields of the same struct, or whatever Rust finds.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprField, ExprPath};

use crate::ctxt::Ctxt;
use crate::hygiene;
use crate::model::Argument;
use crate::symbol::did_you_mean;

/// The fields of a struct as seen from the prior of field number `current`.
pub(crate) struct Scope<'a> {
    pub(crate) cx: &'a Ctxt,
    /// All fields in declared order, without `r#`.
    pub(crate) fields: &'a [String],
    pub(crate) current: usize,
    /// The other levels of a hierarchy, outermost first; none outside of a module with `#[simulator]`.
    pub(crate) levels: &'a Levels,
}

/// The levels of a hierarchy, as the prior of one of them sees them.
#[derive(Default)]
pub(crate) struct Levels {
    /// Levels above, whose fields may be named.
    pub(crate) ancestors: Vec<LevelNames>,
    /// This level.
    pub(crate) own: Option<LevelNames>,
    /// Levels below, whose fields may not.
    pub(crate) descendants: Vec<LevelNames>,
}

/// How priors name a level: `Population` is `population`.
#[derive(Clone)]
pub(crate) struct LevelNames {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    pub(crate) fields: Vec<String>,
}

impl LevelNames {
    pub(crate) fn new(ident: &Ident, fields: Vec<String>) -> Self {
        Self { name: hygiene::snake(ident), ident: ident.clone(), fields }
    }
}

impl Scope<'_> {
    /// Resolves one argument. An identifier that is not a field is left to rustc: it may be a constant.
    pub(crate) fn resolve(&self, original: Expr) -> Argument {
        let mut resolver = Resolver {
            scope: self,
            names: Vec::new(),
            not_yet: Vec::new(),
            ancestors: Vec::new(),
            run_time: false,
            binds: false,
        };
        let mut resolved = original.clone();
        resolver.visit_expr_mut(&mut resolved);
        let Resolver { names, not_yet, ancestors, run_time, .. } = resolver;
        Argument { original, resolved, names, not_yet, ancestors, run_time }
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
    ancestors: Vec<(usize, String)>,
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

    /// The local for `base` where it is an ancestor; whether it has such a field is checked here.
    fn ancestor(&mut self, base: &Ident, member: &Ident) -> Option<Ident> {
        let levels = self.scope.levels;
        let index = levels.ancestors.iter().position(|level| *base == level.name)?;
        let (level, field) = (&levels.ancestors[index], member.unraw().to_string());
        // A field of this struct may be called like the ancestor, and have a method called.
        if self.scope.position(base).is_some() && !level.fields.contains(&field) {
            return None;
        }
        if !level.fields.contains(&field) {
            let fields = level.fields.iter().map(String::as_str);
            let advice = match did_you_mean(&field, fields) {
                Some(near) => format!("did you mean `{base}.{near}`?"),
                None => format!("its fields are {}", level.fields.join(", ")),
            };
            self.scope.cx.error_spanned_by(member, format!("`{}` has no field `{field}`; {advice}", level.ident));
        }
        if !self.ancestors.iter().any(|known| known.0 == index && known.1 == field) {
            self.ancestors.push((index, field));
        }
        Some(hygiene::ancestor_local(&level.name, base))
    }

    /// Refuses a level named where none can be: says what to write.
    fn refuse_level(&self, base: &Ident, member: Option<&str>) -> bool {
        let levels = self.scope.levels;
        let is = |level: &&LevelNames| *base == level.name;
        let message = if let Some(own) = levels.own.iter().find(is) {
            let member = member.or(own.fields.first().map(String::as_str)).unwrap_or("field").to_owned();
            format!("name the field alone: write `{member}` instead of `{base}.{member}`")
        } else if let Some(below) = levels.descendants.iter().find(is) {
            let here = levels.own.as_ref().map_or_else(String::new, |own| own.ident.to_string());
            format!(
                "`{}` is drawn given `{here}`, so a prior of `{here}` cannot name it: name earlier fields of `{here}`, or constants",
                below.ident
            )
        } else if let Some(level) = levels.ancestors.iter().find(is).filter(|_| member.is_none()) {
            let field = level.fields.first().map_or("field", String::as_str);
            format!("a prior names a field of an ancestor: write `{base}.{field}`")
        } else {
            return false;
        };
        self.scope.cx.error_spanned_by(base, message);
        true
    }

    /// Refuses an ancestor that is called by its type, `Population.mean` or `Population::mean`.
    fn refuse_type(&mut self, base: &Ident, member: &str) -> bool {
        let mut levels = self.scope.levels.ancestors.iter().enumerate();
        let Some((index, level)) = levels.find(|(_, level)| level.ident == *base) else { return false };
        if !level.fields.iter().any(|field| field == member) {
            return false; // a constant or a function of the type
        }
        let message = format!("a prior names an ancestor in snake case: write `{}.{member}`", level.name);
        self.scope.cx.error_spanned_by(base, message);
        self.ancestors.push((index, member.to_owned())); // what is meant depends on it
        true
    }

    /// What a name that is no level can have been meant as.
    fn known_levels(&self, base: &Ident, member: &str) -> String {
        let above = &self.scope.levels.ancestors;
        if above.is_empty() {
            return "a prior may name earlier fields of the same struct, or constants".to_owned();
        }
        if let Some(near) = did_you_mean(&base.to_string(), above.iter().map(|level| level.name.as_str()))
            && let Some(level) = above.iter().find(|level| level.name == near)
            && let Some(field) = did_you_mean(member, level.fields.iter().map(String::as_str))
        {
            return format!("did you mean `{near}.{field}`?");
        }
        let fields: Vec<String> = above
            .iter()
            .flat_map(|level| level.fields.iter().map(move |field| format!("`{}.{field}`", level.name)))
            .collect();
        format!(
            "a prior may name earlier fields of the same struct, its ancestors' ({}), or constants",
            fields.join(", ")
        )
    }

    /// Replaces names inside a macro call, whose grammar is unknown: every identifier that is an earlier field.
    fn replace_tokens(&mut self, tokens: TokenStream) -> TokenStream {
        let mut after_dot = false;
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let member_of = |at: usize| match (trees.get(at + 1), trees.get(at + 2)) {
            (Some(TokenTree::Punct(dot)), Some(TokenTree::Ident(member))) if dot.as_char() == '.' => {
                Some(member.clone())
            }
            _ => None,
        };
        trees
            .iter()
            .cloned()
            .enumerate()
            .map(|(at, tree)| {
                let member = std::mem::replace(&mut after_dot, false);
                match tree {
                    TokenTree::Ident(ident) if !member => {
                        let ancestor = member_of(at).and_then(|member| self.ancestor(&ident, &member));
                        TokenTree::Ident(ancestor.or_else(|| self.replace(&ident)).unwrap_or(ident))
                    }
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
        if let [base, member] = &path.path.segments.iter().collect::<Vec<_>>()[..]
            && self.refuse_type(&base.ident, &member.ident.to_string())
        {
            return;
        }
        let Some(ident) = path.path.get_ident().filter(|_| path.qself.is_none()) else {
            return visit_mut::visit_expr_path_mut(self, path);
        };
        if let Some(local) = self.replace(&ident.clone()) {
            path.path = local.into();
            return;
        }
        if self.binds || self.scope.position(ident).is_some() || self.refuse_level(ident, None) {
            return;
        }
        // A field of an ancestor, named as if it were one's own.
        let name = ident.unraw().to_string();
        if let Some(level) = self.scope.levels.ancestors.iter().find(|level| level.fields.contains(&name)) {
            let message = format!("`{name}` is a field of `{}`: write `{}.{name}`", level.ident, level.name);
            self.scope.cx.error_spanned_by(ident, message);
        }
    }

    fn visit_expr_field_mut(&mut self, field: &mut ExprField) {
        if let (Some(base), syn::Member::Named(name)) = (lone_ident(&field.base), &field.member)
            && let Some(local) = self.ancestor(&base.clone(), &name.clone())
        {
            *field.base = syn::parse_quote!(#local);
            return;
        }
        if let Some(base) = lone_ident(&field.base).filter(|base| self.scope.position(base).is_none()) {
            let member = quote::ToTokens::to_token_stream(&field.member);
            if self.refuse_level(base, Some(&member.to_string())) || self.refuse_type(base, &member.to_string()) {
                return;
            }
            if base == "self" {
                self.scope.cx.error_spanned_by(
                    &*field,
                    format!("name the field alone: write `{member}` instead of `self.{member}`"),
                );
                return;
            }
            // A constant is in capitals; anything else can only be meant as another struct of the model.
            if !self.binds && base.to_string().starts_with(char::is_lowercase) {
                let known = self.known_levels(base, &member.to_string());
                self.scope.cx.error_spanned_by(&*field, format!("`{base}` is not known here: {known}"));
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
