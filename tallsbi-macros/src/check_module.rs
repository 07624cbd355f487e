//! Check the rules of a hierarchy that span several of its items, one function each.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Item, ReturnType};

use crate::ctxt::Ctxt;
use crate::model::{Derived, Given, Hierarchy, Level, Observe, Parts, Plates, Record};
use crate::symbol::{self, did_you_mean};
use crate::{check, parse};

/// All rules of a module.
pub(crate) fn module(cx: &Ctxt, hierarchy: &Hierarchy) {
    let Hierarchy { locals, observes, wholes, .. } = hierarchy;
    for record in hierarchy.levels().chain(&hierarchy.design).filter_map(|level| level.record.as_ref()) {
        check::record(cx, record);
    }
    check_complete(cx, hierarchy);
    check_nested(cx, locals);
    if let Some(design) = &hierarchy.design {
        check_group_design(cx, hierarchy, design);
    }
    check_kinds(cx, observes, "a group is observed in at most three kinds", 3);
    check_kinds(cx, wholes, "a group that has groups in it is observed in one kind", 1);
    for observe in wholes.iter().chain(observes) {
        check::check_plain_function(cx, &observe.function);
        check::check_observes_something(cx, observe.output.as_ref());
        check_summary(cx, locals.len(), observes.len(), observe);
    }
    if let [outer, inner] = &locals[..]
        && !observes.is_empty()
    {
        for observe in wholes {
            check_sees_whole(cx, outer, inner, observe);
        }
    }
    for observe in observes {
        if let Some(innermost) = locals.last()
            && check_plate(cx, locals, innermost, observe)
        {
            check_sees_local(cx, locals.len(), innermost, observe);
        }
    }
    if let Some(parts) = hierarchy.parts() {
        check_levels_matter(cx, parts);
    }
    for derived in &hierarchy.derived {
        check::check_plain_function(cx, &derived.function);
        check_derived(cx, hierarchy, derived);
    }
}

// A hierarchy has a population, groups and an observation:   mod m { #[global] struct P { .. } }   <- refused
fn check_complete(cx: &Ctxt, hierarchy: &Hierarchy) {
    let module = &hierarchy.module.ident;
    let forgotten = without_level(hierarchy);
    if let Some(ident) = forgotten.filter(|_| hierarchy.global.is_none() || hierarchy.locals.is_empty()) {
        let attribute = if hierarchy.global.is_none() { "global" } else { "local(plate = groups)" };
        cx.error_spanned_by(
            ident,
            format!("`{ident}` has priors and is no level of the hierarchy: add `#[{attribute}]`"),
        );
        return;
    }
    if hierarchy.global.is_none() {
        cx.error_spanned_by(module, "a hierarchy has parameters of the population: add a struct with `#[global]`");
    }
    if hierarchy.locals.is_empty() {
        cx.error_spanned_by(
            module,
            "a hierarchy has parameters of every group: add a struct with `#[local(plate = groups)]`; without groups, put `#[simulator]` on a function",
        );
    }
    if hierarchy.observes.is_empty() {
        let innermost = hierarchy.locals.last();
        let plate = innermost.and_then(|level| level.plate.given()).map_or("groups".to_owned(), Plates::to_string);
        let attribute = format!("#[observe(plate = {plate}, n_max = 4)]");
        let in_groups = |level: &Level| level.plate.given().is_some_and(|plates| plates.names.len() == 2);
        if let Some(whole) = hierarchy.wholes.first() {
            if !innermost.is_some_and(in_groups) {
                return; // its plate is wrong, which is said of it
            }
            let tokens = whole.plate.given().map(|plates| plates.names.clone()).unwrap_or_default();
            let advice = format!("write `plate = {plate}`, or add a function with `{attribute}`");
            cx.error_spanned_by(
                quote::quote!(#(#tokens)*),
                format!("nothing is observed in the innermost groups: {advice}"),
            );
            return;
        }
        match innermost.and_then(|level| takes(hierarchy, level)) {
            Some(function) => cx.error_spanned_by(
                function,
                format!("a hierarchy observes something: if it is `{function}`, add `{attribute}` to it"),
            ),
            None => cx
                .error_spanned_by(module, format!("a hierarchy observes something: add a function with `{attribute}`")),
        }
    }
}

fn items(hierarchy: &Hierarchy) -> impl Iterator<Item = &Item> {
    hierarchy.module.content.iter().flat_map(|(_, items)| items)
}

/// A struct whose fields have priors, where its level was forgotten.
fn without_level(hierarchy: &Hierarchy) -> Option<&Ident> {
    items(hierarchy).find_map(|item| {
        let Item::Struct(item) = item else { return None };
        let has_prior = |field: &syn::Field| field.attrs.iter().any(|attribute| *attribute.path() == symbol::PRIOR);
        let is_level = hierarchy.levels().chain(&hierarchy.design).any(|level| level.input.ident == item.ident);
        (!is_level && item.fields.iter().any(has_prior)).then_some(&item.ident)
    })
}

/// A function of a level that computes nothing derived.
fn takes<'a>(hierarchy: &'a Hierarchy, level: &Level) -> Option<&'a Ident> {
    items(hierarchy).find_map(|item| {
        let Item::Fn(function) = item else { return None };
        let is_level = |ty: &syn::Type| {
            let target = parse::reference(ty).map_or(ty, |(target, _)| target);
            parse::type_name(target).is_some_and(|name| level.input.ident == name)
        };
        let name = &function.sig.ident;
        let computes = hierarchy.derived.iter().any(|derived| derived.function.sig.ident == *name);
        (!computes && parse::argument_types(function).into_iter().any(is_level)).then_some(name)
    })
}

// A second local level is nested in the first:   #[local(plate = schools)], #[local(plate = classes)]   <- refused
fn check_nested(cx: &Ctxt, locals: &[Level]) {
    let plates = |level: &Level| level.plate.given().cloned();
    let no_level = |plates: &Plates| {
        let [outer, inner] = [&plates.names[0], plates.last()];
        format!(
            "no level is repeated over `{outer}`: add a struct with `#[local(plate = {outer})]`, or write `plate = {inner}`"
        )
    };
    match locals {
        [only] => {
            if let Some(plates) = plates(only).filter(|plates| plates.names.len() == 2) {
                cx.error_spanned_by(&plates.names[0], no_level(&plates));
            }
        }
        [outer, inner] => {
            let (Some(above), Some(below)) = (plates(outer), plates(inner)) else { return };
            match (&above.names[..], &below.names[..]) {
                ([above], [below]) if above == below => cx.error_spanned_by(
                    below,
                    format!("`{above}` is the plate of `{}` already: a second level of it are further fields", outer.input.ident),
                ),
                ([above], [below]) => cx.error_spanned_by(
                    below,
                    format!(
                        "a second local level is in the plate of the first: write `plate = {above} / {below}`, or `plate = {below} / {above}` for `{}`",
                        outer.input.ident
                    ),
                ),
                ([above], [parent, below]) if above != parent => {
                    let advice = match did_you_mean(&parent.to_string(), [above.to_string().as_str()]) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("`{}` is repeated over `{above}`: write `plate = {above} / {below}`", outer.input.ident),
                    };
                    cx.error_spanned_by(parent, format!("there is no plate `{parent}`; {advice}"));
                }
                ([_, _], _) => cx.error_spanned_by(&above.names[0], no_level(&above)),
                _ => {}
            }
        }
        _ => {}
    }
}

// Networks have room for so many kinds:   four functions with #[observe(plate = sites)]   <- refused
fn check_kinds(cx: &Ctxt, observes: &[Observe], rule: &str, most: usize) {
    for observe in observes.iter().skip(most) {
        let advice = "return a struct with `#[derive(Observation)]` that holds what is observed together";
        cx.error_spanned_by(&observe.function.sig.ident, format!("{rule}: {advice}"));
    }
}

// What is observed of a whole group depends on its parameters, not on those of its inner groups:   #[observe(plate = schools)] fn x(class: &Class, ..)   <- refused
fn check_sees_whole(cx: &Ctxt, outer: &Level, inner: &Level, observe: &Observe) {
    let Some(arguments) = &observe.arguments else { return };
    let (function, outer, inner) = (&observe.function.sig.ident, &outer.input.ident, &inner.input.ident);
    if arguments.contains(&Given::Level(2)) {
        cx.error_spanned_by(
            function,
            format!(
                "`{function}` is observed of a whole `{outer}`, which has many of `{inner}`: remove `&{inner}`, or observe it in each of them"
            ),
        );
    } else if !arguments.contains(&Given::Level(1)) {
        let variable = crate::hygiene::snake(outer);
        cx.error_spanned_by(
            function,
            format!("`{function}` is observed of every group but is not given the group's parameters: add `{variable}: &{outer}`"),
        );
    }
}

// Observations are made in groups that there are:   #[local(plate = sites)], #[observe(plate = site)]   <- refused
fn check_plate(cx: &Ctxt, locals: &[Level], innermost: &Level, observe: &Observe) -> bool {
    let (Some(declared), Some(used)) = (innermost.plate.given(), observe.plate.given()) else { return true };
    if declared.names == used.names {
        return true;
    }
    let tokens = used.names.iter();
    let tokens = quote::quote!(#(#tokens)/ *);
    if declared.names.len() == 2 && used.names[..] == declared.names[1..] {
        cx.error_spanned_by(tokens, format!("a plate is named after the plate it is in: write `plate = {declared}`"));
        return true;
    }
    let plates: Vec<String> =
        locals.iter().rev().filter_map(|level| level.plate.given()).map(ToString::to_string).collect();
    let advice = match did_you_mean(&used.to_string(), plates.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the plate of `{}` is `{declared}`", innermost.input.ident),
    };
    cx.error_spanned_by(tokens, format!("there is no plate `{used}`; {advice}"));
    false
}

// What is observed in a group depends on the group's parameters:   fn x(population: &Population, rng: ..)   <- refused
fn check_sees_local(cx: &Ctxt, depth: usize, innermost: &Level, observe: &Observe) {
    let Some(arguments) = &observe.arguments else { return };
    if !arguments.contains(&Given::Level(depth)) {
        let (function, ident) = (&observe.function.sig.ident, &innermost.input.ident);
        let variable = crate::hygiene::snake(ident);
        cx.error_spanned_by(
            function,
            format!("`{function}` is observed in every group but is not given the group's parameters: add `{variable}: &{ident}`"),
        );
    }
}

// What is known of a group is of the groups that there are, and used:   #[design(plate = site)], #[local(plate = sites)]   <- refused
fn check_group_design(cx: &Ctxt, hierarchy: &Hierarchy, design: &Level) {
    let ident = &design.input.ident;
    let [local] = &hierarchy.locals[..] else {
        if let [_, _] = hierarchy.locals[..] {
            let message = format!(
                "of groups in groups nothing is known beforehand yet: make the fields of `{ident}` a design of the observations, a struct with `#[derive(Design)]` outside of the module"
            );
            cx.error_spanned_by(ident, message);
        }
        return;
    };
    if let (Some(declared), Some(used)) = (local.plate.given(), design.plate.given())
        && declared.names != used.names
    {
        let tokens = used.names.iter();
        let advice = match did_you_mean(&used.to_string(), [declared.to_string().as_str()]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the plate of `{}` is `{declared}`", local.input.ident),
        };
        cx.error_spanned_by(quote::quote!(#(#tokens)/ *), format!("there is no plate `{used}`; {advice}"));
    }
    let Some(record) = &local.record else { return };
    let unread = record.fields.iter().any(|field| field.draw.given().is_none());
    let given =
        |observe: &Observe| observe.arguments.as_ref().is_none_or(|arguments| arguments.contains(&Given::GroupDesign));
    if unread || names(record, 1) || hierarchy.observes.iter().any(given) || hierarchy.global.is_none() {
        return;
    }
    let Some(field) = design.record.iter().flat_map(|record| &record.fields).next() else { return };
    let (variable, below) = (crate::hygiene::snake(ident), &local.input.ident);
    cx.error_spanned_by(
        ident,
        format!(
            "nothing depends on `{ident}`: name its fields in a prior of `{below}`, as in `Normal({variable}.{}, 1.0)`, or give it to an observation",
            field.name
        ),
    );
}

// A group of one kind of observation, in one plate, can be summarised:   #[summary(Gru)] beside #[observe(plate = a / b)]   <- refused
fn check_summary(cx: &Ctxt, locals: usize, kinds: usize, observe: &Observe) {
    let Some(summary) = observe.summary.given() else { return };
    if locals > 1 {
        cx.error_spanned_by(
            &summary.original,
            "summaries are for hierarchies of two levels, and this one has three: remove `#[summary]`, or let the function return summaries of its own",
        );
    } else if kinds > 1 {
        cx.error_spanned_by(
            &summary.original,
            "summaries are for groups that are observed in one kind, and this one has several: remove `#[summary]`, or let the function return summaries of its own",
        );
    }
}

// Every level matters:   the priors below name no field of it, and the observation is not given it   <- refused
fn check_levels_matter(cx: &Ctxt, parts: Parts<'_>) {
    let arguments: Option<Vec<&Vec<Given>>> = parts.observed().map(|observe| observe.arguments.as_ref()).collect();
    let Some(arguments) = arguments else { return };
    let arguments: Vec<Given> = arguments.into_iter().flatten().copied().collect();
    let levels: Vec<&Level> = parts.levels().collect();
    for (depth, pair) in levels.windows(2).enumerate() {
        let [level, next] = pair else { continue };
        let below: Option<Vec<&Record>> = levels[depth + 1..].iter().map(|level| level.record.as_ref()).collect();
        let (Some(above), Some(below)) = (&level.record, below) else { continue };
        let unread = below.iter().flat_map(|record| &record.fields).any(|field| field.draw.given().is_none());
        if unread || below.iter().any(|record| names(record, depth)) || arguments.contains(&Given::Level(depth)) {
            continue;
        }
        let Some(field) = above.fields.first() else { continue };
        let (ident, variable) = (&level.input.ident, crate::hygiene::snake(&level.input.ident));
        let next = &next.input.ident;
        cx.error_spanned_by(
            next,
            format!(
                "nothing depends on `{ident}`: name its fields in a prior of `{next}`, as in `Normal({variable}.{}, 1.0)`",
                field.name
            ),
        );
    }
}

// A derived quantity is one number, a function of levels, with a name of its own:   #[derived] fn mean() -> [f64; 2]   <- refused
fn check_derived(cx: &Ctxt, hierarchy: &Hierarchy, derived: &Derived) {
    let sig = &derived.function.sig;
    let returns = match &sig.output {
        ReturnType::Type(_, ty) => crate::parse::type_name(ty),
        ReturnType::Default => None,
    };
    if !matches!(returns.as_deref(), Some("f64" | "f32")) {
        let message = "a derived quantity is one number: return `f64`";
        match &sig.output {
            ReturnType::Type(_, ty) => cx.error_spanned_by(ty, message),
            ReturnType::Default => cx.error_spanned_by(&sig.ident, message),
        }
    }
    if derived.levels.as_ref().is_some_and(Vec::is_empty) && sig.receiver().is_none() {
        let level = hierarchy.levels().next().map(|level| &level.input.ident);
        let example =
            level.map_or_else(String::new, |ident| format!(": add `{}: &{ident}`", crate::hygiene::snake(ident)));
        cx.error_spanned_by(
            &sig.ident,
            format!("a derived quantity is a function of the levels it depends on{example}"),
        );
    }
    let name = sig.ident.unraw().to_string();
    let levels: Vec<&Level> = hierarchy.levels().collect();
    // With a global level, levels count from it.
    let Some(level) = levels.get(derived.level()).filter(|_| hierarchy.global.is_some()) else { return };
    let fields = level.record.iter().flat_map(|record| &record.fields);
    if fields.into_iter().any(|field| field.name == name) {
        let message =
            format!("`{name}` is a parameter of `{}` already: give the quantity another name", level.input.ident);
        cx.error_spanned_by(&sig.ident, message);
    }
}

/// Whether a prior names a field of the ancestor `level`, counted from the global one.
fn names(record: &Record, level: usize) -> bool {
    let draws = record.fields.iter().filter_map(|field| field.draw.given());
    draws.flat_map(|draw| &draw.arguments).any(|argument| argument.ancestors.iter().any(|(index, _)| *index == level))
}
