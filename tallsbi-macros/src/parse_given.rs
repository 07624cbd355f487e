//! Read what a function of a hierarchy's module is given, by the types of its arguments: levels, what is known, a generator.

use quote::ToTokens;
use syn::{ItemFn, Type};

use crate::ctxt::Ctxt;
use crate::model::{Derived, Given};
use crate::scope::LevelNames;
use crate::{attr, parse};

/// Who the arguments are, by their types: the levels, what is known of the group, and at most one design of the observation.
pub(crate) fn arguments(
    cx: &Ctxt,
    function: &ItemFn,
    levels: &[(usize, LevelNames)],
    known: Option<&LevelNames>,
) -> (Option<Vec<Given>>, Option<Type>) {
    if function.sig.receiver().is_some() {
        return (None, None);
    }
    let types = parse::argument_types(function);
    let (mut given, mut design, mut complete) = (Vec::new(), None, true);
    for ty in parse::covariates(cx, function, &types) {
        let name = parse::type_name(parse::reference(ty).map_or(ty, |(target, _)| target));
        let level = levels.iter().find(|(_, level)| name.as_deref() == Some(&level.ident.to_string()));
        let (who, what, variable) = match level {
            Some((0, level)) => (Given::Level(0), "the global parameters", level.name.as_str()),
            Some((depth, level)) => (Given::Level(*depth), "the local parameters", level.name.as_str()),
            None => match known.filter(|known| name.as_deref() == Some(&known.ident.to_string())) {
                Some(known) => (Given::GroupDesign, "what is known of the group", known.name.as_str()),
                None => (Given::Design, "the design", "design"),
            },
        };
        if who == Given::Design
            && name.as_deref().is_some_and(|name| matches!(name, "f32" | "f64" | "i32" | "u32" | "usize" | "bool"))
        {
            cx.error_spanned_by(
                ty,
                "what is known of an observation is a struct with `#[derive(Design)]`: write `design: &Design`",
            );
            complete = false;
            continue;
        }
        if given.contains(&who) {
            let levels: Vec<String> = levels.iter().map(|(_, level)| format!("`&{}`", level.ident)).collect();
            let message = if who == Given::Design {
                format!(
                    "an observation is given its levels ({}) and at most one design: this is a second one",
                    levels.join(" and ")
                )
            } else {
                let verb = if who == Given::GroupDesign { "is" } else { "are" };
                format!("{what} {verb} given already: remove this argument")
            };
            cx.error_spanned_by(ty, message);
            complete = false;
            continue;
        }
        given.push(who);
        let Some(target) = parse::shared(cx, ty, what, variable) else {
            complete = false;
            continue;
        };
        if who == Given::Design {
            design = Some(target);
        }
    }
    (complete.then_some(given), design)
}

/// A function with `#[derived]`: whose levels it is a function of.
pub(crate) fn derive(cx: &Ctxt, function: ItemFn, levels: &[(usize, LevelNames)]) -> Derived {
    attr::check_unit(cx, &function.attrs);
    let (description, unit) = attr::label(&function.attrs);
    let mut given: Option<Vec<usize>> = Some(Vec::new());
    for ty in parse::argument_types(&function) {
        let (target, mutable) = parse::reference(ty).unwrap_or((ty, false));
        let name = parse::type_name(target);
        let level = levels.iter().find(|(_, level)| name.as_deref() == Some(&level.ident.to_string()));
        let problem = match level {
            None if mutable || matches!(target, Type::ImplTrait(_)) => {
                Some("a derived quantity is the same for the same parameters: remove the generator".to_owned())
            }
            None => {
                let target = target.to_token_stream();
                let known: Vec<String> = levels.iter().map(|(_, level)| format!("`&{}`", level.ident)).collect();
                Some(format!("`{target}` is not a level: a derived quantity is a function of {}", known.join(" and ")))
            }
            Some((depth, _)) if given.as_ref().is_some_and(|given| given.contains(depth)) => {
                Some("this level is given already: remove this argument".to_owned())
            }
            Some((depth, level)) => {
                if let Some(given) = &mut given {
                    given.push(*depth);
                }
                let borrowed = parse::reference(ty).is_some() && !mutable;
                (!borrowed)
                    .then(|| format!("a derived quantity borrows its levels: write `{}: &{}`", level.name, level.ident))
            }
        };
        if let Some(problem) = problem {
            cx.error_spanned_by(ty, problem);
            given = None;
        }
    }
    Derived { function, description, unit, levels: given }
}
