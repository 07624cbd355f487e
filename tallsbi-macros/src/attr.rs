//! Read the attributes of the language. No reader returns early: the user sees every bad attribute at once.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, LitInt, Meta, Token, Type};

use crate::ctxt::Ctxt;
use crate::family::Family;
use crate::model::{Draw, Shape, Slot, Transform};
use crate::paths::Paths;
use crate::scope::Scope;
use crate::symbol::{self, SIMULATOR_OPTIONS, Symbol, did_you_mean};

/// What a doc comment says: its first paragraph without a bracketed unit at its end, and that unit.
pub(crate) fn label(attributes: &[Attribute]) -> (String, String) {
    let text = first_paragraph(attributes);
    let bare = text.strip_suffix('.').unwrap_or(&text);
    if let Some((description, unit)) = bare.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        // `[`Type`]` is a link, not a unit.
        if !unit.contains('`') && !unit.contains(']') {
            return (description.trim_end().trim_end_matches(['.', ',']).to_owned(), unit.trim().to_owned());
        }
    }
    (text, String::new())
}

// A unit is between brackets:   /// dose [mg   <- refused; an interval, `in [0, 1)`, is none
pub(crate) fn check_unit(cx: &Ctxt, attributes: &[Attribute]) {
    let text = first_paragraph(attributes);
    let bare = text.strip_suffix('.').unwrap_or(&text);
    let doc = attributes.iter().rfind(|attribute| *attribute.path() == symbol::DOC);
    let open = bare.rsplit_once('[').filter(|(_, unit)| !unit.is_empty() && !unit.contains([']', ')']));
    if let Some((_, unit)) = open {
        cx.error_spanned_by(doc, format!("the unit has no closing bracket: write `[{}]`", unit.trim()));
    } else if bare.ends_with(']') && !bare.contains(['[', '(']) {
        let unit = bare.trim_end_matches(']').rsplit(' ').next().unwrap_or_default();
        cx.error_spanned_by(doc, format!("the unit has no opening bracket: write `[{unit}]`"));
    }
}

/// The first paragraph of a doc comment, in one line.
fn first_paragraph(attributes: &[Attribute]) -> String {
    let lines =
        attributes.iter().filter(|attribute| *attribute.path() == symbol::DOC).filter_map(|attribute| match &attribute
            .meta
        {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
    let mut paragraph = Vec::new();
    for line in lines.flat_map(|text| text.split('\n').map(|line| line.trim().to_owned()).collect::<Vec<_>>()) {
        if line.is_empty() && !paragraph.is_empty() {
            break;
        }
        if !line.is_empty() {
            paragraph.push(line);
        }
    }
    // `\[kg\]` keeps rustdoc from reading a one-word unit as a link.
    paragraph.join(" ").replace("\\[", "[").replace("\\]", "]")
}

/// `#[tallsbi(crate = path)]` on a struct.
pub(crate) fn paths(cx: &Ctxt, attributes: &[Attribute]) -> Paths {
    let mut paths = Paths::default();
    for attribute in attributes.iter().filter(|attribute| *attribute.path() == symbol::TALLSBI) {
        let read = attribute.parse_nested_meta(|meta| {
            if meta.path == symbol::CRATE {
                paths = Paths::new(meta.value()?.parse()?);
                return Ok(());
            }
            Err(meta.error("unknown option: `#[tallsbi(crate = path)]` names a renamed `tallsbi`"))
        });
        if let Err(error) = read {
            cx.syn_error(error);
        }
    }
    paths
}

/// The only attribute of a field that has this name; a second one is an error.
fn only<'a>(cx: &Ctxt, attributes: &'a [Attribute], name: Symbol) -> Option<&'a Attribute> {
    let mut found = attributes.iter().filter(|attribute| *attribute.path() == name);
    let first = found.next();
    for second in found {
        cx.error_spanned_by(second, format!("this field has two `#[{name}(...)]`: remove one"));
    }
    first
}

/// The comma-separated contents of `#[name(...)]`.
fn contents<T>(
    cx: &Ctxt,
    attribute: &Attribute,
    usage: &str,
    parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> Option<T> {
    let Meta::List(list) = &attribute.meta else {
        cx.error_spanned_by(&attribute.meta, usage);
        return None;
    };
    if list.tokens.is_empty() {
        cx.error_spanned_by(&attribute.meta, usage);
        return None;
    }
    match Parser::parse2(parser, list.tokens.clone()) {
        Ok(contents) => Some(contents),
        Err(error) => {
            cx.syn_error(error);
            None
        }
    }
}

/// `#[prior(Family(arguments))]` or `#[design(Family(arguments))]` on a field.
pub(crate) fn draw(cx: &Ctxt, attributes: &[Attribute], name: Symbol, scope: &Scope<'_>) -> Slot<Draw> {
    let Some(attribute) = only(cx, attributes, name) else { return Slot::Missing };
    let usage = format!("say which distribution: `#[{name}(Normal(0.0, 1.0))]`");
    let Some(exprs) = contents(cx, attribute, &usage, Punctuated::<Expr, Token![,]>::parse_terminated) else {
        return Slot::Broken;
    };
    if let Some(second) = exprs.iter().nth(1) {
        cx.error_spanned_by(second, "a field has one distribution: remove the second");
        return Slot::Broken;
    }
    exprs.into_iter().next().and_then(|expr| family_call(cx, expr, &usage, scope)).map_or(Slot::Broken, Slot::Given)
}

fn family_call(cx: &Ctxt, expr: Expr, usage: &str, scope: &Scope<'_>) -> Option<Draw> {
    let original = expr.to_token_stream();
    let (function, arguments) = match expr {
        Expr::Call(call) => (*call.func, Some(call.args)),
        other => (other, None),
    };
    let Expr::Path(syn::ExprPath { qself: None, path, .. }) = &function else {
        cx.error_spanned_by(function, usage);
        return None;
    };
    let Some(ident) = path.get_ident() else {
        let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        cx.error_spanned_by(path, format!("write the name of the distribution alone: `{last}`"));
        return None;
    };
    let name = ident.to_string();
    let Some(family) = Family::named(&name) else {
        cx.error_spanned_by(ident, Family::unknown(&name));
        return None;
    };
    let Some(arguments) = arguments else {
        cx.error_spanned_by(ident, format!("`{name}` needs its arguments: `{}`", family.usage()));
        return None;
    };
    let arguments = arguments.into_iter().map(|argument| scope.resolve(argument)).collect();
    Some(Draw { family, family_ident: ident.clone(), arguments, original })
}

const TRANSFORMS: [(&str, &str); 5] =
    [("log", "Log"), ("log1p", "Log1p"), ("sqrt", "Sqrt"), ("logit", "Logit"), ("asinh", "Asinh")];

/// `#[transform(log)]` on a field.
pub(crate) fn transform(cx: &Ctxt, attributes: &[Attribute]) -> Slot<Transform> {
    let Some(attribute) = only(cx, attributes, symbol::TRANSFORM) else { return Slot::Missing };
    let names: Vec<_> = TRANSFORMS.iter().map(|(name, _)| *name).collect();
    let usage = format!("say which transform: `#[transform(log)]`, or one of {}", names.join(", "));
    let read = |input: ParseStream<'_>| {
        let ident = input.call(Ident::parse_any)?;
        if input.is_empty() { Ok(ident) } else { Err(input.error("a field has one transform, without arguments")) }
    };
    let Some(original) = contents(cx, attribute, &usage, read) else { return Slot::Broken };
    let name = original.to_string();
    if let Some((_, variant)) = TRANSFORMS.iter().find(|(known, _)| *known == name) {
        return Slot::Given(Transform { variant, original });
    }
    let alias = [("ln", "log"), ("exp", "log"), ("square", "sqrt")].into_iter().find(|(alias, _)| *alias == name);
    let near = alias.map(|(_, known)| known).or_else(|| did_you_mean(&name, names.iter().copied()));
    let message = match near {
        Some(near) => format!("unknown transform `{name}`; did you mean `{near}`?"),
        None => format!("unknown transform `{name}`; the transforms are {}", names.join(", ")),
    };
    cx.error_spanned_by(&original, message);
    Slot::Broken
}

/// `#[exchangeable]` on a field.
pub(crate) fn exchangeable(cx: &Ctxt, attributes: &[Attribute], shape: &Shape) -> bool {
    let Some(attribute) = only(cx, attributes, symbol::EXCHANGEABLE) else { return false };
    if !matches!(attribute.meta, Meta::Path(_)) {
        cx.error_spanned_by(
            &attribute.meta,
            "write `#[exchangeable]` alone: the arrays of this observation that have it are points together",
        );
        return false;
    }
    if matches!(shape, Shape::Scalar) {
        cx.error_spanned_by(
            attribute,
            "one number has no order: `#[exchangeable]` stands on an array with a component for each point, `[f32; K]` or `[f64; K]`",
        );
        return false;
    }
    true
}

/// Reports attributes of a field that belong to another derive; says whether one of them gave a distribution.
pub(crate) fn misplaced(cx: &Ctxt, attributes: &[Attribute], rules: &[(Symbol, &str)]) -> bool {
    let mut distribution = false;
    for attribute in attributes {
        if let Some((_, message)) = rules.iter().find(|(name, _)| *attribute.path() == *name) {
            cx.error_spanned_by(attribute, message);
            distribution |= *attribute.path() == symbol::PRIOR || *attribute.path() == symbol::DESIGN;
        }
    }
    distribution
}

/// The options of `#[simulator(...)]`.
#[derive(Default)]
pub(crate) struct SimulatorOptions {
    pub(crate) n_max: Option<usize>,
    pub(crate) name: Option<Ident>,
    pub(crate) network: Option<Type>,
    /// The words of `tall` and `network`, which a module does not have.
    pub(crate) of_function: Vec<Ident>,
    pub(crate) paths: Paths,
}

impl SimulatorOptions {
    pub(crate) fn parse(cx: &Ctxt, args: TokenStream) -> Self {
        let mut options = Self::default();
        let mut seen: Vec<String> = Vec::new();
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let ident = input.call(Ident::parse_any)?;
                let name = ident.to_string();
                if seen.contains(&name) {
                    cx.error_spanned_by(&ident, format!("`{name}` is given twice: remove one"));
                }
                options.option(cx, &ident, input)?;
                seen.push(name);
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = Parser::parse2(read, args) {
            cx.syn_error(error);
        }
        options
    }

    fn option(&mut self, cx: &Ctxt, ident: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        if *ident == symbol::TALL || *ident == symbol::NETWORK {
            self.of_function.push(ident.clone());
        }
        if *ident == symbol::TALL {
            self.tall(cx, ident, input)
        } else if *ident == symbol::NAME {
            input.parse::<Token![=]>()?;
            self.name = Some(input.parse()?);
            Ok(())
        } else if *ident == symbol::NETWORK {
            input.parse::<Token![=]>()?;
            self.network = Some(input.parse()?);
            Ok(())
        } else if *ident == symbol::CRATE {
            input.parse::<Token![=]>()?;
            self.paths = Paths::new(input.call(syn::Path::parse_mod_style)?);
            Ok(())
        } else {
            cx.error_spanned_by(ident, unknown_option(&ident.to_string()));
            skip_to_comma(input)
        }
    }

    /// `tall(n_max = 3)`
    fn tall(&mut self, cx: &Ctxt, ident: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        const USAGE: &str = "say how many observations the network may see at once: `tall(n_max = 3)`";
        if !input.peek(syn::token::Paren) {
            cx.error_spanned_by(ident, USAGE);
            return skip_to_comma(input);
        }
        let inner;
        syn::parenthesized!(inner in input);
        if inner.is_empty() {
            cx.error_spanned_by(ident, USAGE);
            return Ok(());
        }
        let key = inner.call(Ident::parse_any)?;
        if key != symbol::N_MAX {
            cx.error_spanned_by(&key, format!("unknown option `{key}` of `tall`: {USAGE}"));
            inner.parse::<TokenStream>()?;
            return Ok(());
        }
        inner.parse::<Token![=]>()?;
        let value: Expr = inner.parse()?;
        if !inner.is_empty() {
            inner.parse::<Token![,]>()?;
        }
        if !inner.is_empty() {
            return Err(inner.error("`tall` has one option, `n_max`"));
        }
        self.n_max = n_max(cx, &value);
        Ok(())
    }
}

pub(crate) fn n_max(cx: &Ctxt, value: &Expr) -> Option<usize> {
    let literal = match value {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(literal), .. }) => literal.base10_parse::<usize>().ok(),
        _ => None,
    };
    match literal {
        Some(0) => {
            cx.error_spanned_by(value, "`n_max` must be at least 1: the network sees one observation or more");
            None
        }
        Some(n_max) => Some(n_max),
        None => {
            cx.error_spanned_by(
                value,
                "`n_max` must be a whole number written out, such as `3`: it names a type of network",
            );
            None
        }
    }
}

fn unknown_option(name: &str) -> String {
    if symbol::N_MAX.as_str() == name {
        return "`n_max` belongs inside `tall`: write `tall(n_max = 3)`".to_owned();
    }
    let options = SIMULATOR_OPTIONS.map(Symbol::as_str);
    match did_you_mean(name, options) {
        Some(near) => format!("unknown option `{name}`; did you mean `{near}`?"),
        None => format!(
            "unknown option `{name}`; the options are tall(n_max = N), name = Ident, network = Type, crate = path"
        ),
    }
}

pub(crate) fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// The value of a literal number, with a sign and parentheses or without.
pub(crate) fn literal_number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Float(literal), .. }) => literal.base10_parse().ok(),
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(literal), .. }) => literal.base10_parse().ok(),
        Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr, .. }) => literal_number(expr).map(|value| -value),
        Expr::Paren(syn::ExprParen { expr, .. }) | Expr::Group(syn::ExprGroup { expr, .. }) => literal_number(expr),
        _ => None,
    }
}

/// Where an integer literal without suffix stands for a real number, the literal of that real number.
pub(crate) fn as_real(literal: &LitInt) -> Option<syn::LitFloat> {
    if !literal.suffix().is_empty() {
        return None;
    }
    let span: Span = literal.span();
    literal
        .base10_digits()
        .parse::<f64>()
        .ok()
        .map(|_| syn::LitFloat::new(&format!("{}.0", literal.base10_digits()), span))
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::label;

    #[test]
    fn units_are_read_with_and_without_escapes() {
        let check = |field: syn::Field, description: &str, unit: &str| {
            assert_eq!(label(&field.attrs), (description.to_owned(), unit.to_owned()));
        };
        check(parse_quote!(#[doc = " contact rate [1/day]"] beta: f64), "contact rate", "1/day");
        check(parse_quote!(#[doc = r" body mass \[kg\]."] mass: f64), "body mass", "kg");
        check(parse_quote!(#[doc = " see [`Other`]"] x: f64), "see [`Other`]", "");
    }
}
