//! Name every keyword of the language once.

use std::fmt;

use proc_macro2::Ident;

/// A keyword of the language.
#[derive(Clone, Copy)]
pub(crate) struct Symbol(&'static str);

pub(crate) const CRATE: Symbol = Symbol("crate");
pub(crate) const DERIVE: Symbol = Symbol("derive");
pub(crate) const DERIVED: Symbol = Symbol("derived");
pub(crate) const DESIGN: Symbol = Symbol("design");
pub(crate) const DOC: Symbol = Symbol("doc");
pub(crate) const EXCHANGEABLE: Symbol = Symbol("exchangeable");
pub(crate) const GLOBAL: Symbol = Symbol("global");
pub(crate) const LOCAL: Symbol = Symbol("local");
pub(crate) const N_MAX: Symbol = Symbol("n_max");
pub(crate) const NAME: Symbol = Symbol("name");
pub(crate) const NETWORK: Symbol = Symbol("network");
pub(crate) const OBSERVE: Symbol = Symbol("observe");
pub(crate) const PLATE: Symbol = Symbol("plate");
pub(crate) const PRIOR: Symbol = Symbol("prior");
pub(crate) const SIMULATOR: Symbol = Symbol("simulator");
pub(crate) const SUMMARIES: Symbol = Symbol("summaries");
pub(crate) const SUMMARY: Symbol = Symbol("summary");
pub(crate) const TALL: Symbol = Symbol("tall");
pub(crate) const TALLSBI: Symbol = Symbol("tallsbi");
pub(crate) const TRANSFORM: Symbol = Symbol("transform");
pub(crate) const WIDTH: Symbol = Symbol("width");

/// The options of `#[simulator(...)]`.
pub(crate) const SIMULATOR_OPTIONS: [Symbol; 4] = [TALL, NAME, NETWORK, CRATE];

impl Symbol {
    /// The keyword itself.
    pub(crate) const fn as_str(self) -> &'static str {
        self.0
    }
}

impl PartialEq<Symbol> for Ident {
    fn eq(&self, symbol: &Symbol) -> bool {
        self == symbol.0
    }
}

impl PartialEq<Symbol> for syn::Path {
    fn eq(&self, symbol: &Symbol) -> bool {
        self.is_ident(symbol.0)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// The candidate nearest to `word`, where it is near enough to be a slip of the pen.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(word.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, edit_distance};

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(did_you_mean(word, ["Normal", "LogNormal", "Uniform", "Beta"]), expected, "{word}");
    }

    #[test]
    fn suggests_near_names_only() {
        check("Norma", Some("Normal"));
        check("lognormal", Some("LogNormal"));
        check("Unifrom", Some("Uniform"));
        check("Betta", Some("Beta"));
        check("Poisson", None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
