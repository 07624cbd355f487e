//! Turn a module into a hierarchy: find its levels, its observation and its derived quantities.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, Item, ItemFn, ItemMod, UseTree, Visibility};

use crate::attr::SimulatorOptions;
use crate::attr_summary::OF_FUNCTIONS;
use crate::ctxt::Ctxt;
use crate::level_struct::{COMPUTED, inside, level, raise};
use crate::model::{Hierarchy, Level, Observe, Plates, Role, Slot, Summary};
use crate::scope::{LevelNames, Levels};
use crate::symbol::{self, Symbol, did_you_mean};
use crate::{attr_level, attr_summary, hygiene, parse, parse_given};

/// Reads a module. Nothing is returned where it has no items to go on with.
pub(crate) fn module(cx: &Ctxt, args: TokenStream, mut module: ItemMod) -> Option<Hierarchy> {
    let options = SimulatorOptions::parse(cx, args);
    for word in &options.of_function {
        let advice = if *word == symbol::TALL {
            "a hierarchy says it where it observes: `#[observe(plate = ..., n_max = 3)]`"
        } else {
            "a hierarchy has a network for each level: choose them with `.networks::<Global, Local>()`"
        };
        cx.error_spanned_by(word, format!("`{word}` is for functions; {advice}"));
    }
    let Some((brace, items)) = module.content.take() else {
        cx.error_spanned_by(&module.ident, "a hierarchy is declared in place: `mod name { ... }` in this file");
        return None;
    };
    let inside = inside(&module.vis);
    let name = options.name.unwrap_or_else(|| hygiene::upper_camel(&module.ident));
    let mut found = Found::default();
    let sees_outside = items.iter().any(sees_outside);
    let mut emitted: Vec<Item> = Vec::with_capacity(items.len() + 1);
    if !sees_outside {
        emitted.push(syn::parse_quote!(
            #[allow(unused_imports, clippy::wildcard_imports)]
            use super::*;
        ));
    }
    for mut item in items {
        check_name(cx, &name, &module.ident, &item);
        found.take(cx, &mut item, &inside);
        emitted.push(item);
    }
    module.content = Some((brace, emitted));
    let Found { global, design, mut locals, observes, derived } = found;
    // The inner level may be declared first.
    locals.sort_by_key(|found| found.plate.given().map_or(1, |plates| plates.names.len()));

    let name_of = |input: &DeriveInput| LevelNames::new(&input.ident, field_names(input));
    let above: Vec<LevelNames> = global.iter().map(name_of).collect();
    let names: Vec<LevelNames> =
        above.iter().cloned().chain(locals.iter().map(|found| name_of(&found.input))).collect();
    let paths = options.paths;
    let known: Option<LevelNames> = design.as_ref().map(|found| name_of(&found.input));
    let read = |input: &DeriveInput, depth: usize| {
        let levels = Levels {
            ancestors: names[..depth].iter().chain(known.iter().filter(|_| depth > 0)).cloned().collect(),
            own: names.get(depth).cloned(),
            descendants: names.get(depth + 1..).unwrap_or_default().to_vec(),
        };
        parse::record(cx, Role::Parameters, input.clone(), &levels).map(|mut record| {
            record.paths = paths.clone();
            record
        })
    };
    let global = global.map(|input| Level { record: read(&input, 0), input, plate: Slot::Missing, n_max: None });
    let locals = locals.into_iter().enumerate().map(|(index, FoundLocal { input, plate, n_max })| Level {
        record: read(&input, above.len() + index),
        input,
        plate,
        n_max,
    });
    let locals: Vec<Level> = locals.collect();
    let design = design.map(|FoundLocal { input, plate, n_max }| {
        let record = parse::record(cx, Role::Design, input.clone(), &Levels::default()).map(|mut record| {
            record.paths = paths.clone();
            record
        });
        Level { input, record, plate, n_max }
    });
    // Without a global level the others keep their place.
    let of_function: Vec<(usize, LevelNames)> =
        names.into_iter().enumerate().map(|(index, level)| (index + 1 - above.len(), level)).collect();
    let observes = observes.into_iter().map(|FoundObserve { function, plate, n_max, summary }| {
        let (arguments, design) = parse_given::arguments(cx, &function, &of_function, known.as_ref());
        let output = parse::output(cx, &function);
        Observe { function, plate, n_max, arguments, design, output, summary }
    });
    let (wholes, observes) = observes.partition(|observe| of_whole_groups(&locals, observe));
    let derived = derived.into_iter().map(|function| parse_given::derive(cx, function, &of_function)).collect();
    Some(Hierarchy { module, name, inside, paths, global, design, locals, observes, wholes, derived })
}

/// Whether an observation is made over the outer of two plates.
fn of_whole_groups(locals: &[Level], observe: &Observe) -> bool {
    let [outer, _] = locals else { return false };
    let plates = outer.plate.given().zip(observe.plate.given());
    plates.is_some_and(|(outer, observed)| outer.names == observed.names)
}

/// What is found in a module.
#[derive(Default)]
struct Found {
    global: Option<DeriveInput>,
    /// What is known of a group.
    design: Option<FoundLocal>,
    /// At most two, as declared.
    locals: Vec<FoundLocal>,
    /// All kinds, as declared.
    observes: Vec<FoundObserve>,
    derived: Vec<ItemFn>,
}

/// A function with `#[observe(...)]`.
struct FoundObserve {
    function: ItemFn,
    plate: Slot<Plates>,
    n_max: usize,
    summary: Slot<Summary>,
}

/// A struct with `#[local(...)]`, or with `#[design(...)]`.
struct FoundLocal {
    input: DeriveInput,
    plate: Slot<Plates>,
    n_max: Option<usize>,
}

impl Found {
    /// Takes the attributes of the language off an item, and remembers what they declare.
    fn take(&mut self, cx: &Ctxt, item: &mut Item, inside: &Visibility) {
        let noun = noun(item);
        let item_is_function = matches!(item, Item::Fn(_));
        let Some(attributes) = attributes_mut(item) else { return };
        let observed = attributes.iter().any(|attribute| *attribute.path() == symbol::OBSERVE);
        let mut summary = Slot::Missing;
        if item_is_function && observed {
            summary = attr_summary::take(cx, attributes);
        }
        for attribute in attributes.extract_if(.., |attribute| attr_summary::is_summary(attribute)) {
            cx.error_spanned_by(attribute, OF_FUNCTIONS);
        }
        let of = |name: Symbol| move |attribute: &Attribute| *attribute.path() == name;
        let words = [symbol::GLOBAL, symbol::LOCAL, symbol::DESIGN, symbol::OBSERVE, symbol::DERIVED];
        let [global, local, design, observe, derived] =
            words.map(|name| attributes.extract_if(.., |attribute| of(name)(attribute)).collect::<Vec<Attribute>>());
        check_misspelt(cx, item_is_function, attributes);
        let levels: Vec<&Attribute> = global.iter().chain(&local).chain(&design).collect();
        let is_design = |attribute: &Attribute| *attribute.path() == symbol::DESIGN;
        if let [_, second, ..] = levels[..] {
            cx.error_spanned_by(
                second,
                "a struct is one level of the hierarchy, or what is known of a group: keep one of these attributes",
            );
        }
        let computed = |attribute: &Attribute| {
            cx.error_spanned_by(attribute, COMPUTED);
        };
        match item {
            Item::Struct(item) => {
                derived.iter().for_each(computed);
                for attribute in &observe {
                    cx.error_spanned_by(
                        attribute,
                        "`#[observe]` belongs on the function that simulates one observation of a group",
                    );
                }
                if let Some(attribute) = global.first() {
                    attr_level::no_options(cx, attribute);
                    if let Some(first) = &self.global {
                        let message = format!(
                            "`{}` is the global level already: a second group of global parameters are further fields of it",
                            first.ident
                        );
                        cx.error_spanned_by(attribute, message);
                    }
                    let input = level(cx, Role::Parameters, item, inside);
                    self.global.get_or_insert(input);
                } else if let Some(attribute) = design.first() {
                    let mut n_max = None;
                    let plate = attr_level::plate(cx, attribute, symbol::DESIGN, &mut n_max);
                    if let Some(first) = &self.design {
                        let message = format!(
                            "`{}` is what is known of a group already: more of it are further fields",
                            first.input.ident
                        );
                        cx.error_spanned_by(attribute, message);
                    }
                    let input = level(cx, Role::Design, item, inside);
                    self.design.get_or_insert(FoundLocal { input, plate, n_max });
                } else if let Some(attribute) = local.first() {
                    let mut n_max = None;
                    let plate = attr_level::plate(cx, attribute, symbol::LOCAL, &mut n_max);
                    let input = level(cx, Role::Parameters, item, inside);
                    if let [first, second] = &self.locals[..] {
                        let message = format!(
                            "a hierarchy has at most three levels, and `{}` and `{}` are two below the population: make `{}` further fields of one of them",
                            first.input.ident, second.input.ident, input.ident
                        );
                        cx.error_spanned_by(attribute, message);
                    } else {
                        self.locals.push(FoundLocal { input, plate, n_max });
                    }
                }
            }
            Item::Fn(function) => {
                for attribute in &levels {
                    let what = if is_design(attribute) { "what is known of a group" } else { "a level" };
                    let of = if is_design(attribute) { "numbers" } else { "parameters" };
                    cx.error_spanned_by(
                        attribute,
                        format!("{what} is a struct of {of}: put this attribute on a struct"),
                    );
                }
                if let Some(attribute) = derived.first() {
                    if !observe.is_empty() {
                        cx.error_spanned_by(
                            attribute,
                            "what is observed is not computed from the parameters alone: keep one of these attributes",
                        );
                    }
                    raise(&mut function.vis, inside);
                    self.derived.push(function.clone());
                }
                if let Some(attribute) = observe.first() {
                    let mut n_max = None;
                    let plate = attr_level::plate(cx, attribute, symbol::OBSERVE, &mut n_max);
                    raise(&mut function.vis, inside);
                    let (function, n_max) = (function.clone(), n_max.unwrap_or(1));
                    self.observes.push(FoundObserve { function, plate, n_max, summary });
                }
            }
            _ => {
                derived.iter().for_each(computed);
                for attribute in levels.iter().copied().chain(&observe) {
                    cx.error_spanned_by(
                        attribute,
                        format!("this attribute belongs on a struct or a function, not on {noun}"),
                    );
                }
            }
        }
    }
}

/// Takes off attributes that are nearly those of the language: `#[globals]`.
fn check_misspelt(cx: &Ctxt, function: bool, attributes: &mut Vec<Attribute>) {
    let known: &[Symbol] =
        if function { &[symbol::OBSERVE, symbol::DERIVED] } else { &[symbol::GLOBAL, symbol::LOCAL, symbol::DESIGN] };
    attributes.retain(|attribute| {
        let Some(name) = attribute.path().get_ident().map(Ident::to_string) else { return true };
        let near = did_you_mean(&name, known.iter().map(|word| word.as_str()));
        if let Some(near) = near {
            cx.error_spanned_by(attribute.path(), format!("unknown attribute `{name}`; did you mean `#[{near}]`?"));
        }
        near.is_none()
    });
}

fn noun(item: &Item) -> &'static str {
    match item {
        Item::Enum(_) => "an enum",
        Item::Union(_) => "a union",
        Item::Trait(_) => "a trait",
        Item::Impl(_) => "an implementation",
        Item::Mod(_) => "a module",
        Item::Const(_) | Item::Static(_) => "a constant",
        _ => "this item",
    }
}

fn attributes_mut(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Struct(item) => Some(&mut item.attrs),
        Item::Fn(item) => Some(&mut item.attrs),
        Item::Enum(item) => Some(&mut item.attrs),
        Item::Union(item) => Some(&mut item.attrs),
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Mod(item) => Some(&mut item.attrs),
        Item::Trait(item) => Some(&mut item.attrs),
        Item::Const(item) => Some(&mut item.attrs),
        Item::Static(item) => Some(&mut item.attrs),
        Item::Type(item) => Some(&mut item.attrs),
        _ => None,
    }
}

fn field_names(input: &DeriveInput) -> Vec<String> {
    match &input.data {
        syn::Data::Struct(data) => {
            data.fields.iter().filter_map(|field| field.ident.as_ref()).map(|ident| ident.unraw().to_string()).collect()
        }
        _ => Vec::new(),
    }
}

/// `use super::*;`
fn sees_outside(item: &Item) -> bool {
    fn glob(tree: &UseTree) -> bool {
        match tree {
            UseTree::Path(path) => path.ident == "super" && matches!(*path.tree, UseTree::Glob(_)),
            UseTree::Group(group) => group.items.iter().any(glob),
            _ => false,
        }
    }
    matches!(item, Item::Use(item) if glob(&item.tree))
}

/// The generated struct has a name of its own.
fn check_name(cx: &Ctxt, name: &Ident, module: &Ident, item: &Item) {
    let ident = match item {
        Item::Struct(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        _ => return,
    };
    if ident == name {
        cx.error_spanned_by(
            ident.to_token_stream(),
            format!(
                "the model generated from `{module}` is called `{name}` as well: rename one, or add `name = Other`"
            ),
        );
    }
}
