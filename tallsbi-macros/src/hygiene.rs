//! Make identifiers that cannot meet the user's.

use proc_macro2::{Ident, Span};
use quote::ToTokens;

/// A local variable of an expansion: resolved where the macro is defined, so it neither sees nor hides the user's names.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Where an error in generated code is shown: on the user's first token of `tokens`. With the token's own hygiene, so that
/// rustc neither points at the attribute instead nor repeats the same error for each expansion; variables of the expansion
/// come from [`local`].
pub(crate) fn at(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::mixed_site, |token| token.span())
}

/// The local that holds the value of field number `index` while a prior is walked. Spelled so that it is snake case
/// whatever the field is called, and spanned to `token` so that an error of type lands on what the user wrote.
pub(crate) fn field_local(name: &str, index: usize, token: &Ident) -> Ident {
    let snake: Vec<String> = name.split('_').filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let spelled = format!("field{index}_{}", snake.join("_"));
    Ident::new(spelled.trim_end_matches('_'), token.span().resolved_at(Span::mixed_site()))
}

/// The local that holds an ancestor while a prior given it is walked, spanned as [`field_local`] is.
pub(crate) fn ancestor_local(name: &str, token: &Ident) -> Ident {
    Ident::new(&format!("ancestor_{name}"), token.span().resolved_at(Span::mixed_site()))
}

/// `PatientGroup` to `patient_group`.
pub(crate) fn snake(ident: &Ident) -> String {
    use syn::ext::IdentExt;
    let mut snake = String::new();
    let mut after_lower = false;
    for letter in ident.unraw().to_string().chars() {
        if letter.is_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = letter.is_lowercase() || letter.is_numeric();
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// `lotka_volterra` to `LotkaVolterra`.
pub(crate) fn upper_camel(function: &Ident) -> Ident {
    use syn::ext::IdentExt;
    let mut camel = String::new();
    for word in function.unraw().to_string().split('_') {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            camel.extend(first.to_uppercase());
            camel.push_str(letters.as_str());
        }
    }
    if camel.is_empty() { function.clone() } else { Ident::new(&camel, function.span()) }
}
