//! Expand the description of a hierarchy: names, priors in the user's words, and who depends on whom.

use proc_macro2::{Delimiter, Literal, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use super::hierarchy::names;
use crate::model::{Derived, Field, Given, Hierarchy, Level, Parts, Record};
use crate::scope::LevelNames;

/// An expression of type `Graph`
pub(crate) fn expand(hierarchy: &Hierarchy, parts: Parts<'_>) -> TokenStream {
    let (root, private) = (hierarchy.paths.root(), hierarchy.paths.private());
    let ancestors: Vec<LevelNames> = parts.levels().map(names).collect();
    // As the arguments of priors count them.
    let named: Vec<LevelNames> = parts.ancestors(parts.locals.len() - 1).map(names).collect();
    let fields = |level: &Level| -> Vec<TokenStream> {
        let record = level.record.iter();
        let fields =
            record.flat_map(|record| record.fields.iter().map(|each| field(record, each, &named)).collect::<Vec<_>>());
        let fields = fields.map(|(Field { name, description, unit, .. }, prior, depends_on)| {
            quote! {
                #root::hierarchy::GraphField {
                    label: #private::Label::scalar(#name, #description, #unit),
                    prior: #private::string(#prior),
                    depends_on: #private::strings(&[#(#depends_on),*]),
                }
            }
        });
        fields.collect()
    };
    let level = |level: &Level| {
        let name = level.input.ident.to_string();
        let plate = if let Some(plate) = level.plate.given() {
            let plate = plate.to_string();
            quote!(#private::core::option::Option::Some(#private::string(#plate)))
        } else {
            quote!(#private::core::option::Option::None)
        };
        let n_max = if let Some(n_max) = level.n_max {
            let n_max = Literal::usize_unsuffixed(n_max);
            quote!(#private::core::option::Option::Some(#n_max))
        } else {
            quote!(#private::core::option::Option::None)
        };
        let fields = fields(level);
        quote! {
            #root::hierarchy::GraphLevel {
                name: #private::string(#name),
                plate: #plate,
                n_max: #n_max,
                fields: #private::list([#(#fields),*]),
            }
        }
    };
    let levels: Vec<TokenStream> = parts.levels().map(level).collect();
    let designs = parts.design.iter().map(|design| {
        let (name, fields) = (design.input.ident.to_string(), fields(design));
        let plate = design.plate.given().map(ToString::to_string).unwrap_or_default();
        quote! {
            #root::hierarchy::GraphDesign {
                name: #private::string(#name),
                plate: #private::string(#plate),
                fields: #private::list([#(#fields),*]),
            }
        }
    });
    let derived = hierarchy.derived.iter().map(|derived| {
        let Derived { function, description, unit, .. } = derived;
        let (name, level) = (function.sig.ident.unraw().to_string(), Literal::usize_unsuffixed(derived.level()));
        let depends_on = derived.levels.iter().flatten().filter_map(|level| ancestors.get(*level));
        let depends_on = depends_on.map(|level| level.ident.to_string());
        quote! {
            #root::hierarchy::GraphDerived {
                label: #private::Label::scalar(#name, #description, #unit),
                level: #level,
                depends_on: #private::strings(&[#(#depends_on),*]),
            }
        }
    });
    let derived: Vec<TokenStream> = derived.collect();
    let model = hierarchy.name.to_string();
    let observations = parts.observed().map(|observe| {
        let function = observe.function.sig.ident.unraw().to_string();
        let plate = observe.plate.given().map(ToString::to_string).unwrap_or_default();
        let outcome = text(observe.output.to_token_stream());
        let n_max = Literal::usize_unsuffixed(observe.n_max);
        let depends_on = observe.arguments.iter().flatten().map(|given| match given {
            Given::Level(level) => ancestors.get(*level).map(|level| level.ident.to_string()).unwrap_or_default(),
            Given::GroupDesign => parts.design.map(|design| design.input.ident.to_string()).unwrap_or_default(),
            Given::Design => text(observe.design.to_token_stream()),
        });
        quote! {
            #root::hierarchy::GraphObservation {
                name: #private::string(#function),
                plate: #private::string(#plate),
                n_max: #n_max,
                outcome: #private::string(#outcome),
                depends_on: #private::strings(&[#(#depends_on),*]),
            }
        }
    });
    quote! {
        #root::hierarchy::Graph {
            name: #private::string(#model),
            levels: #private::list([#(#levels),*]),
            designs: #private::list([#(#designs),*]),
            derived: #private::list([#(#derived),*]),
            observations: #private::list([#(#observations),*]),
        }
    }
}

/// A field, its prior in the user's words, and what the prior names.
fn field<'a>(record: &'a Record, field: &'a Field, levels: &[LevelNames]) -> (&'a Field, String, Vec<String>) {
    let Some(draw) = field.draw.given() else { return (field, String::new(), Vec::new()) };
    let mut depends_on = Vec::new();
    for argument in &draw.arguments {
        let ancestors = argument.ancestors.iter().map(|(level, name)| format!("{}.{name}", levels[*level].name));
        let earlier = argument.names.iter().map(|index| record.fields[*index].name.clone());
        for name in ancestors.chain(earlier) {
            if !depends_on.contains(&name) {
                depends_on.push(name);
            }
        }
    }
    (field, text(draw.original.clone()), depends_on)
}

/// Tokens as a person spaces them: after commas and around binary operators only.
fn text(tokens: TokenStream) -> String {
    let mut out = String::new();
    let mut previous: Option<TokenTree> = None;
    for tree in tokens {
        let word = |tree: &TokenTree| matches!(tree, TokenTree::Ident(_) | TokenTree::Literal(_));
        let operand = |tree: &TokenTree| word(tree) || matches!(tree, TokenTree::Group(_));
        if previous.as_ref().is_some_and(|previous| word(previous) && word(&tree)) {
            out.push(' ');
        }
        match &tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                out.push_str(open);
                out.push_str(&text(group.stream()));
                out.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' | ';' => {
                    out.push(punct.as_char());
                    out.push(' ');
                }
                operator @ ('+' | '-' | '*' | '/' | '%')
                    if punct.spacing() == Spacing::Alone && previous.as_ref().is_some_and(operand) =>
                {
                    out.extend([' ', operator, ' ']);
                }
                other => out.push(other),
            },
            other => out.push_str(&other.to_string()),
        }
        previous = Some(tree);
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::text;

    #[test]
    fn tokens_are_spaced_as_a_person_spaces_them() {
        for (tokens, expected) in [
            (quote!(Normal(population.mean, 2.0 * population.sd)), "Normal(population.mean, 2.0 * population.sd)"),
            (quote!(Normal(-1, -a - b)), "Normal(-1, -a - b)"),
            (quote!(MvNormal([0.0, 1.0], [[1.0, 0.5], [0.5, 1.0]])), "MvNormal([0.0, 1.0], [[1.0, 0.5], [0.5, 1.0]])"),
            (quote!(Normal(f64::max(a, 1.0), N as f64)), "Normal(f64::max(a, 1.0), N as f64)"),
            (quote!([f32; 12]), "[f32; 12]"),
            (quote!(Option<Counts>), "Option<Counts>"),
        ] {
            assert_eq!(text(tokens), expected);
        }
    }
}
