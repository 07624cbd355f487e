//! Check the rules that span several parts of a declaration, one function each.

use syn::{Expr, ItemFn};

use crate::attr::literal_number;
use crate::ctxt::Ctxt;
use crate::family::{Domain, Kind};
use crate::model::{Argument, Draw, Field, Record, Role, Shape, Simulator, Slot};

/// Largest distance from one of a sum of literal weights, for weights that are rounded in the source.
const WEIGHT_TOLERANCE: f64 = 1e-6;

/// All rules of a struct.
pub(crate) fn record(cx: &Ctxt, record: &Record) {
    check_not_empty(cx, record);
    check_named_before_declared(cx, record);
    check_points(cx, record);
    for field in &record.fields {
        check_has_draw(cx, record.role, field);
        if let Some(draw) = field.draw.given()
            && check_argument_count(cx, draw)
        {
            check_domains(cx, draw);
            check_order(cx, draw);
            check_mixture(cx, draw);
            check_mv_normal(cx, draw, field);
        }
    }
}

/// All rules of a simulator function.
pub(crate) fn simulator(cx: &Ctxt, simulator: &Simulator) {
    check_plain_function(cx, &simulator.function);
    check_name(cx, simulator);
    check_observes_something(cx, simulator.signature.output.as_ref());
    check_one_network(cx, simulator);
}

// A struct has a component:   struct Empty {}   <- refused
fn check_not_empty(cx: &Ctxt, record: &Record) {
    if record.fields.is_empty() {
        cx.error_spanned_by(
            &record.ident,
            format!("{} needs at least one field: `struct {} {{ name: f64 }}`", record.role.a_noun(), record.ident),
        );
    }
}

// Points have as many first components as second ones:   #[exchangeable] east: [f32; 3], #[exchangeable] north: [f32; 4]   <- refused
fn check_points(cx: &Ctxt, record: &Record) {
    let mut arrays = record.exchangeable().map(|(_, field)| field);
    let Some((first, Some(points))) = arrays.next().map(|first| (first, first.literal_length())) else { return };
    for field in arrays {
        if field.literal_length().is_some_and(|length| length != points) {
            cx.error_spanned_by(&field.ident, format!("{}, here {points}", unequal_points(first, field)));
        }
    }
}

/// What is wrong with two arrays of points that are not equally long.
pub(crate) fn unequal_points(first: &Field, field: &Field) -> String {
    format!(
        "`{}` and `{}` are components of the same exchangeable points: give them one length",
        first.name, field.name
    )
}

// Every parameter has a prior and every design field a distribution:   struct P { beta: f64 }   <- refused
fn check_has_draw(cx: &Ctxt, role: Role, field: &Field) {
    let name = &field.ident;
    match (role, &field.draw) {
        (Role::Parameters, Slot::Missing) => {
            cx.error_spanned_by(
                name,
                format!("`{name}` has no prior: add `#[prior(Normal(0.0, 1.0))]` or another distribution"),
            );
        }
        (Role::Design, Slot::Missing) => cx.error_spanned_by(
            name,
            format!("`{name}` has no distribution for training: add `#[design(Uniform(0.0, 1.0))]` or another"),
        ),
        _ => {}
    }
}

// A prior names earlier fields only:   a ~ Normal(b, 1.0), b ~ Normal(0.0, 1.0)   <- refused
fn check_named_before_declared(cx: &Ctxt, record: &Record) {
    for (current, field) in record.fields.iter().enumerate() {
        let here = &field.ident;
        for (index, ident) in arguments(field).flat_map(|argument| &argument.not_yet) {
            let message = if *index == current {
                format!("the prior of `{here}` names `{here}` itself: name an earlier field or a constant")
            } else if depends(record, *index, current) {
                format!("`{here}` and `{ident}` depend on each other: remove one from the prior of the other")
            } else {
                format!(
                    "`{ident}` is declared after `{here}`, and a prior may name earlier fields only: move `{ident}` above `{here}`"
                )
            };
            cx.error_spanned_by(ident, message);
        }
    }
}

fn arguments(field: &Field) -> impl Iterator<Item = &Argument> {
    field.draw.given().into_iter().flat_map(|draw| &draw.arguments)
}

/// Whether the prior of field number `from` names field number `to`, itself or through fields between them.
fn depends(record: &Record, from: usize, to: usize) -> bool {
    arguments(&record.fields[from])
        .flat_map(|argument| &argument.names)
        .any(|&index| index == to || (index > to && depends(record, index, to)))
}

// A family is given all its arguments:   Normal(0.0)   <- refused
fn check_argument_count(cx: &Ctxt, draw: &Draw) -> bool {
    let (given, expected) = (draw.arguments.len(), draw.family.arguments.len());
    if given != expected {
        let noun = if expected == 1 { "argument" } else { "arguments" };
        cx.error_spanned_by(
            &draw.original,
            format!("`{}` takes {expected} {noun}, not {given}: write `{}`", draw.family.name, draw.family.usage()),
        );
    }
    given == expected
}

// A literal argument is in its domain:   Normal(0.0, -1.0)   <- refused
fn check_domains(cx: &Ctxt, draw: &Draw) {
    for (argument, parameter) in draw.arguments.iter().zip(draw.family.arguments) {
        let Some(value) = literal_number(&argument.original) else { continue };
        if !value.is_finite() {
            cx.error_spanned_by(&argument.original, format!("`{}` is too large for a double", parameter.name));
        } else if parameter.domain == Domain::Positive && value <= 0.0 {
            cx.error_spanned_by(
                &argument.original,
                format!("`{}` of `{}` must be positive, not {value}", parameter.name, draw.family.usage()),
            );
        } else if parameter.domain == Domain::Structured {
            cx.error_spanned_by(
                &argument.original,
                format!("expected `{}`: write `{}`", parameter.name, draw.family.usage()),
            );
        }
    }
}

// Bounds are in order:   Uniform(3.0, 1.0)   <- refused
fn check_order(cx: &Ctxt, draw: &Draw) {
    let Some((low, high)) = draw.family.ordered else { return };
    let (low, high) = (&draw.arguments[low], &draw.arguments[high]);
    if let (Some(below), Some(above)) = (literal_number(&low.original), literal_number(&high.original)) {
        if below == above {
            cx.error_spanned_by(&draw.original, format!("`low` and `high` are both {below}: the support has no width"));
        } else if below > above {
            cx.error_spanned_by(&draw.original, format!("`low` is {below} and `high` is {above}: swap them"));
        }
    }
}

// The weights of a mixture sum to one:   Mixture([(0.5, -1.0, 1.0), (0.6, 1.0, 1.0)])   <- refused
fn check_mixture(cx: &Ctxt, draw: &Draw) {
    if draw.family.kind != Kind::Mixture {
        return;
    }
    let Expr::Array(components) = &draw.arguments[0].original else { return };
    if components.elems.is_empty() {
        cx.error_spanned_by(components, "a mixture needs at least one component `(weight, mean, sd)`");
        return;
    }
    let mut weights = Some(0.0);
    for component in &components.elems {
        let Expr::Tuple(tuple) = component else {
            cx.error_spanned_by(component, "a component of a mixture is `(weight, mean, sd)`");
            weights = None;
            continue;
        };
        let elements: Vec<&Expr> = tuple.elems.iter().collect();
        let [weight, _, sd] = elements[..] else {
            cx.error_spanned_by(component, "a component of a mixture is `(weight, mean, sd)`");
            weights = None;
            continue;
        };
        for (what, expr) in [("weight", weight), ("sd", sd)] {
            if let Some(value) = literal_number(expr).filter(|value| *value <= 0.0) {
                cx.error_spanned_by(expr, format!("the {what} of a mixture's component must be positive, not {value}"));
                weights = None;
            }
        }
        weights = weights.zip(literal_number(weight)).map(|(sum, weight)| sum + weight);
    }
    if let Some(sum) = weights.filter(|sum| (sum - 1.0).abs() > WEIGHT_TOLERANCE) {
        cx.error_spanned_by(components, format!("the weights of a mixture must sum to 1, not {sum}"));
    }
}

// A multivariate normal is for an array field, and has its length:   MvNormal([0.0], [[1.0]]) on `[f64; 2]`   <- refused
fn check_mv_normal(cx: &Ctxt, draw: &Draw, field: &Field) {
    if draw.family.kind != Kind::MvNormal {
        return;
    }
    let length = match &field.shape {
        Shape::Scalar => {
            cx.error_spanned_by(
                &draw.family_ident,
                format!(
                    "`MvNormal` is a prior for an array: declare `{}: [f64; K]`, or use `Normal(mean, sd)`",
                    field.ident
                ),
            );
            return;
        }
        Shape::Array { literal, .. } => literal,
    };
    let Some(length) = *length else { return };
    let name = &field.ident;
    if let Expr::Array(mean) = &draw.arguments[0].original {
        let given = mean.elems.len();
        if given != length {
            cx.error_spanned_by(mean, format!("the mean has {given} components, but `{name}` has {length}"));
        }
    }
    let Expr::Array(covariance) = &draw.arguments[1].original else { return };
    let given = covariance.elems.len();
    if given != length {
        cx.error_spanned_by(
            covariance,
            format!("the covariance has {given} rows, but `{name}` has {length} components"),
        );
        return;
    }
    let mut entries = vec![vec![None; length]; length];
    for (i, row) in covariance.elems.iter().enumerate() {
        let Expr::Array(row) = row else { return };
        let given = row.elems.len();
        if given != length {
            cx.error_spanned_by(
                row,
                format!("this row of the covariance has length {given}, but `{name}` has {length} components"),
            );
            return;
        }
        for (j, entry) in row.elems.iter().enumerate() {
            entries[i][j] = literal_number(entry);
            if i == j
                && let Some(value) = entries[i][j].filter(|value| *value <= 0.0)
            {
                cx.error_spanned_by(entry, format!("a variance must be positive, not {value}"));
            }
            if j < i
                && let (Some(below), Some(above)) = (entries[i][j], entries[j][i])
                && below != above
            {
                cx.error_spanned_by(
                    entry,
                    format!(
                        "the covariance is not symmetric: {below} here and {above} in row {}, column {}",
                        j + 1,
                        i + 1
                    ),
                );
            }
        }
    }
}

// A simulator is a plain function:   async fn sir<T>(..)   <- refused
pub(crate) fn check_plain_function(cx: &Ctxt, function: &ItemFn) {
    let sig = &function.sig;
    if let Some(receiver) = sig.receiver() {
        cx.error_spanned_by(
            receiver,
            "a simulator is a function without `self`: for a struct with data, implement `Simulator` by hand",
        );
    }
    if !sig.generics.params.is_empty() {
        cx.error_spanned_by(
            &sig.generics,
            "a simulator has no generic parameters: use concrete types, and `rng: &mut impl Rng` for the generator",
        );
    }
    if let Some(token) = &sig.constness {
        cx.error_spanned_by(token, "a simulator cannot be `const`: it draws random numbers. Remove `const`");
    }
    if let Some(token) = &sig.asyncness {
        cx.error_spanned_by(
            token,
            "a simulator cannot be `async`: simulations run in parallel on threads. Remove `async`",
        );
    }
    if let syn::Safety::Unsafe(token) = &sig.safety {
        cx.error_spanned_by(token, "a simulator cannot be `unsafe`: wrap the unsafe call inside a safe function");
    }
    if let Some(variadic) = &sig.variadic {
        cx.error_spanned_by(variadic, "a simulator has two or three arguments");
    }
}

// A network of one's own has its own summary:   #[simulator(network = Mine)] #[summary(Gru)] fn ..   <- refused
fn check_one_network(cx: &Ctxt, simulator: &Simulator) {
    if let (Some(summary), Some(_)) = (simulator.summary.given(), &simulator.network) {
        let network = summary.network;
        cx.error_spanned_by(
            &summary.original,
            format!("`network` names the whole network: remove `#[summary]`, or the option; `Summarised<{network}<_>, _>` is a network with a summary"),
        );
    }
}

// The generated struct has a name of its own:   fn Sir(..), or fn sir(theta: &Sir, ..)   <- refused
fn check_name(cx: &Ctxt, simulator: &Simulator) {
    let name = &simulator.name;
    if *name == simulator.function.sig.ident {
        cx.error_spanned_by(
            name,
            format!("the generated simulator would be called `{name}` as well: write the function in snake case, or add `name = Other`"),
        );
    }
    if let Some(ty) = simulator.types().find(|ty| matches!(ty, syn::Type::Path(path) if path.path.is_ident(name))) {
        cx.error_spanned_by(
            ty,
            format!(
                "the simulator generated from `{}` is called `{name}` as well: rename one, or add `name = Other`",
                simulator.function.sig.ident
            ),
        );
    }
}

// There is something to observe:   -> [f32; 0]   <- refused
pub(crate) fn check_observes_something(cx: &Ctxt, output: Option<&syn::Type>) {
    let Some(mut output) = output else { return };
    loop {
        match output {
            syn::Type::Array(array) => {
                if matches!(&array.len, Expr::Lit(literal) if literal_number(&Expr::Lit(literal.clone())) == Some(0.0))
                {
                    cx.error_spanned_by(&array.len, "an observation needs at least one component");
                }
                return;
            }
            // `Option<[f32; 0]>`, `Result<[f32; 0], _>`
            syn::Type::Path(path) => {
                let Some(last) = path.path.segments.last() else { return };
                let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return };
                let Some(syn::GenericArgument::Type(inner)) = arguments.args.first() else { return };
                output = inner;
            }
            _ => return,
        }
    }
}
