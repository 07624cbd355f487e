//! Find the name that was probably meant.

/// The candidate nearest to `found`, where it is near enough to be a slip of the fingers: at most a third of its
/// letters inserted, removed, replaced or swapped with a neighbour.
pub(crate) fn nearest<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase().replace('_', "-");
    let distance = |candidate: &str| edits(&found, &candidate.replace('_', "-"));
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// " (did you mean `x`?)", or nothing.
pub(crate) fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// Names in backticks, separated by commas.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The optimal string alignment distance.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let swapped = if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    table[i - 2][j - 2] + 1
                } else {
                    usize::MAX
                };
                replaced.min(swapped).min(table[i - 1][j] + 1).min(table[i][j - 1] + 1)
            };
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{edits, nearest};

    #[test]
    fn slips_and_strangers() {
        assert_eq!(
            (edits("", "abc"), edits("abc", "abc"), edits("kitten", "sitting"), edits("ab", "ba")),
            (3, 0, 3, 1)
        );
        let names = ["--task", "--seed", "--simulations", "--n-obs"];
        assert_eq!(nearest("--tsak", names), Some("--task"));
        assert_eq!(nearest("--simulation", names), Some("--simulations"));
        assert_eq!(nearest("--N_OBS", names), Some("--n-obs"));
        assert_eq!(nearest("--colour", names), None);
        assert_eq!(nearest("", names), None);
    }
}
