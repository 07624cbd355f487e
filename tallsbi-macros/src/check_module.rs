//! Check the rules of a hierarchy that span several of its items, one function each.

use crate::check;
use crate::ctxt::Ctxt;
use crate::model::{Given, Hierarchy, Level, Observe, Record};
use crate::symbol::did_you_mean;

/// All rules of a module.
pub(crate) fn module(cx: &Ctxt, hierarchy: &Hierarchy) {
    let Hierarchy { global, local, observe, .. } = hierarchy;
    for record in [global, local].into_iter().flatten().filter_map(|level| level.record.as_ref()) {
        check::record(cx, record);
    }
    check_complete(cx, hierarchy);
    if let Some(observe) = observe {
        check::check_plain_function(cx, &observe.function);
        check::check_observes_something(cx, observe.output.as_ref());
        if let Some(local) = local {
            check_plate(cx, local, observe);
            check_sees_local(cx, local, observe);
        }
    }
    if let (Some(global), Some(local), Some(observe)) = (global, local, observe) {
        check_global_matters(cx, global, local, observe);
    }
}

// A hierarchy has two levels and an observation:   mod m { #[global] struct P { .. } }   <- refused
fn check_complete(cx: &Ctxt, hierarchy: &Hierarchy) {
    let module = &hierarchy.module.ident;
    if hierarchy.global.is_none() {
        cx.error_spanned_by(module, "a hierarchy has parameters of the population: add a struct with `#[global]`");
    }
    if hierarchy.local.is_none() {
        cx.error_spanned_by(
            module,
            "a hierarchy has parameters of every group: add a struct with `#[local(plate = groups)]`; without groups, put `#[simulator]` on a function",
        );
    }
    if hierarchy.observe.is_none() {
        cx.error_spanned_by(
            module,
            "a hierarchy observes something: add a function with `#[observe(plate = groups, n_max = 4)]`",
        );
    }
}

// Observations are made in the groups of a declared plate:   #[local(plate = sites)], #[observe(plate = site)]   <- refused
fn check_plate(cx: &Ctxt, local: &Level, observe: &Observe) {
    let (Some(declared), Some(used)) = (local.plate.given(), observe.plate.given()) else { return };
    if declared == used {
        return;
    }
    let advice = match did_you_mean(&used.to_string(), [declared.to_string().as_str()]) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the plate of `{}` is `{declared}`", local.input.ident),
    };
    cx.error_spanned_by(used, format!("there is no plate `{used}`; {advice}"));
}

// What is observed in a group depends on the group's parameters:   fn x(population: &Population, rng: ..)   <- refused
fn check_sees_local(cx: &Ctxt, local: &Level, observe: &Observe) {
    let Some(arguments) = &observe.arguments else { return };
    if !arguments.contains(&Given::Local) {
        let (function, ident) = (&observe.function.sig.ident, &local.input.ident);
        let variable = crate::hygiene::snake(ident);
        cx.error_spanned_by(
            function,
            format!("`{function}` is observed in every group but is not given the group's parameters: add `{variable}: &{ident}`"),
        );
    }
}

// The population matters:   local priors name no field of it, and the observation is not given it   <- refused
fn check_global_matters(cx: &Ctxt, global: &Level, local: &Level, observe: &Observe) {
    let (Some(above), Some(record)) = (&global.record, &local.record) else { return };
    let Some(arguments) = &observe.arguments else { return };
    let unread = record.fields.iter().any(|field| field.draw.given().is_none());
    if unread || names_ancestors(record) || arguments.contains(&Given::Global) {
        return;
    }
    let Some(field) = above.fields.first() else { return };
    let (ident, variable) = (&global.input.ident, crate::hygiene::snake(&global.input.ident));
    cx.error_spanned_by(
        &local.input.ident,
        format!(
            "nothing depends on `{ident}`: name its fields in a prior of `{}`, as in `Normal({variable}.{}, 1.0)`",
            local.input.ident, field.name
        ),
    );
}

fn names_ancestors(record: &Record) -> bool {
    let draws = record.fields.iter().filter_map(|field| field.draw.given());
    draws.flat_map(|draw| &draw.arguments).any(|argument| !argument.ancestors.is_empty())
}
