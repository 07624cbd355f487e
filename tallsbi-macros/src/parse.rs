//! Turn syntax into the intermediate representation; what is wrong in one place is reported here.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, FnArg, Item, ItemFn, ReturnType, Type};

use crate::attr::{self, SimulatorOptions};
use crate::attr_summary;
use crate::ctxt::Ctxt;
use crate::hygiene;
use crate::model::{Field, Float, Plate, PlateKind, Record, Role, Shape, Signature, Simulator, Slot};
use crate::scope::{Levels, Scope};
use crate::symbol::{self, Symbol};

/// To who puts `#[exchangeable]` elsewhere.
const POINTS_ARE_OBSERVED: &str =
    "points without an order are observed: move `#[exchangeable]` to a struct with `#[derive(Observation)]`";

impl Role {
    /// As an error calls the struct.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Parameters => "parameter struct",
            Self::Observation => "observation",
            Self::Design => "design",
        }
    }

    /// The noun with its article.
    pub(crate) fn a_noun(self) -> &'static str {
        match self {
            Self::Parameters => "a parameter struct",
            Self::Observation => "an observation",
            Self::Design => "a design",
        }
    }

    /// The attribute that gives a field its distribution.
    fn draw_attribute(self) -> Option<Symbol> {
        match self {
            Self::Parameters => Some(symbol::PRIOR),
            Self::Design => Some(symbol::DESIGN),
            Self::Observation => None,
        }
    }

    /// Attributes of other derives that may be tried on a field of this one.
    fn misplaced(self) -> &'static [(Symbol, &'static str)] {
        match self {
            Self::Parameters => &[
                (
                    symbol::TRANSFORM,
                    "a parameter has no transform: its prior makes the coordinates. Remove `#[transform(...)]`",
                ),
                (symbol::DESIGN, "a parameter has a prior: write `#[prior(...)]`"),
                (symbol::EXCHANGEABLE, POINTS_ARE_OBSERVED),
            ],
            Self::Observation => &[
                (symbol::PRIOR, "an observation has no prior: the simulator draws it. Remove `#[prior(...)]`"),
                (
                    symbol::DESIGN,
                    "an observation is not designed: move this field to a struct with `#[derive(Design)]`",
                ),
            ],
            Self::Design => &[
                (
                    symbol::PRIOR,
                    "a design has no prior: write `#[design(...)]` with the distribution that training draws it from",
                ),
                (symbol::EXCHANGEABLE, POINTS_ARE_OBSERVED),
            ],
        }
    }
}

/// Reads a struct. Nothing is returned where there are no named fields to go on with.
pub(crate) fn record(cx: &Ctxt, role: Role, input: DeriveInput, levels: &Levels) -> Option<Record> {
    let noun = role.a_noun();
    let paths = attr::paths(cx, &input.attrs);
    if !input.generics.params.is_empty() {
        cx.error_spanned_by(
            &input.generics,
            format!(
                "{noun} cannot be generic: its dimension is a number in the type of the network. Use concrete types"
            ),
        );
    }
    let fields = match input.data {
        Data::Struct(data) => match data.fields {
            Fields::Named(fields) => fields.named,
            Fields::Unnamed(fields) => {
                cx.error_spanned_by(
                    fields,
                    format!("name the fields: {noun} is `struct {} {{ name: f64, ... }}`", input.ident),
                );
                return None;
            }
            Fields::Unit => {
                cx.error_spanned_by(
                    &input.ident,
                    format!("{noun} needs at least one field: `struct {} {{ name: f64 }}`", input.ident),
                );
                return None;
            }
        },
        Data::Enum(data) => {
            cx.error_spanned_by(data.enum_token, format!("{noun} is a struct with named fields, not an enum"));
            return None;
        }
        Data::Union(data) => {
            cx.error_spanned_by(data.union_token, format!("{noun} is a struct with named fields, not a union"));
            return None;
        }
    };
    let names: Vec<String> =
        fields.iter().filter_map(|field| field.ident.as_ref()).map(|ident| ident.unraw().to_string()).collect();
    let fields = fields
        .into_iter()
        .filter_map(|field| Some((field.ident?, field.attrs, field.ty)))
        .enumerate()
        .map(|(index, (ident, attributes, ty))| {
            let scope = Scope { cx, fields: &names, current: index, levels };
            read_field(cx, role, ident, &attributes, &ty, &scope)
        })
        .collect();
    Some(Record { role, ident: input.ident, paths, fields })
}

fn read_field(cx: &Ctxt, role: Role, ident: Ident, attributes: &[Attribute], ty: &Type, scope: &Scope<'_>) -> Field {
    let misplaced = attr::misplaced(cx, attributes, role.misplaced());
    let draw = match role.draw_attribute().map_or(Slot::Missing, |name| attr::draw(cx, attributes, name, scope)) {
        Slot::Missing if misplaced => Slot::Broken,
        draw => draw,
    };
    attr::check_unit(cx, attributes);
    let (description, unit) = attr::label(attributes);
    let (float, shape) = field_type(cx, role, ty);
    Field {
        name: ident.unraw().to_string(),
        ident,
        float,
        exchangeable: role == Role::Observation && attr::exchangeable(cx, attributes, &shape),
        shape,
        description,
        unit,
        draw,
        transform: if role == Role::Parameters { Slot::Missing } else { attr::transform(cx, attributes) },
    }
}

fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => bare(&inner.elem),
        Type::Group(inner) => bare(&inner.elem),
        other => other,
    }
}

pub(crate) fn type_name(ty: &Type) -> Option<String> {
    match bare(ty) {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

/// Scalar or array of floats; anything else is reported and read as `f64`, so that the rest is still checked.
fn field_type(cx: &Ctxt, role: Role, ty: &Type) -> (Float, Shape) {
    match bare(ty) {
        Type::Array(array) => {
            let literal = match &array.len {
                Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(literal), .. }) => literal.base10_parse().ok(),
                _ => None,
            };
            if literal == Some(0) {
                cx.error_spanned_by(&array.len, "an array field needs at least one component");
            }
            (float(cx, role, &array.elem, true), Shape::Array { length: array.len.clone(), literal })
        }
        other => (float(cx, role, other, false), Shape::Scalar),
    }
}

fn float(cx: &Ctxt, role: Role, ty: &Type, element: bool) -> Float {
    let name = type_name(ty).unwrap_or_default();
    let integer = matches!(
        name.as_str(),
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize"
    );
    let real = if element { "[f64; K]" } else { "f64" };
    let message = match (name.as_str(), role) {
        ("f64", _) => return Float::F64,
        ("f32", Role::Observation | Role::Design) => return Float::F32,
        ("f32", Role::Parameters) => format!("a parameter is a double: write `{real}`"),
        (_, Role::Parameters) if integer => {
            format!("a parameter is a real number: write `{real}`, and round inside the simulator")
        }
        (_, _) if integer => {
            "store a count as a real number: write `f32` or `f64`, and convert with `as f32`".to_owned()
        }
        ("bool", Role::Observation | Role::Design) => {
            "store a yes or no as a real number: write `f32`, with 1.0 or 0.0".to_owned()
        }
        ("Vec" | "DVector", _) => format!(
            "the number of components must be known to the compiler: write `[{}; K]`",
            if role == Role::Parameters { "f64" } else { "f32" }
        ),
        ("Option", _) => "a component is always present: remove `Option`, and let the simulator return one".to_owned(),
        (_, Role::Parameters) => "a field of a parameter struct is `f64` or `[f64; K]`".to_owned(),
        (_, _) => format!("a field of this {} is `f32`, `f64`, `[f32; K]` or `[f64; K]`", role.noun()),
    };
    cx.error_spanned_by(ty, message);
    Float::F64
}

/// Reads what `#[simulator]` stands on. Nothing is returned where it is not a function.
pub(crate) fn simulator(cx: &Ctxt, args: TokenStream, item: &TokenStream) -> Option<Simulator> {
    let options = SimulatorOptions::parse(cx, args);
    let (function, summary) = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(mut function)) => {
            let summary = attr_summary::take(cx, &mut function.attrs);
            (function, summary)
        }
        Ok(other) => {
            let token = other.to_token_stream().into_iter().find(|tree| {
                ["struct", "enum", "impl", "trait", "const", "static", "type", "use"]
                    .contains(&tree.to_string().as_str())
            });
            cx.error_spanned_by(
                token.map_or_else(|| other.to_token_stream(), Into::into),
                "put `#[simulator]` on a function: `fn model(theta: &Parameters, rng: &mut impl Rng) -> Observation`; or on a module that declares a hierarchy",
            );
            return None;
        }
        Err(error) => {
            cx.syn_error(error);
            return None;
        }
    };
    let name = options.name.unwrap_or_else(|| hygiene::upper_camel(&function.sig.ident));
    let signature = signature(cx, &function);
    Some(Simulator {
        name,
        visibility: function.vis.clone(),
        paths: options.paths,
        network: options.network,
        summary,
        plates: vec![Plate {
            name: "observations".to_owned(),
            parent: None,
            kind: PlateKind::Iid { n_max: options.n_max.unwrap_or(1) },
        }],
        signature,
        function,
    })
}

/// A reference type's target, and whether it is `&mut`.
pub(crate) fn reference(ty: &Type) -> Option<(&Type, bool)> {
    match bare(ty) {
        Type::Reference(reference) => Some((&reference.elem, reference.mutability.is_some())),
        _ => None,
    }
}

fn signature(cx: &Ctxt, function: &ItemFn) -> Signature {
    let sig = &function.sig;
    let types = argument_types(function);
    let output = output(cx, function);
    let mut parameters = None;
    let mut design = None;
    if sig.receiver().is_none() {
        match covariates(cx, function, &types)[..] {
            [] => cx.error_spanned_by(
                &sig.ident,
                "a simulator is given its parameters: add the first argument `theta: &Parameters`",
            ),
            [theta] => parameters = shared(cx, theta, "the parameters", "theta"),
            [theta, known] => {
                parameters = shared(cx, theta, "the parameters", "theta");
                design = shared(cx, known, "the design", "design");
            }
            [_, _, third, ..] => cx.error_spanned_by(
                third,
                "a simulator has two or three arguments: `theta: &Parameters`, `design: &Design` where there is one, `rng: &mut impl Rng`",
            ),
        }
    }
    Signature { parameters, design, output }
}

/// What a function returns, as far as it is an observation.
pub(crate) fn output(cx: &Ctxt, function: &ItemFn) -> Option<Type> {
    let sig = &function.sig;
    match &sig.output {
        ReturnType::Type(_, ty) if matches!(bare(ty), Type::Tuple(tuple) if tuple.elems.is_empty()) => {
            cx.error_spanned_by(
                ty,
                "a simulator returns an observation: `[f32; D]`, or a struct with `#[derive(Observation)]`",
            );
            None
        }
        ReturnType::Type(_, ty) => Some((**ty).clone()),
        ReturnType::Default => {
            cx.error_spanned_by(
                &sig.ident,
                "a simulator returns an observation: add `-> [f32; D]`, or a struct with `#[derive(Observation)]`",
            );
            None
        }
    }
}

/// The types of all arguments but the generator, whose place is checked.
pub(crate) fn covariates<'a>(cx: &Ctxt, function: &ItemFn, types: &[&'a Type]) -> Vec<&'a Type> {
    let before = match types.split_last() {
        // The trait without `impl`, for which rustc advises a generic parameter.
        Some((last, before))
            if reference(last).is_some_and(|(target, _)| type_name(target).as_deref() == Some("Rng")) =>
        {
            cx.error_spanned_by(last, "`Rng` is a trait: write `rng: &mut impl Rng`");
            before
        }
        Some((last, before)) if is_mutable(last) => before,
        Some((last, before)) if is_generator(last) => {
            cx.error_spanned_by(last, "the generator is borrowed mutably: write `rng: &mut impl Rng`");
            before
        }
        _ => {
            match types.iter().find(|ty| is_generator(ty)) {
                Some(generator) => {
                    cx.error_spanned_by(generator, "the generator is the last argument: move it to the end");
                }
                None => cx.error_spanned_by(
                    &function.sig.ident,
                    "a simulator draws from a generator that it is given: add the last argument `rng: &mut impl Rng`",
                ),
            }
            types
        }
    };
    before.iter().copied().filter(|ty| !is_generator(ty)).collect()
}

/// The types of a function's arguments.
pub(crate) fn argument_types(function: &ItemFn) -> Vec<&Type> {
    let inputs = function.sig.inputs.iter();
    inputs
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some(&*typed.ty),
            FnArg::Receiver(_) => None,
        })
        .collect()
}

fn is_mutable(ty: &Type) -> bool {
    reference(ty).is_some_and(|(_, mutable)| mutable)
}

/// Whether a type can only be meant as the generator: `impl Rng`, borrowed in whatever way.
fn is_generator(ty: &Type) -> bool {
    matches!(bare(reference(ty).map_or(ty, |(target, _)| target)), Type::ImplTrait(_))
}

/// The target of `&T`.
pub(crate) fn shared(cx: &Ctxt, ty: &Type, what: &str, name: &str) -> Option<Type> {
    if let Some((target, false)) = reference(ty) {
        Some(target.clone())
    } else {
        let bare_type = reference(ty).map_or(ty, |(target, _)| target).to_token_stream();
        cx.error_spanned_by(ty, format!("a simulator borrows {what}: write `{name}: &{bare_type}`"));
        None
    }
}
